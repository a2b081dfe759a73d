"""Whether a Zendesk account fits the settings and the policy: role, webhooks, the Jira app, fields, limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from connectors.base import Identity, SettingsError
from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.inspection import (
    LIMIT,
    PERMISSION,
    SETTING,
    WEBHOOK,
    Hook,
    Objection,
    Wants,
    called,
    each,
    hook_objections,
)
from connectors.mapping import read_webhook
from connectors.options import read_block
from connectors.zendesk.client import EXPORTS, ZendeskClient, readings
from connectors.zendesk.directory import Directory
from connectors.zendesk.hooks import PUBLISHED_SECRETS, ZendeskWebhookBlock
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.wire_hooks import HookPage, SecretAnswer
from rules.lint.finding import Severity

_EVENTS = "zen:event-type:ticket."
#: Without these a change that rules ask for is seen only by the next poll.
_WANTED = frozenset(
    f"{_EVENTS}{event}"
    for event in (
        "created",
        "status_changed",
        "priority_changed",
        "tags_changed",
        "group_assignment_changed",
        "agent_assignment_changed",
        "organization_changed",
        "comment_added",
    )
)
#: Of webhooks that triggers call; their events are the triggers' conditions.
_BY_TRIGGERS = "conditional_ticket_events"
_WHERE = "Admin Center, Apps and integrations, Webhooks"
_WEBHOOKS = "/api/v2/webhooks"
_SECRET = "/api/v2/webhooks/{id}/signing_secret"  # noqa: S105 - an address
_EXPORT = "/api/v2/incremental/tickets/cursor"
_HOOK_PAGE = msgspec.json.Decoder(HookPage)
_SECRET_ANSWER = msgspec.json.Decoder(SecretAnswer)


@dataclass(frozen=True, slots=True)
class ZendeskInspection:
    """One look at one account."""

    _settings: ZendeskSettings
    _http: HttpSession
    _client: ZendeskClient
    _directory: Directory

    def objections(self, us: Identity, wants: Wants) -> Iterator[Objection]:
        """Everything in which the account does not fit."""
        return each(
            [
                ("our role", lambda: self._role(us)),
                ("the export of tickets", self._export),
                ("the custom fields", self._fields),
                ("Zendesk's Jira app", self._links),
                ("the webhooks", lambda: self._webhooks(wants)),
            ]
        )

    def _role(self, us: Identity) -> Iterator[Objection]:
        if us.role != "admin":
            yield Objection(
                code=PERMISSION,
                severity=Severity.ERROR,
                message=f"we are {us.name}, whose role is {us.role or 'not told'}: tickets could not be read at all",
                hint="make our user an admin: Zendesk lets nobody else use its exports",
                option=("auth",),
            )

    def _export(self) -> Iterator[Objection]:
        """Read one row, the very first, for what the answer says of the limit."""
        params: dict[str, str | int] = {"start_time": 0, "per_page": 1}
        answer = self._http.get(_EXPORT, template=_EXPORT, params=params)
        limit = next((one.limit for one in readings(f"GET {_EXPORT}", answer.headers) if one.name == EXPORTS), None)
        if limit is not None and limit < self._settings.exports_per_minute:
            yield Objection(
                code=LIMIT,
                severity=Severity.WARNING,
                message=f"Zendesk takes {limit} requests to its exports a minute, the settings say "
                f"{self._settings.exports_per_minute}",
                hint=f"write exports_per_minute: {limit}, or buy the High Volume add-on",
                option=("exports_per_minute",),
            )

    def _fields(self) -> Iterator[Objection]:
        for name, field in self._directory.names().fields.items():
            if not field.active:
                yield Objection(
                    code=SETTING,
                    severity=Severity.WARNING,
                    message=f"the ticket field {field.title!r} is switched off: nobody sees or sets it",
                    hint="switch it on in Zendesk, or take it out of fields",
                    option=("fields", name),
                )

    def _links(self) -> Iterator[Objection]:
        if not self._settings.tracker:
            return
        try:
            self._client.links(since_id=0)
        except ConnectorError as error:
            if error.kind is not ErrorKind.GONE:
                raise
            yield Objection(
                code=SETTING,
                severity=Severity.WARNING,
                message="the account has no Jira app: links to the tracker are neither read nor made",
                hint="install Zendesk's app for Jira, or take tracker out",
                option=("tracker",),
            )

    def _webhooks(self, wants: Wants) -> Iterator[Objection]:
        if not wants.webhooks:
            return
        hooks = list(self._hooks())
        for name, options in wants.webhooks.items():
            block = read_block(ZendeskWebhookBlock, options)
            by_hand = block.ticket is not None
            own = [hook for hook in hooks if (_BY_TRIGGERS in hook.events) == by_hand]
            wanted = frozenset[str]() if by_hand else _WANTED
            # One that is there, but of the other kind, is told as what it is: the kind of a webhook never changes.
            yield from hook_objections(name, own if called(name, own) else hooks, wanted, _WHERE)
            for hook in called(name, hooks):
                yield from self._signed(name, options, hook, wants)

    def _hooks(self) -> Iterator[Hook]:
        after: str | None = None
        while True:
            params: dict[str, str | int] = {"page[size]": 100} | ({"page[after]": after} if after else {})
            page = self._http.get(_WEBHOOKS, template=_WEBHOOKS, params=params).decode(_HOOK_PAGE)
            for row in page.webhooks:
                events = frozenset(row.subscriptions)
                whole = events | _WANTED if f"{_EVENTS}*" in events else events
                active = row.status == "active"
                yield Hook(id=row.id, name=row.name, url=row.endpoint, active=active, events=whole)
            after = self._client.next_cursor(page.meta, after)
            if after is None:
                return

    def _signed(self, name: str, options: Mapping[str, Any], hook: Hook, wants: Wants) -> Iterator[Objection]:
        """Compare the secret; it is shown to admins, is kept nowhere and told to nobody."""
        try:
            _, ours = read_webhook(ZendeskWebhookBlock, options, wants.secrets, PUBLISHED_SECRETS)
        except SettingsError:
            # That the secret is missing is told where the settings are checked.
            return
        answer = self._http.get(_SECRET.format(id=hook.id), template=_SECRET)
        if answer.status == HTTPStatus.OK and not ours["secret"].equals(
            answer.decode(_SECRET_ANSWER).signing_secret.secret
        ):
            yield Objection(
                code=WEBHOOK,
                severity=Severity.ERROR,
                message=f"the webhook {hook.name!r} signs with another secret than ours: its deliveries are refused",
                hint=f"copy its secret ({_WHERE}, Reveal secret) to where secret_env or secret_file says",
                webhook=name,
            )
