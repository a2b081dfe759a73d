"""Dates as people write them: what is one, and what to say of what is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.written_date import date_hint, written_date


@given(day=st.dates())
def test_every_date_is_read_as_it_is_written(day: date) -> None:
    assert written_date(day.isoformat()) == day
    assert date_hint(day.isoformat()) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-02-30", "2026-02 has no day 30"),
        ("2026-02-29", "2026-02 has no day 29"),
        ("2028-02-30", "2028-02 has no day 30"),
        ("2026-04-31", "2026-04 has no day 31"),
        ("2026-04-00", "2026-04 has no day 00"),
        ("2026-13-01", "there is no month 13"),
        ("2026-00-01", "there is no month 00"),
        ("0000-01-01", "there is no year 0000"),
        ("20260302", "write it as YYYY-MM-DD"),
        ("2026-W10-1", "write it as YYYY-MM-DD"),
        ("2026-3-2", "write it as YYYY-MM-DD"),
        ("02.03.2026", "write it as YYYY-MM-DD"),
        ("२०२६-०३-०२", "write it as YYYY-MM-DD"),
        ("", "write it as YYYY-MM-DD"),
    ],
)
def test_what_is_no_date_is_told_with_what_is_wrong_about_it(text: str, hint: str) -> None:
    assert date_hint(text) == hint
    with pytest.raises(ValueError, match=hint):
        written_date(text)


@given(text=st.one_of(st.text(), st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True)))
def test_any_other_text_is_a_date_exactly_if_the_calendar_has_it(text: str) -> None:
    try:
        known = date.fromisoformat(text).isoformat() == text
    except ValueError:
        known = False
    assert (date_hint(text) is None) is known


@pytest.mark.parametrize("value", [None, 20260302, True, ["2026-03-02"]])
def test_what_is_no_text_is_no_date(value: object) -> None:
    assert date_hint(value) == "write it as YYYY-MM-DD"
