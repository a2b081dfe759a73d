"""A table as plain text: side by side where there is room, below each other where there is not, and always whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.reports.columns import columns_of
from rules.reports.sheet import Table, table_of

HEADERS = ("Ticket", "Subject", "Customer", "Owner", "Next due")
ROW = ("OPS-12", "Checkout is down for everybody", "Acme", "Ada Lovelace", "update: Mon 2026-03-02 09:00")
words = st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30), max_size=8)
cells = words.map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    count = draw(st.integers(1, 8))
    row = st.tuples(*[cells] * count)
    return table_of(draw(row), draw(st.lists(row, max_size=4)))


def test_where_there_is_room_columns_stand_side_by_side() -> None:
    assert [*columns_of(table_of(("a", "long"), [("1", "2"), ("33", "4")]), 80)] == ["a   long", "1   2", "33  4"]


def test_without_a_width_a_line_is_as_long_as_it_takes() -> None:
    assert [len(line) for line in columns_of(table_of(HEADERS, [ROW] * 2))] == [72, 92, 92]


def test_long_cells_take_several_lines_as_long_as_few_are_enough() -> None:
    assert [*columns_of(table_of(HEADERS[:3], [ROW[:3], ("OPS-7", "Slow", "Bolt")]), 34)] == [
        "Ticket  Subject           Customer",
        "OPS-12  Checkout is down  Acme",
        "        for everybody",
        "OPS-7   Slow              Bolt",
    ]


def test_rows_that_would_become_too_high_stand_below_each_other_with_their_headers() -> None:
    assert [*columns_of(table_of(HEADERS, [ROW, ("OPS-7", "Slow", "", "Bob", "")]), 40)] == [
        "OPS-12",
        "  Subject: Checkout is down for",
        "    everybody",
        "  Customer: Acme | Owner: Ada Lovelace",
        "  Next due: update: Mon 2026-03-02 09:00",
        "OPS-7",
        "  Subject: Slow | Owner: Bob",
    ]


@given(table=tables(), width=st.integers(10, 120))
def test_no_word_is_ever_lost_or_cut(table: Table, width: int) -> None:
    told = " ".join(columns_of(table, width)).replace(":", " ").split()
    for row in table.rows:
        for cell in row:
            for word in cell.text.split():
                assert word in told


@given(table=tables(), width=st.integers(10, 120))
def test_a_line_is_longer_than_the_width_only_for_a_word_that_is(table: Table, width: int) -> None:
    longest = max((len(word) for row in table.rows for cell in row for word in cell.text.split()), default=0)
    longest = max([longest, *(len(word) + 1 for header in table.headers for word in header.split())])
    for line in columns_of(table, width):
        assert len(line) <= max(width, longest + 4)
