"""The days of a calendar: which are worked, when they open and close, and which comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import ALWAYS, BusinessCalendar

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = {day: ((time(9), time(17)),) for day in range(5)}
OFFICE = BusinessCalendar("office", BERLIN, NINE_TO_FIVE, frozenset({date(2026, 3, 6)}))
LUNCH = BusinessCalendar("lunch", BERLIN, {day: ((time(9), time(12)), (time(13), time(18))) for day in range(5)})
NIGHTS = BusinessCalendar("nights", BERLIN, {day: ((time(22), time(6)),) for day in range(5)})
TOUCHING = BusinessCalendar("shifts", BERLIN, {day: ((time(6), time(14)), (time(14), time(22))) for day in range(5)})
TWO_HALVES = {day: ((time(0), time(12)), (time(12), time(0))) for day in range(7)}
HALVES = BusinessCalendar("halves", BERLIN, TWO_HALVES)
ROUND_THE_CLOCK = BusinessCalendar("round the clock", BERLIN, {day: ((time(), time()),) for day in range(7)})

# The first week of March 2026 begins on Monday the 2nd; Friday the 6th is a holiday of the office.
MON, TUE, WED, THU, FRI, SAT, SUN = (date(2026, 3, day) for day in range(2, 9))
NEXT_MON = date(2026, 3, 9)


def berlin(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BERLIN)


@pytest.mark.parametrize(
    ("day", "worked", "following", "preceding"),
    [
        (MON, True, TUE, date(2026, 2, 27)),
        (THU, True, NEXT_MON, WED),
        (FRI, False, NEXT_MON, THU),
        (SUN, False, NEXT_MON, THU),
        (NEXT_MON, True, date(2026, 3, 10), THU),
    ],
)
def test_holidays_and_weekends_are_no_working_days(day: date, worked: bool, following: date, preceding: date) -> None:
    assert OFFICE.is_working_day(day) is worked
    assert OFFICE.next_working_day(day) == following
    assert OFFICE.previous_working_day(day) == preceding


def test_a_working_day_opens_with_its_first_window_and_closes_with_its_last() -> None:
    assert LUNCH.opening(MON) == berlin(MON, 9)
    assert LUNCH.closing(MON) == berlin(MON, 18)
    assert LUNCH.opening(SAT) is None
    assert LUNCH.closing(SAT) is None


def test_a_night_shift_closes_on_the_date_after_the_one_that_it_belongs_to() -> None:
    assert NIGHTS.opening(FRI) == berlin(FRI, 22)
    assert NIGHTS.closing(FRI) == berlin(SAT, 6)
    assert not NIGHTS.is_working_day(SAT)


def test_round_the_clock_a_day_closes_at_midnight() -> None:
    assert ROUND_THE_CLOCK.opening(SAT) == berlin(SAT, 0)
    assert ROUND_THE_CLOCK.closing(SAT) == berlin(SUN, 0)
    assert ALWAYS.closing(SAT) == datetime(2026, 3, 8, tzinfo=UTC)
    assert ALWAYS.is_working_day(SAT)
    assert ALWAYS.next_working_day(SAT) == SUN


def test_opening_and_closing_follow_the_clock_change() -> None:
    sunday = date(2026, 3, 29)
    assert ROUND_THE_CLOCK.opening(sunday) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert ROUND_THE_CLOCK.closing(sunday) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_the_local_date_is_the_one_of_the_calendars_zone() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert OFFICE.local_date(late) == TUE
    assert ALWAYS.local_date(late) == MON


@pytest.mark.parametrize(
    ("calendar", "at", "turn"),
    [
        (OFFICE, berlin(MON, 8), berlin(MON, 9)),
        (OFFICE, berlin(MON, 9), berlin(MON, 17)),
        (OFFICE, berlin(MON, 16, 59), berlin(MON, 17)),
        (OFFICE, berlin(MON, 17), berlin(TUE, 9)),
        (OFFICE, berlin(THU, 17), berlin(NEXT_MON, 9)),
        (NIGHTS, berlin(FRI, 23), berlin(SAT, 6)),
        (TOUCHING, berlin(MON, 7), berlin(MON, 22)),
    ],
)
def test_the_next_turn_is_the_next_opening_or_closing(calendar: BusinessCalendar, at: datetime, turn: datetime) -> None:
    assert calendar.next_turn(at) == turn


@pytest.mark.parametrize("calendar", [ALWAYS, ROUND_THE_CLOCK, HALVES], ids=lambda calendar: calendar.name)
def test_what_never_closes_never_turns(calendar: BusinessCalendar) -> None:
    assert calendar.next_turn(berlin(MON, 12)) is None


def test_a_turn_years_ahead_is_found() -> None:
    closed_once = BusinessCalendar("once", BERLIN, TWO_HALVES, frozenset({date(2040, 5, 1)}))
    assert closed_once.next_turn(berlin(MON, 12)) == berlin(date(2040, 5, 1), 0)


def test_days_beyond_the_years_of_a_calendar_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"calendar 'office'.*outside 1970 to 2200"):
        OFFICE.next_working_day(date(2202, 12, 31))
    with pytest.raises(ValueError, match="outside 1970 to 2200"):
        OFFICE.is_working_day(date(1900, 1, 1))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([OFFICE, LUNCH, NIGHTS, TOUCHING]), st.integers(0, 2 * 365 * 86_400))
def test_between_two_turns_the_calendar_stays_open_or_closed(calendar: BusinessCalendar, second: int) -> None:
    at = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(seconds=second)
    turn = calendar.next_turn(at)
    assert turn is not None
    assert turn > at
    assert calendar.is_open(turn) is not calendar.is_open(at)
    passed = calendar.elapsed(at, turn)
    assert passed == (turn - at if calendar.is_open(at) else timedelta())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([OFFICE, LUNCH, NIGHTS, TOUCHING]), st.integers(0, 1000))
def test_all_open_time_of_a_week_lies_within_its_working_days(calendar: BusinessCalendar, offset: int) -> None:
    day = date(2025, 1, 1) + timedelta(days=offset)
    opened, closed = calendar.opening(day), calendar.closing(day)
    assert (opened is None) is (closed is None) is (not calendar.is_working_day(day))
    assert calendar.previous_working_day(calendar.next_working_day(day)) <= day < calendar.next_working_day(day)
    if opened is not None and closed is not None:
        assert opened < closed
        assert calendar.is_open(opened)
        assert not calendar.is_open(opened - timedelta(microseconds=1))
        assert calendar.local_date(opened) == day
