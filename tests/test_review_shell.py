"""What customers write does not command a terminal, and a day of clock change is a day like any other."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import schedule
import typer
from plans import plan_of
from rich.console import Console

from escalade.failures import explained
from escalade.render import show_plans, show_report
from escalade.schedule import run_every
from escalade.store.errors import StoreError
from rules.change import AddTags, OpenLinked
from rules.reports.run import Report
from rules.ticket import TicketRef

EVIL = "\x1b]0;title\x07 \x1b[2J \x9b31m \u202egnp.exe [bold]loud[/] [/nothing]"


def printed(show: Any) -> str:
    text = io.StringIO()
    show(Console(file=text, force_terminal=True, width=400, color_system=None))
    return text.getvalue()


def test_a_subject_commands_no_terminal_and_is_no_markup() -> None:
    ref = TicketRef("zendesk", "35")
    change = OpenLinked(
        on=ref,
        because=EVIL,
        rule="tier:t3",
        key="k",
        helpdesk="jira",
        project="OPS",
        type="Task",
        subject=EVIL,
        body="",
    )
    plan = plan_of(change, subject=EVIL)
    report = Report(started_at=datetime(2026, 3, 2, tzinfo=UTC), parked={"zendesk:35": EVIL})
    text = printed(lambda console: show_plans(console, [plan]))
    text += printed(lambda console: show_report(console, report, dry_run=False))
    assert text.count("[bold]loud[/] [/nothing]") == 3
    assert not set(text) & {"\x07", "\x9b", "\u202e"}
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text


def test_each_change_of_a_plan_stands_beside_its_reason_and_the_rest_is_counted() -> None:
    ref = TicketRef("zendesk", "35")
    changes = tuple(
        AddTags(on=ref, because=f"reason {number // 2}", rule="rule:r", tags=(f"tag{number}",)) for number in range(16)
    )
    plan = plan_of(*changes, subject="Export")
    lines = [line.split("│") for line in printed(lambda console: show_plans(console, [plan])).splitlines()]
    cells = [[cell.strip() for cell in line[1:4]] for line in lines if len(line) > 3]
    assert cells[0] == ["zendesk", "• add tag tag0", "reason 0"]
    assert cells[1] == ["35", "• add tag tag1", ""]
    assert cells[2] == ["", "• add tag tag2", "reason 1"]
    assert [line[1] for line in cells[-2:]] == ["• add tag tag11", "… and 4 more"]


def test_a_service_outlives_a_database_that_restarts_and_a_single_run_does_not() -> None:
    with explained(Console(quiet=True), stay=True):
        raise StoreError("the server closed the connection")
    with pytest.raises(typer.Exit), explained(Console(quiet=True)):
        raise StoreError("the server closed the connection")


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The wall clock that the schedule library reads, as a list of one instant."""
    shows = [datetime(2026, 10, 25, 2, 59)]  # noqa: DTZ001 - the library reckons in local time without a zone

    class Wall(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return shows[0] if tz is None else shows[0].astimezone(tz)

    monkeypatch.setattr(schedule.datetime, "datetime", Wall)
    return shows


def test_runs_go_on_through_the_hour_that_comes_twice_in_autumn(wall: list[datetime]) -> None:
    steady, ran = [0.0], []

    class Stop(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            steady[0] += timeout
            wall[0] += timedelta(seconds=timeout)
            if wall[0] >= datetime(2026, 10, 25, 3, 0) and steady[0] < 3600:  # noqa: DTZ001 - as above
                wall[0] -= timedelta(hours=1)
            return steady[0] > 1800

    run_every(timedelta(minutes=5), lambda: ran.append(steady[0]), Stop())
    assert ran == [300.0 * number for number in range(7)]
