"""Business time: tables of (calendar, instant, span) → instant, and laws that hold for every instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import ALWAYS, BusinessCalendar, Span, spell

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

NINE_TO_FIVE = {day: ((time(9), time(17)),) for day in range(5)}
WITH_LUNCH = {day: ((time(9), time(12)), (time(13), time(18))) for day in range(5)}
NIGHTS = {day: ((time(22), time(6)),) for day in range(7)}
WHOLE_DAYS = {day: ((time(), time()),) for day in range(7)}

OFFICE = BusinessCalendar("office", BERLIN, NINE_TO_FIVE)
FRIDAY_OFF = BusinessCalendar("office", BERLIN, NINE_TO_FIVE, frozenset({date(2026, 3, 6)}))
SHORT_FRIDAY = BusinessCalendar("office", BERLIN, NINE_TO_FIVE | {4: ((time(9), time(14)),)})
LUNCH = BusinessCalendar("lunch", NEW_YORK, WITH_LUNCH)
NIGHT_SHIFT = BusinessCalendar("nights", NEW_YORK, NIGHTS)
WEEK_NIGHTS = BusinessCalendar("week nights", BERLIN, {day: ((time(22), time(6)),) for day in range(5)})
HOLIDAY_NIGHT = BusinessCalendar("nights", BERLIN, NIGHTS, frozenset({date(2026, 3, 6)}))
ROUND_THE_CLOCK = BusinessCalendar("round the clock", BERLIN, WHOLE_DAYS)
KOLKATA_OFFICE = BusinessCalendar("kolkata", KOLKATA, NINE_TO_FIVE)
ISLAND = BusinessCalendar("island", LORD_HOWE, WHOLE_DAYS)

# The first week of March 2026 begins on Monday the 2nd.
MON, TUE, WED, THU, FRI, SAT, SUN = (f"2026-03-0{day}" for day in range(2, 9))
NEXT_MON, NEXT_TUE = "2026-03-09", "2026-03-10"


def local(calendar: BusinessCalendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def hours(count: float) -> Span:
    return Span(seconds=int(count * 3600))


@pytest.mark.parametrize(
    ("calendar", "start", "span", "end"),
    [
        # Open seconds.
        (OFFICE, f"{MON} 10:00", hours(2), f"{MON} 12:00"),
        (OFFICE, f"{MON} 16:00", hours(2), f"{TUE} 10:00"),
        (OFFICE, f"{FRI} 16:00", hours(2), f"{NEXT_MON} 10:00"),
        (OFFICE, f"{SAT} 12:00", hours(1), f"{NEXT_MON} 10:00"),
        (OFFICE, f"{MON} 09:00", hours(8), f"{MON} 17:00"),
        (OFFICE, f"{MON} 03:00", hours(40), f"{FRI} 17:00"),
        (FRIDAY_OFF, f"{THU} 16:00", hours(2), f"{NEXT_MON} 10:00"),
        (LUNCH, f"{MON} 11:00", hours(2), f"{MON} 14:00"),
        (LUNCH, f"{MON} 12:30", hours(1), f"{MON} 14:00"),
        (NIGHT_SHIFT, f"{MON} 23:00", hours(8), f"{TUE} 23:00"),
        (WEEK_NIGHTS, f"{SAT} 05:00", hours(2), f"{NEXT_MON} 23:00"),
        (KOLKATA_OFFICE, f"{MON} 16:30", hours(1), f"{TUE} 09:30"),
        # Working days, at the same local time.
        (OFFICE, f"{MON} 10:00", Span(1), f"{TUE} 10:00"),
        (OFFICE, f"{FRI} 17:00", Span(1), f"{NEXT_MON} 17:00"),
        (OFFICE, f"{THU} 20:00", Span(1), f"{NEXT_MON} 09:00"),
        (OFFICE, f"{SAT} 12:00", Span(1), f"{NEXT_TUE} 09:00"),
        (SHORT_FRIDAY, f"{THU} 16:00", Span(1), f"{FRI} 14:00"),
        (SHORT_FRIDAY, f"{FRI} 13:00", Span(1), f"{NEXT_MON} 13:00"),
        (WEEK_NIGHTS, f"{SAT} 03:00", Span(1), f"{NEXT_TUE} 03:00"),
        (WEEK_NIGHTS, f"{TUE} 23:00", Span(1), f"{WED} 23:00"),
        (ROUND_THE_CLOCK, f"{SAT} 12:00", Span(1), f"{SUN} 12:00"),
        (OFFICE, f"{MON} 16:00", Span(1, 2 * 3600), f"{WED} 10:00"),
    ],
)
def test_a_span_leads_from_an_instant_to_an_instant(
    calendar: BusinessCalendar, start: str, span: Span, end: str
) -> None:
    assert calendar.add(local(calendar, start), span) == local(calendar, end)


@pytest.mark.capability("B5")
@pytest.mark.parametrize(("calendar", "due"), [(OFFICE, f"{NEXT_MON} 16:00"), (FRIDAY_OFF, f"{NEXT_TUE} 16:00")])
def test_contact_within_two_working_days_from_thursday_afternoon(calendar: BusinessCalendar, due: str) -> None:
    assert calendar.add(local(calendar, f"{THU} 16:00"), Span.parse("2d")) == local(calendar, due)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "elapsed"),
    [
        # Spring: the hour from two to three does not exist.
        (ROUND_THE_CLOCK, "2026-03-29 00:00", "2026-03-30 00:00", timedelta(hours=23)),
        (NIGHT_SHIFT, "2026-03-07 22:00", "2026-03-08 06:00", timedelta(hours=7)),
        (ISLAND, "2026-10-04 00:00", "2026-10-05 00:00", timedelta(hours=23, minutes=30)),
        # Autumn: an hour (on the island half of one) comes twice.
        (ROUND_THE_CLOCK, "2026-10-25 00:00", "2026-10-26 00:00", timedelta(hours=25)),
        (NIGHT_SHIFT, "2026-10-31 22:00", "2026-11-01 06:00", timedelta(hours=9)),
        (ISLAND, "2026-04-05 00:00", "2026-04-06 00:00", timedelta(hours=24, minutes=30)),
        # No clock change at all.
        (KOLKATA_OFFICE, "2026-03-27 09:00", "2026-03-31 17:00", timedelta(hours=24)),
    ],
)
def test_nights_and_days_of_clock_changes_have_the_hours_that_really_pass(
    calendar: BusinessCalendar, start: str, end: str, elapsed: timedelta
) -> None:
    assert calendar.elapsed(local(calendar, start), local(calendar, end)) == elapsed
    assert calendar.elapsed(local(calendar, end), local(calendar, start)) == -elapsed


def test_a_working_day_keeps_the_local_time_over_a_clock_change() -> None:
    friday = local(OFFICE, "2026-03-27 16:00")
    assert OFFICE.add(friday, Span(1)) == local(OFFICE, "2026-03-30 16:00")
    assert OFFICE.add(friday, Span(1)).hour == 14
    assert friday.astimezone(UTC).hour == 15


def test_a_day_later_at_an_hour_that_does_not_exist_is_the_instant_of_the_jump() -> None:
    start = local(ROUND_THE_CLOCK, "2026-03-28 02:30:30.5")
    assert ROUND_THE_CLOCK.add(start, Span(1)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_day_before_the_second_pass_through_a_doubled_hour_is_at_the_same_local_time() -> None:
    for fold in (0, 1):
        doubled = local(ROUND_THE_CLOCK, "2026-10-25 02:30").replace(fold=fold)
        assert ROUND_THE_CLOCK.subtract(doubled, Span(1)) == local(ROUND_THE_CLOCK, "2026-10-24 02:30")
        assert ROUND_THE_CLOCK.add(doubled, Span(1)) == local(ROUND_THE_CLOCK, "2026-10-26 02:30")


def test_a_window_that_opens_inside_the_jump_opens_at_the_jump() -> None:
    early = BusinessCalendar("early", NEW_YORK, {6: ((time(2, 30), time(6)),)})
    day = date(2026, 3, 8)
    midnight = datetime.combine(day, time(), NEW_YORK)
    assert early.elapsed(midnight, midnight + timedelta(days=1)) == timedelta(hours=3)


def test_windows_that_touch_inside_a_doubled_hour_lose_and_gain_nothing() -> None:
    cut = BusinessCalendar("cut", NEW_YORK, {6: ((time(), time(1, 30)), (time(1, 30), time(12)))})
    midnight = datetime(2026, 11, 1, tzinfo=NEW_YORK)
    assert cut.elapsed(midnight, datetime(2026, 11, 1, 12, tzinfo=NEW_YORK)) == timedelta(hours=13)


def test_a_holiday_ends_the_night_shift_before_it_and_lets_none_begin() -> None:
    assert HOLIDAY_NIGHT.elapsed(
        local(HOLIDAY_NIGHT, f"{THU} 12:00"), local(HOLIDAY_NIGHT, f"{SAT} 12:00")
    ) == timedelta(hours=2)


def test_windows_that_overlap_count_once() -> None:
    overlapping = BusinessCalendar("o", BERLIN, {0: ((time(9), time(13)), (time(12), time(17)), (time(10), time(11)))})
    assert overlapping.elapsed(local(overlapping, f"{MON} 00:00"), local(overlapping, f"{TUE} 00:00")) == timedelta(
        hours=8
    )


def test_a_night_shift_that_runs_into_the_morning_shift_counts_once() -> None:
    both = BusinessCalendar("b", BERLIN, {0: ((time(20), time(8)),), 1: ((time(6), time(12)),)})
    assert both.elapsed(local(both, f"{MON} 00:00"), local(both, f"{WED} 00:00")) == timedelta(hours=16)


def test_opening_time_is_open_and_closing_time_is_closed() -> None:
    assert OFFICE.is_open(local(OFFICE, f"{MON} 09:00"))
    assert OFFICE.is_open(local(OFFICE, f"{MON} 16:59:59"))
    assert not OFFICE.is_open(local(OFFICE, f"{MON} 17:00"))
    assert not OFFICE.is_open(local(OFFICE, f"{SAT} 12:00"))


def test_always_is_plain_time_with_days_of_24_hours() -> None:
    start = local(OFFICE, "2026-03-28 12:00")
    assert ALWAYS.add(start, Span(1, 60)) == start.astimezone(UTC) + timedelta(days=1, minutes=1)
    assert ALWAYS.subtract(ALWAYS.add(start, Span(1, 60)), Span(1, 60)) == start
    assert ALWAYS.elapsed(start, start.astimezone(UTC) + timedelta(days=400)) == timedelta(days=400)
    assert ALWAYS.is_open(start)


@pytest.mark.parametrize("calendar", [ALWAYS, ROUND_THE_CLOCK], ids=lambda calendar: calendar.name)
def test_between_two_instants_of_one_zone_passes_what_really_passed_not_what_the_wall_shows(
    calendar: BusinessCalendar,
) -> None:
    evening, morning = local(OFFICE, "2026-03-28 22:00"), local(OFFICE, "2026-03-29 06:00")
    assert calendar.elapsed(evening, morning) == timedelta(hours=7)


def test_a_round_the_clock_calendar_of_a_zone_has_days_at_the_same_local_time() -> None:
    start = local(ROUND_THE_CLOCK, "2026-03-28 12:00")
    assert ROUND_THE_CLOCK.add(start, Span(1)) == start.astimezone(UTC) + timedelta(hours=23)
    assert ROUND_THE_CLOCK.never_closes
    assert not OFFICE.never_closes


def test_every_answer_is_in_utc() -> None:
    start = local(OFFICE, f"{MON} 10:00")
    for answer in (OFFICE.add(start, Span()), OFFICE.add(start, Span(1)), OFFICE.subtract(start, hours(1))):
        assert answer.tzinfo is UTC


def test_a_span_that_ends_years_ahead_is_found() -> None:
    rare = BusinessCalendar("rare", BERLIN, {0: ((time(9), time(10)),)})
    start = local(rare, f"{MON} 09:00")
    assert rare.elapsed(start, rare.add(start, hours(1000))) == timedelta(hours=1000)
    assert rare.subtract(rare.add(start, hours(1000)), hours(1000)) == start
    assert rare.add(start, Span(52 * 6)).year == 2032


def test_instants_outside_all_reason_are_refused_by_name() -> None:
    rare = BusinessCalendar("rare", BERLIN, {0: ((time(9), time(10)),)})
    with pytest.raises(ValueError, match=r"calendar 'rare'.*outside 1970 to 2200"):
        rare.add(local(rare, f"{MON} 09:00"), hours(20_000))
    with pytest.raises(ValueError, match="outside 1970 to 2200"):
        rare.subtract(local(rare, f"{MON} 09:00"), Span(4000))
    with pytest.raises(ValueError, match="outside 1970 to 2200"):
        rare.elapsed(datetime(1900, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def test_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="never opens"):
        BusinessCalendar("closed", BERLIN, {0: ()})
    with pytest.raises(ValueError, match="weekdays other than"):
        BusinessCalendar("odd", BERLIN, {7: ((time(9), time(10)),)})


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2d", Span(2)),
        ("4h", Span(0, 14_400)),
        ("90m", Span(0, 5400)),
        ("1h30m", Span(0, 5400)),
        ("1d 4h", Span(1, 14_400)),
        (" 45s ", Span(0, 45)),
    ],
)
def test_spans_are_read_from_text(text: str, span: Span) -> None:
    assert Span.parse(text) == span


@pytest.mark.parametrize(
    "text", ["", "4", "h", "1.5h", "-2h", "4 hours", "30m1h", "0h", "11y", "99999d", f"{'9' * 5000}h"]
)
def test_what_is_no_span_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match=r"no duration; write|no time at all|longer than ten years"):
        Span.parse(text)


@pytest.mark.parametrize(
    ("span", "text"), [(Span(2), "2d"), (Span(0, 5400), "1h 30m"), (Span(1, 60), "1d 1m"), (Span(), "0s")]
)
def test_spans_are_written_as_they_are_read(span: Span, text: str) -> None:
    assert str(span) == text


@pytest.mark.parametrize(
    ("duration", "plain", "with_days"),
    [
        (timedelta(), "0s", "0s"),
        (timedelta(seconds=45), "45s", "45s"),
        (timedelta(minutes=3), "3m", "3m"),
        (timedelta(minutes=3, seconds=5), "3m 5s", "3m 5s"),
        (timedelta(hours=-1), "-1h", "-1h"),
        (timedelta(hours=2, minutes=10, seconds=59), "2h 10m", "2h 10m"),
        (timedelta(hours=26, minutes=10), "26h 10m", "1d 2h"),
        (timedelta(days=2, minutes=59), "48h 59m", "2d"),
    ],
)
def test_durations_are_spelled_with_days_only_where_a_day_has_24_hours(
    duration: timedelta, plain: str, with_days: str
) -> None:
    assert spell(duration) == OFFICE.spell(duration) == plain
    assert spell(duration, days=True) == ALWAYS.spell(duration) == ROUND_THE_CLOCK.spell(duration) == with_days


CALENDARS = st.sampled_from(
    [OFFICE, FRIDAY_OFF, SHORT_FRIDAY, LUNCH, NIGHT_SHIFT, WEEK_NIGHTS, ROUND_THE_CLOCK, KOLKATA_OFFICE, ISLAND, ALWAYS]
)
INSTANTS = st.integers(0, 3 * 365 * 86_400_000).map(
    lambda milliseconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
SECONDS = st.integers(1, 60 * 86_400)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, SECONDS)
def test_elapsed_undoes_add(calendar: BusinessCalendar, start: datetime, seconds: int) -> None:
    end = calendar.add(start, Span(seconds=seconds))
    assert calendar.elapsed(start, end) == timedelta(seconds=seconds)
    # … and it is the first such instant.
    assert calendar.elapsed(start, end - timedelta(microseconds=1)) < timedelta(seconds=seconds)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, SECONDS)
def test_elapsed_undoes_subtract(calendar: BusinessCalendar, end: datetime, seconds: int) -> None:
    start = calendar.subtract(end, Span(seconds=seconds))
    assert calendar.elapsed(start, end) == timedelta(seconds=seconds)
    assert calendar.elapsed(start + timedelta(microseconds=1), end) < timedelta(seconds=seconds)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, SECONDS)
def test_add_and_subtract_are_inverse_on_open_time(calendar: BusinessCalendar, start: datetime, seconds: int) -> None:
    span = Span(seconds=seconds)
    opened = calendar.add(start, Span(seconds=1))
    assert calendar.add(calendar.subtract(opened, span), span) == opened


@settings(deadline=None)
@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS)
def test_elapsed_adds_up(calendar: BusinessCalendar, first: datetime, second: datetime, third: datetime) -> None:
    parts = calendar.elapsed(first, second) + calendar.elapsed(second, third)
    assert parts == calendar.elapsed(first, third)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, INSTANTS, st.integers(1, 30))
def test_a_later_start_never_ends_earlier(
    calendar: BusinessCalendar, one: datetime, other: datetime, days: int
) -> None:
    early, late = min(one, other), max(one, other)
    # The second pass through a doubled hour counts from the hour's first pass, so an hour's slack is right there.
    slack = timedelta(hours=1)
    assert calendar.add(early, Span(days)) <= calendar.add(late, Span(days)) + slack


@settings(deadline=None)
@given(st.sampled_from([OFFICE, FRIDAY_OFF, LUNCH, KOLKATA_OFFICE]), INSTANTS, st.integers(1, 60))
def test_working_days_forward_and_back_return_to_the_same_open_instant(
    calendar: BusinessCalendar, start: datetime, days: int
) -> None:
    opened = calendar.add(start, Span(seconds=1))
    assert calendar.subtract(calendar.add(opened, Span(days)), Span(days)) == opened


def _is_open_by_the_wall(calendar: BusinessCalendar, at: datetime) -> bool:
    """The meaning of a calendar, spelled out minute by minute, with no shortcut to share a mistake with."""
    wall = at.astimezone(calendar.zone)
    if wall.date() in calendar.holidays:
        return False
    now = wall.time()
    for opening, closing in calendar.week.get(wall.weekday(), ()):
        if opening <= now and (now < closing or closing <= opening):
            return True
    yesterday = wall.date() - timedelta(days=1)
    tails = calendar.week.get(yesterday.weekday(), ()) if yesterday not in calendar.holidays else ()
    return any(closing <= opening and now < closing for opening, closing in tails)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [OFFICE, FRIDAY_OFF, LUNCH, NIGHT_SHIFT, WEEK_NIGHTS, HOLIDAY_NIGHT, ROUND_THE_CLOCK, KOLKATA_OFFICE, ISLAND]
    ),
    st.sampled_from(["2026-03-05", "2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31"]),
    st.integers(0, 2880),
    st.integers(0, 2880),
)
def test_open_time_is_what_a_walk_minute_by_minute_finds(
    calendar: BusinessCalendar, day: str, offset: int, length: int
) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=offset)
    walked = sum(_is_open_by_the_wall(calendar, start + timedelta(minutes=minute)) for minute in range(length))
    assert calendar.elapsed(start, start + timedelta(minutes=length)) == timedelta(minutes=walked)


def test_the_zone_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    start = local(OFFICE, f"{THU} 16:00")
    expected = OFFICE.add(start, Span(2, 60))
    monkeypatch.setenv("TZ", "Pacific/Apia")
    fresh = BusinessCalendar("office", BERLIN, NINE_TO_FIVE)
    assert fresh.add(start, Span(2, 60)) == expected


def test_open_time_is_added_to_the_microsecond_forward_and_backward() -> None:
    friday, monday = local(OFFICE, f"{FRI} 16:59:59.5"), local(OFFICE, f"{NEXT_MON} 09:00:00.25")
    assert OFFICE.advance(friday, timedelta(seconds=0.75)) == monday
    assert OFFICE.advance(monday, -timedelta(seconds=0.75)) == friday
    assert OFFICE.advance(local(OFFICE, f"{SAT} 12:00"), timedelta()) == local(OFFICE, f"{SAT} 12:00")
    assert ALWAYS.advance(friday, timedelta(days=1)) == friday + timedelta(days=1)
