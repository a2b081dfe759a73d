"""Zendesk's refusals, in Zendesk's own words and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Resp

if TYPE_CHECKING:
    from collections.abc import Mapping


class RejectedError(Exception):
    """A request that Zendesk refuses; carries the answer."""

    def __init__(self, resp: Resp) -> None:
        super().__init__(str(resp.status))
        self.resp = resp


def not_found() -> RejectedError:
    """Nothing has this id (or it is deleted)."""
    return RejectedError(Resp(status=404, body={"error": "RecordNotFound", "description": "Not found"}))


def invalid(details: Mapping[str, str], error: str = "BlankValue") -> RejectedError:
    """The record would be invalid; `details` maps a field to what is wrong with it."""
    body = {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {name: [{"description": text, "error": error}] for name, text in details.items()},
    }
    return RejectedError(Resp(status=422, body=body))


def bad_request(error: str, description: str, **more: Any) -> RejectedError:
    """The request itself makes no sense."""
    return RejectedError(Resp(status=400, body={"error": error, "description": description, **more}))


def parameter_missing(name: str) -> RejectedError:
    """A required part of the body is missing."""
    return bad_request("ParameterMissing", f"param is missing or the value is empty: {name}")


def too_many_values(name: str, limit: int) -> RejectedError:
    """More rows than a bulk endpoint takes."""
    return bad_request("TooManyValues", f"Too many values provided for {name}", max_count=limit)


def update_conflict() -> RejectedError:
    """safe_update met a newer ticket."""
    said = "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket and try again."
    return RejectedError(Resp(status=409, body={"error": "UpdateConflict", "description": said}))


def could_not_authenticate() -> Resp:
    """Missing or wrong credentials."""
    return Resp(status=401, body={"error": "Couldn't authenticate you"}, headers=_CHALLENGE)


def invalid_token() -> Resp:
    """An expired, revoked or unknown OAuth token."""
    said = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return Resp(status=401, body={"error": "invalid_token", "error_description": said}, headers=_CHALLENGE)


def forbidden() -> Resp:
    """Right credentials, too little permission."""
    said = {"title": "Forbidden", "message": "You do not have access to this page. Please contact the account owner."}
    return Resp(status=403, body={"error": said})


def rate_limited(*, retry_after: int, reason: str, headers: Mapping[str, str]) -> Resp:
    """429 with a plain-text body, as the ticket endpoints answer."""
    all_headers = {"retry-after": str(retry_after), **headers}
    return Resp(status=429, body=reason.encode(), headers=all_headers, content_type="text/plain; charset=utf-8")


_CHALLENGE = {"www-authenticate": 'Basic realm="Web Password"'}
