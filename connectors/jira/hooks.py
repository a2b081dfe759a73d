"""Jira's webhooks: is a delivery genuine, and which ticket should be looked at because of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import msgspec
from pydantic import Field, model_validator

from connectors.base import Secrets
from connectors.events import Event, delivery_of, fingerprint, kind_of, odd
from connectors.jira.settings import JiraSettings, read_settings
from connectors.jira.wire_hooks import HookBody, HookIssue
from connectors.mapping import WebhookBlock, read_webhook
from connectors.webhooks import Delivery, SigningSecret, WebhookForbiddenError, header
from rules.ticket import TicketRef

#: The secret of Jira's documentation: anybody can sign with it.
PUBLISHED_SECRETS = frozenset({"It's a Secret to Everybody"})

_METHOD = "sha256"
_ISSUE_IN_ADDRESS = re.compile(r"/issue/(\d+)/")
_BODY = msgspec.json.Decoder(HookBody)
#: Events whose bodies name an issue.
_OF_ISSUES = ("jira:issue_", "comment_", "worklog_", "issue_property_", "issuelink_")
#: Jira tries again for more than an hour, with the time of the first try in the body: a day is far enough.
_FRESHNESS = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Ids are 64-bit numbers.
_MOST_DIGITS = 19


class JiraWebhookBlock(WebhookBlock):
    """One webhook of a Jira site: signed by Jira, or sent by an automation rule with a token in a header."""

    #: For automation rules, which cannot sign: the text that they send in `X-Escalade-Token`.
    token_env: str = ""
    token_file: Path | None = None
    #: The host of the site as its bodies name it, for example example.atlassian.net; empty = it is not compared.
    site: str = ""
    freshness: Annotated[float, Field(gt=0, le=7 * 86_400)] = _FRESHNESS

    @model_validator(mode="after")
    def _is_proved(self) -> Self:
        signed = bool(self.secret_env) or self.secret_file is not None
        token = bool(self.token_env) or self.token_file is not None
        if signed == token:
            raise ValueError(
                "name one place: of the webhook's secret (secret_env or secret_file), or, for an automation rule, "
                "of the token in its header (token_env or token_file)"
            )
        if token and self.ticket is None:
            raise ValueError("an automation rule writes its bodies by hand: say where they name the ticket (ticket: …)")
        return self

    @property
    def by_rule(self) -> bool:
        """An automation rule sends it, which proves itself with a token."""
        return bool(self.token_env) or self.token_file is not None


def verify(headers: Mapping[str, str], body: bytes, key: SigningSecret) -> Delivery:
    """Check the signature over the raw body.

    Jira signs no time, so that a replay shows only by its delivery id: keep those for a day. Data Center sends no id;
    there it is empty.

    Raises:
        WebhookRefusedError: when the signature is missing, made by another method, or wrong.
    """
    key.check(body, header(headers, "X-Hub-Signature"), _digest)
    return Delivery(id=header(headers, "X-Atlassian-Webhook-Identifier"), body=body)


class JiraWebhook:
    """One webhook of a Jira site."""

    def __init__(
        self, helpdesk: str, settings: JiraSettings, block: JiraWebhookBlock, key: SigningSecret, *, shared: bool
    ) -> None:
        self._helpdesk = helpdesk
        self._key = key
        self._shared = shared
        self._site = block.site.casefold()
        self._window = block.freshness
        self._mapping = block.mapping()
        self._projects = frozenset(project.casefold() for project in settings.projects)
        self._subtasks_are_tickets = settings.subtasks_are_tickets

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Judge one delivery.

        Raises:
            WebhookRefusedError: it is not believed; a WebhookForbiddenError when it is stale or of another site.
        """
        if self._shared:
            self._key.check_shared(header(headers, "X-Escalade-Token"))
        else:
            verify(headers, body, self._key)
        delivery = header(headers, "X-Atlassian-Webhook-Identifier")
        hook = _read(body)
        if hook is not None:
            self._check_site(hook)
            self._check_age(hook, now)
        if self._mapping is not None:
            return self._mapping.read(body, delivery, partial(ticket_ref, self._helpdesk))
        if hook is None:
            return odd("the body is not the JSON of a Jira webhook", "unreadable", delivery)
        # Data Center gives no id; its bodies hold the time of the event to the millisecond.
        if not delivery and hook.timestamp is not None:
            delivery = fingerprint(body)
        return self._event(hook, delivery)

    def _check_site(self, hook: HookBody) -> None:
        address = hook.issue.self if hook.issue else hook.comment.self if hook.comment else ""
        if self._site and address and _host(address) != self._site:
            raise WebhookForbiddenError("the delivery is of another Jira site than the settings name")

    def _check_age(self, hook: HookBody, now: datetime) -> None:
        if hook.timestamp is None:
            return
        try:
            away = abs((now - (_EPOCH + timedelta(milliseconds=hook.timestamp))).total_seconds())
        except OverflowError:
            away = float("inf")
        if away > self._window:
            raise WebhookForbiddenError(
                f"the event is more than {self._window:.0f} s away from now, which is the most that is accepted"
            )

    def _event(self, hook: HookBody, delivery: str) -> Event:
        kind = kind_of(hook.webhook_event)
        known_by = delivery_of(delivery)
        if hook.issue is not None and (why := self._not_ours(hook.issue)):
            return Event(kind=kind, delivery=known_by, why=why)
        if hook.issue is not None and (parent := self._parent(hook.issue)):
            refs = [ticket_ref(self._helpdesk, parent)]
        else:
            refs = [ticket_ref(self._helpdesk, number) for number in _numbers(hook)]
        tickets = tuple(ref for ref in refs if ref is not None)
        if tickets:
            return Event(kind=kind, delivery=known_by, tickets=tickets)
        if not hook.webhook_event or hook.webhook_event.startswith(_OF_ISSUES):
            return odd("the body names no issue, though it should", kind, delivery)
        return Event(kind=kind, delivery=known_by, why="the event is not about an issue")

    def _not_ours(self, issue: HookIssue) -> str:
        """Why we do not look at this issue; empty where nothing in the body speaks against it."""
        project = issue.fields.project if issue.fields else None
        if self._projects and project is not None and not project.is_one_of(self._projects):
            return "the issue is in none of the projects that the settings name"
        if self._is_work(issue) and not self._parent(issue):
            return "the issue is a sub-task, and the body does not say of which issue"
        return ""

    def _is_work(self, issue: HookIssue) -> bool:
        kind = issue.fields.issuetype if issue.fields else None
        return kind is not None and kind.subtask and not self._subtasks_are_tickets

    def _parent(self, issue: HookIssue) -> str:
        """The ticket that a sub-task is work for; empty where the issue is a ticket itself."""
        parent = issue.fields.parent if issue.fields else None
        return str(parent.id) if parent is not None and self._is_work(issue) else ""


def open_webhook(
    helpdesk: str, options: Mapping[str, Any], webhook: Mapping[str, Any], secrets: Secrets
) -> JiraWebhook:
    """Build the receiving end of one webhook. No network call.

    Raises:
        SettingsError: naming every wrong or missing option of the webhook's block at once.
    """
    block, keys = read_webhook(JiraWebhookBlock, webhook, secrets, PUBLISHED_SECRETS)
    shared = "token" in keys
    key = keys["token" if shared else "secret"]
    return JiraWebhook(helpdesk, read_settings(options), block, key, shared=shared)


def ticket_ref(helpdesk: str, number: str) -> TicketRef | None:
    """The ticket with this id; None when it is none: keys move, so they are not taken."""
    plain = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    return TicketRef(helpdesk, number) if plain else None


def _read(body: bytes) -> HookBody | None:
    try:
        return _BODY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _numbers(hook: HookBody) -> list[str]:
    """The ids of the issues that a body names."""
    if hook.issue is not None:
        return [str(hook.issue.id)]
    if hook.comment is not None and (found := _ISSUE_IN_ADDRESS.search(hook.comment.self)):
        # Data Center's comment events hold no issue, only the comment's address below it.
        return [found.group(1)]
    ends = [hook.worklog.issue_id] if hook.worklog is not None else []
    if hook.issue_link is not None:
        ends += [hook.issue_link.source_issue_id, hook.issue_link.destination_issue_id]
    return [str(end) for end in ends if end is not None]


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").casefold()
    except ValueError:
        return ""


def _digest(signature: str) -> bytes:
    method, _, digest = signature.partition("=")
    if method != _METHOD:
        raise ValueError("signed by another method than sha256")
    return bytes.fromhex(digest)
