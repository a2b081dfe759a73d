"""Baseline: how Escalade is adopted on a ticket that was there before it: everything as it is counts as past. Pure.

What holds then is taken note of and not heard until it begins to hold anew (`rules.findings`); what would be written
all the same is entered in the ledger as said long ago, or as something that people decided otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from msgspec.structs import replace

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    Notify,
    OpenLinked,
    PostComment,
    SetField,
    SetPriority,
    Transition,
)
from rules.decision import Decision
from rules.ledger import Baseline, Ledger
from rules.ownership import TAGS, after
from rules.parts import ASSIGNEE, GROUP, PRIORITY, STATUS, done_part, field_part
from rules.plan import Plan

#: When something was said that never was: too long ago to count against any limit.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: What is not written now can leave something else to be written, such as work below a tracker's ticket.
_MOST_ROUNDS = 10

#: Decides and plans on one ticket with a ledger.
Decide = Callable[[Ledger], tuple[Decision, Plan]]


def take_note(ledger: Ledger, decide: Decide, at: datetime, now: datetime) -> Ledger:
    """The ledger with which nothing is left to be written or told on a ticket as it is.

    Args:
        ledger: What is ours on the ticket.
        decide: Decides and plans on it; nothing is written.
        at: What came due until then (UTC) is past.
        now: The present (UTC).
    """
    ledger = replace(ledger, baseline=Baseline(at=at))
    for _ in range(_MOST_ROUNDS):
        decision, plan = decide(ledger)
        ledger = _passed_over(plan.ledger, decision, plan.changes, now)
        if not plan.changes:
            break
    return ledger


def _passed_over(ledger: Ledger, decision: Decision, changes: tuple[Change, ...], now: datetime) -> Ledger:
    """The ledger as if people had declined every change, and had heard every word."""
    desired = decision.desired
    declined = [change for change in changes if not isinstance(change, PostComment | Notify)]
    why = "taken note of when Escalade was adopted"
    refused = dict.fromkeys((part for change in declined for part in _parts(change)), why)
    noted = after(ledger, declined, {}, refused, now)
    return replace(
        noted,
        comments=noted.comments | dict.fromkeys((note.key for note in desired.notes), _LONG_AGO),
        notified=noted.notified | dict.fromkeys((notice.key for notice in desired.notices), _LONG_AGO),
        overrides={
            part: override if part in ledger.overrides else replace(override, adopted=True)
            for part, override in noted.overrides.items()
        },
    )


#: What of a change that sets one value can be declined, by the names that `rules.ownership.after` has for it.
_PART: Mapping[type, str] = MappingProxyType(
    {AddTags: TAGS, SetPriority: PRIORITY, Assign: GROUP, AssignPerson: ASSIGNEE, Transition: STATUS}
)


def _parts(change: Change) -> tuple[str, ...]:
    """The same of any change."""
    match change:
        case SetField():
            return (field_part(change.field),)
        case CreateRemediation():
            return tuple(item.key for item in change.items)
        case CompleteWork():
            return (done_part(change.key),)
        case KeepNote() | OpenLinked():
            return (change.key,)
    part = _PART.get(type(change))
    return () if part is None else (part,)
