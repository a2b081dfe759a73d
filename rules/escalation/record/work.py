"""Duty: something that is owed on a record by a day, done or not, with the person it is asked of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from rules.days import begin_of
from rules.directory import Directory
from rules.facts import Facts
from rules.ticket import Child, StatusCategory

_DAY = timedelta(days=1)


class DutyKind(StrEnum):
    """What is owed."""

    #: Exit criteria, communication plan and owner, so that a declared record can be in progress.
    READY = "ready"
    KICKOFF = "kick-off call"
    CALL = "notes of a call"
    #: A word to the customer, as often as the communication plan says.
    CONTACT = "word to the customer"
    CONCERN = "answer to a concern"
    PROMISE = "promise"
    ITEM = "plan item"
    CORRECTIVE = "corrective action"
    SUMMARY = "issue summary"
    RCA = "root cause analysis"
    ACTIONS = "corrective actions"
    REVIEW = "review"
    FOLLOW_UP = "follow-up"


#: A record is closed for good once nothing of these is owed.
AFTERWARDS = frozenset(
    {
        DutyKind.PROMISE,
        DutyKind.SUMMARY,
        DutyKind.RCA,
        DutyKind.ACTIONS,
        DutyKind.CORRECTIVE,
        DutyKind.REVIEW,
        DutyKind.FOLLOW_UP,
    }
)
#: What is given to somebody by name.
_GIVEN = frozenset({DutyKind.ITEM, DutyKind.CORRECTIVE})


class Duty(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that is owed. Where it has a subtask, that subtask tells who, by when and whether it is done."""

    #: Names it for ever.
    key: str
    kind: DutyKind
    title: str
    body: str = ""
    #: Id of a person in the directory; None = nobody has it.
    owner: str | None = None
    #: The helpdesk's id of somebody whom the directory does not know.
    stranger: str | None = None
    #: A local date.
    due_on: date
    #: It is late from this instant on (UTC).
    due_at: datetime
    is_done: bool = False
    #: It has, or should have, a subtask of its own.
    is_work: bool = True
    #: An act on the record fulfilled it, whatever its subtask says.
    is_reported: bool = False
    #: Its subtask.
    child: Child | None = None
    #: Somebody removed its subtask: nobody is asked for it any more.
    is_dropped: bool = False
    serves: tuple[str, ...] = ()

    def is_late(self, now: datetime) -> bool:
        """Whether it is owed and not done in time."""
        return self.due_at <= now and not (self.is_done or self.is_dropped)


def as_it_is(duty: Duty, facts: Facts, directory: Directory) -> Duty:
    """The duty as its subtask tells it: people move, give away, rename and close subtasks in the helpdesk."""
    ref = facts.ledger.remediation.get(duty.key)
    child = next((one for one in facts.ticket.children if one.ref == ref), None)
    if child is None:
        # One that is not seen yet is taken to be as it was made. Without a database, our note still tells what is gone.
        is_gone = (ref is not None and facts.ticket.children_complete) or gone_key(duty) in facts.ledger.comments
        return msgspec.structs.replace(duty, is_dropped=is_gone and not duty.is_done)
    if child.status is StatusCategory.DELETED:
        return msgspec.structs.replace(duty, is_dropped=not duty.is_done)
    person = None if child.assignee is None else directory.person_of(child.ref.helpdesk, child.assignee)
    # A piece of the plan that somebody took from its owner has none; what the record itself owes is its owner's.
    nobodys = None if duty.kind in _GIVEN else duty.owner
    known = nobodys if child.assignee is None else None if person is None else person.id
    due_on = child.due_on or duty.due_on
    return msgspec.structs.replace(
        duty,
        title=child.title,
        owner=known,
        stranger=child.assignee if person is None else None,
        due_on=due_on,
        due_at=duty.due_at if due_on == duty.due_on else end_of(due_on, facts),
        is_done=duty.is_done or not child.status.is_open,
        is_reported=duty.is_done,
        child=child,
    )


def gone_key(duty: Duty) -> str:
    """The occasion on which the record says that somebody removed a subtask."""
    return f"gone:{duty.key}"


def end_of(day: date, facts: Facts) -> datetime:
    """The instant (UTC) from which something that is due on a local date is late."""
    programme = None if facts.policy is None else facts.policy.accounts
    if programme is None:
        raise ValueError("only a policy with account escalations has duties")
    return begin_of(day + _DAY, programme.calendar.zone)
