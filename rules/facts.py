"""Facts: what the rules may ask about a ticket, each with its type and meaning, worked out only when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from rules.ledger import Escalation, Ledger
from rules.responses import DEFAULT_RESPONSES, ResponseTable
from rules.silences import Silences, count_silences
from rules.ticket import Account, AccountSummary, LinkKind, Priority, Scalar, StatusCategory, Ticket
from rules.timeline import as_of

Value = Scalar | frozenset[str]


class FactType(StrEnum):
    """What kind of value a fact has, and so which operators may ask about it."""

    TEXT = "text"
    #: One of a fixed set of words.
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    TAGS = "tags"
    #: Time since an instant, measured in a calendar.
    DURATION = "duration"
    INSTANT = "instant"
    #: A custom field: the helpdesk decides.
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSpec:
    """One fact as policies name it."""

    name: str
    type: FactType
    doc: str
    #: The allowed words of a CHOICE.
    values: tuple[str, ...] | None = None


class Facts:
    """The facts of one ticket at one instant. Reading one costs a dictionary look-up; nothing is read twice."""

    __slots__ = ("_account", "_ledger", "_silences", "_summary", "linked", "now", "responses", "ticket")

    def __init__(  # noqa: PLR0917 - the things that facts are made of, in the order of the glossary
        self,
        ticket: Ticket,
        account: Account | None,
        summary: AccountSummary | None,
        ledger: Ledger,
        now: datetime,
        linked: Sequence[Ticket] = (),
        responses: ResponseTable = DEFAULT_RESPONSES,
    ) -> None:
        self.ticket = ticket
        #: The instant of the decision (UTC).
        self.now = now
        #: The tickets at the other ends of its links, as far as they are known, each with its own past.
        self.linked = linked
        #: What the policy counts a comment as.
        self.responses = responses
        self._account = account
        self._summary = summary
        self._ledger = ledger
        self._silences: Silences | None = None

    def value(self, name: str) -> Value:
        """The fact's value; None when it is not set or not known. A DURATION is given in seconds, round the clock.

        Raises:
            KeyError: when no fact has that name (policies are checked at load).
        """
        if (read := _READ.get(name)) is not None:
            return read(self)
        if name in _SINCE:
            since = self.since(name)
            return None if since is None else (self.now - since).total_seconds()
        if name.startswith(FIELD_PREFIX):
            return self._field(name.removeprefix(FIELD_PREFIX))
        if name.startswith(ACCOUNT_FIELD_PREFIX):
            key = name.removeprefix(ACCOUNT_FIELD_PREFIX)
            return None if self._account is None else self._account.fields.get(key)
        raise KeyError(name)

    def since(self, name: str) -> datetime | None:
        """The instant (UTC) from which a DURATION counts; None when it does not run.

        Raises:
            KeyError: when the fact is no DURATION.
        """
        return _SINCE[name](self)

    def as_of(self, at: datetime) -> Facts:
        """The facts of an instant (UTC) in the past. Account, children and links are as they are now."""
        escalation = self._ledger.escalation
        if escalation is not None and escalation.steps:
            escalation = _standing_at(escalation, at)
        # The timeline has looked through our own values already.
        ledger = Ledger(ref=self._ledger.ref, escalation=escalation, episodes=self._ledger.episodes)
        linked = tuple(as_of(ticket, at) for ticket in self.linked)
        return Facts(as_of(self.ticket, at), self._account, self._summary, ledger, at, linked, self.responses)

    @property
    def silences(self) -> Silences:
        """What the comments add up to, counted once."""
        if self._silences is None:
            self._silences = count_silences(self.ticket, self.responses)
        return self._silences

    @property
    def ledger(self) -> Ledger:
        """What Escalade itself put on the ticket."""
        return self._ledger

    @property
    def account(self) -> Account | None:
        """The customer account, where the helpdesk told one."""
        return self._account

    @property
    def summary(self) -> AccountSummary | None:
        """What the account's open tickets add up to, where it is known."""
        return self._summary

    @property
    def priority(self) -> Priority | None:
        """The priority as people set it."""
        return self._ledger.base_priority(self.ticket.priority)

    def _field(self, name: str) -> Scalar:
        now = self.ticket.fields.get(name)
        ours = self._ledger.fields.get(name)
        return ours.before if ours is not None and ours.ours == now else now


def facts_of(  # noqa: PLR0917 - the things that facts are made of, in the order of the glossary
    ticket: Ticket,
    account: Account | None,
    summary: AccountSummary | None,
    ledger: Ledger,
    now: datetime,
    linked: Sequence[Ticket] = (),
    responses: ResponseTable = DEFAULT_RESPONSES,
) -> Facts:
    """The facts of a ticket. Values that Escalade put there itself are looked through, so no rule can feed itself."""
    return Facts(ticket, account, summary, ledger, now, linked, responses)


def _standing_at(escalation: Escalation, at: datetime) -> Escalation | None:
    """Where the ticket stood on the ladder at an instant; None before the climb."""
    taken = [step for step in escalation.steps if step.at <= at]
    if not taken:
        return None
    return msgspec.structs.replace(
        escalation, tier=taken[-1].tier, entered_at=taken[-1].at, because=taken[-1].because, steps=tuple(taken)
    )


def spec_of(name: str) -> FactSpec | None:
    """The fact of that name, custom fields included; None when there is none."""
    if (spec := FACTS.get(name)) is not None:
        return spec
    for prefix, whose in ((FIELD_PREFIX, "ticket"), (ACCOUNT_FIELD_PREFIX, "account")):
        if name.startswith(prefix) and name != prefix:
            return FactSpec(
                name=name,
                type=FactType.ANY,
                doc=f"The {whose}'s custom field `{name.removeprefix(prefix)}`, by the name that the settings give it.",
            )
    return None


FIELD_PREFIX = "field."
ACCOUNT_FIELD_PREFIX = "account.field."


def _group(facts: Facts) -> Scalar:
    ours = facts.ledger.group
    now = facts.ticket.group
    return ours.before if ours is not None and ours.ours == now else now


def _tier(facts: Facts) -> str | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.tier


def _in_tier(facts: Facts) -> datetime | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.entered_at


def _linked(facts: Facts) -> bool:
    return any(link.kind is LinkKind.TRACKED_BY for link in facts.ticket.links)


def _open_at(priority: Priority) -> Callable[[Facts], Value]:
    def read(facts: Facts) -> Value:
        return None if facts.summary is None else facts.summary.open_by_priority.get(priority, 0)

    return read


_PRIORITIES = tuple(Priority)
_CATALOG: tuple[tuple[str, FactType, Callable[[Facts], Value], str, tuple[str, ...] | None], ...] = (
    (
        "status",
        FactType.CHOICE,
        lambda facts: facts.ticket.status,
        "Where the ticket stands, in the same words for every helpdesk.",
        tuple(StatusCategory),
    ),
    ("status_name", FactType.TEXT, lambda facts: facts.ticket.status_name, "The helpdesk's own word for it.", None),
    (
        "priority",
        FactType.CHOICE,
        lambda facts: facts.priority,
        "The priority as people set it: a raise by Escalade is looked through.",
        _PRIORITIES,
    ),
    (
        "priority_now",
        FactType.CHOICE,
        lambda facts: facts.ticket.priority,
        "The priority as the ticket shows it, raises by Escalade included.",
        _PRIORITIES,
    ),
    ("type", FactType.TEXT, lambda facts: facts.ticket.type, "The ticket's type in its helpdesk.", None),
    ("product", FactType.TEXT, lambda facts: facts.ticket.product, "The product that the ticket is about.", None),
    ("group", FactType.TEXT, _group, "The owning group; an assignment by Escalade is looked through.", None),
    ("assignee", FactType.TEXT, lambda facts: facts.ticket.assignee, "The assignee's id in the helpdesk.", None),
    ("requester", FactType.TEXT, lambda facts: facts.ticket.requester, "The requester's id in the helpdesk.", None),
    ("subject", FactType.TEXT, lambda facts: facts.ticket.subject, "The subject line.", None),
    ("key", FactType.TEXT, lambda facts: facts.ticket.key, "What people call the ticket: 35, OPS-12.", None),
    ("helpdesk", FactType.TEXT, lambda facts: facts.ticket.ref.helpdesk, "The helpdesk's name in the settings.", None),
    (
        "tags",
        FactType.TAGS,
        lambda facts: facts.ticket.tags - facts.ledger.tags,
        "The tags (labels) that others put on; Escalade's own are left out.",
        None,
    ),
    ("tier", FactType.TEXT, _tier, "The tier that the ticket is in; not set when it is not escalated.", None),
    ("escalated", FactType.FLAG, lambda facts: _tier(facts) is not None, "The ticket is in some tier.", None),
    (
        "replies_agent",
        FactType.NUMBER,
        lambda facts: facts.silences.replies_agent,
        "Public comments by agents after the creation.",
        None,
    ),
    (
        "replies_requester",
        FactType.NUMBER,
        lambda facts: facts.silences.replies_requester,
        "Comments by the customer's side after the creation.",
        None,
    ),
    (
        "unanswered_replies",
        FactType.NUMBER,
        lambda facts: facts.silences.unanswered_replies,
        "Comments by the customer's side since an agent last answered in public; the opening text is not counted.",
        None,
    ),
    (
        "first_reply",
        FactType.FLAG,
        lambda facts: facts.silences.first_reply_at is not None,
        "An agent has answered in public.",
        None,
    ),
    ("linked", FactType.FLAG, _linked, "A ticket of the engineering tracker is linked.", None),
    (
        "account",
        FactType.TEXT,
        lambda facts: None if facts.account is None else facts.account.name,
        "The customer account's name.",
        None,
    ),
    (
        "account.tags",
        FactType.TAGS,
        lambda facts: None if facts.account is None else facts.account.tags,
        "The account's tags.",
        None,
    ),
    (
        "account.known",
        FactType.FLAG,
        lambda facts: facts.account is not None,
        "The helpdesk says which account the ticket belongs to.",
        None,
    ),
    (
        "account.open_tickets",
        FactType.NUMBER,
        lambda facts: None if facts.summary is None else facts.summary.open_tickets,
        "Open tickets of the account, this one included, over all helpdesk tickets that Escalade has taken in.",
        None,
    ),
    *(
        (
            f"account.open_{priority}",
            FactType.NUMBER,
            _open_at(priority),
            f"Open tickets of the account that people gave the priority {priority}.",
            None,
        )
        for priority in Priority
    ),
)
_DURATIONS: tuple[tuple[str, Callable[[Facts], datetime | None], str], ...] = (
    ("age", lambda facts: facts.ticket.created_at, "Time since the ticket was created."),
    (
        "since_update",
        lambda facts: facts.silences.last_touch_at,
        "Time since a person on either side last commented, else since the creation. Writes by Escalade do not count.",
    ),
    (
        "agent_silence",
        lambda facts: facts.silences.agent_silent_since,
        "Time since an agent last commented in public, else since the creation.",
    ),
    (
        "customer_waiting",
        lambda facts: facts.silences.customer_waiting_since,
        "Time since the customer side's oldest comment that no agent answered in public; not set when none waits.",
    ),
    ("in_tier", _in_tier, "Time since the ticket entered its tier; not set when it is not escalated."),
)

_READ: Mapping[str, Callable[[Facts], Value]] = {name: read for name, _, read, _, _ in _CATALOG}
_SINCE: Mapping[str, Callable[[Facts], datetime | None]] = {name: since for name, since, _ in _DURATIONS}

#: Every fact with a fixed name. `spec_of` also knows the custom fields.
FACTS: Mapping[str, FactSpec] = MappingProxyType(
    {name: FactSpec(name=name, type=kind, doc=doc, values=values) for name, kind, _, doc, values in _CATALOG}
    | {name: FactSpec(name=name, type=FactType.DURATION, doc=doc) for name, _, doc in _DURATIONS}
)

#: Facts that Escalade's own escalation changes.
OWN_STATE = frozenset({"tier", "escalated", "in_tier"})
