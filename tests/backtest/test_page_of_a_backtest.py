"""A back-test as a page: every figure stands in a table, charts show the same, and nothing is loaded."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import html5lib
import pytest
from rich.console import Console

from escalade import charts, pages
from escalade.charts import svg_of_chart
from rules.histories.event import EventKind, Fields, PastEvent
from rules.load import load_policy
from rules.replay.backtest import Backtest
from rules.replay.comparing import compared
from rules.replay.replay import Replay, Setting
from rules.replay.sheet import backtest_sheet
from rules.replay.sheet_of_two import comparison_sheet
from rules.replay.stretches import stretches
from rules.replay.survey import Surveyor
from rules.replay.told import DayLoad
from rules.replay.truth import truth_of
from rules.reports.chart import Chart, ChartKind, Series
from rules.reports.page import page
from rules.reports.sheet import Section, Sheet
from rules.reports.written import Form, written
from rules.ticket import Priority, StatusCategory

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = """
version: 1
default_calendar: always
tiers:
  - {{id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h, note: entered}}
  - {{id: tier2, name: Tier 2, tag: esc_t2, note: entered}}
rules:
  - id: old
    description: Open for too long
    when: {{status: {{in: [new, open]}}, age: {{at_least: {age}}}}}
    escalate_to: tier1
templates:
  entered: "Escalated to {{{{ tier.name }}}}: {{{{ reason }}}}"
"""


def files(age: str) -> dict[str, str]:
    return {"rules.yaml": POLICY.format(age=age)}


def history(tickets: int = 12) -> list[PastEvent]:
    """A ticket every seven hours, solved after one to twelve hours; every third turns urgent after five."""
    found: list[PastEvent] = []
    for number in range(tickets):
        at = START + timedelta(hours=7 * number)
        new = Fields(subject="Help", status=StatusCategory.OPEN, priority=Priority.NORMAL, group="Support")
        ref = f"zendesk:{number + 1}"
        found.append(PastEvent(at=at, ticket=ref, kind=EventKind.CREATED, fields=new))
        if number % 3 == 0:
            urgent = Fields(priority=Priority.URGENT)
            found.append(PastEvent(at=at + timedelta(hours=5), ticket=ref, kind=EventKind.CHANGED, fields=urgent))
        done = at + timedelta(hours=1 + number)
        solved = Fields(status=StatusCategory.SOLVED)
        found.append(PastEvent(at=done, ticket=ref, kind=EventKind.CHANGED, fields=solved))
    return sorted(found, key=lambda event: event.at)


def played(age: str = "4h") -> Backtest:
    surveyor = Surveyor()
    for event in history():
        surveyor.see(event)
    setting = Setting(truth=truth_of(files(age), "priority: urgent"))
    replay = Replay(load_policy(files(age)), surveyor.survey(), setting)
    replay.play(history())
    return replay.result()


def test_every_figure_of_a_back_test_stands_on_its_page_and_nothing_is_loaded() -> None:
    found = played()
    text = page(backtest_sheet(found), plot=svg_of_chart)
    html5lib.HTMLParser(strict=True).parse(text)
    assert f"{found.escalated_tickets} of {found.played.open_tickets} tickets" in text
    for score in found.rules:
        assert score.source in text
    for climbed in found.climbs:
        assert str(climbed.ticket) in text
    assert text.count("<svg") >= 4
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "https://" not in text


def test_without_anything_that_draws_the_tables_say_it_all() -> None:
    sheet = backtest_sheet(played())
    assert "<svg" not in page(sheet)
    for section in sheet.sections:
        if section.chart is not None and section.heading != "Escalations over time":
            assert section.table is not None, section.heading
    assert "Scoreboard" in written(sheet, Form.TEXT)


def test_two_policies_stand_side_by_side() -> None:
    sooner, later = played("2h"), played("9h")
    comparison = compared(sooner, later)
    text = page(comparison_sheet(comparison), plot=svg_of_chart)
    html5lib.HTMLParser(strict=True).parse(text)
    assert sooner.escalated_tickets > later.escalated_tickets > 0
    assert f"{len(comparison.moved)} tickets are treated otherwise" in text
    assert "not escalated" in text


def test_a_policy_compared_with_itself_moves_nothing() -> None:
    sheet = comparison_sheet(compared(played(), played()))
    assert sheet.sentences[0] == "0 tickets are treated otherwise: 0 more are escalated, 0 no more."
    assert "Tickets that are treated otherwise" not in [one.heading for one in sheet.sections]


@pytest.mark.parametrize(("days", "unit"), [(1, "day"), (62, "day"), (63, "week"), (434, "week"), (435, "month")])
def test_a_long_time_is_told_by_week_or_month_and_nothing_gets_lost(days: int, unit: str) -> None:
    loads = [DayLoad(day=START.date() + timedelta(days=n), escalations=n % 5, notes=n % 3) for n in range(days)]
    parts = stretches(loads)
    assert {one.unit for one in parts} == {unit}
    assert len(parts) <= 63
    assert sum(one.escalations for one in parts) == sum(one.escalations for one in loads)
    assert sum(one.alerts for one in parts) == sum(one.alerts for one in loads)


@pytest.mark.parametrize("kind", list(ChartKind))
def test_a_chart_is_the_same_bytes_each_time_has_a_name_and_no_colour_of_its_own(kind: ChartKind) -> None:
    names = ("low", "middle", "high")
    series = tuple(Series(name=f"{name} <b>&$x$", values=(1.0, None, 3.0 + n)) for n, name in enumerate(names))
    chart = Chart(title='What "people" <do>', kind=kind, labels=("<i>a", "b", "c & d"), series=series, unit="tickets")
    svg = svg_of_chart(chart)
    assert svg == svg_of_chart(chart)
    assert svg.startswith('<svg role="img" aria-label="What &quot;people&quot; &lt;do>"')
    assert "<i>" not in svg
    assert "<b>" not in svg
    assert "#01020" not in svg
    assert "#01030" not in svg
    assert "var(--s1)" in svg
    html5lib.HTMLParser(strict=True).parse(f"<!doctype html><html lang=en><title>x</title><body>{svg}</body></html>")


def test_where_nothing_draws_the_page_says_how_to_have_charts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(pages, "can_draw", lambda: False)
    told = io.StringIO()
    file = tmp_path / "page.html"
    pages.write_page(file, backtest_sheet(played()), Console(file=told, width=200))
    assert charts.MISSING in told.getvalue()
    assert "<svg" not in file.read_text(encoding="utf-8")


def test_a_chart_of_nothing_is_left_out_and_its_section_is_not() -> None:
    nothing = Chart(title="Nobody", kind=ChartKind.BARS, labels=(), series=(Series(name="alerts", values=()),))
    text = page(Sheet(title="Quiet", sections=(Section(heading="Who", chart=nothing),)), plot=svg_of_chart)
    assert "<h2" in text
    assert "<svg" not in text


def ticks(chart: Chart) -> list[str]:
    """What stands beside the axes, without the labels."""
    return [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg_of_chart(chart)) if text not in chart.labels]


@pytest.mark.parametrize("kind", [ChartKind.COLUMNS, ChartKind.BARS])
def test_of_what_is_counted_no_half_stands_beside_the_chart(kind: ChartKind) -> None:
    one = Chart(title="Alerts", kind=kind, labels=("Mon", "Tue"), series=(Series(name="alerts", values=(1.0, 0.0)),))
    assert ticks(one)
    assert all(tick.isdecimal() for tick in ticks(one))


def test_a_mark_at_the_end_of_a_span_is_whole() -> None:
    ends = tuple(
        Series(name=name, values=(value, -5.0)) for name, value in (("low", -9.0), ("mid", -9.0), ("high", 0.0))
    )
    svg = svg_of_chart(Chart(title="Sooner", kind=ChartKind.SPANS, labels=("a", "b"), series=ends))
    (clip,) = re.findall(r'<clipPath[^>]*>\s*<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    left, right = float(clip[0]), float(clip[0]) + float(clip[1])
    marks = [float(x) for x in re.findall(r'<use [^>]*x="([\d.]+)"[^>]*var\(--s1\)', svg)]
    assert marks
    assert all(left + 7 / 2 <= x <= right - 7 / 2 for x in marks)
