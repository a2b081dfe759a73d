"""Jira's webhooks: is a delivery genuine, and which ticket should be looked at because of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from connectors.jira import wire
from connectors.webhooks import Delivery, SigningSecret, WebhookRefusedError, header
from rules.ticket import TicketRef

#: The secret of Jira's documentation: anybody can sign with it.
PUBLISHED_SECRETS = frozenset({"It's a Secret to Everybody"})

_METHOD = "sha256"
_ISSUE_IN_ADDRESS = re.compile(r"/issue/(\d+)/")
_BODY = msgspec.json.Decoder(wire.HookBody)


def secret(text: str) -> SigningSecret:
    """Accept the webhook's secret from the settings.

    Raises:
        SettingsError: when it is empty or the one of Jira's documentation.
    """
    return SigningSecret.of(text, published=PUBLISHED_SECRETS)


def verify(headers: Mapping[str, str], body: bytes, key: SigningSecret) -> Delivery:
    """Check the signature over the raw body.

    Jira signs no time, so that a replay shows only by its delivery id: keep those for a day. Data Center sends no id;
    there it is empty.

    Raises:
        WebhookRefusedError: when the signature is missing, made by another method, or wrong.
    """
    key.check(body, header(headers, "X-Hub-Signature"), _digest)
    return Delivery(id=header(headers, "X-Atlassian-Webhook-Identifier"), body=body)


def ticket_named(helpdesk: str, body: bytes) -> TicketRef:
    """Say which ticket a body is about. Nothing else in it is believed: it may be late, doubled or out of order.

    Raises:
        WebhookRefusedError: when it names no issue (project, user and version events), or is not Jira's JSON.
    """
    try:
        hook = _BODY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise WebhookRefusedError("the body is not the JSON of a Jira webhook") from None
    if hook.issue is not None:
        return TicketRef(helpdesk, str(hook.issue.id))
    # Data Center's comment events hold no issue, only the comment's address below it.
    found = _ISSUE_IN_ADDRESS.search(hook.comment.self) if hook.comment else None
    if found is None:
        event = re.sub(r"[^\w:]", "", hook.webhook_event)[:60] or "without a name"
        raise WebhookRefusedError(f"the event {event} names no issue; there is nothing to look at")
    return TicketRef(helpdesk, found.group(1))


def _digest(signature: str) -> bytes:
    method, _, digest = signature.partition("=")
    if method != _METHOD:
        raise ValueError("signed by another method than sha256")
    return bytes.fromhex(digest)
