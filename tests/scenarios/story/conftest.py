"""The story of an account at risk is the scenario of that name, played on stages of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from escalade.drill.catalogue import load_scenario
from escalade.drill.player import Performance
from escalade.drill.scenario import Scenario
from escalade.drill.score import Score
from escalade.drill.stage import Stage, open_stage


class Nobody:
    """An audience that does not listen."""

    def opens(self, *_: Any) -> None: ...
    def sees(self, *_: Any) -> None: ...
    def closes(self, *_: Any) -> None: ...


@pytest.fixture
def scenario() -> Scenario:
    """From six tickets to the verdict a month after the closure."""
    return load_scenario("account-at-risk")


@pytest.fixture
def make_stage(scenario: Scenario) -> Iterator[Callable[..., Stage]]:
    """Make stages on which nothing has happened yet."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(open_stage(options.pop("scenario", scenario), **options))


@pytest.fixture
def play() -> Callable[[Stage], Score]:
    """Play the whole scenario of a stage."""
    return lambda stage: Score(chapters=tuple(Performance(stage=stage, audience=Nobody()).play()))
