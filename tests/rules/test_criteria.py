"""Criteria: named reasons, one by one and by the points that they add up to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conditions.criteria import CriteriaCondition
from rules.criteria import Criterion
from rules.decide import decide
from rules.explain import decision_text
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.policy import Policy, Position
from rules.ticket import Ticket
from rules.verdict import Verdict

MakeTicket = Callable[..., Ticket]

POLICY = """
version: 1
default_calendar: always
criteria:
  - id: outage
    description: Production is down
    when: {tags: {contains: production_down}}
    owner: support lead
    weight: 50
    review_by: 2027-01-31
  - {id: renewal, description: A renewal is at stake, when: {tags: {contains: renewal}}, weight: 20}
  - {id: old, description: Open for two days, when: {age: {at_least: 2d}}, weight: 30}
  - {id: quiet, description: An outage that nobody talks about, when: {criterion: outage, agent_silence: {at_least: 4h}}}
rules:
  - {id: one, description: One criterion, when: {criterion: renewal}, tags: [one]}
  - {id: score, description: Enough points, when: {criteria: {at_least: 50, of: [outage, renewal, old]}}, tags: [score]}
  - {id: needs, description: Old and enough, when: {criteria: {at_least: 50, needs: [old]}}, tags: [needs]}
  - {id: calm, description: Not yet, when: {none: [{criteria: {at_least: 1}}]}, tags: [calm]}
"""


@pytest.fixture(scope="module")
def policy(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(POLICY)


@pytest.fixture
def tags_after(policy: Policy, make_ticket: MakeTicket) -> Callable[..., set[str]]:
    def ask(hours: float, *worn: str) -> set[str]:
        ticket = make_ticket(tags=frozenset(worn))
        now = ticket.created_at + timedelta(hours=hours)
        return set(decide(policy, ticket, None, None, Ledger(ref=ticket.ref), now).desired.tags)

    return ask


def test_a_criterion_keeps_who_answers_for_it_what_it_is_worth_and_when_to_review_it(policy: Policy) -> None:
    outage, renewal, *_ = policy.criteria
    assert (outage.owner, outage.weight, outage.review_by) == ("support lead", 50, date(2027, 1, 31))
    assert (renewal.owner, renewal.review_by) == (None, None)
    assert policy.criteria[-1].weight == 1


@pytest.mark.capability("L19")
@pytest.mark.parametrize(
    ("hours", "worn", "wanted"),
    [
        (0, (), {"calm"}),
        (0, ("renewal",), {"one"}),
        (0, ("production_down",), {"score"}),
        (48, (), set()),
        (48, ("renewal",), {"one", "score", "needs"}),
        (48 - 1e-6, ("renewal", "production_down"), {"one", "score"}),
        (48, ("renewal", "production_down"), {"one", "score", "needs"}),
    ],
)
def test_points_add_up_and_what_is_needed_has_to_hold(
    tags_after: Callable[..., set[str]], hours: float, worn: tuple[str, ...], wanted: set[str]
) -> None:
    assert tags_after(hours, *worn) == wanted


def test_criteria_may_build_on_each_other_in_any_order(policy_of: Callable[[str], Policy]) -> None:
    text = """
version: 1
criteria:
  - {id: second, description: Second, when: {criterion: first}}
  - {id: first, description: First, when: {status: open}}
rules: [{id: a, description: A, when: {criterion: second}, tags: [a]}]
"""
    policy = policy_of(text)
    assert [criterion.id for criterion in policy.criteria] == ["second", "first"]
    assert policy.rules[0].when.facts == {"status"}


def test_the_explanation_lists_every_criterion_with_its_points(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"renewal"}))
    text = decision_text(decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at))
    assert "at least 50 points: 20 points (renewal 20); can change 2026-03-04 09:00 UTC" in text
    assert "✗ criterion outage (50 points): Production is down: does not hold" in text
    assert "✓ criterion renewal (20 points): A renewal is at stake: holds" in text
    assert "at least 50 points, and old: 20 points (renewal 20); old is needed and does not hold" in text


class Turning:
    """Holds or not, and may turn after so many hours; None = never."""

    facts: frozenset[str] = frozenset()

    def __init__(self, *, holds: bool, hours: int | None) -> None:
        self.holds = holds
        self.hours = hours

    def evaluate(self, facts: Facts) -> Verdict:
        created = facts.ticket.created_at
        turns_at = None if self.hours is None else created + timedelta(hours=self.hours)
        turned = turns_at is not None and facts.now >= turns_at
        return Verdict(
            holds=self.holds is not turned,
            subject="turning",
            wanted="",
            observed="",
            flips_at=None if turned else turns_at,
        )


CRITERIA = st.lists(
    st.tuples(st.booleans(), st.none() | st.integers(1, 9), st.integers(0, 5), st.booleans()), max_size=5
)


@settings(max_examples=300, deadline=None)
@given(drawn=CRITERIA, at_least=st.integers(1, 12))
def test_a_score_says_the_first_hour_at_which_it_could_turn_and_no_later_one(
    drawn: list[Any], at_least: int, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    at = Position(file="p.yaml", line=1, column=1)
    criteria = tuple(
        Criterion(id=str(number), description="", at=at, when=Turning(holds=holds, hours=hours), weight=weight)
        for number, (holds, hours, weight, _) in enumerate(drawn)
    )
    needs = frozenset(str(number) for number, (*_, needed) in enumerate(drawn) if needed)
    score = CriteriaCondition(criteria=criteria, at_least=at_least, needs=needs)

    def asked(hour: float) -> Verdict:
        now = ticket.created_at + timedelta(hours=hour)
        return score.evaluate(facts_of(ticket, None, None, Ledger(ref=ticket.ref), now))

    first = asked(0)
    answers = {hour: asked(hour).holds for hour in range(1, 10)}
    turned = next((hour for hour, holds in answers.items() if holds is not first.holds), None)
    told = None if first.flips_at is None else (first.flips_at - ticket.created_at) / timedelta(hours=1)
    assert told is not None or turned is None
    assert turned is None or (told is not None and told <= turned)
    # A single criterion that turns cannot be too early: nothing else could have made up for it.
    if len([one for one in drawn if one[1] is not None]) == 1:
        assert told == turned
