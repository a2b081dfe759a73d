"""Brakes: a run over a limit is refused with its numbers and with what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.brakes import UnsafePlanError, raise_if_unsafe, safe_number
from rules.policy import Brakes

LIMITS = Brakes(max_tickets=500, max_share=0.5)


@pytest.mark.parametrize(("count", "population"), [(0, 0), (19, 19), (10, 20), (500, 1000), (1, 20), (3, 0)])
def test_a_run_within_the_limits_goes_on(count: int, population: int) -> None:
    raise_if_unsafe(count, LIMITS, population)


@pytest.mark.parametrize(
    ("count", "population", "says"),
    [
        (11, 20, "would write to 11 of 20 open tickets, 55%; the limit is 50% (brakes.max_share)"),
        (412, 500, "would write to 412 of 500 open tickets, 82%; the limit is 50% (brakes.max_share)"),
        (501, 20_000, "would write to 501 of 20,000 open tickets, 3%; the limit is 500 tickets (brakes.max_tickets)"),
        (501, 0, "would write to 501 of 0 open tickets; the limit is 500 tickets"),
    ],
)
def test_a_run_over_a_limit_is_refused_with_its_numbers_and_advice(count: int, population: int, says: str) -> None:
    with pytest.raises(UnsafePlanError) as refusal:
        raise_if_unsafe(count, LIMITS, population)
    assert says in str(refusal.value)
    assert "Nothing of this was written." in str(refusal.value)
    assert "--force" in str(refusal.value)


def test_a_share_of_all_is_no_limit_although_tickets_that_are_solved_by_now_are_written_to_as_well() -> None:
    whole = Brakes(max_tickets=500, max_share=1.0)
    raise_if_unsafe(45, whole, 40)
    assert safe_number(whole, 40) == 500


@given(
    count=st.integers(0, 3000),
    population=st.integers(0, 3000),
    most=st.integers(1, 3000),
    share=st.floats(0.001, 1.0),
)
def test_a_run_is_refused_exactly_where_it_writes_to_more_than_the_safe_number(
    count: int, population: int, most: int, share: float
) -> None:
    brakes = Brakes(max_tickets=most, max_share=share)
    try:
        raise_if_unsafe(count, brakes, population)
    except UnsafePlanError:
        assert count > safe_number(brakes, population)
    else:
        assert count <= safe_number(brakes, population)
