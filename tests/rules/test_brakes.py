"""Brakes: a run over a limit is refused with its numbers and with what to do."""

from __future__ import annotations

import pytest

from rules.brakes import UnsafePlanError, raise_if_unsafe
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
