"""Laws of business time that hold in every week, zone and year, whatever is closed; and what an independent oracle says."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from workclock import Holidays, Schedule, WorkDay

from rules.calendar import BusinessCalendar, Span
from rules.feed_days import FeedDays, FeedEvent

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Africa/Cairo",
    "America/Santiago",
    "UTC",
)
MICROSECOND = timedelta(microseconds=1)

CLOCK_TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
#: Hours that some zone skips lie between these; edges strictly inside are read differently by different people.
OUTSIDE_SKIPPED_HOURS = CLOCK_TIMES.filter(lambda at: not time(0) < at < time(1) and not time(2) < at < time(3, 45))
DAYS_OF_2026 = st.integers(0, 364).map(lambda offset: date(2026, 1, 1) + timedelta(days=offset))
#: The days before the clock changes of all zones.
CHANGES = [
    date(2026, *day)
    for day in ((2, 15), (3, 7), (3, 22), (3, 28), (4, 4), (4, 23), (9, 5), (9, 26), (10, 3), (10, 24), (10, 31))
]
STARTS = st.builds(
    lambda day, minute: datetime.combine(day, time(), UTC) + timedelta(minutes=minute),
    st.one_of(st.sampled_from(CHANGES), DAYS_OF_2026),
    st.integers(0, 2 * 1440),
)
SECONDS = st.integers(1, 6 * 86_400)


def weeks(times: st.SearchStrategy[time] = CLOCK_TIMES) -> st.SearchStrategy[dict[int, tuple[tuple[time, time], ...]]]:
    windows = st.lists(st.tuples(times, times), max_size=2).map(tuple)
    return st.dictionaries(st.integers(0, 6), windows, min_size=1).filter(lambda week: any(week.values()))


CLOSURES = st.builds(
    lambda day, at, hours: FeedEvent(
        name="Closed", begin=datetime.combine(day, at), length=timedelta(hours=hours), whole_days=False
    ),
    DAYS_OF_2026,
    CLOCK_TIMES,
    st.integers(1, 40),
)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """Calendars with everything that a policy can say of them."""
    closures = tuple(draw(st.lists(CLOSURES, max_size=4)))
    return BusinessCalendar(
        "random",
        ZoneInfo(draw(st.sampled_from(ZONES))),
        draw(weeks()),
        draw(st.frozensets(DAYS_OF_2026, max_size=20)),
        draw(
            st.dictionaries(
                DAYS_OF_2026, st.lists(st.tuples(CLOCK_TIMES, CLOCK_TIMES), max_size=2).map(tuple), max_size=5
            )
        ),
        (FeedDays(file="closures.ics", events=closures),) if closures else (),
    )


def assume_it_opens(calendar: BusinessCalendar) -> None:
    """A week whose only window is always skipped or covered would be searched for to the end of the years."""
    opened = calendar.elapsed(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    assume(opened > timedelta(days=5))


@settings(max_examples=60, deadline=None)
@given(calendars(), STARTS, SECONDS)
def test_forward_and_backward_are_inverse(calendar: BusinessCalendar, start: datetime, seconds: int) -> None:
    assume_it_opens(calendar)
    span, length = Span(seconds=seconds), timedelta(seconds=seconds)
    end = calendar.add(start, span)
    assert calendar.elapsed(start, end) == length
    assert calendar.elapsed(start, end - MICROSECOND) < length
    begin = calendar.subtract(start, span)
    assert calendar.elapsed(begin, start) == length
    assert calendar.elapsed(begin + MICROSECOND, start) < length
    # From an open instant back and forth leads to that instant.
    assert calendar.add(calendar.subtract(end, span), span) == end


@settings(max_examples=60, deadline=None)
@given(calendars(), STARTS, STARTS, STARTS)
def test_open_time_adds_up_and_never_exceeds_the_time_that_passes(
    calendar: BusinessCalendar, first: datetime, second: datetime, third: datetime
) -> None:
    parts = calendar.elapsed(first, second) + calendar.elapsed(second, third)
    assert parts == calendar.elapsed(first, third)
    assert timedelta() <= calendar.elapsed(min(first, second), max(first, second)) <= abs(second - first)


@settings(max_examples=60, deadline=None)
@given(calendars(), STARTS)
def test_between_two_turns_nothing_changes(calendar: BusinessCalendar, start: datetime) -> None:
    assume_it_opens(calendar)
    turn = calendar.next_turn(start)
    if turn is None:
        assert calendar.elapsed(start, start + timedelta(days=365)) == timedelta(days=365)
        return
    opened = calendar.is_open(start)
    assert calendar.is_open(turn) is not opened
    assert calendar.elapsed(start, turn) == (turn - start if opened else timedelta())


@settings(max_examples=60, deadline=None)
@given(calendars(), STARTS, st.integers(0, 20))
def test_where_no_day_off_is_listed_the_week_alone_counts(
    calendar: BusinessCalendar, start: datetime, days: int
) -> None:
    plain = BusinessCalendar("plain", calendar.zone, calendar.week)
    for _ in range(days + 1):
        end = start + timedelta(days=1)
        # The night shift of a special day may reach into the day after it, which itself is an ordinary one.
        if not calendar.days_off(start - timedelta(days=1), end):
            assert calendar.elapsed(start, end) == plain.elapsed(start, end)
        start = end


@settings(max_examples=60, deadline=None)
@given(calendars(), DAYS_OF_2026)
def test_a_day_without_a_shift_has_a_reason_and_a_working_day_has_none(calendar: BusinessCalendar, day: date) -> None:
    assert (calendar.closed_because(day) is None) is calendar.is_working_day(day)
    assert calendar.closed_because(day) != ""


# An oracle


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    week=weeks(OUTSIDE_SKIPPED_HOURS),
    days_off=st.frozensets(DAYS_OF_2026, max_size=10),
    start=STARTS,
    minutes=st.integers(0, 10 * 1440),
    seconds=SECONDS,
)
def test_an_independent_library_finds_the_same(
    *,
    zone: str,
    week: dict[int, tuple[tuple[time, time], ...]],
    days_off: frozenset[date],
    start: datetime,
    minutes: int,
    seconds: int,
) -> None:
    overnight = any(closing <= opening for windows in week.values() for opening, closing in windows)
    # workclock lets a shift begin on a holiday and takes only the holiday's own hours out of it; see below.
    holidays = frozenset() if overnight else days_off
    ours = BusinessCalendar("ours", ZoneInfo(zone), week, holidays)
    assume_it_opens(ours)
    rules = [WorkDay(*window, [day]) for day, windows in week.items() for window in windows]
    theirs = Schedule([*rules, Holidays(holidays)], time_zone=zone)
    end = start + timedelta(minutes=minutes)
    length = timedelta(seconds=seconds)
    assert ours.elapsed(start, end) == theirs.between(start, end)
    assert ours.advance(start, length) == theirs.add(start, length)
    assert ours.advance(start, -length) == theirs.sub(start, length)


def test_a_window_that_opens_in_the_skipped_hour_is_open_when_the_wall_says_so_unlike_with_the_oracle() -> None:
    """On Sunday 8 March clocks in New York jump from 02:00 to 03:00: at 03:10 the wall is past 02:30, so it is open."""
    zone = "America/New_York"
    ours = BusinessCalendar("ours", ZoneInfo(zone), {6: ((time(2, 30), time(12)),)})
    theirs = Schedule([WorkDay(time(2, 30), time(12), [6])], time_zone=zone)
    midnight, noon = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert ours.is_open(datetime(2026, 3, 8, 3, 10, tzinfo=ZoneInfo(zone)))
    assert ours.elapsed(midnight, noon) == timedelta(hours=9)
    assert theirs.between(midnight, noon) == timedelta(hours=8, minutes=30)


def test_a_shift_that_ends_in_the_skipped_hour_is_over_at_the_jump_unlike_with_the_oracle() -> None:
    """At 03:10 the wall is past the end at 02:30, so it is closed."""
    zone = "Europe/Berlin"
    ours = BusinessCalendar("ours", ZoneInfo(zone), {5: ((time(22), time(2, 30)),)})
    theirs = Schedule([WorkDay(time(22), time(2, 30), [5])], time_zone=zone)
    evening, morning = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert not ours.is_open(datetime(2026, 3, 29, 3, 10, tzinfo=ZoneInfo(zone)))
    assert ours.elapsed(evening, morning) == timedelta(hours=4)
    assert theirs.between(evening, morning) == timedelta(hours=4, minutes=30)


def test_no_shift_begins_on_a_holiday_unlike_with_the_oracle() -> None:
    """A matter of meaning: nobody comes in on the evening of a holiday to be there from midnight on."""
    week = {day: ((time(22), time(6)),) for day in range(7)}
    ours = BusinessCalendar("ours", ZoneInfo("UTC"), week, frozenset({date(2026, 3, 6)}))
    rules = [WorkDay(time(22), time(6), range(7)), Holidays([date(2026, 3, 6)])]
    start, end = datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 3, 7, 12, tzinfo=UTC)
    assert ours.elapsed(start, end) == timedelta()
    assert Schedule(rules).between(start, end) == timedelta(hours=6)


# The machine

ASK = """
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo
from rules.calendar import BusinessCalendar, Span
from rules.country_days import CountryDays
office = BusinessCalendar("office", ZoneInfo("Europe/Berlin"), {day: ((time(9), time(17)),) for day in range(5)},
                          sources=(CountryDays("DE"),))
start = datetime(2026, 3, 27, 15, tzinfo=UTC)
print(office.add(start, Span(6, 3600)).isoformat(), office.next_turn(start), office.closed_because(date(2026, 4, 3)))
"""


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/St_Johns", "XYZ-14:59", "Antarctica/Troll"])
def test_a_machine_in_any_zone_and_language_finds_the_same(zone: str) -> None:
    environment = {**os.environ, "TZ": zone, "LANG": "th_TH.UTF-8", "LC_ALL": "th_TH.UTF-8", "LANGUAGE": "th"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=root, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "2026-04-08T15:00:00+00:00 2026-03-27 16:00:00+00:00 Good Friday\n"
