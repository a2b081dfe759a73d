"""Zendesk's schedules become calendars of the policy that open at the same minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from connectors.base import CalendarSource, Helpdesk
from connectors.zendesk.schedules import calendar_name, calendar_text
from connectors.zendesk.wire import HolidayRow, IntervalRow, ScheduleRow
from connectors.zendesk.zones import iana_zone
from rules.calendar import BusinessCalendar
from rules.load import load_policy
from rules.problems import PolicyErrors

RULE = "version: 1\nrules: [{id: r, description: R, when: {status: open}, tags: [r]}]\n"
SUN, MON, TUE, WED, THU, FRI, SAT = range(7)


def schedule(*intervals: tuple[int, int], name: str = "Support", zone: str = "Berlin") -> ScheduleRow:
    rows = [IntervalRow(start_time=start, end_time=end) for start, end in intervals]
    return ScheduleRow(id=7, name=name, time_zone=zone, intervals=rows)


def hours(day: int, start: float, end: float) -> tuple[int, int]:
    return day * 1440 + int(start * 60), day * 1440 + int(end * 60)


def text_of(row: ScheduleRow, *holidays: HolidayRow) -> str:
    return "version: 1\ncalendars:\n" + calendar_text("support", row, holidays)


def calendar_of(row: ScheduleRow, *holidays: HolidayRow) -> BusinessCalendar:
    return load_policy({"calendars.yaml": text_of(row, *holidays), "rules.yaml": RULE}).calendars["support"]


def minutes_open(calendar: BusinessCalendar) -> set[int]:
    """Minutes since Sunday 00:00 of an ordinary week in the calendar's zone, in which it is open."""
    sunday = datetime(2026, 6, 7, tzinfo=calendar.zone)
    return {minute for minute in range(7 * 1440) if calendar.is_open(sunday + timedelta(minutes=minute))}


OFFICE = schedule(*(hours(day, 9, 17) for day in range(MON, SAT)))


@pytest.mark.parametrize(
    "row",
    [
        OFFICE,
        schedule(*(hours(day, 0, 24) for day in range(7))),
        schedule(hours(MON, 8.5, 12), hours(MON, 13, 17.75), hours(SUN, 10, 11)),
        schedule(hours(MON, 22, 24), hours(TUE, 0, 6), hours(SAT, 23, 24)),
        schedule((SAT * 1440 + 1380, 7 * 1440 + 60)),
        schedule(hours(MON, 9, 12), hours(MON, 12, 17)),
        schedule(hours(TUE, 9, 17), hours(THU, 9, 17), zone="Eastern Time (US & Canada)"),
        schedule(hours(FRI, 9, 17), zone="Mumbai"),
    ],
    ids=lambda row: str([(each.start_time, each.end_time) for each in row.intervals]),
)
def test_a_calendar_opens_in_the_minutes_of_the_intervals(row: ScheduleRow) -> None:
    wanted = {minute % (7 * 1440) for each in row.intervals for minute in range(each.start_time, each.end_time)}
    assert minutes_open(calendar_of(row)) == wanted


def test_the_text_is_what_a_person_would_write() -> None:
    christmas = HolidayRow(name='Christmas "26"', start_date=date(2026, 12, 24), end_date=date(2026, 12, 25))
    assert text_of(OFFICE, christmas) == (
        "version: 1\n"
        "calendars:\n"
        '  # From the Zendesk schedule "Support", id 7.\n'
        "  support:\n"
        '    zone: Europe/Berlin  # in Zendesk: "Berlin"\n'
        "    week:\n"
        '      mon-fri: ["09:00-17:00"]\n'
        "    holidays:\n"
        '      - {date: 2026-12-24, name: "Christmas \\"26\\""}\n'
        '      - {date: 2026-12-25, name: "Christmas \\"26\\""}\n'
    )


def test_the_last_day_of_a_holiday_is_one_too() -> None:
    calendar = calendar_of(OFFICE, HolidayRow("Retreat", date(2026, 3, 9), date(2026, 3, 11)))
    assert [calendar.closed_because(date(2026, 3, day)) for day in range(8, 13)] == [
        "Sunday",
        "Retreat",
        "Retreat",
        "Retreat",
        None,
    ]


@pytest.mark.parametrize("name", ["x\n  evil: {zone: UTC}", "a: b # c", "#", "\u2028", "—", "'\"\\", "  ", "x" * 900])
def test_names_from_the_helpdesk_stay_names(name: str) -> None:
    calendar = calendar_of(schedule(hours(MON, 9, 17), name=name), HolidayRow(name, date(2026, 3, 9), date(2026, 3, 9)))
    assert minutes_open(calendar) == set(range(*hours(MON, 9, 17)))
    assert not calendar.is_working_day(date(2026, 3, 9))


def test_a_schedule_without_hours_is_told_of_in_a_comment() -> None:
    text = calendar_text("support", schedule(), ())
    assert all(line.lstrip().startswith("#") for line in text.splitlines())
    assert "no business hours" in text


def test_a_zone_that_nobody_knows_is_left_to_the_admin() -> None:
    text = text_of(schedule(hours(MON, 9, 17), zone="Atlantis"))
    assert "write its IANA name" in text
    with pytest.raises(PolicyErrors, match="there is no such time zone"):
        load_policy({"calendars.yaml": text, "rules.yaml": RULE})


@pytest.mark.parametrize(
    ("name", "plain"), [("Business hours", "business-hours"), ("24×7!", "24-7"), ("営業", "schedule")]
)
def test_a_calendar_is_called_after_its_schedule(name: str, plain: str) -> None:
    assert calendar_name(name) == plain


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("Bern", "Europe/Zurich"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Mexico City", "America/Mexico_City"),
        ("Kolkata", "Asia/Kolkata"),
        ("Samoa", "Pacific/Apia"),
        ("UTC", "UTC"),
        ("London", "Europe/London"),
        ("Hong Kong", "Asia/Hong_Kong"),
        ("Singapore", "Singapore"),
        ("Europe/Vienna", "Europe/Vienna"),
        ("Nuku'alofa", "Pacific/Tongatapu"),
        ("Atlantis", None),
        ("GMT+1", None),
    ],
)
def test_zones_are_translated_to_iana_names(name: str, zone: str | None) -> None:
    found = iana_zone(name)
    assert (found is None) is (zone is None)
    if found is not None and zone is not None:
        assert found in available_timezones()
        summer, winter = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
        for at in (summer, winter):
            assert at.astimezone(ZoneInfo(found)).utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset()


# Over HTTP


def test_the_schedules_of_an_account_become_a_policy_file(zendesk_desk: Any) -> None:
    account = zendesk_desk.account
    account.add_schedule(
        name="Nights",
        time_zone="Sydney",
        hours={MON: [(22, 24)], TUE: [(0, 6), (8, 12)]},
        holidays=[
            (f"Day {day}", date(2026, 6, 1) + timedelta(days=day), date(2026, 6, 1) + timedelta(days=day))
            for day in range(120)
        ],
    )
    account.add_schedule(name="Nights", hours={SAT: [(10, 12)]})
    helpdesk = zendesk_desk.open()
    assert isinstance(helpdesk, CalendarSource)
    found = helpdesk.calendars()
    assert list(found) == ["Business hours", "Nights", f"Nights ({account.schedules.popitem()[0]})"]
    policy = load_policy({"calendars.yaml": "version: 1\ncalendars:\n" + "\n".join(found.values()), "rules.yaml": RULE})
    business, nights, others = (policy.calendars[name] for name in policy.calendars)
    assert minutes_open(business) == {minute for day in range(MON, SAT) for minute in range(*hours(day, 9, 17))}
    assert (nights.zone.key, others.zone.key) == ("Australia/Sydney", "Europe/Berlin")
    # The second page of holidays was read as well.
    assert nights.closed_because(date(2026, 6, 1) + timedelta(days=113)) == "Day 113"


def test_reading_the_schedules_costs_one_call_and_one_for_each_of_them(zendesk: Helpdesk) -> None:
    assert isinstance(zendesk, CalendarSource)
    zendesk.calendars()
    assert zendesk.calls() == {
        "GET /api/v2/business_hours/schedules": 1,
        "GET /api/v2/business_hours/schedules/{id}/holidays": 1,
    }
