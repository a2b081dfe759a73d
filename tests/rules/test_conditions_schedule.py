"""Schedules as conditions: open time, weekdays and dates, each with the exact instant at which the answer turns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import BusinessCalendar
from rules.conditions.base import Condition, Scope
from rules.conditions.parse import parse_when
from rules.days import begin_of, day_at
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.problems import Findings
from rules.ticket import Ticket
from rules.yamltext import Tree

MakeTicket = Callable[..., Ticket]
TICK = timedelta(microseconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessCalendar(
    "office",
    BERLIN,
    dict.fromkeys(range(5), ((time(9), time(12)), (time(13), time(17)))),
    frozenset({date(2026, 4, 3)}),
)
NIGHT = BusinessCalendar("night", ZoneInfo("America/New_York"), {4: ((time(22), time(6)),)})
SCOPE = Scope(calendars={"office": OFFICE, "night": NIGHT}, default_calendar="office", sets={"weekend": ("sat", "sun")})


def condition(raw: dict[str, Any]) -> Condition:
    findings = Findings()
    made = parse_when(raw, (), Tree(file="p.yaml", findings=findings), SCOPE)
    assert made is not None, findings.problems
    return made


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def at(make_ticket: MakeTicket) -> Callable[[datetime], Facts]:
    ticket = make_ticket()
    return lambda now: facts_of(ticket, None, None, Ledger(ref=ticket.ref), now)


At = Callable[[datetime], Facts]


@pytest.mark.parametrize(
    ("now", "inside", "turns"),
    [
        ("2026-03-27 08:59", False, "2026-03-27 09:00"),
        ("2026-03-27 09:00", True, "2026-03-27 12:00"),
        ("2026-03-27 12:00", False, "2026-03-27 13:00"),
        # Clocks are put forward on Sunday the 29th.
        ("2026-03-27 17:00", False, "2026-03-30 09:00"),
        # Friday the 3rd of April is a holiday.
        ("2026-04-02 18:00", False, "2026-04-06 09:00"),
    ],
)
def test_a_calendar_opens_and_closes(now: str, inside: bool, turns: str, at: At) -> None:
    facts = at(berlin(now))
    verdict = condition({"now": {"inside": "office"}}).evaluate(facts)
    assert (verdict.holds, verdict.flips_at) == (inside, berlin(turns))
    opposite = condition({"now": {"outside": "office"}}).evaluate(facts)
    assert (opposite.holds, opposite.flips_at) == (not inside, berlin(turns))


def test_the_clock_around_never_turns(at: At) -> None:
    verdict = condition({"now": {"inside": "always"}}).evaluate(at(berlin("2026-03-27 03:00")))
    assert (verdict.holds, verdict.flips_at) == (True, None)


def test_the_proof_tells_the_local_time(at: At) -> None:
    verdict = condition({"now": {"inside": "office"}}).evaluate(at(berlin("2026-03-28 10:30")))
    assert (verdict.wanted, verdict.observed) == ("inside office", "closed on sat 2026-03-28 10:30 Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "asked", "holds", "turns"),
    [
        ("2026-03-27 23:59", {"weekday": {"set": "weekend"}}, False, "2026-03-28 00:00"),
        ("2026-03-28 00:00", {"weekday": ["sat", "sun"]}, True, "2026-03-30 00:00"),
        ("2026-03-27 12:00", {"weekday": "fri"}, True, "2026-03-28 00:00"),
        ("2026-03-27 12:00", {"weekday": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, True, None),
        ("2026-12-23 12:00", {"date": ["2026-12-24", "2026-12-25"]}, False, "2026-12-24 00:00"),
        ("2026-12-24 12:00", {"date": ["2026-12-24", "2026-12-25"]}, True, "2026-12-26 00:00"),
        ("2026-12-26 00:00", {"date": "2026-12-25"}, False, None),
    ],
)
def test_days_are_local_days(now: str, asked: dict[str, Any], holds: bool, turns: str | None, at: At) -> None:
    verdict = condition({"now": asked}).evaluate(at(berlin(now)))
    assert (verdict.holds, verdict.flips_at) == (holds, turns and berlin(turns))


def test_the_zone_is_that_of_the_calendar_that_is_named(at: At) -> None:
    # 03:00 UTC on Saturday is still Friday in New York.
    facts = at(datetime(2026, 3, 28, 3, tzinfo=UTC))
    assert condition({"now": {"weekday": "fri", "calendar": "night"}}).evaluate(facts).holds
    assert not condition({"now": {"weekday": "fri"}}).evaluate(facts).holds


def test_the_creation_can_be_asked_about_and_does_not_move(at: At) -> None:
    # The ticket was created on a Monday at 09:00 in London, which is 10:00 in Berlin.
    facts = at(berlin("2026-03-28 10:30"))
    for asked in ({"inside": "office"}, {"weekday": "mon"}, {"date": "2026-03-02"}):
        verdict = condition({"created": asked}).evaluate(facts)
        assert (verdict.holds, verdict.flips_at) == (True, None)


ASKED = st.one_of(
    st.builds(
        lambda side, name: {side: name}, st.sampled_from(["inside", "outside"]), st.sampled_from(["office", "night"])
    ),
    st.builds(
        lambda days, name: {"weekday": days, "calendar": name},
        st.lists(st.sampled_from(["mon", "wed", "fri", "sat", "sun"]), min_size=1, unique=True),
        st.sampled_from(["office", "night"]),
    ),
    st.builds(
        lambda days, name: {"date": sorted(day.isoformat() for day in days), "calendar": name},
        st.sets(st.dates(date(2026, 10, 20), date(2026, 11, 5)), min_size=1, max_size=4),
        st.sampled_from(["office", "night"]),
    ),
)


@settings(deadline=None)
@given(asked=ASKED, minutes=st.integers(0, 25 * 24 * 60), percent=st.integers(0, 99), data=st.data())
def test_the_answer_turns_at_the_named_instant_and_not_before(
    asked: dict[str, Any], minutes: int, percent: int, data: st.DataObject, make_ticket: MakeTicket
) -> None:
    """Around the ends of summer time in Berlin (25 October) and New York (1 November)."""
    ticket = make_ticket()

    def holds(now: datetime) -> tuple[bool, datetime | None]:
        verdict = made.evaluate(facts_of(ticket, None, None, Ledger(ref=ticket.ref), now))
        return verdict.holds, verdict.flips_at

    made, now = condition({"now": asked}), datetime(2026, 10, 15, tzinfo=UTC) + timedelta(minutes=minutes)
    answer, turns = holds(now)
    if turns is None:
        assert holds(now + timedelta(days=data.draw(st.integers(0, 60))))[0] is answer
        return
    for instant in (now + (turns - now) * percent // 100, turns - TICK):
        assert holds(instant)[0] is answer
    assert holds(turns)[0] is not answer


ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "America/St_Johns", "Asia/Beirut", "Australia/Lord_Howe"]


@given(seconds=st.integers(0, 30 * 365 * 24 * 3600), zone=st.sampled_from(ZONES))
def test_a_day_begins_once_and_lasts_until_the_next_one_begins(seconds: int, zone: str) -> None:
    instant, place = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), ZoneInfo(zone)
    day = day_at(instant, place)
    assert begin_of(day, place) <= instant < begin_of(day + timedelta(days=1), place)


def test_a_day_that_clocks_show_once_more_has_begun_already() -> None:
    """In 2006 Newfoundland set its clocks back at 00:01 on the 29th of October: they showed the 28th again."""
    newfoundland = ZoneInfo("America/St_Johns")
    begun = datetime(2006, 10, 29, 2, 30, tzinfo=UTC)
    again = begun + timedelta(minutes=15)
    assert begin_of(date(2006, 10, 29), newfoundland) == begun
    assert again.astimezone(newfoundland).date() == date(2006, 10, 28)
    assert [day_at(at, newfoundland).day for at in (begun - TICK, begun, again)] == [28, 29, 29]
