"""A visit that there is no rate budget for gives way: the thread is free for others, and it comes back in time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from connectors.errors import Later, Scope
from connectors.patience import longest_wait, waiting_at_most
from connectors.rank import Rank
from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.engine.inforce import InForce
from escalade.engine.service import Service
from escalade.engine.waits import SPACING, Waits
from escalade.settings import load_settings
from escalade.store.crew import Crew
from rules.ticket import TicketRef
from sync import DueVisit

#: What the scarce Zendesk allows in a minute, and what is to be written to it.
UPDATES = 6
TICKETS = 40


class Secrets:
    def get(self, env: str, *, file: Any = None) -> str:
        return "emulator-api-token"


def second(text: str, url: str) -> str:
    """The settings with another Zendesk, whose limits nothing is near to."""
    scarce = text.replace("updates_per_minute: 100000", f"updates_per_minute: {UPDATES}")
    block = text[text.index("  zendesk:\n    vendor:") :]
    before, _, rest = block.replace("  zendesk:", "  quiet:", 1).partition("    url: ")
    return f"{scarce}{before}    url: {url}\n{rest.partition(chr(10))[2]}"


@pytest.fixture
def two(make_shop: Callable[..., Any]) -> Iterator[tuple[Any, Any, App, Service]]:
    """One thread that serves two helpdesks."""
    scarce, quiet = make_shop(workers=1), make_shop()
    rules = scarce.directory / "rules.yaml"
    rules.write_text(rules.read_text().replace("helpdesk: zendesk, ", ""))
    settings = scarce.directory / "escalade.yaml"
    settings.write_text(second(settings.read_text(), quiet.emulator.url))
    with (
        open_app(load_settings(settings), SystemClock(), secrets=Secrets()) as app,
        Crew(app.store).at_work("one") as admitted,
    ):
        assert admitted
        app.share_budgets()
        in_force = InForce(app)
        in_force.settle()
        # Nothing of what is there is a backlog that somebody has to decide about.
        for name in app.helpdesks:
            app.starting.begin(name, app.clock.now())
        service = Service("one", in_force, threads=1, force=True, said=lambda _text: None)
        service.start()
        yield scarce, quiet, app, service
        assert service.stop(30)


@pytest.fixture
def put_off(monkeypatch: pytest.MonkeyPatch) -> Counter[TicketRef]:
    """How often each ticket is given back."""
    counted: Counter[TicketRef] = Counter()
    given = Crew.put_off

    def counting(self: Crew, visits: Mapping[DueVisit, datetime]) -> None:
        counted.update(visit.ref for visit in visits)
        given(self, visits)

    monkeypatch.setattr(Crew, "put_off", counting)
    return counted


def test_a_helpdesk_without_budget_costs_another_one_nothing_with_one_thread(
    two: tuple[Any, Any, App, Service], put_off: Counter[TicketRef]
) -> None:
    scarce, quiet, app, service = two
    waiting = [scarce.ticket("complaint") for _ in range(TICKETS)]
    app.store.nudge([TicketRef("zendesk", str(number)) for number in waiting], app.clock.now(), "webhook")
    scarce.wait(lambda: sum("esc_t1" in scarce.tags(ticket) for ticket in waiting) == UPDATES)
    for _ in range(5):
        ticket = quiet.ticket("complaint")
        app.store.nudge([TicketRef("quiet", str(ticket))], app.clock.now(), "webhook")
        quiet.wait(lambda ticket=ticket: "esc_t1" in quiet.tags(ticket), 3)
    assert sum("esc_t1" in scarce.tags(ticket) for ticket in waiting) == UPDATES
    scarce.wait(lambda: service.worker.is_idle, 3)
    # Nobody looks again and again: they sleep until there may be room, and nothing of it counts as a failure.
    assert sum(put_off.values()) <= 2 * TICKETS
    assert not app.store.dead_letters()
    assert app.store.figures(app.clock.now()).due.get("zendesk", 0) == 0


class Ticks:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def later(seconds: float, rank: Rank = Rank.LAST, scope: Scope = Scope.ENDPOINT) -> Later:
    return Later(helpdesk="zendesk", seconds=seconds, rank=rank, scope=scope)


def test_what_met_a_budget_without_room_holds_back_its_rank_alone_until_there_is_room() -> None:
    ticks = Ticks()
    waits = Waits(ticks)
    assert waits.note(later(5)) == 5
    assert waits.back_in({"zendesk"}, Rank.FIRST) is None
    assert waits.back_in({"other"}, Rank.LAST) is None
    assert waits.back_in({"other", "zendesk"}, Rank.LAST) == pytest.approx(5 + SPACING)
    ticks.now += 5
    assert waits.back_in({"zendesk"}, Rank.LAST) is None


def test_visits_come_back_one_after_the_other_and_not_all_at_once() -> None:
    waits = Waits(Ticks())
    first = waits.note(later(5))
    others = [waits.back_in({"zendesk"}, Rank.LAST) for _ in range(3)]
    assert [first, *others] == pytest.approx([5, 5 + SPACING, 5 + 2 * SPACING, 5 + 3 * SPACING])


def test_the_budget_of_one_ticket_holds_back_no_other() -> None:
    waits = Waits(Ticks())
    assert waits.note(later(400, scope=Scope.TICKET)) == 400
    assert waits.back_in({"zendesk"}, Rank.LAST) is None


def test_nobody_comes_back_at_once_however_short_the_wait() -> None:
    assert Waits(Ticks()).note(later(0.001)) >= 0.25


def test_only_who_says_so_waits_briefly() -> None:
    assert longest_wait() == math.inf
    with waiting_at_most(0.25):
        assert longest_wait() == 0.25
    assert longest_wait() == math.inf
