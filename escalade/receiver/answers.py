"""Answers to deliveries: short JSON texts that hold nothing of what was sent."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

#: Seconds after which a sender should try again. Zendesk only does so when it is less than 60.
RETRY_SECONDS = 30


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, ready to be sent."""

    status: HTTPStatus
    #: Under which it is counted; also the word that the sender reads.
    outcome: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def answer(status: HTTPStatus, outcome: str, why: str = "", *, close: bool = False, **headers: str) -> Answer:
    """Make an answer.

    Args:
        status: of HTTP.
        outcome: one word.
        why: for whoever reads the sender's log of deliveries.
        close: end the connection, because what the sender still wants to say is not going to be read.
        headers: more of them; `_` stands for `-`.
    """
    body = msgspec.json.encode({"status": outcome, "why": why} if why else {"status": outcome})
    more = {**headers, "connection": "close"} if close else headers
    pairs = {"content-type": "application/json", "content-length": str(len(body)), **more}
    encoded = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in pairs.items())
    return Answer(status=status, outcome=outcome, body=body, headers=encoded)


def _later(status: HTTPStatus, outcome: str, why: str, *, close: bool = False) -> Answer:
    return answer(status, outcome, why, close=close, retry_after=str(RETRY_SECONDS))


ACCEPTED = answer(HTTPStatus.ACCEPTED, "accepted")
REPEATED = answer(HTTPStatus.ACCEPTED, "repeated", "this delivery was taken in before")
IGNORED = answer(HTTPStatus.ACCEPTED, "ignored", "there is nothing to look at")
ODD = answer(HTTPStatus.ACCEPTED, "odd", "it names no ticket; it is kept for inspection")
UNSIGNED = answer(HTTPStatus.UNAUTHORIZED, "unsigned", "the signature is missing or does not fit")
FORBIDDEN = answer(HTTPStatus.FORBIDDEN, "forbidden", "it is stale, or of another account")
UNKNOWN = answer(HTTPStatus.NOT_FOUND, "unknown", "there is no such webhook", close=True)
NO_POST = answer(HTTPStatus.METHOD_NOT_ALLOWED, "no_post", "send it with POST", close=True, allow="POST")
SLOW = answer(HTTPStatus.REQUEST_TIMEOUT, "slow", "the body did not come in time", close=True)
LARGE = answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", "the body is too large", close=True)
NO_JSON = answer(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "no_json",
    "send JSON, not compressed (content-type: application/json)",
    close=True,
)
TOO_MANY = _later(HTTPStatus.TOO_MANY_REQUESTS, "too_many", "too many unsigned deliveries", close=True)
OVERLOADED = _later(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "try again later")
