"""Facts: what the rules may ask about a ticket, each with its type and meaning, worked out only when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec.structs import replace

from rules.calendar import ALWAYS, BusinessCalendar
from rules.catalogue.registry import FACTS, OWN_STATE, READ, SINCE, spec_of
from rules.changes import Changes, count_changes
from rules.clocks.clock import ClockReading
from rules.clocks.told import split, value_of
from rules.escalation.standing import ALONE, Around
from rules.fact import ACCOUNT_FIELD_PREFIX, FIELD_PREFIX, FactSpec, FactType, Provenance, Value
from rules.ledger import Escalation, Ledger
from rules.responses import DEFAULT_RESPONSES, ResponseTable
from rules.silences import Silences, count_silences
from rules.ticket import Account, AccountSummary, OpenTicket, Priority, Scalar, Ticket
from rules.timeline import as_of, said_by
from rules.words import words

if TYPE_CHECKING:
    from rules.policy import Policy

__all__ = [
    "ACCOUNT_FIELD_PREFIX",
    "FACTS",
    "FIELD_PREFIX",
    "OWN_STATE",
    "FactSpec",
    "FactType",
    "Facts",
    "Lasted",
    "Provenance",
    "Value",
    "facts_of",
    "neighbour_of",
    "reader",
    "spec_of",
]

T = TypeVar("T")
#: Stands for what was not read out of facts so far.
_UNREAD: Any = object()
#: A fact that was looked at: its value, and that in words.
Seen = tuple[Value, str]
#: A length of time that was looked at: since when (UTC), how much of it a calendar counts, and that in words.
Lasted = tuple[datetime, timedelta, str]


class Clocks(Protocol):
    """The service-level clocks that facts can be asked about; `rules.clocks.book` has those of a policy."""

    def read(self, identity: str, facts: Facts) -> ClockReading | None:
        """The reading of one clock; None when there is none, it does not apply, or it has not started."""
        ...

    def turn(self, identity: str, reading: ClockReading | None, facts: Facts) -> datetime | None:
        """The earliest instant (UTC) at which the reading could become another by itself."""
        ...

    def calendar(self, identity: str) -> BusinessCalendar:
        """The calendar that its time passes in."""
        ...


class Facts:
    """The facts of one ticket at one instant. Reading one costs a dictionary look-up; nothing is read twice."""

    __slots__ = (
        "_changes",
        "_lasted",
        "_neighbours",
        "_past",
        "_read",
        "_readings",
        "account",
        "around",
        "clocks",
        "counted",
        "ledger",
        "linked",
        "now",
        "policy",
        "responses",
        "seen",
        "summary",
        "ticket",
    )

    def __init__(  # noqa: PLR0917 - the things that facts are made of, in the order of the glossary
        self,
        ticket: Ticket,
        account: Account | None,
        summary: AccountSummary | None,
        ledger: Ledger,
        now: datetime,
        linked: Sequence[Ticket] = (),
        responses: ResponseTable = DEFAULT_RESPONSES,
        clocks: Clocks | None = None,
        around: Around = ALONE,
        policy: Policy | None = None,
    ) -> None:
        self.ticket: Ticket = ticket
        #: The instant of the decision (UTC).
        self.now: datetime = now
        #: The tickets at the other ends of its links, as far as they are known, each with its own past.
        self.linked = linked
        #: What the policy counts a comment as, and its clocks; None = nobody asks about clocks.
        self.responses, self.clocks = responses, clocks
        #: The escalation of its account.
        self.around: Around = around
        #: The policy that asks; None = nobody reads what people said about an escalation.
        self.policy = policy
        #: The customer account, where the helpdesk told one.
        self.account: Account | None = account
        #: What the account's open tickets add up to, where it is known.
        self.summary: AccountSummary | None = summary
        #: What Escalade itself put on the ticket.
        self.ledger: Ledger = ledger
        self.counted: Silences | None = None
        self._readings: dict[str, ClockReading | None] = {}
        self._changes: Changes | None = None
        self._neighbours: tuple[Facts, ...] | None = None
        self._past: dict[datetime, Facts] = {}
        self._read: dict[Callable[[Facts], Any], Any] = {}
        #: What has been looked at so far; `look` looks at more.
        self.seen: dict[str, Seen] = {}
        self._lasted: dict[tuple[str, int], tuple[Lasted | None, BusinessCalendar]] = {}

    def value(self, name: str) -> Value:
        """The fact's value; None when it is not set or not known. A DURATION is given in seconds, round the clock.

        Raises:
            KeyError: when no fact has that name (policies are checked at load).
        """
        if (read := READ.get(name)) is not None:
            return read(self)
        if name in SINCE:
            since = self.since(name)
            return None if since is None else (self.now - since).total_seconds()
        if name.startswith(FIELD_PREFIX):
            return self.field(name.removeprefix(FIELD_PREFIX))
        if name.startswith(ACCOUNT_FIELD_PREFIX):
            return self.account_field(name.removeprefix(ACCOUNT_FIELD_PREFIX))
        if (parts := split(name)) is not None:
            return value_of(self.clock(parts[0]), parts[1])
        raise KeyError(name)

    def look(self, name: str) -> Seen:
        """Read the fact and keep it in `seen`.

        Raises:
            KeyError: when no fact has that name.
        """
        value = self.value(name)
        found = self.seen[name] = value, words(value)
        return found

    def lasted(self, name: str, calendar: BusinessCalendar) -> Lasted | None:
        """Since when (UTC) a DURATION has run, and for how long in that calendar; None when it does not run.

        Raises:
            KeyError: when the fact is no DURATION.
        """
        known = self._lasted.get((name, id(calendar)))
        if known is None:
            since = self.since(name)
            lasted = None
            if since is not None:
                length = calendar.elapsed(since, self.now)
                lasted = since, length, calendar.spell_open(length)
            # With the calendar, so that its number stays its own.
            known = self._lasted[name, id(calendar)] = lasted, calendar
        return known[0]

    def once(self, read: Callable[[Facts], T]) -> T:
        """What a function reads out of these facts; it is asked once."""
        found: T = self._read.get(read, _UNREAD)
        if found is _UNREAD:
            found = self._read[read] = read(self)
        return found

    def clock(self, identity: str) -> ClockReading | None:
        """The reading of one service-level clock; None when it does not apply or has not started. Read once."""
        if identity not in self._readings:
            self._readings[identity] = None if self.clocks is None else self.clocks.read(identity, self)
        return self._readings[identity]

    def clock_turn(self, identity: str) -> datetime | None:
        """The earliest instant (UTC) at which that reading could become another by itself, passing time aside."""
        return None if self.clocks is None else self.clocks.turn(identity, self.clock(identity), self)

    def clock_calendar(self, identity: str) -> BusinessCalendar:
        """The calendar that the clock's time passes in."""
        return ALWAYS if self.clocks is None else self.clocks.calendar(identity)

    def asked_by(self, responses: ResponseTable, clocks: Clocks | None, policy: Policy | None = None) -> Facts:
        """The same facts as another policy counts them."""
        known = (self.ticket, self.account, self.summary, self.ledger, self.now, self.linked)
        return Facts(*known, responses, clocks, self.around, policy)

    def since(self, name: str) -> datetime | None:
        """The instant (UTC) from which a DURATION counts; None when it does not run.

        Raises:
            KeyError: when the fact is no DURATION.
        """
        return SINCE[name](self)

    def as_of(self, at: datetime) -> Facts:
        """The facts of an instant (UTC) in the past. Account, children and links are as they are now. Made once."""
        if (known := self._past.get(at)) is None:
            known = self._past[at] = self._made_for(at)
        return known

    def _made_for(self, at: datetime) -> Facts:
        escalation = self.ledger.escalation
        if escalation is not None and escalation.steps:
            escalation = _standing_at(escalation, at)
        if self.ticket.timeline.moments:
            # The timeline has looked through our own values already.
            kept = self.ledger
            ledger = Ledger(ref=kept.ref, escalation=escalation, episodes=kept.episodes, climbs=kept.climbs)
        else:
            ledger = replace(self.ledger, escalation=escalation)
        linked = tuple(as_of(ticket, at) for ticket in self.linked if ticket.created_at <= at)
        around = self.around
        if around.members:
            around = replace(around, members=tuple(as_of(one, at) for one in around.members if one.created_at <= at))
        then = (as_of(self.ticket, at), self.account, self.summary, ledger, at, linked)
        return Facts(*then, self.responses, self.clocks, around, self.policy)

    @property
    def silences(self) -> Silences:
        """What the comments add up to, counted once."""
        if self.counted is None:
            self.counted = count_silences(self.ticket, self.responses)
        return self.counted

    @property
    def changes(self) -> Changes:
        """What the states of the ticket add up to, counted once."""
        if self._changes is None:
            self._changes = count_changes(self.ticket, self.now)
        return self._changes

    @property
    def neighbours(self) -> tuple[Facts, ...] | None:
        """The facts of the account's other open tickets, made once; None where they are not known one by one."""
        summary = self.summary
        if summary is None or (summary.open_tickets and not summary.tickets):
            return None
        if self._neighbours is None:
            own = self.ticket.ref
            self._neighbours = tuple(neighbour_of(one, self.now) for one in summary.tickets if one.ref != own)
        return self._neighbours

    def among(self, count: str) -> tuple[Facts, ...] | None:
        """The facts of the open tickets that a COUNT counts among, in the order of their age; None = not known."""
        if count == "record.tickets":
            members = (one for one in self.around.members if one.status.is_open)
            return tuple(Facts(one, None, None, Ledger(ref=one.ref), self.now) for one in members)
        others = self.neighbours
        # This ticket counts as it is now, whatever is known of it.
        return (self, *others) if others is not None and self.ticket.status.is_open else others

    @property
    def priority(self) -> Priority | None:
        """The priority as people set it."""
        return self.ledger.base_priority(self.ticket.priority)

    @property
    def fields(self) -> Mapping[str, Scalar]:
        """The custom fields of the ticket as people set them."""
        return self.ledger.base_fields(self.ticket.fields)

    def account_field(self, name: str) -> Scalar:
        """The value of a custom field of the account; None when it is not set."""
        return None if self.account is None else self.account.fields.get(name)

    def field(self, name: str) -> Scalar:
        """The value of a custom field of the ticket as people set it; None when it is not set."""
        return self.fields.get(name)


def reader(name: str) -> Callable[[Facts], Value]:
    """What reads the fact of that name, as `Facts.value` does, without looking for the name each time.

    Raises:
        KeyError: when it is asked, and no fact has that name.
    """
    if (read := READ.get(name)) is not None:
        return read
    if name.startswith(FIELD_PREFIX):
        field = name.removeprefix(FIELD_PREFIX)
        return lambda facts: facts.field(field)
    if name.startswith(ACCOUNT_FIELD_PREFIX):
        key = name.removeprefix(ACCOUNT_FIELD_PREFIX)
        return lambda facts: facts.account_field(key)
    return lambda facts: facts.value(name)


def facts_of(  # noqa: PLR0917 - the things that facts are made of, in the order of the glossary
    ticket: Ticket,
    account: Account | None,
    summary: AccountSummary | None,
    ledger: Ledger,
    now: datetime,
    linked: Sequence[Ticket] = (),
    responses: ResponseTable = DEFAULT_RESPONSES,
    clocks: Clocks | None = None,
    around: Around = ALONE,
    policy: Policy | None = None,
) -> Facts:
    """The facts of a ticket. Values that Escalade put there itself are looked through, so no rule can feed itself.

    Comments dated ahead of `now` are left out until their time comes.
    """
    return Facts(said_by(ticket, now), account, summary, ledger, now, linked, responses, clocks, around, policy)


def neighbour_of(other: OpenTicket, now: datetime) -> Facts:
    """The facts of another ticket of the account, as far as it is known."""
    ticket = Ticket(
        ref=other.ref,
        key=other.ref.id,
        url="",
        subject="",
        status=other.status,
        status_name=other.status,
        priority=other.priority,
        created_at=other.created_at,
        updated_at=other.created_at,
        version="",
        requester=other.requester,
        tags=other.tags,
        type=other.type,
        product=other.product,
        fields=other.fields,
    )
    return Facts(ticket, None, None, Ledger(ref=other.ref), now)


def _standing_at(escalation: Escalation, at: datetime) -> Escalation | None:
    """Where the ticket stood on the ladder at an instant; None before the climb."""
    taken = [step for step in escalation.steps if step.at <= at]
    if not taken:
        return None
    last = taken[-1]
    seen = last.acknowledged_at if last.acknowledged_at is not None and last.acknowledged_at <= at else None
    return replace(
        escalation,
        tier=last.tier,
        path=last.path,
        entered_at=last.at,
        because=last.because,
        acknowledged_at=seen,
        steps=tuple(taken),
    )
