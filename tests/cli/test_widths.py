"""What commands show fits the terminal, and nothing is cut off to make it fit."""

from __future__ import annotations

import io

import pytest
from plans import plan_of
from rich.console import Console

from escalade.render import show_plans
from escalade.sheets import show_sheet
from rules.change import AddTags
from rules.reports.sheet import Section, Sheet, table_of
from rules.reports.written import Form
from rules.ticket import TicketRef

LONG = "a-tag-whose-name-is-much-longer-than-any-column-of-a-narrow-terminal-could-ever-be"
SHEET = Sheet(title="All", sections=(Section(heading="Some", table=table_of(("A", "B"), [("one", "two " * 30)] * 3)),))


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_table_is_as_wide_as_the_terminal(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    show_sheet(SHEET, Form.TEXT)
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= columns
    assert told.split().count("two") == 90


def test_in_a_pipe_a_line_has_80_signs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    show_sheet(SHEET, Form.TEXT)
    assert 70 < max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_a_word_that_is_longer_than_its_column_goes_on_in_the_next_line() -> None:
    ref = TicketRef("zendesk", "35")
    plan = plan_of(AddTags(on=ref, because="needed", rule="rule:long", tags=(LONG,)))
    stream = io.StringIO()
    show_plans(Console(file=stream, width=60, color_system=None), [plan])
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 60
    column = [line.split("│")[2].strip() for line in lines if line.count("│") == 4]
    assert LONG in "".join(column).replace(" ", "")
