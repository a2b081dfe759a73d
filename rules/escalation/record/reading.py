"""Reading: the course of a record out of the facts of its ticket. Pure; the same whatever was delivered when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rules.escalation.act import Act
from rules.escalation.acts import acts_of, acts_so_far
from rules.escalation.answers import tell_help
from rules.escalation.permission import refusal
from rules.escalation.record.course import Course, ExitCriterion, Request
from rules.escalation.record.declaring import request_of
from rules.escalation.record.fold import TRANSITIONS, Fold, begin, fold
from rules.escalation.record.step import Desk, Outcome, refused, taken
from rules.escalation.standing import is_record
from rules.facts import Facts
from rules.policy import Policy
from rules.verdict import Verdict

#: Tags of a record that tell where it comes from, with the criterion's id or the source behind them.
CRITERION_TAG = "esc_criterion:"
SOURCE_TAG = "esc_source:"
#: The source of a record that criteria proposed.
CRITERIA = "criteria"
_ACCOUNT = "account"


def read_course(facts: Facts) -> Fold | None:
    """What people did, closing left out: exit criteria may ask for it, since nothing in it asks for them.

    None where the ticket is no record, or the policy has no section for it. Read once.
    """
    return facts.once(_course)


def read_closing(facts: Facts) -> Fold | None:
    """The whole course of the record, closing included; None as in `read_course`. Read once."""
    return facts.once(_whole)


def desk_of(policy: Policy, facts: Facts, *, closes: bool) -> Desk | None:
    """What the acts on this record are held against; None where the policy has no account escalations."""
    if policy.accounts is None:
        return None
    return Desk(
        programme=policy.accounts,
        directory=policy.directory.at(facts.now),
        helpdesk=facts.ticket.ref.helpdesk,
        gate=lambda course, act, earlier: _gate(policy, facts, course, act, earlier),
        unmet=(lambda course, at: _unmet(facts, course, at)) if closes else None,
    )


def tested(facts: Facts, one: ExitCriterion) -> Verdict | None:
    """What the facts say of an exit criterion; None where no condition decides, or the policy has it no more."""
    programme = None if facts.policy is None else facts.policy.accounts
    test = None if programme is None else programme.exit_test(one.id)
    return None if test is None or test.when is None else test.when.evaluate(facts)


def is_met(facts: Facts, one: ExitCriterion) -> bool:
    """Whether an exit criterion is met, or was waived, at the instant of the facts."""
    if one.waived is not None:
        return True
    verdict = tested(facts, one) if one.tested else None
    by_facts = not one.tested or (verdict is not None and verdict.holds)
    return by_facts and (one.confirmed_by is None or one.confirmed is not None)


def _course(facts: Facts) -> Fold | None:
    return _read(facts, closes=False)


def _whole(facts: Facts) -> Fold | None:
    return _read(facts, closes=True)


def _read(facts: Facts, *, closes: bool) -> Fold | None:
    policy = facts.policy
    if policy is None or not is_record(facts.ticket):
        return None
    desk = desk_of(policy, facts, closes=closes)
    if desk is None:
        return None
    acts = acts_so_far(facts)
    if not closes:
        acts = tuple(act for act in acts if act.verb != "close")
    start = begin(desk, facts.ticket.created_at, tuple(_requests(policy, desk, facts)), _criteria(facts))
    return fold(desk, start, acts)


def _criteria(facts: Facts) -> tuple[str, ...]:
    return tuple(tag.removeprefix(CRITERION_TAG) for tag in sorted(facts.ticket.tags) if tag.startswith(CRITERION_TAG))


def _requests(policy: Policy, desk: Desk, facts: Facts) -> Iterator[Request]:
    """Who asked for it before there was a record: criteria, and people on the account's tickets."""
    created = facts.ticket.created_at
    if criteria := _criteria(facts):
        yield Request(at=created, by=CRITERIA, source=CRITERIA, because=", ".join(criteria))
    asked = [
        request_of(desk, act)
        for member in facts.around.members
        for act in acts_of(policy, member)
        if act.verb == "escalate" and asks_for_account(act) and act.at <= facts.now
    ]
    yield from sorted(asked, key=lambda request: (request.at, request.by))


def asks_for_account(act: Act) -> bool:
    """Whether somebody asks for the whole account, on one of its tickets."""
    return act.text.partition(" ")[0].casefold() == _ACCOUNT


def _gate(policy: Policy, facts: Facts, course: Course, act: Act, earlier: Sequence[Act]) -> Outcome | None:
    """What answers an act before its step does: that its author may not, or help."""
    refusing = refusal(policy, act, earlier, facts)
    if refusing is not None:
        return refused(refusing)
    if act.verb == "help":
        possible = [verb for verb, row in TRANSITIONS.items() if course.state in row.within]
        return taken(course, tell_help(policy, act, possible).text)
    return None


def _unmet(facts: Facts, course: Course, at: datetime) -> tuple[str, ...]:
    then = facts.as_of(at)
    return tuple(f"{one.id} ({one.title})" for one in course.exits if not is_met(then, one))
