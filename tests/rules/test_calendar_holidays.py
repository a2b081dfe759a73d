"""Days off: of a country, from a feed, special days; what they are called, and what they do to the open time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalade.policy_files import policy_sources
from rules.calendar import BusinessCalendar, Span
from rules.country_days import CountryDays, country_codes, subdivision_codes
from rules.load import load_policy
from rules.policy import Policy
from rules.read_feed import read_feed

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {day: ((time(9), time(17)),) for day in range(5)}
ROUND_THE_CLOCK = {day: ((time(), time()),) for day in range(7)}
RULE = "rules: [{id: r, description: R, when: {age: {at_least: 1d, calendar: office}}, tags: [r]}]\n"


def loaded(entries: str, **feeds: str) -> Policy:
    text = f'version: 1\ncalendars:\n  office: {{zone: Europe/Berlin, week: {{mon-fri: ["09:00-17:00"]}}, {entries}}}\n'
    return load_policy({"policy.yaml": text + RULE} | {f"{name}.ics": feed for name, feed in feeds.items()})


def office(entries: str, **feeds: str) -> BusinessCalendar:
    return loaded(entries, **feeds).calendars["office"]


def feed(*events: str) -> str:
    blocks = [f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *blocks, "END:VCALENDAR"]) + "\n"


def at(day: str, clock: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=BERLIN)


def hours_of(calendar: BusinessCalendar, day: str) -> float:
    start = at(day)
    return calendar.elapsed(start, start + timedelta(days=1)) / timedelta(hours=1)


# A country


def test_a_country_closes_its_public_holidays_and_tells_their_names() -> None:
    calendar = office("holidays: [{country: DE}]")
    assert not calendar.is_working_day(date(2026, 4, 3))
    assert calendar.closed_because(date(2026, 4, 3)) == "Good Friday"
    assert calendar.is_working_day(date(2026, 1, 6))
    assert calendar.add(at("2026-04-02", "16:00"), Span(seconds=7200)) == at("2026-04-07", "10:00")


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    bavaria = office("holidays: [{country: DE, subdivision: BY}]")
    assert bavaria.closed_because(date(2026, 1, 6)) == "Epiphany"
    assert "BY" in subdivision_codes("DE")


def test_a_holiday_that_falls_on_a_weekend_is_off_on_the_day_that_it_is_observed() -> None:
    days = CountryDays("US").days(2026)
    assert days[date(2026, 7, 3)] == "Independence Day (observed)"


def test_the_names_are_the_same_whatever_language_the_machine_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.setenv(variable, "th_TH.UTF-8")
    assert CountryDays("DE", "SN").days(2031)[date(2031, 11, 19)] == "Repentance and Prayer Day"


def test_holidays_are_known_for_the_years_of_the_library_and_no_others() -> None:
    germany = CountryDays("DE")
    assert (germany.first_year, germany.last_year) == (1991, 2100)
    assert germany.days(germany.last_year)
    assert not germany.days(germany.last_year + 1)
    assert not germany.days(germany.first_year - 1)


def test_countries_that_know_some_years_in_part_only_warn_nobody() -> None:
    assert CountryDays("IN").days(2040)


def test_every_country_can_be_asked() -> None:
    assert len(country_codes()) > 200
    for country in ("DE", "US", "IN", "AU", "JP", "PR"):
        assert CountryDays(country).days(2026), country


def test_what_is_written_down_names_a_day_before_a_country_does() -> None:
    calendar = office("holidays: [{country: DE}, {date: 2026-05-01, name: Summer party}, 2026-05-04]")
    assert calendar.closed_because(date(2026, 5, 1)) == "Summer party"
    assert calendar.closed_because(date(2026, 5, 4)) == "holiday"


# A feed

NEW_YEARS_EVE = "UID:1\nDTSTART;VALUE=DATE:20201231\nSUMMARY:New Year's Eve\nRRULE:FREQ=YEARLY"
RETREAT = "UID:2\nDTSTART;VALUE=DATE:20260309\nDTEND;VALUE=DATE:20260312\nSUMMARY:Company\\n retreat"
PARTY = "UID:3\nDTSTART:20260306T140000\nDTEND:20260306T180000\nSUMMARY:Party"


def test_an_event_of_whole_days_closes_each_of_them_and_not_the_day_of_its_end() -> None:
    calendar = office("holidays: [{ics: company.ics}]", company=feed(RETREAT))
    off = [day for day in range(2, 16) if calendar.closed_because(date(2026, 3, day)) == "Company retreat"]
    assert off == [9, 10, 11]
    assert calendar.next_working_day(date(2026, 3, 6)) == date(2026, 3, 12)


def test_events_over_new_year_close_both_years() -> None:
    break_ = "UID:4\nDTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270105\nSUMMARY:Break"
    night = "UID:5\nDTSTART:20271231T140000\nDTEND:20280103T110000\nSUMMARY:Moving"
    calendar = office("holidays: [{ics: company.ics}]", company=feed(break_, night))
    assert calendar.next_working_day(date(2026, 12, 29)) == date(2027, 1, 5)
    assert calendar.closing(date(2027, 12, 31)) == at("2027-12-31", "14:00")
    assert calendar.opening(date(2028, 1, 3)) == at("2028-01-03", "11:00")
    assert (date(2028, 1, 3), "Moving (14:00-11:00)") in calendar.days_off(at("2028-01-03"), at("2028-01-03", "12:00"))


def test_an_event_that_repeats_every_year_closes_every_year() -> None:
    calendar = office("holidays: [{ics: company.ics}]", company=feed(NEW_YEARS_EVE))
    assert [calendar.is_working_day(date(year, 12, 31)) for year in (2019, 2020, 2024, 2040)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("rule", "off"),
    [
        ("RRULE:FREQ=YEARLY;COUNT=2", ["2026-03-02", "2027-03-02"]),
        ("RRULE:FREQ=YEARLY;UNTIL=20280302", ["2026-03-02", "2027-03-02", "2028-03-02"]),
        ("RRULE:FREQ=YEARLY;UNTIL=20280301T230000Z", ["2026-03-02", "2027-03-02"]),
        ("RRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20270302", ["2026-03-02", "2028-03-02"]),
        ("RDATE;VALUE=DATE:20260505,20260506", ["2026-03-02", "2026-05-05", "2026-05-06"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3", ["2026-03-02", "2026-04-06", "2026-05-04"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2", ["2026-03-02", "2026-03-16"]),
        ("RRULE:FREQ=DAILY;COUNT=2", ["2026-03-02", "2026-03-03"]),
        ("TRANSP:TRANSPARENT", ["2026-03-02"]),
        ("STATUS:CANCELLED", []),
    ],
)
def test_recurrences_and_exceptions_are_followed(rule: str, off: list[str]) -> None:
    found, problems = read_feed("f.ics", feed(f"UID:1\nDTSTART;VALUE=DATE:20260302\n{rule}"))
    assert problems == []
    assert [day.isoformat() for year in range(2025, 2032) for day in sorted(found.days(year))] == off


def test_an_occurrence_that_was_moved_is_off_on_its_new_day_only() -> None:
    moved = "UID:1\nRECURRENCE-ID;VALUE=DATE:20271231\nDTSTART;VALUE=DATE:20271230\nSUMMARY:New Year's Eve"
    calendar = office("holidays: [{ics: company.ics}]", company=feed(NEW_YEARS_EVE, moved))
    assert calendar.is_working_day(date(2027, 12, 31))
    assert not calendar.is_working_day(date(2027, 12, 30))


def test_an_event_with_times_closes_its_hours_only() -> None:
    calendar = office("holidays: [{ics: company.ics}]", company=feed(PARTY))
    assert hours_of(calendar, "2026-03-06") == 5
    assert calendar.closing(date(2026, 3, 6)) == at("2026-03-06", "14:00")
    assert calendar.next_turn(at("2026-03-06", "13:00")) == at("2026-03-06", "14:00")


@pytest.mark.parametrize(
    ("begin", "end", "open_hours"),
    [
        ("DTSTART:20260306T080000", "DTEND:20260306T180000", 0),
        ("DTSTART:20260306T100000", "DURATION:PT2H30M", 5.5),
        ("DTSTART:20260306T100000Z", "DTEND:20260306T110000Z", 7),
        ("DTSTART;TZID=America/New_York:20260306T100000", "DTEND;TZID=America/New_York:20260306T120000", 7),
        ("DTSTART:20260305T220000", "DTEND:20260306T120000", 5),
        ("DTSTART:20260306T120000", "SUMMARY:No time at all", 8),
    ],
)
def test_times_are_those_of_the_events_zone_or_of_the_calendar(begin: str, end: str, open_hours: float) -> None:
    calendar = office("holidays: [{ics: company.ics}]", company=feed(f"UID:1\n{begin}\n{end}"))
    assert hours_of(calendar, "2026-03-06") == open_hours


def test_a_day_whose_hours_are_all_taken_is_no_working_day_and_says_why() -> None:
    all_day = "UID:3\nDTSTART:20260306T080000\nDTEND:20260306T180000\nSUMMARY:Moving house"
    calendar = office("holidays: [{ics: company.ics}]", company=feed(all_day))
    assert not calendar.is_working_day(date(2026, 3, 6))
    assert calendar.closed_because(date(2026, 3, 6)) == "Moving house (08:00-18:00)"


def test_closures_that_overlap_take_the_time_once() -> None:
    again = PARTY.replace("T140000", "T120000").replace("T180000", "T150000")
    calendar = office("holidays: [{ics: company.ics}]", company=feed(PARTY, again))
    assert hours_of(calendar, "2026-03-06") == 3


def test_a_repeated_closure_keeps_its_local_hours_over_a_clock_change() -> None:
    weekly = (
        "UID:1\nDTSTART;TZID=Europe/Berlin:20260323T090000\nDTEND;TZID=Europe/Berlin:20260323T100000\nRRULE:FREQ=WEEKLY"
    )
    calendar = office("holidays: [{ics: company.ics}]", company=feed(weekly))
    assert calendar.opening(date(2026, 3, 23)) == at("2026-03-23", "10:00")
    assert calendar.opening(date(2026, 3, 30)) == at("2026-03-30", "10:00")


def test_the_hash_of_a_policy_counts_what_a_feed_says_but_not_when_it_was_exported() -> None:
    entry = "holidays: [{ics: company.ics}]"
    stamped = PARTY + "\nDTSTAMP:20260101T000000Z\nLAST-MODIFIED:20260101T000000Z"
    one = loaded(entry, company=feed(PARTY)).hash
    assert loaded(entry, company=feed(stamped)).hash == one
    assert loaded(entry, company=feed(PARTY), unused=feed(RETREAT)).hash == one
    assert loaded(entry, company=feed(PARTY.replace("T180000", "T170000"))).hash != one
    assert loaded(entry, company=feed(NEW_YEARS_EVE)).hash != one


def test_feeds_are_found_beside_the_rule_files(tmp_path: Path) -> None:
    text = (
        'version: 1\ncalendars: {office: {zone: UTC, week: {mon: ["09:00-17:00"]}, holidays: [{ics: company.ics}]}}\n'
    )
    (tmp_path / "policy.yaml").write_text(text + RULE, encoding="utf-8")
    (tmp_path / "company.ics").write_text(feed(RETREAT), encoding="utf-8")
    policy = load_policy(policy_sources(tmp_path))
    assert policy.calendars["office"].closed_because(date(2026, 3, 9)) == "Company retreat"


# Special days

CHRISTMAS_EVE = 'special_days: {2026-12-24: ["08:00-12:00"], 2026-12-31: [], 2026-12-27: ["10:00-11:00"]}'


def test_a_special_day_has_its_own_windows_instead_of_the_weeks() -> None:
    calendar = office(CHRISTMAS_EVE)
    assert calendar.opening(date(2026, 12, 24)) == at("2026-12-24", "08:00")
    assert calendar.closing(date(2026, 12, 24)) == at("2026-12-24", "12:00")
    assert hours_of(calendar, "2026-12-31") == 0
    assert calendar.is_working_day(date(2026, 12, 27)), "a Sunday on which somebody works"


def test_a_special_day_stands_above_a_public_holiday() -> None:
    calendar = office('holidays: [{country: DE}], special_days: {2026-04-03: ["09:00-12:00"]}')
    assert hours_of(calendar, "2026-04-03") == 3
    assert calendar.closed_because(date(2026, 4, 3)) is None


def test_a_special_day_without_windows_ends_the_night_shift_before_it_and_a_short_one_does_not() -> None:
    nights = {day: ((time(22), time(6)),) for day in range(7)}
    closed = BusinessCalendar("closed", BERLIN, nights, special_days={date(2026, 3, 6): ()})
    short = BusinessCalendar("short", BERLIN, nights, special_days={date(2026, 3, 6): ((time(12), time(13)),)})
    start, end = at("2026-03-05", "12:00"), at("2026-03-06", "12:00")
    assert closed.elapsed(start, end) == timedelta(hours=2)
    assert short.elapsed(start, end) == timedelta(hours=8)


def test_a_calendar_with_special_days_or_feeds_is_not_round_the_clock() -> None:
    assert BusinessCalendar("always", BERLIN, ROUND_THE_CLOCK).never_closes
    special = BusinessCalendar("special", BERLIN, ROUND_THE_CLOCK, special_days={date(2026, 12, 31): ()})
    country = BusinessCalendar("country", BERLIN, ROUND_THE_CLOCK, sources=(CountryDays("DE"),))
    assert not special.never_closes
    assert not country.never_closes
    assert special.next_turn(at("2026-12-01")) == at("2026-12-31")


# What explains a date


def test_what_was_off_between_two_instants_is_listed_with_its_name() -> None:
    """Users of other products cannot see how a clock was computed: a holiday of a feed explained "6 days"."""
    calendar = office(
        "holidays: [{country: DE}, {ics: company.ics}, {date: 2026-04-04, name: A Saturday}], "
        'special_days: {2026-04-08: ["09:00-12:00"], 2026-04-09: []}',
        company=feed(PARTY.replace("20260306", "20260410")),
    )
    assert calendar.days_off(at("2026-04-02", "16:00"), at("2026-04-10", "10:00")) == (
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 4, 6), "Easter Monday"),
        (date(2026, 4, 8), "special day, open 09:00-12:00"),
        (date(2026, 4, 9), "special day"),
        (date(2026, 4, 10), "Party (14:00-18:00)"),
    )
    assert calendar.days_off(at("2026-04-10"), at("2026-04-07")) == calendar.days_off(
        at("2026-04-07"), at("2026-04-10")
    )
    assert calendar.days_off(at("2026-04-13"), at("2026-04-17")) == ()


def test_a_day_off_without_a_name_of_its_own_is_told_by_its_weekday() -> None:
    calendar = office("holidays: []")
    assert calendar.closed_because(date(2026, 3, 7)) == "Saturday"
    assert calendar.closed_because(date(2026, 3, 9)) is None


def test_only_the_years_that_are_asked_for_are_laid_out() -> None:
    calendar = office("holidays: [{country: DE}]")
    assert calendar.add(datetime(2026, 3, 2, 8, tzinfo=UTC), Span(seconds=3600)) == at("2026-03-02", "10:00")
    (table,) = calendar._tables
    assert (table.first_year, table.last_year) == (2025, 2027)
