"""Throttles: never more than a channel takes in any stretch of time, and not a moment's wait more than that needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.change import Notify
from rules.decide import decide
from rules.ledger import Ledger
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.throttle import AtMost, Throttle
from rules.ticket import Ticket

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECONDS = st.integers(0, 7200)


@given(st.lists(SECONDS, max_size=60), st.integers(1, 6), st.integers(1, 3600))
def test_never_more_go_than_fit_whatever_is_asked_and_whenever(asked: list[int], count: int, within: int) -> None:
    limit = AtMost(count=count, within=timedelta(seconds=within))
    told: list[datetime] = []
    for at in sorted(START + timedelta(seconds=second) for second in asked):
        if limit.opens_at(told, at) is None:
            told.append(at)
    for first in told:
        assert sum(first <= at < first + limit.within for at in told) <= count


@given(st.lists(SECONDS, max_size=60), st.integers(1, 6), st.integers(1, 3600), SECONDS)
def test_it_opens_at_the_first_instant_at_which_one_fits(told: list[int], count: int, within: int, second: int) -> None:
    limit, now = AtMost(count=count, within=timedelta(seconds=within)), START + timedelta(seconds=second)
    went = [START + timedelta(seconds=one) for one in told if one <= second]
    opens = limit.opens_at(went, now)
    if opens is not None:
        assert opens > now
        assert limit.opens_at(went, opens) is None
        assert limit.opens_at(went, opens - timedelta(microseconds=1)) == opens


POLICY = """
version: 1
default_calendar: always
channels:
  room: {url_env: ROOM_URL, at_most: {count: 2, within: 1h30m}}
  wall: {url_env: WALL_URL}
rules:
  - id: down
    description: Production is down
    when: {tags: {contains: down}}
    notify:
      - {channel: room, template: first}
      - {channel: wall, template: first}
      - {channel: room, template: second}
      - {channel: room, template: third, urgent: true}
templates: {first: First, second: Second, third: Third}
"""


@pytest.fixture
def made(policy_of: Callable[[str], Policy], make_ticket: Callable[..., Ticket]) -> Callable[..., Plan]:
    """Plans for a ticket by what its channel was told so many minutes ago."""
    policy, ticket = policy_of(POLICY), make_ticket(tags=frozenset({"down"}))
    ledger, at_most = Ledger(ref=ticket.ref), policy.channels["room"].at_most
    assert at_most is not None

    def make(*ago: int, now: datetime = START) -> Plan:
        throttle = Throttle(at_most=at_most, told=tuple(START - timedelta(minutes=one) for one in ago))
        decision = decide(policy, ticket, None, None, ledger, now)
        return plan(ticket, decision, ledger, policy, 0, now, throttles={"room": throttle})

    return make


def told(made: Plan) -> list[str]:
    return [f"{one.channel} {one.body}" for one in made.changes if isinstance(one, Notify)]


def test_while_there_is_room_all_is_told(made: Callable[..., Plan]) -> None:
    assert told(made(90, 100)) == ["room First", "wall First", "room Second", "room Third"]
    assert made(90, 100).wake_at is None


def test_what_is_over_the_limit_waits_until_there_is_room_and_what_is_urgent_goes(made: Callable[..., Plan]) -> None:
    held = made(20)
    assert told(held) == ["room First", "wall First", "room Third"]
    (skipped,) = held.skipped
    assert skipped.what == "notice notify:room:second:rule:down:1"
    assert skipped.why == "the channel room takes 2 within 1h 30m; there is room at 2026-03-02 10:10 UTC"
    assert (held.wake_at, held.wake_because) == (START + timedelta(minutes=70), "the channel room may be told more")


@given(st.lists(st.integers(0, 120), max_size=6), st.floats(0, 0.999))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_told_a_plan_stays_the_same_until_it_wakes(
    made: Callable[..., Plan], ago: list[int], share: float
) -> None:
    held = made(*ago)
    if held.wake_at is None:
        assert not held.skipped
    else:
        between = START + share * (held.wake_at - START)
        assert told(made(*ago, now=between)) == told(held)
        assert len(told(made(*ago, now=held.wake_at))) > len(told(held))


def test_a_plan_stays_the_same_until_it_wakes_and_then_has_something_to_do(made: Callable[..., Plan]) -> None:
    held = made(20, 10)
    assert held.wake_at == START + timedelta(minutes=70)
    assert told(made(20, 10, now=held.wake_at - timedelta(microseconds=1))) == told(held)
    assert told(made(20, 10, now=held.wake_at)) == ["room First", *told(held)]
