"""The story of an account at risk, on the starter policy: from six tickets to the verdict a month after the closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from escalade.drill.scenario import Scenario


@pytest.mark.slow
@pytest.mark.capability("D13")
def test_an_account_at_risk_is_led_from_the_request_to_the_root_cause(
    make_stage: Callable[[], Any], play: Callable[[Any], Any], scenario: Scenario
) -> None:
    score = play(make_stage())
    assert score.misses == ()
    assert score.passed == len(scenario.chapters) == 9
    assert len(score.steps) == len(tuple(scenario.steps))
    assert len(score.checks) > 80


def test_the_story_expects_something_of_nearly_every_step(scenario: Scenario) -> None:
    bare = [step for step in scenario.steps if step.expect == type(step.expect)()]
    assert [step.writes or step.subtask for step in bare] == [
        "Please escalate this, we cannot work.",
        "Call the customer",
    ]
