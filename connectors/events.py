"""What a webhook says: which ticket to look at, or why there is nothing to look at. Never what the ticket is like."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import msgspec

from connectors.base import Secrets
from rules.ticket import TicketRef

_UNWANTED = re.compile(r"[^\w:.\-]", re.ASCII)
#: Longest name of an event that is kept: it becomes the label of a metric and a word in the log.
_LONGEST_KIND = 60
#: Longest delivery id that is kept as it is.
_LONGEST_ID = 100


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One believed delivery, reduced to what is acted on."""

    #: The sender's name of what happened, made harmless (`kind_of`).
    kind: str
    #: By which a repeat of the same delivery is known (`delivery_of`); empty = it cannot be told from another one.
    delivery: str
    #: The tickets to look at: one, as a rule.
    tickets: tuple[TicketRef, ...] = ()
    #: Why there is no ticket to look at; empty where there is one. Safe to log: it holds nothing of the body.
    why: str = ""
    #: It should have named a ticket and does not: somebody should look at it.
    odd: bool = False


class WebhookReceiver(Protocol):
    """One webhook of one helpdesk: says of each delivery whether it is believed, and which ticket it is about."""

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Judge one delivery. No I/O; may be called from several threads.

        Args:
            headers: names in lower case.
            body: raw bytes, as they came: signatures cover every blank of them.
            now: aware.

        Raises:
            WebhookRefusedError: it is not believed; a WebhookForbiddenError when it is signed right but stale, or of
                another account than ours.
        """
        ...


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """A connector whose helpdesk can send webhooks. Not every helpdesk does."""

    def open_webhook(
        self, helpdesk: str, options: Mapping[str, Any], webhook: Mapping[str, Any], secrets: Secrets
    ) -> WebhookReceiver:
        """Build the receiving end of one webhook. No network call.

        Args:
            helpdesk: the configured name of the helpdesk that sends it.
            options: the helpdesk's block in the settings file.
            webhook: the webhook's own block, without `helpdesk`.
            secrets: where its signing secret comes from.

        Raises:
            SettingsError: naming every wrong or missing option of the webhook's block at once.
        """
        ...


def odd(why: str, kind: str, delivery: str) -> Event:
    """A believed delivery that should name a ticket and does not."""
    return Event(kind=kind, delivery=delivery_of(delivery), why=why, odd=True)


def kind_of(name: object) -> str:
    """The name of an event as a label: at most 60 letters, digits and `_:.-`; `unnamed` when there is nothing left."""
    text = str(name) if isinstance(name, str | int) and not isinstance(name, bool) else ""
    return _UNWANTED.sub("", text)[:_LONGEST_KIND] or "unnamed"


def delivery_of(text: str) -> str:
    """A delivery id as it is kept: itself, or its SHA-256 when it is long or holds more than plain signs."""
    if len(text) <= _LONGEST_ID and text.isascii() and text.isprintable():
        return text
    return fingerprint(text.encode(errors="surrogateescape"))


def fingerprint(body: bytes) -> str:
    """An id for a delivery whose sender gives none: equal bodies, equal ids."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
