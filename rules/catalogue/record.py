"""Facts about the escalation of an account: on its record, and on the account's tickets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rules.catalogue.entry import Source
from rules.escalation.promise import PromiseState, kept_rate
from rules.escalation.standing import AccountState
from rules.fact import Provenance, Value

if TYPE_CHECKING:
    from rules.escalation.record.course import Course
    from rules.facts import Facts

_record = Source(Provenance.RECORD)
_standing = Source(Provenance.STANDING, past=False)
_COLOURS = ("red", "yellow", "green")


def _course(facts: Facts) -> Course | None:
    """What people did about the record, closing left out."""
    from rules.escalation.record.reading import read_course  # noqa: PLC0415 - the fold reads facts itself

    fold = read_course(facts)
    return None if fold is None else fold.course


def _whole(facts: Facts) -> Course | None:
    from rules.escalation.record.reading import read_closing  # noqa: PLC0415 - the fold reads facts itself

    fold = read_closing(facts)
    return None if fold is None else fold.course


def _state(facts: Facts) -> Value:
    course = _whole(facts)
    return None if course is None else str(course.state)


def _in_state(facts: Facts) -> datetime | None:
    course = _whole(facts)
    return None if course is None else course.since


def _colour(facts: Facts) -> Value:
    course = _course(facts)
    return None if course is None or course.colour is None else str(course.colour)


def _in_colour(facts: Facts) -> datetime | None:
    course = _course(facts)
    return course.colours[-1].at if course is not None and course.colours else None


def _owner(facts: Facts) -> Value:
    course = _course(facts)
    return None if course is None else course.owner


def _sponsor(facts: Facts) -> Value:
    course = _course(facts)
    return None if course is None else course.sponsor


def _tickets(facts: Facts) -> Value:
    return None if _course(facts) is None else sum(one.status.is_open for one in facts.around.members)


def _has_plan(facts: Facts) -> Value:
    course = _course(facts)
    return course is not None and course.plan is not None


def _promised(facts: Facts, state: PromiseState) -> int:
    course = _course(facts)
    return 0 if course is None else sum(one.state(facts.now) is state for one in course.promises)


def _kept_rate(facts: Facts) -> int | None:
    course = _course(facts)
    return None if course is None else kept_rate(course.promises, facts.now)


ENTRIES = (
    _record.choice(
        "record.state",
        _state,
        "On the record of an account's escalation: where it stands. `closed` is told as `aftercare`.",
        tuple(state for state in AccountState if state is not AccountState.CLOSED),
    ),
    _record.choice("record.colour", _colour, "On a record: its status colour, once it is declared.", _COLOURS),
    _record.text("record.owner", _owner, "On a record: who is accountable, by id of the directory."),
    _record.text("record.sponsor", _sponsor, "On a record: its executive sponsor, by id of the directory."),
    _record.flag("record.planned", _has_plan, "On a record: its remediation plan is in force."),
    _record.count(
        "record.tickets",
        _tickets,
        "On a record: open tickets that it is about, in all helpdesks, that fit `where`, `same` and `within`.",
    ),
    _record.number(
        "record.promises_open",
        lambda facts: _promised(facts, PromiseState.OPEN),
        "On a record: promises that are open, and not broken.",
    ),
    _record.number(
        "record.promises_kept", lambda facts: _promised(facts, PromiseState.KEPT), "On a record: promises kept in time."
    ),
    _record.number(
        "record.promises_broken",
        lambda facts: _promised(facts, PromiseState.BROKEN),
        "On a record: promises that were not kept in time.",
    ),
    _record.number(
        "record.kept_rate",
        _kept_rate,
        "On a record: promises kept of those that are decided, in percent; else not set.",
    ),
    _record.duration("record.in_state", _in_state, "On a record: time since it came into its state."),
    _record.duration("record.in_colour", _in_colour, "On a record: time since it was given its colour."),
    _standing.choice(
        "account.escalation",
        lambda facts: None if facts.around.standing is None else str(facts.around.standing.state),
        "Where the escalation of the ticket's account stands; not set when there is none.",
        tuple(AccountState),
    ),
    _standing.choice(
        "account.colour",
        lambda facts: None if facts.around.standing is None else facts.around.standing.colour,
        "The status colour of the account's escalation while it runs.",
        _COLOURS,
    ),
    _standing.text(
        "account.record",
        lambda facts: None if facts.around.standing is None else facts.around.standing.key,
        "What people call the record of the account's escalation.",
    ),
)
