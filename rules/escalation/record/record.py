"""AccountRecord: where an account's escalation stands at an instant, what is owed and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rules.escalation.answer import Answer
from rules.escalation.record.colour import StatusColour, Trend, trend_of
from rules.escalation.record.course import Course, ExitCriterion
from rules.escalation.record.duties import duties_of
from rules.escalation.record.gaps import Gap, gaps_of
from rules.escalation.record.programme import AccountProgramme
from rules.escalation.record.quorum import CLOSURE, PLAN, Poll, poll
from rules.escalation.record.reading import desk_of, is_met, read_closing, tested
from rules.escalation.record.recurrence import Recurrence, recurrences_of
from rules.escalation.record.room import room_name
from rules.escalation.record.step import Desk
from rules.escalation.record.work import AFTERWARDS, Duty, DutyKind, end_of
from rules.escalation.standing import AccountState, Standing, accounts_of
from rules.facts import Facts
from rules.findings import Turn
from rules.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One exit criterion at an instant."""

    criterion: ExitCriterion
    is_met: bool
    #: What the facts say of it; None where only a person decides.
    verdict: Verdict | None
    #: Its target date is over, and it is not met.
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """One record at one instant."""

    facts: Facts
    programme: AccountProgramme
    course: Course
    answers: tuple[Answer, ...]
    state: AccountState
    #: Since when it is in that state (UTC).
    since: datetime
    progress: tuple[Progress, ...]
    duties: tuple[Duty, ...]
    gaps: tuple[Gap, ...]
    plan_poll: Poll
    consent_poll: Poll
    recurrences: tuple[Recurrence, ...]
    desk: Desk

    @property
    def colour(self) -> StatusColour | None:
        """The colour while it runs; None before it is declared and after it is closed."""
        return self.course.colour if self.state.is_running else None

    @property
    def trend(self) -> Trend:
        """Where the colour is going."""
        return trend_of(self.course.colours)

    @property
    def met(self) -> int:
        """Exit criteria that are met or waived."""
        return sum(one.is_met for one in self.progress)

    @property
    def items(self) -> tuple[Duty, ...]:
        """The remediation plan, as its subtasks tell it."""
        return tuple(duty for duty in self.duties if duty.kind is DutyKind.ITEM)

    @property
    def room(self) -> str:
        """What its chat channel is called; empty = the policy has no rule for that.

        The customer is the account's name, else what the record's subject says after its colon; the topic is the first
        criterion that proposed it.
        """
        rule, ticket, account = self.programme.room, self.facts.ticket, self.facts.account
        if rule is None:
            return ""
        customer = ticket.subject.rpartition(":")[2] if account is None else account.name
        topic = self.course.criteria[0] if self.course.criteria else "judgement"
        return room_name(rule, customer=customer, topic=topic, key=ticket.key)

    @property
    def late(self) -> tuple[Duty, ...]:
        """What is owed and overdue, the oldest first."""
        late = (duty for duty in self.duties if duty.is_late(self.facts.now))
        return tuple(sorted(late, key=lambda duty: (duty.due_at, duty.key)))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Instants to come (UTC) at which something of all this changes by itself."""
        return tuple(turn for turn in _turns(self) if turn.at > self.facts.now)

    @property
    def standing(self) -> Standing:
        """What the record says of its account."""
        ticket = self.facts.ticket
        open_still = ticket.status.is_open
        return Standing(
            record=ticket.ref,
            key=ticket.key,
            url=ticket.url,
            accounts=accounts_of(ticket),
            state=self.state if open_still else AccountState.CLOSED,
            colour=self.colour if open_still else None,
            since=self.since if open_still else self.facts.changes.in_status_since,
            owner=self.course.owner,
        )


def read_record(facts: Facts) -> AccountRecord | None:
    """Read the record that the ticket is; None where it is none, or the policy has no account escalations. Read once.

    Args:
        facts: The facts of the record's ticket, with what is around it.
    """
    return facts.once(_read)


def _read(facts: Facts) -> AccountRecord | None:
    policy, whole = facts.policy, read_closing(facts)
    if policy is None or policy.accounts is None or whole is None:
        return None
    desk = desk_of(policy, facts, closes=True)
    if desk is None:
        return None
    programme, course = policy.accounts, whole.course
    progress = tuple(_progress(facts, one) for one in course.exits)
    duties = duties_of(desk, course, facts)
    state, since = _after(course, duties)
    recurrences = recurrences_of(programme, course, facts)
    return AccountRecord(
        facts=facts,
        programme=programme,
        course=course,
        answers=whole.answers,
        state=state,
        since=since,
        progress=progress,
        duties=duties,
        gaps=gaps_of(desk, course, duties),
        plan_poll=poll(desk, course, PLAN),
        consent_poll=poll(desk, course, CLOSURE),
        recurrences=recurrences,
        desk=desk,
    )


def _progress(facts: Facts, one: ExitCriterion) -> Progress:
    met = is_met(facts, one)
    return Progress(
        criterion=one,
        is_met=met,
        verdict=tested(facts, one) if one.tested and one.waived is None else None,
        is_late=not met and end_of(one.target, facts) <= facts.now,
    )


def _after(course: Course, duties: tuple[Duty, ...]) -> tuple[AccountState, datetime]:
    """The state, aftercare over once nothing of it is owed, and since when."""
    if course.state is not AccountState.AFTERCARE:
        return course.state, course.since
    if any(not (duty.is_done or duty.is_dropped) for duty in duties if duty.kind in AFTERWARDS):
        return AccountState.AFTERCARE, course.since
    kept = (one.answered_at for one in course.promises if one.answered_at is not None)
    return AccountState.CLOSED, max((course.since, *(stamp.at for stamp in course.done.values()), *kept))


def _turns(record: AccountRecord) -> Iterator[Turn]:
    programme, facts = record.programme, record.facts
    for one in record.progress:
        if one.verdict is not None and one.verdict.flips_at is not None:
            yield Turn(one.verdict.flips_at, f"the exit criterion {one.criterion.id} could change")
        if not one.is_met:
            yield Turn(end_of(one.criterion.target, facts), f"the target of {one.criterion.id} is over")
    for duty in record.duties:
        if not (duty.is_done or duty.is_dropped):
            yield Turn(duty.due_at, f"{duty.title} is due")
            yield Turn(programme.calendar.add(duty.due_at, programme.sponsor_hears_after), f"{duty.title} is late")
    for promise in record.course.promises:
        if promise.answered_at is None:
            yield Turn(promise.due_at, f"what was promised ({promise.text}) is due")
    for look in record.recurrences:
        yield Turn(look.at, "it is seen whether the trouble came back")
