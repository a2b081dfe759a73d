"""Dates in fields: days of the almanac in the calendar's zone, instants to the microsecond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import BusinessCalendar
from rules.conditions.base import Scope
from rules.conditions.parse import parse_when
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.problems import Findings
from rules.ticket import Account, AccountRef, Ticket
from rules.verdict import Verdict
from rules.yamltext import Tree

MakeTicket = Callable[..., Ticket]
TICK = timedelta(microseconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessCalendar("office", BERLIN, dict.fromkeys(range(5), ((time(9), time(17)),)))
SCOPE = Scope(calendars={"office": OFFICE}, default_calendar="office")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def ask(make_ticket: MakeTicket) -> Callable[..., Verdict]:
    def evaluate(value: Any, asked: dict[str, Any], now: datetime) -> Verdict:
        return verdict_of(make_ticket, value, asked, now)

    return evaluate


def verdict_of(make_ticket: MakeTicket, value: Any, asked: dict[str, Any], now: datetime) -> Verdict:
    findings = Findings()
    condition = parse_when({"field.date": asked}, (), Tree(file="p.yaml", findings=findings), SCOPE)
    assert condition is not None, findings.problems
    ticket = make_ticket(fields={"date": value})
    return condition.evaluate(facts_of(ticket, None, None, Ledger(ref=ticket.ref), now))


Ask = Callable[..., Verdict]


@pytest.mark.parametrize(
    ("now", "holds", "turns"),
    [
        ("2026-09-01 23:59", False, "2026-09-02 00:00"),
        ("2026-09-02 00:00", True, "2026-12-02 00:00"),
        ("2026-12-01 23:59", True, "2026-12-02 00:00"),
        ("2026-12-02 00:00", False, None),
    ],
)
def test_a_renewal_within_ninety_days_begins_and_ends_at_local_midnights(
    now: str, holds: bool, turns: str | None, ask: Ask
) -> None:
    """Ninety days before the first of December is the second of September; the renewal's own day still counts."""
    verdict = ask("2026-12-01", {"within": "90d"}, berlin(now))
    assert (verdict.holds, verdict.flips_at) == (holds, turns and berlin(turns))


@pytest.mark.parametrize(
    ("now", "past", "turns"),
    [("2026-03-29 23:59", False, "2026-03-30 00:00"), ("2026-03-30 00:00", True, None)],
)
def test_a_day_is_past_when_the_next_one_begins(now: str, past: bool, turns: str | None, ask: Ask) -> None:
    verdict = ask("2026-03-29", {"past": True}, berlin(now))
    assert (verdict.holds, verdict.flips_at) == (past, turns and berlin(turns))
    opposite = ask("2026-03-29", {"past": False}, berlin(now))
    assert (opposite.holds, opposite.flips_at) == (not past, turns and berlin(turns))


def test_older_than_counts_whole_days_after_the_day(ask: Ask) -> None:
    for now, holds in (("2026-03-31 23:59", False), ("2026-04-01 00:00", True)):
        assert ask("2026-03-01", {"older_than": "30d"}, berlin(now)).holds is holds


def test_an_instant_is_compared_to_the_microsecond(ask: Ask) -> None:
    at = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
    for text in (
        "2026-05-04T10:30:00Z",
        "2026-05-04T12:30:00+02:00",
        "2026-05-04T12:30:00",
        "2026-05-04T10:30:00.000+0000",
    ):
        assert [ask(text, {"past": True}, now).holds for now in (at - TICK, at)] == [False, True]
        begins = at - timedelta(hours=4)
        assert [ask(text, {"within": "4h"}, now).holds for now in (begins - TICK, begins, at - TICK, at)] == [
            False,
            True,
            True,
            False,
        ]
        late = at + timedelta(hours=4)
        assert [ask(text, {"older_than": "4h"}, now).holds for now in (late, late + TICK)] == [False, True]


@pytest.mark.parametrize(
    ("value", "observed"), [(None, "not set"), ("", "not set"), ("soon", "soon is no date"), (7, "7 is no date")]
)
@pytest.mark.parametrize("asked", [{"within": "9d"}, {"past": True}, {"past": False}, {"older_than": "9d"}], ids=str)
def test_what_is_no_date_holds_for_nothing_and_says_so(
    value: Any, observed: str, asked: dict[str, Any], ask: Ask
) -> None:
    verdict = ask(value, asked, berlin("2026-01-01"))
    assert (verdict.holds, verdict.observed, verdict.flips_at) == (False, observed, None)


def test_never_and_always_are_dates_as_well(ask: Ask) -> None:
    now = berlin("2026-01-01")
    assert not ask("9999-12-31", {"past": True}, now).holds
    assert not ask("9999-12-31T23:59:59Z", {"within": "3000d"}, now).holds
    assert ask("0001-01-01", {"older_than": "3000d"}, now).holds


def test_the_proof_counts_the_days(ask: Ask) -> None:
    told = [
        ask("2026-12-01", {"within": "9d"}, berlin(now)).observed
        for now in ("2026-11-22", "2026-12-01 18:00", "2026-12-02")
    ]
    assert told == ["2026-12-01, in 9 days", "2026-12-01, today", "2026-12-01, 1 day ago"]
    assert ask("2026-12-01", {"within": "9d"}, berlin("2026-11-22")).wanted == "within the next 9d (Europe/Berlin)"


def test_the_account_s_renewal_is_a_date(make_ticket: MakeTicket) -> None:
    condition = parse_when(
        {"account.renewal_date": {"within": "90d", "calendar": "always"}},
        (),
        Tree(file="p.yaml", findings=Findings()),
        SCOPE,
    )
    assert condition is not None
    account = Account(ref=AccountRef("zendesk", "7"), name="Acme", fields={"renewal_date": "2026-05-01"})
    ticket = make_ticket()
    facts: Facts = facts_of(ticket, account, None, Ledger(ref=ticket.ref), ticket.created_at)
    assert condition.evaluate(facts).holds


VALUES = st.one_of(
    st.dates(date(2026, 10, 1), date(2026, 11, 30)).map(lambda day: day.isoformat()),
    st.builds(
        lambda minutes, offset: (
            (datetime(2026, 10, 20, tzinfo=UTC) + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat() + offset
        ),
        st.integers(0, 15 * 24 * 60),
        st.sampled_from(["", "Z", "-05:00"]),
    ),
)
ASKED = st.one_of(
    st.builds(
        lambda word, span: {word: span},
        st.sampled_from(["within", "older_than"]),
        st.sampled_from(["1d", "10d", "36h", "2d 3h", "90m"]),
    ),
    st.sampled_from([{"past": True}, {"past": False}]),
)


@settings(deadline=None)
@given(value=VALUES, asked=ASKED, minutes=st.integers(0, 70 * 24 * 60), percent=st.integers(0, 99))
def test_the_answer_turns_at_the_named_instant_and_not_before(
    value: str, asked: dict[str, Any], minutes: int, percent: int, make_ticket: MakeTicket
) -> None:
    """Around the end of summer time in Berlin on the 25th of October."""
    now = datetime(2026, 9, 25, tzinfo=UTC) + timedelta(minutes=minutes)
    first = verdict_of(make_ticket, value, asked, now)
    turns = first.flips_at or now + timedelta(days=300)
    for instant in (now + (turns - now) * percent // 100, turns - TICK):
        assert verdict_of(make_ticket, value, asked, instant).holds is first.holds
    if first.flips_at is not None:
        assert verdict_of(make_ticket, value, asked, turns).holds is not first.holds
