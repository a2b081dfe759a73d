"""Zendesk's webhooks: is a delivery genuine, and which ticket is it about. It never says what the ticket is like."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Self

import msgspec
from pydantic import model_validator

from connectors.base import Secrets
from connectors.events import Event, delivery_of, kind_of, odd
from connectors.mapping import WebhookBlock, read_webhook
from connectors.webhooks import FRESHNESS, Delivery, SigningSecret, WebhookForbiddenError, check_fresh, header
from rules.ticket import TicketRef

#: The secret that Zendesk signs test deliveries with before a webhook exists; it is in the documentation.
PUBLISHED_SECRETS = frozenset({"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="})
_SUBJECT = "zen:ticket:"
_TYPE = "zen:event-type:"
_OF_TICKETS = "ticket."
#: Ids are 64-bit numbers.
_MOST_DIGITS = 19


class ZendeskWebhookBlock(WebhookBlock):
    """One webhook of a Zendesk account."""

    #: The account's number, as Zendesk tells it with each delivery; empty = it is not compared.
    account: int | str = ""

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if not self.secret_env and self.secret_file is None:
            raise ValueError("name the signing secret's place: secret_env (a variable) or secret_file (a path)")
        return self


class _Detail(msgspec.Struct, frozen=True):
    id: str | int | None = None


class _Envelope(msgspec.Struct, frozen=True):
    id: str | int | None = None
    type: str | None = None
    account_id: str | int | None = None
    subject: str | None = None
    detail: _Detail | None = None
    #: Bodies of trigger webhooks are written by hand; the documentation asks for this member.
    ticket_id: str | int | None = None

    @property
    def event(self) -> str:
        """The name of an event-subscribed webhook's event; empty for bodies that are written by hand."""
        name = self.type or ""
        return name.removeprefix(_TYPE) if name.startswith(_TYPE) else ""


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def verify(
    headers: Mapping[str, str], body: bytes, secret: SigningSecret, now: datetime, window: float = FRESHNESS
) -> Delivery:
    """Check signature and freshness of a delivery.

    Args:
        headers: as they came, in any case.
        body: raw bytes: the signature covers every blank of them.
        secret: of this webhook.
        now: aware.
        window: seconds that the signature may be away from now.

    Raises:
        WebhookRefusedError: when it is not believed.
    """
    stamp = header(headers, "x-zendesk-webhook-signature-timestamp")
    signature = header(headers, "x-zendesk-webhook-signature")
    secret.check(_signed(stamp) + body, signature, lambda text: base64.b64decode(text, validate=True))
    check_fresh(stamp, now, window)
    return Delivery(id=header(headers, "x-zendesk-webhook-invocation-id"), body=body)


def _signed(stamp: str) -> bytes:
    return stamp.encode("latin-1", errors="replace")


def ticket_of(helpdesk: str, body: bytes) -> TicketRef | None:
    """Return the ticket that a verified delivery is about, or None when it is about something else.

    Ids are texts in event webhooks and whatever a trigger's author wrote in the others.
    """
    envelope = _read(body)
    return None if envelope is None else _named(helpdesk, envelope)


class ZendeskWebhook:
    """One webhook of a Zendesk account, event-subscribed or called by triggers and automations."""

    def __init__(self, helpdesk: str, block: ZendeskWebhookBlock, secret: SigningSecret) -> None:
        self._helpdesk = helpdesk
        self._account = str(block.account)
        self._secret = secret
        self._window = block.freshness
        self._mapping = block.mapping()

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Judge one delivery.

        Raises:
            WebhookRefusedError: it is not believed; a WebhookForbiddenError when it is stale or of another account.
        """
        delivery = verify(headers, body, self._secret, now, self._window)
        envelope = _read(body)
        self._check_account(headers, envelope)
        if self._mapping is not None:
            return self._mapping.read(body, delivery.id, partial(ticket_ref, self._helpdesk))
        if envelope is None:
            return odd("the body is not a JSON object as Zendesk sends it", "unreadable", delivery.id)
        return self._event(envelope, delivery.id)

    def _check_account(self, headers: Mapping[str, str], envelope: _Envelope | None) -> None:
        told = {header(headers, "x-zendesk-account-id")}
        if envelope is not None and envelope.account_id is not None:
            told.add(str(envelope.account_id))
        if self._account and told != {self._account}:
            raise WebhookForbiddenError("the delivery is of another Zendesk account than the settings name")

    def _event(self, envelope: _Envelope, invocation: str) -> Event:
        # The envelope's id is signed and stays the same when Zendesk tries again; a hand-written body has none.
        stays = envelope.event and envelope.id is not None
        delivery = delivery_of(str(envelope.id) if stays else invocation)
        kind = kind_of(envelope.event or envelope.type or "trigger")
        ticket = _named(self._helpdesk, envelope)
        if ticket is not None:
            return Event(kind=kind, delivery=delivery, tickets=(ticket,))
        if envelope.event and not envelope.event.startswith(_OF_TICKETS):
            return Event(kind=kind, delivery=delivery, why="the event is not about a ticket")
        return odd("the body names no ticket, though it should", kind, delivery)


def open_webhook(
    helpdesk: str, _options: Mapping[str, Any], webhook: Mapping[str, Any], secrets: Secrets
) -> ZendeskWebhook:
    """Build the receiving end of one webhook. No network call.

    Raises:
        SettingsError: naming every wrong or missing option of the webhook's block at once.
    """
    block, keys = read_webhook(ZendeskWebhookBlock, webhook, secrets, PUBLISHED_SECRETS)
    return ZendeskWebhook(helpdesk, block, keys["secret"])


def ticket_ref(helpdesk: str, number: str) -> TicketRef | None:
    """The ticket with this number; None when it is no number of a ticket."""
    plain = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS and number.strip("0")
    return TicketRef(helpdesk, number) if plain else None


def _read(body: bytes) -> _Envelope | None:
    try:
        return _ENVELOPE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _named(helpdesk: str, envelope: _Envelope) -> TicketRef | None:
    if envelope.subject is not None and (envelope.event or envelope.subject.startswith("zen:")):
        if not envelope.subject.startswith(_SUBJECT):
            return None
        return ticket_ref(helpdesk, envelope.subject.removeprefix(_SUBJECT))
    found = envelope.ticket_id
    if found is None and envelope.event.startswith(_OF_TICKETS) and envelope.detail is not None:
        found = envelope.detail.id
    return None if found is None else ticket_ref(helpdesk, str(found))
