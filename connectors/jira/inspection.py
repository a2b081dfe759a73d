"""Whether a Jira site fits the settings and the policy: permissions by project, link types, names, webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.inspection import (
    PERMISSION,
    SETTING,
    UNCHECKED,
    WEBHOOK,
    Hook,
    Objection,
    Wants,
    called,
    each,
    hook_objections,
)
from connectors.jira.client import JiraClient
from connectors.jira.directory import Directory
from connectors.jira.hooks import JiraWebhookBlock
from connectors.jira.settings import JiraSettings
from connectors.jira.wire_hooks import HookRow
from connectors.options import read_block
from rules.lint.finding import Severity
from rules.policy import Named, NameKind
from rules.problems import did_you_mean

#: Permission → what is left undone without it.
_NEEDED: Mapping[str, str] = {
    "BROWSE_PROJECTS": "none of its tickets is seen",
    "ADD_COMMENTS": "no note can be posted",
    "EDIT_ISSUES": "labels, priority and fields cannot be set",
}
#: Permission → the words of a policy that need it, and what is left undone without it.
_WHERE_WANTED: Mapping[str, tuple[frozenset[NameKind], str]] = {
    "CREATE_ISSUES": (
        frozenset({NameKind.PROJECT, NameKind.TICKET_TYPE, NameKind.SUBTASK_TYPE}),
        "what the policy opens there cannot be created",
    ),
    "LINK_ISSUES": (
        frozenset({NameKind.PROJECT, NameKind.TICKET_TYPE}),
        "what the policy opens there cannot be linked",
    ),
    "TRANSITION_ISSUES": (frozenset({NameKind.STATUS}), "no ticket of it can be moved to another status"),
    "ASSIGN_ISSUES": (frozenset({NameKind.PERSON}), "no ticket of it can be assigned"),
}
_AGENT = "SERVICEDESK_AGENT"
_EVENTS = frozenset({"jira:issue_created", "jira:issue_updated", "jira:issue_deleted"})
#: On Cloud a comment alone is no update of its issue.
_COMMENTS = frozenset({"comment_created"})
_WHERE = "System, WebHooks"
_CLOUD_HOOKS = "/rest/webhooks/1.0/webhook"
_HOOKS = "/rest/jira-webhook/1.0/webhooks"
_ROWS = msgspec.json.Decoder(tuple[HookRow, ...])


@dataclass(frozen=True, slots=True)
class JiraInspection:
    """One look at one site."""

    _settings: JiraSettings
    _http: HttpSession
    _client: JiraClient
    _directory: Directory

    def objections(self, wants: Wants) -> Iterator[Objection]:
        """Everything in which the site does not fit."""
        return each(
            [
                ("our permissions", lambda: self._permissions(wants)),
                ("the types of links", self._link_types),
                ("the names of statuses", self._statuses),
                ("the names of priorities", self._priorities),
                ("the webhooks", lambda: self._webhooks(wants)),
            ]
        )

    def _permissions(self, wants: Wants) -> Iterator[Objection]:
        opened = {key: named for named in wants.named if (key := _project_of(named)) is not None}
        for key in sorted({*self._settings.projects, *opened}):
            try:
                service = self._directory.project(key).service
            except ConnectorError as error:
                if error.kind is not ErrorKind.GONE:
                    raise
                # That it is not there, or hidden, is told where its name stands.
                continue
            asked = [*_NEEDED, *_WHERE_WANTED, *([_AGENT] if service else [])]
            lacking = self._directory.lacking(key, asked)
            yield from self._lacking(key, lacking, wants)

    def _lacking(self, key: str, lacking: frozenset[str], wants: Wants) -> Iterator[Objection]:
        read = key in self._settings.projects
        for permission, undone in _NEEDED.items():
            if permission in lacking and read:
                yield _denied(key, permission, undone, None)
        for permission, (kinds, undone) in _WHERE_WANTED.items():
            words = [named for named in wants.named if named.kind in kinds and _project_of(named) in {key, None}]
            if permission in lacking and words:
                yield _denied(key, permission, undone, words[0])
        if _AGENT in lacking and read:
            yield _denied(key, _AGENT, "internal notes would not be internal: customers could read them", None)

    def _link_types(self) -> Iterator[Objection]:
        known = self._directory.link_types()
        for option in ("related", "tracked_by"):
            name = getattr(self._settings.link_types, option)
            if name not in known:
                yield _unknown(("link_types", option), f"there is no type of links {name!r}", name, known)

    def _statuses(self) -> Iterator[Objection]:
        if "statuses" in self._settings.model_fields_set:
            known = {status.name for status in self._directory.statuses().values()}
            folded = {name.casefold() for name in known}
            for name in self._settings.statuses:
                if name.casefold() not in folded:
                    yield _unknown(("statuses", name), f"there is no status {name!r}", name, known)

    def _priorities(self) -> Iterator[Objection]:
        if "priorities" in self._settings.model_fields_set:
            known = {named.name for named in self._client.priorities(None) if named.name}
            folded = {name.casefold() for name in known}
            for name in self._settings.priorities:
                if name.casefold() not in folded:
                    yield _unknown(("priorities", name), f"there is no priority {name!r}", name, known)

    def _webhooks(self, wants: Wants) -> Iterator[Objection]:
        blocks = {name: read_block(JiraWebhookBlock, options) for name, options in wants.webhooks.items()}
        # What an automation rule sends is not among the webhooks.
        own = {name: block for name, block in blocks.items() if not block.by_rule}
        if not own:
            return
        try:
            hooks = list(self._rows())
        except ConnectorError as error:
            if error.kind not in {ErrorKind.AUTH, ErrorKind.GONE}:
                raise
            for name in own:
                yield Objection(
                    code=UNCHECKED,
                    severity=Severity.NOTE,
                    message="the webhooks could not be listed: Jira shows them to administrators alone",
                    hint=f"look yourself ({_WHERE}): switched on, the right events, a secret, Exclude body off",
                    webhook=name,
                )
            return
        wanted = _EVENTS | _COMMENTS if self._client.is_cloud() else _EVENTS
        plain = [_hook(row) for row in hooks]
        for name in own:
            yield from hook_objections(name, plain, wanted, _WHERE)
            numbers = {hook.id for hook in called(name, plain)}
            for row in hooks:
                if _hook(row).id in numbers:
                    yield from _signed(name, row)

    def _rows(self) -> tuple[HookRow, ...]:
        path = _CLOUD_HOOKS if self._client.is_cloud() else _HOOKS
        try:
            return self._http.get(path, template=path).decode(_ROWS)
        except ConnectorError as error:
            # Jira 9 and older have them where Cloud has.
            if error.kind is not ErrorKind.GONE or path == _CLOUD_HOOKS:
                raise
            return self._http.get(_CLOUD_HOOKS, template=_CLOUD_HOOKS).decode(_ROWS)


def _project_of(named: Named) -> str | None:
    if named.kind in {NameKind.PROJECT, NameKind.SUBTASK_TYPE}:
        return named.name
    return named.of if named.kind is NameKind.TICKET_TYPE else None


def _denied(key: str, permission: str, undone: str, word: Named | None) -> Objection:
    return Objection(
        code=PERMISSION,
        severity=Severity.ERROR,
        message=f"our user lacks the permission {permission} in the project {key}: {undone}",
        hint=f"give it to our user in the permission scheme of {key}",
        option=("projects",),
        word=word,
    )


def _unknown(
    option: tuple[str, ...], message: str, found: str, known: Iterator[str] | set[str] | frozenset[str]
) -> Objection:
    allowed = tuple(sorted(known))
    near = did_you_mean(found, allowed)
    hint = "name one that Jira has, as Jira writes it"
    return Objection(
        code=SETTING,
        severity=Severity.ERROR,
        message=message,
        hint=hint if near is None else f"did you mean {near!r}? {hint}",
        option=option,
        found=found,
        allowed=allowed,
    )


def _hook(row: HookRow) -> Hook:
    identity = str(row.id or row.self)
    active = row.enabled is not False and row.active is not False
    return Hook(id=identity, name=row.name, url=row.url, active=active, events=frozenset(row.events))


def _signed(name: str, row: HookRow) -> Iterator[Objection]:
    """What Jira tells of the secret and the body; the secret itself is never shown again."""
    if row.is_signed is False:
        yield Objection(
            code=WEBHOOK,
            severity=Severity.ERROR,
            message=f"the webhook {row.name!r} has no secret: its deliveries are refused",
            hint=f"give it the secret of this block ({_WHERE})",
            webhook=name,
        )
    excluded = row.exclude_body or (row.configuration or {}).get("EXCLUDE_BODY") == "true"
    if excluded:
        yield Objection(
            code=WEBHOOK,
            severity=Severity.ERROR,
            message=f"the webhook {row.name!r} leaves its bodies out: no delivery says which ticket it is about",
            hint=f"switch Exclude body off ({_WHERE})",
            webhook=name,
        )
