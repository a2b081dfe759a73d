"""Event-subscribed webhooks: which events a change makes, and how they are signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from escalade.emulator.deliver import Delivery
from escalade.emulator.zendesk.model import Webhook
from escalade.emulator.zendesk.render import BRAND_ID, FORM_ID, iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from escalade.emulator.zendesk.model import Audit, Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount

ACCOUNT_ID = 22_129_848
PREFIX = "zen:event-type:ticket."
EVENT_VERSION = "2022-11-06"
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_EVENT_OF_FIELD = {
    "status": "status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "subject": "subject_changed",
    "tags": "tags_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "organization_id": "organization_changed",
    "requester_id": "requester_changed",
    "external_id": "external_id_changed",
    "problem_id": "problem_link_changed",
    "due_at": "task_due_at_changed",
    "follower_ids": "followers_changed",
    "email_cc_ids": "email_ccs_changed",
}


def add_webhook(account: ZendeskAccount, raw: Mapping[str, Any]) -> Webhook:
    """Add a webhook; `endpoint` (or `url`) is all it needs, every ticket event is the default."""
    number = len(account.webhooks) + 1
    secret = raw.get("secret") or signing_secret(f"webhook {number}")
    hook = Webhook(
        id=_ulid(number),
        name=str(raw.get("name") or f"Webhook {number}"),
        endpoint=str(raw.get("endpoint") or raw.get("url") or ""),
        secret=str(secret),
        created=account.now(),
        status=str(raw.get("status") or "active"),
        subscriptions=[str(one) for one in raw.get("subscriptions") or [f"{PREFIX}*"]],
        creator_id=account.bot.id,
        authentication=raw.get("authentication"),
        custom_headers=dict(raw.get("custom_headers") or {}),
    )
    account.webhooks[hook.id] = hook
    return hook


def signing_secret(seed: str) -> str:
    """Return a secret in the form Zendesk makes them: 32 bytes in base64."""
    return base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()


def announce(account: ZendeskAccount, ticket: Ticket, audit: Audit) -> None:
    """Queue the webhooks of one update."""
    if not account.webhooks:
        return
    sequence = _ulid(audit.id)
    for position, (kind, event) in enumerate(_events(audit), start=1):
        meta = {"meta": {"sequence": {"id": sequence, "position": position}}}
        _queue(account, ticket, audit.author_id, kind, {**event, **meta})


def announce_end(account: ZendeskAccount, ticket: Ticket, actor: User, kind: str) -> None:
    """Queue the webhooks of an end: soft_deleted, merged."""
    _queue(account, ticket, actor.id, kind, {})


def _events(audit: Audit) -> Iterator[tuple[str, dict[str, Any]]]:
    if audit.created:
        yield "created", {}
        return
    for change in audit.changes:
        if change.name == "tags":
            before, now = set(change.before or []), set(change.value or [])
            yield "tags_changed", {"tags_added": sorted(now - before), "tags_removed": sorted(before - now)}
        elif change.name.isdigit():
            field = {"id": change.name, "type": "text"}
            yield "custom_field_changed", {"current": change.value, "previous": change.before, "field": field}
        elif change.name in _EVENT_OF_FIELD:
            pair = {"current": _word(change.name, change.value), "previous": _word(change.name, change.before)}
            yield _EVENT_OF_FIELD[change.name], pair
    if audit.comment is not None:
        comment = audit.comment
        said = {"id": str(comment.id), "body": comment.body, "is_public": comment.public}
        yield "comment_added", {"comment": {**said, "author": {"id": str(comment.author_id)}}}


def _word(name: str, value: Any) -> Any:
    if name in {"status", "priority", "type"}:
        return None if value is None else str(value).upper()
    return str(value) if isinstance(value, int) else value


def _queue(account: ZendeskAccount, ticket: Ticket, actor_id: int, kind: str, event: dict[str, Any]) -> None:
    for hook in account.webhooks.values():
        if hook.status == "active" and _wants(hook, f"{PREFIX}{kind}"):
            number = account.next_id("delivery")
            envelope = _envelope(ticket, actor_id, kind, event, number=number, now=account.clock.now())
            body = msgspec.json.format(msgspec.json.encode(envelope), indent=2) + b"\n"
            account.outbox.enqueue(
                Delivery(
                    id=str(number),
                    vendor="zendesk",
                    webhook_id=hook.id,
                    url=hook.endpoint,
                    about=f"zendesk:{ticket.id}",
                    body=body,
                    sign=partial(_signed, account, hook, number, body),
                )
            )


def _wants(hook: Webhook, event_type: str) -> bool:
    return any(one in {event_type, f"{PREFIX}*"} for one in hook.subscriptions)


def _envelope(
    ticket: Ticket, actor_id: int, kind: str, event: dict[str, Any], *, number: int, now: datetime
) -> dict[str, Any]:
    moment = now + timedelta(microseconds=number % 1_000_000)
    return {
        "account_id": ACCOUNT_ID,
        "detail": _detail(ticket, actor_id),
        "event": event,
        "id": str(uuid.UUID(bytes=hashlib.md5(str(number).encode(), usedforsecurity=False).digest(), version=4)),
        "subject": f"zen:ticket:{ticket.id}",
        "time": moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{number % 1000:03d}Z",
        "type": f"{PREFIX}{kind}",
        "zendesk_event_version": EVENT_VERSION,
    }


def _detail(ticket: Ticket, actor_id: int) -> dict[str, Any]:
    def text(number: int | None) -> str | None:
        return None if number is None else str(number)

    return {
        "actor_id": str(actor_id),
        "assignee_id": text(ticket.assignee_id),
        "brand_id": str(BRAND_ID),
        "created_at": iso(ticket.created),
        "custom_status": None,
        "description": ticket.description,
        "external_id": ticket.external_id,
        "form_id": str(FORM_ID),
        "group_id": text(ticket.group_id),
        "id": str(ticket.id),
        "is_public": ticket.is_public,
        "organization_id": text(ticket.organization_id),
        "priority": _word("priority", ticket.priority),
        "requester_id": str(ticket.requester_id),
        "status": _word("status", ticket.status),
        "subject": ticket.subject,
        "submitter_id": str(ticket.submitter_id),
        "tags": ticket.tags,
        "type": _word("type", ticket.type),
        "updated_at": iso(ticket.updated),
        "via": {"channel": "web_service" if ticket.via == "api" else ticket.via},
    }


def _signed(account: ZendeskAccount, hook: Webhook, number: int, body: bytes, attempt: int) -> dict[str, str]:
    """Return the headers of one attempt; the signature covers timestamp and raw body."""
    stamp = (account.clock.now() + timedelta(seconds=attempt)).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(hook.secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(ACCOUNT_ID),
        "X-Zendesk-Webhook-Id": hook.id,
        "X-Zendesk-Webhook-Invocation-Id": _ulid(number),
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        **hook.custom_headers,
    }


def _ulid(number: int) -> str:
    value = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:16], "big")
    return "01" + "".join(_BASE32[(value >> (5 * place)) & 31] for place in range(24))
