"""With the vendors' real rate limits and our usual settings: no call is refused, and everything gets done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pytest

import connectors.jira.helpdesk
import connectors.zendesk.helpdesk
from connectors.http import HttpSession
from connectors.limiter import Limiter
from escalade.app import App, open_app
from escalade.demo.desk import DemoSecrets, demo_settings
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk import limits
from escalade.emulator.zendesk.acts import act
from escalade.progress import QuietProgress
from escalade.settings import load_settings
from rules.reports.run import Report

#: Zendesk Professional: requests of an account, and updates of tickets, in a minute (Zendesk's rate limit page).
PROFESSIONAL = 400
UPDATES = 100
#: The part of them that the settings let us use when they say nothing.
SHARE = 0.5
REFUSED = 429
#: Exports hide the most recent minute: our own writes are seen again only after it.
ECHO = timedelta(seconds=90)


class LimitedDesk:
    """A desk with limits, on which waiting takes virtual time and nothing else takes any."""

    def __init__(self, world: World, app: App) -> None:
        self.world = world
        self.app = app

    def sync(self, *, dry_run: bool = False) -> Report:
        report = self.app.sync(QuietProgress()).once(force=True, dry_run=dry_run)
        assert (report.parked, report.troubled) == ({}, {})
        return report

    def pass_time(self, span: timedelta) -> None:
        with self.world.lock:
            self.world.clock.advance(span.total_seconds())

    def statuses(self) -> Counter[int]:
        """Statuses of the answers since the last time."""
        calls = self.world.calls
        assert calls.total == len(calls.requests), "some calls were forgotten: look more often"
        found = Counter(call.status for call in calls.requests)
        calls.reset()
        return found

    def escalated(self) -> set[int]:
        tickets = self.world.zendesk.tickets.values()
        return {ticket.id for ticket in tickets if any(tag.startswith("esc_t") for tag in ticket.tags)}

    def customers_write(self, count: int) -> None:
        waiting = [ticket for ticket in self.world.zendesk.tickets.values() if ticket.status == "pending"]
        for ticket in waiting[:count]:
            change = {"comment": {"body": "Any news?", "public": True}}
            with self.world.lock:
                act(self.world, {"ticket": ticket.id, "user": ticket.requester_id, "change": change})


def usual_settings(directory: Path, url: str) -> Path:
    """The demo's settings without what makes the demo fast, and with one visit at a time: waits do not overlap."""
    file = demo_settings(directory, url)
    fast = ("budget", "exports_per_minute", "updates_per_minute")
    lines = [line for line in file.read_text().splitlines() if not line.strip().startswith(fast)]
    file.write_text("\n".join([*lines, "workers: 1", ""]))
    return file


@pytest.fixture
def limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], LimitedDesk]]:
    """Make desks of so many tickets."""
    monkeypatch.setattr(limits, "PLAN_LIMIT", PROFESSIONAL)
    with ExitStack() as stack:

        def make(tickets: int) -> LimitedDesk:
            world = build_desk(tickets=tickets)
            world.limits = True

            def sleep(seconds: float) -> None:
                with world.lock:
                    world.clock.advance(seconds)

            def now() -> float:
                return world.clock.now().timestamp()

            def limiter(**settings: Any) -> Limiter:
                return Limiter(**{**settings, "clock": now, "sleep": sleep})

            def session(**settings: Any) -> HttpSession:
                return HttpSession(**{**settings, "clock": now, "sleep": sleep})

            for vendor in (connectors.zendesk.helpdesk, connectors.jira.helpdesk):
                monkeypatch.setattr(vendor, "Limiter", limiter)
                monkeypatch.setattr(vendor, "HttpSession", session)
            emulator = stack.enter_context(RunningEmulator(world))
            settings = load_settings(usual_settings(tmp_path, emulator.url))
            return LimitedDesk(world, stack.enter_context(open_app(settings, world.clock, secrets=DemoSecrets())))

        yield make


def test_syncing_more_often_than_the_exports_allow_provokes_no_refusal_and_leaves_nothing_undone(
    limited: Callable[[int], LimitedDesk],
) -> None:
    desk = limited(60)
    desk.sync()
    assert REFUSED not in desk.statuses()
    assert desk.escalated()
    for number in range(40):
        desk.pass_time(timedelta(seconds=5))
        desk.customers_write(number % 3)
        desk.sync()
        assert REFUSED not in desk.statuses()
    desk.pass_time(ECHO)
    assert desk.sync(dry_run=True).plans == []


def test_a_first_sync_waits_only_as_often_as_the_scarcest_budget_makes_it(
    limited: Callable[[int], LimitedDesk],
) -> None:
    desk = limited(400)
    began: datetime = desk.world.clock.now()
    desk.sync()
    minutes = (desk.world.clock.now() - began) / timedelta(minutes=1)
    calls = desk.world.calls.counts()
    assert REFUSED not in desk.statuses()
    asked = sum(count for call, count in calls.items() if " /api/v2/" in call)
    updated = calls["PUT /api/v2/tickets/{id}"]
    # A budget that is used up is there again after a minute; what fits into the first one waits for nothing.
    scarcest = max(ceil(asked / (PROFESSIONAL * SHARE)), ceil(updated / (UPDATES * SHARE))) - 1
    assert scarcest >= 1, "the desk is too small to show a wait"
    assert scarcest <= minutes <= scarcest + 1
