"""What people would be told in a replay, counted by day, hour of the week and receiver; and the calls that takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.change import (
    Assign,
    AssignPerson,
    Change,
    CreateRemediation,
    KeepNote,
    Notify,
    OpenLinked,
    PostComment,
    target_of,
)
from rules.directory import Directory
from rules.plan import Plan
from rules.replay.cost import Cost, TargetCost
from rules.replay.told import DayLoad, HourLoad, ReceiverKind, ReceiverLoad, Told
from rules.replay.trail import Trail
from rules.ticket import Ticket

_DAY = timedelta(days=1)
_Receiver = tuple[ReceiverKind, str]
#: What travels in one request for a ticket, together with one comment.
_APART = (Notify, KeepNote, OpenLinked)


class LoadTally:
    """Counts what each plan tells people."""

    def __init__(self, zone: ZoneInfo, directory: Directory) -> None:
        self._zone, self._directory = zone, directory
        self._days: Counter[tuple[date, str]] = Counter()
        self._hours: Counter[tuple[int, int]] = Counter()
        self._receivers: Counter[tuple[_Receiver, date]] = Counter()

    def climb(self, at: datetime) -> None:
        """A climb began (UTC)."""
        self._days[at.astimezone(self._zone).date(), "escalations"] += 1

    def plan(self, todo: Plan, ticket: Ticket, trail: Trail, at: datetime) -> Iterator[Change]:
        """What is written to a ticket (UTC); yields the changes that ask for somebody's attention."""
        local = at.astimezone(self._zone)
        day = local.date()
        if trail.written_on != day:
            trail.written_on = day
            self._days[day, "tickets"] += 1
        owner = _owner(ticket, todo)
        for change in todo.changes:
            found = _told(change, owner)
            if found is None:
                continue
            kind, receiver = found[0], self._named(found[1], ticket.ref.helpdesk)
            self._days[day, kind] += 1
            self._receivers[receiver, day] += 1
            if kind != "public_notes":
                self._hours[local.weekday(), local.hour] += 1
                yield change

    def _named(self, receiver: _Receiver, helpdesk: str) -> _Receiver:
        """Whom the directory knows is called as it calls them, in all helpdesks alike."""
        person = self._directory.person_of(helpdesk, receiver[1]) if receiver[0] is ReceiverKind.PERSON else None
        return receiver if person is None else (ReceiverKind.PERSON, person.id)

    def told(self, start: datetime, end: datetime) -> Told:
        """Everything that was counted, for the days from one instant to another (UTC)."""
        first, last = start.astimezone(self._zone).date(), end.astimezone(self._zone).date()
        days = tuple(self._day(first + number * _DAY) for number in range((last - first).days + 1))
        hours = (HourLoad(weekday=day, hour=hour, alerts=count) for (day, hour), count in sorted(self._hours.items()))
        return Told(zone=self._zone.key, days=days, hours=tuple(hours), receivers=tuple(self._busiest()))

    def _day(self, day: date) -> DayLoad:
        kinds = ("escalations", "notices", "notes", "public_notes", "handed", "tickets")
        return DayLoad(day=day, **{kind: self._days[day, kind] for kind in kinds})

    def _busiest(self) -> Iterator[ReceiverLoad]:
        by_receiver: dict[_Receiver, dict[date, int]] = {}
        for (receiver, day), count in self._receivers.items():
            by_receiver.setdefault(receiver, {})[day] = count
        for (kind, name), days in sorted(by_receiver.items(), key=lambda one: (-sum(one[1].values()), one[0])):
            fullest = min(days, key=lambda day: (-days[day], day))
            yield ReceiverLoad(
                kind=kind,
                name=name,
                alerts=sum(days.values()),
                days=len(days),
                fullest_day=fullest,
                fullest=days[fullest],
            )


def _owner(ticket: Ticket, todo: Plan) -> _Receiver:
    """Who is told of notes on a ticket once the plan is carried out."""
    person, group = ticket.assignee, ticket.group
    for change in todo.changes:
        if isinstance(change, AssignPerson):
            person = change.person
        elif isinstance(change, Assign):
            group = change.group
    if person is not None:
        return ReceiverKind.PERSON, person
    return (ReceiverKind.NOBODY, "") if group is None else (ReceiverKind.GROUP, group)


def _told(change: Change, owner: _Receiver) -> tuple[str, _Receiver] | None:
    """How a change is counted, and who hears of it; None = nobody does."""
    match change:
        case Notify():
            return "notices", (ReceiverKind.CHANNEL, change.channel)
        case PostComment() if change.public:
            return "public_notes", (ReceiverKind.CUSTOMER, "")
        case PostComment() | KeepNote():
            return "notes", owner
        case Assign():
            return "handed", (ReceiverKind.GROUP, change.group)
        case AssignPerson():
            return "handed", (ReceiverKind.PERSON, change.person)
        case _:
            return None


class CostTally:
    """Counts the calls that plans take."""

    def __init__(self) -> None:
        self.decisions = self.written = 0
        self._reads: Counter[str] = Counter()
        self._writes: Counter[str] = Counter()
        #: Target → the hour that goes on, the calls in it, and the busiest hour so far with its calls.
        self._hours: dict[str, tuple[datetime, int, datetime, int]] = {}

    def plan(self, todo: Plan, at: datetime) -> None:
        """A plan is carried out (UTC)."""
        self.written += 1
        calls = requests_of(todo.changes)
        self._reads[todo.ref.helpdesk] += 1
        self._writes.update(calls)
        calls[todo.ref.helpdesk] += 1
        hour = at.replace(minute=0, second=0, microsecond=0)
        for target, count in calls.items():
            now, sofar, best, most = self._hours.get(target, (hour, 0, hour, 0))
            sofar = count + (sofar if now == hour else 0)
            self._hours[target] = (hour, sofar, hour, sofar) if sofar > most else (hour, sofar, best, most)

    def cost(self) -> Cost:
        """What was counted."""
        return Cost(
            decisions=self.decisions,
            written=self.written,
            targets=tuple(
                TargetCost(
                    target=target,
                    reads=self._reads[target],
                    writes=self._writes[target],
                    busiest=most,
                    busiest_at=best,
                )
                for target, (_, _, best, most) in sorted(self._hours.items())
            ),
        )


def requests_of(changes: tuple[Change, ...]) -> Counter[str]:
    """How many requests changes take, by target.

    All values of one ticket travel together, with one comment; each further comment, each new ticket or subtask, each
    tie and each notice takes a request of its own.
    """
    calls: Counter[str] = Counter()
    comments: Counter[tuple[str, object]] = Counter()
    for change in changes:
        target = target_of(change)
        if isinstance(change, CreateRemediation):
            calls[target] += len(change.items)
        elif isinstance(change, _APART) or change.on != changes[0].on:
            calls[target] += 1
        else:
            comments[target, change.on] += isinstance(change, PostComment)
    for (target, _), count in comments.items():
        calls[target] += max(count, 1)
    return calls
