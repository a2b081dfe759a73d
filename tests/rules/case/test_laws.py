"""Laws of a case: no order of arrival counts, no look changes it, and it stays what it is until it says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as with_changes
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.clocks.book import facts_for
from rules.decide import decide
from rules.decision import Decision
from rules.escalation.acts import acts_of
from rules.escalation.case import Case
from rules.escalation.case_reading import read_case
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import Priority

Desk = Any

LINES = (
    "#escalate The export stops | impact: nobody can bill",
    "#escalate It goes on",
    "#escalate account They think of leaving",
    "#ack",
    "#accept",
    "#accept tier2",
    "#decline A known limit",
    "#redirect crew",
    "#redirect others",
    "#tried Restarted it",
    "#impact Two plants | milestone: 2026-03-06",
    "#workaround By hand",
    "#promise A patch | by: 2026-03-04 12:00",
    "#update Still testing\nNext update: 6h",
    "#plan Patch, then watch | due: 2026-03-05",
    "#call Agreed",
    "#fix Patch 1.2",
    "#verified It ran twice",
    "#confirm Jane | how: call | comment: 7",
    "#resolve",
    "#de-escalate",
    "#check plan good\n#check rca ENG-1",
    "#consent Jane | how: call | comment: 7",
    "#refuse Not yet",
    "#concern Nothing moves",
    "#feedback negative",
    "#feedback useful",
    "#summary We tested too little | attendees: mia",
    "#close",
    "#owner mia",
    "#excalate",
    "#help",
)
HOURS = st.integers(0, 400)
ACTS = st.tuples(HOURS, st.sampled_from(LINES), st.sampled_from(["ada", "mia", "gus"]))
WORDS = st.tuples(HOURS, st.sampled_from(["Hello", "Any news?"]), st.sampled_from(["ada", "customer"]))
CHANGES = st.tuples(HOURS, st.sampled_from(["solved", "open", "down", "up", "urgent", "problem"]))


@pytest.fixture(scope="session")
def policies(policy_of: Callable[[str], Policy], conducted: Policy, conducted_text: str) -> Sequence[Policy]:
    """Everything; no regressions and released when nothing holds; rules that wait for the case itself."""
    calm = conducted_text.replace("  regression: {reopened: true, replied: true}\n", "")
    calm = calm.replace(", public_note: follow}", "}").replace("ask: Which", "ask: Where and which")
    watching = """rules:
  - {id: stuck, description: Stuck, when: {escalation.in_stage: {at_least: 9h}}, tags: [stuck]}
  - {id: unheard, description: Unheard, when: {escalation.concerned_for: {at_least: 2h}}, escalate_to: tier2}
  - {id: fixing, description: Fixing, when: {escalation.stage: {in: [fix proposed, verified]}}, tags: [fixing]}
  - {id: broken, description: Broken, when: {escalation.promises_broken: {at_least: 1}}, escalate_to: tier3}
"""
    return (
        conducted,
        policy_of(calm + "release: {when_nothing_holds: true}\n"),
        policy_of(conducted_text.replace("rules:\n", watching, 1)),
    )


def drawn(data: st.DataObject, desk: Desk, solved: Mapping[str, Any], reopened: Mapping[str, Any]) -> Desk:
    """Any story of a ticket."""
    for hours, text, who in sorted(data.draw(st.lists(ACTS, max_size=9))):
        desk.say(hours, text, who)
    for hours, text, who in data.draw(st.lists(WORDS, max_size=3)):
        desk.say(hours, text, who, public=True)
    kinds = {
        "solved": solved,
        "open": reopened,
        "down": {"tags": frozenset({"production_down"})},
        "up": {"tags": frozenset()},
        "urgent": {"priority": Priority.URGENT},
        "problem": {"fields": {"problem": "yes"}},
    }
    for hours, kind in data.draw(st.lists(CHANGES, max_size=4, unique_by=lambda each: each[0])):
        desk.change(hours + 0.25, **kinds[kind])
    return desk


def case_of(desk: Desk, hours: float, acts: Sequence[Any] | None = None) -> Case:
    now = desk.at(hours)
    facts = facts_for(desk.policy, desk.ticket(now), None, None, Ledger(ref=desk.ledger.ref), now)
    case = read_case(desk.policy, facts, acts_of(desk.policy, facts.ticket) if acts is None else acts)
    assert case is not None
    return case


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_acts_delivered_in_any_order_and_any_number_make_the_same_case(
    data: st.DataObject,
    policies: Sequence[Policy],
    desk_of: Callable[..., Desk],
    solved: Mapping[str, Any],
    reopened: Mapping[str, Any],
) -> None:
    desk = drawn(data, desk_of(data.draw(st.sampled_from(policies))), solved, reopened)
    hours = data.draw(HOURS)
    acts = acts_of(desk.policy, desk.ticket(desk.at(hours)))
    # The commands of one comment come together, in the order of its lines.
    comments = {act.key.rpartition(":")[0]: [] for act in acts}
    for act in acts:
        comments[act.key.rpartition(":")[0]].append(act)
    delivered = data.draw(st.permutations([*comments.values(), *comments.values()]))
    ordered = sorted(delivered, key=lambda group: (group[0].at, group[0].key))
    shuffled = [act for group in ordered for act in group]
    assert case_of(desk, hours, shuffled) == case_of(desk, hours, acts)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_until_it_wakes_a_conducted_ticket_stays_what_it_is_and_a_second_run_says_nothing(
    data: st.DataObject,
    policies: Sequence[Policy],
    desk_of: Callable[..., Desk],
    solved: Mapping[str, Any],
    reopened: Mapping[str, Any],
) -> None:
    desk = drawn(data, desk_of(data.draw(st.sampled_from(policies))), solved, reopened)
    visits = sorted(data.draw(st.lists(HOURS, min_size=1, max_size=4)))
    for hours in visits:
        desk.visit(hours)
    start = desk.at(visits[-1])
    # Nobody does anything any more: what is to come has not been said yet.
    desk.comments = [one for one in desk.comments if one.at <= start]
    desk.moments = [one for one in desk.moments if desk.at(one[0]) <= start]
    desk.visit(visits[-1])
    settled = desk.look(visits[-1])
    end = settled.wake_at or start + timedelta(days=300)
    assert end > start
    later = start + timedelta(microseconds=data.draw(st.integers(0, (end - start) // timedelta(microseconds=1) - 1)))
    for instant in (later, end - timedelta(microseconds=1)):
        again = decide(desk.policy, desk.ticket(instant), None, None, desk.ledger, instant)
        assert seen(again) == seen(settled)
        quick = decide(desk.policy, desk.ticket(instant), None, None, desk.ledger, instant, proof=False)
        assert replace(quick, considered=()) == replace(again, considered=())


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_when_somebody_looked_changes_neither_the_stage_nor_its_story(
    data: st.DataObject,
    policies: Sequence[Policy],
    desk_of: Callable[..., Desk],
    solved: Mapping[str, Any],
    reopened: Mapping[str, Any],
) -> None:
    """Rules lead up the ladder when somebody looks; without them, the acts alone tell the story."""
    ruleless = with_changes(data.draw(st.sampled_from(policies)), rules=())
    desk = drawn(data, desk_of(ruleless), solved, reopened)
    end = 401
    seldom = desk.visit(end).case
    watched = desk_of(ruleless)
    watched.comments, watched.moments = desk.comments, desk.moments
    for hours in sorted(data.draw(st.lists(HOURS, max_size=5))):
        watched.visit(hours)
    often = watched.visit(end).case
    assert (often.stage, often.since, often.steps) == (seldom.stage, seldom.since, seldom.steps)
    assert [answer.accepted for answer in often.answers] == [answer.accepted for answer in seldom.answers]


def seen(decision: Decision) -> Any:
    """All that a helpdesk would see of it."""
    return (
        decision.escalation,
        replace(decision.desired, remediation=None),
        None if decision.case is None else decision.case.stage,
        [reason.source for reason in decision.reasons],
        decision.wake_at,
    )
