"""Zendesk's webhooks: is a delivery genuine, and which ticket is it about. It never says what the ticket is like."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime

import msgspec

from connectors.webhooks import Delivery, SigningSecret, check_fresh, header
from rules.ticket import TicketRef

#: The secret that Zendesk signs test deliveries with before a webhook exists; it is in the documentation.
PUBLISHED_SECRETS = frozenset({"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="})
_SUBJECT = "zen:ticket:"


class _Detail(msgspec.Struct, frozen=True):
    id: str | int | None = None


class _Envelope(msgspec.Struct, frozen=True):
    id: str | int | None = None
    subject: str | None = None
    detail: _Detail | None = None
    #: Bodies of trigger webhooks are written by hand; the documentation asks for this member.
    ticket_id: str | int | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def verify(headers: Mapping[str, str], body: bytes, secret: SigningSecret, now: datetime) -> Delivery:
    """Check signature and freshness of a delivery.

    Args:
        headers: as they came, in any case.
        body: raw bytes: the signature covers every blank of them.
        secret: of this webhook.
        now: aware.

    Raises:
        WebhookRefusedError: when it is not believed.
    """
    stamp = header(headers, "x-zendesk-webhook-signature-timestamp")
    signature = header(headers, "x-zendesk-webhook-signature")
    secret.check(stamp.encode() + body, signature, lambda text: base64.b64decode(text, validate=True))
    check_fresh(stamp, now)
    return Delivery(id=header(headers, "x-zendesk-webhook-invocation-id"), body=body)


def ticket_of(helpdesk: str, body: bytes) -> TicketRef | None:
    """Return the ticket that a verified delivery is about, or None when it is about something else.

    Ids are texts in event webhooks and whatever a trigger's author wrote in the others.
    """
    try:
        envelope = _ENVELOPE.decode(body)
    except msgspec.DecodeError:
        return None
    found: str | int | None = envelope.ticket_id
    if envelope.subject is not None:
        if not envelope.subject.startswith(_SUBJECT):
            return None
        found = envelope.subject.removeprefix(_SUBJECT)
    text = str(found) if found is not None else ""
    return TicketRef(helpdesk, text) if text.isascii() and text.isdigit() and text != "0" else None
