"""Checks that every incoming webhook passes before anything in it is believed."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.base import SettingsError

#: Seconds that a signed time stamp may be away from now. The usual figure; no vendor publishes one.
FRESHNESS = 300.0


class WebhookRefusedError(Exception):
    """The delivery is not believed. The text is safe to log and to answer; it never holds the body."""


class WebhookForbiddenError(WebhookRefusedError):
    """The delivery is signed with our secret, and is refused all the same: it is stale, or of another account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook that passed the checks."""

    #: The sender's id of the delivery: equal for repeats, where the vendor promises it.
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """The key of an HMAC-SHA256 signature. Its value shows in no repr."""

    _key: bytes

    @classmethod
    def of(cls, secret: str, *, published: Container[str] = ()) -> SigningSecret:
        """Accept a configured secret.

        Args:
            secret: as the helpdesk showed it; taken as UTF-8 text, never decoded.
            published: secrets that anybody can look up, and that prove nothing.

        Raises:
            SettingsError: when it is empty or published.
        """
        if not secret.strip():
            raise SettingsError([("webhook_secret", "the signing secret is empty: copy it from the webhook's page")])
        if secret.strip() in published:
            message = (
                "this is the vendor's published test secret, which proves nothing: create the webhook in the helpdesk "
                "and copy its own signing secret"
            )
            raise SettingsError([("webhook_secret", message)])
        return cls(secret.encode())

    def check(self, message: bytes, signature: str, decode: Callable[[str], bytes]) -> None:
        """Compare a signature in constant time.

        Args:
            message: what the vendor signs: raw bytes, exactly as they came.
            signature: as the header gives it.
            decode: header text → digest bytes; may raise ValueError.

        Raises:
            WebhookRefusedError: when it is missing, unreadable or wrong.
        """
        try:
            given = decode(signature)
        except (ValueError, binascii.Error):
            given = b""
        wanted = hmac.new(self._key, message, hashlib.sha256).digest()
        if not hmac.compare_digest(wanted, given):
            raise WebhookRefusedError("the signature is missing or does not fit the body and our signing secret")

    def check_shared(self, given: str) -> None:
        """Compare a secret that the sender repeats as it is, in constant time.

        Raises:
            WebhookRefusedError: when it is another one, or missing.
        """
        if not hmac.compare_digest(self._key, given.encode(errors="surrogateescape")):
            raise WebhookRefusedError("the shared token is missing or is not ours")

    def equals(self, secret: str) -> bool:
        """Whether another secret is this one; compared in constant time."""
        return hmac.compare_digest(self._key, secret.encode())

    def __repr__(self) -> str:
        return "SigningSecret(…)"


def check_fresh(stamp: str, now: datetime, window: float = FRESHNESS) -> None:
    """Refuse a delivery that was signed too long ago (or ahead): it may be a replay.

    Args:
        stamp: ISO 8601 with a zone.
        now: aware.
        window: seconds either way.

    Raises:
        WebhookForbiddenError: when the stamp is not such a time, or outside the window.
    """
    try:
        signed_at = datetime.fromisoformat(stamp)
        away = abs((now - signed_at).total_seconds())
    except (ValueError, TypeError):
        raise WebhookForbiddenError("the signature's time stamp is not an ISO 8601 time with a zone") from None
    if away > window:
        raise WebhookForbiddenError(f"the signature is {away:.0f} s away from now; at most {window:.0f} s are accepted")


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header whatever the case of its name, or an empty text."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")
