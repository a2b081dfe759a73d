"""An audit of pauses tells how long promised times stood still, and which pauses nobody needed any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.facts import facts_of
from rules.ledger import Ledger
from rules.policy import Policy
from rules.reports.paused import Paused, paused_of
from rules.reports.paused_sheet import paused_sheet
from rules.reports.written import Form, written
from rules.ticket import Comment, Moment, Side, State, StatusCategory, Ticket, Timeline

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]
HOUR = timedelta(hours=1)
NEVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
OFFICE = """
version: 1
default_calendar: office
calendars: {office: {zone: UTC, week: {mon-fri: ["09:00-17:00"]}}}
sla:
  - {id: solved, metric: resolution, targets: {normal: 20h}, pause: {when: {status: pending}}}
directory: {teams: {desk: {members: [{id: anna, name: Anna Berg, accounts: {zendesk: "9001"}}]}}}
"""


@pytest.fixture(scope="session")
def office(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(OFFICE)


def paused(
    office: Policy,
    ticket: Ticket,
    steps: list[tuple[float, StatusCategory, str | None]],
    now: datetime,
    period: tuple[datetime, datetime] = NEVER,
) -> list[Paused]:
    """The pauses of a ticket that had these statuses and assignees so many hours after it was created."""
    moments = [Moment(ticket.created_at, State(status=StatusCategory.OPEN, status_name="open"))]
    for hours, status, who in steps:
        moments.append(
            Moment(ticket.created_at + hours * HOUR, State(status=status, status_name=str(status), assignee=who))
        )
    last = moments[-1].state
    seen = replace(ticket, status=last.status, assignee=last.assignee, timeline=Timeline(moments=tuple(moments)))
    return list(paused_of(facts_of(seen, None, None, Ledger(ref=seen.ref), now), office, *period))


@pytest.mark.capability("L11")
def test_what_stood_still_after_the_customer_had_answered_is_told_apart(
    office: Policy, make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    ticket = make_ticket(comments=(said(4, Side.REQUESTER), said(5, Side.REQUESTER), said(30, Side.AGENT)))
    # Monday 11:00 to Tuesday 12:00; the customer answers on Monday at 13:00.
    steps = [(2, StatusCategory.PENDING, "9001"), (27, StatusCategory.OPEN, "9002")]
    (one,) = paused(office, ticket, steps, monday + 28 * HOUR)
    assert (one.start, one.end) == (monday + 2 * HOUR, monday + 27 * HOUR)
    assert (one.stood, one.answered) == (9 * HOUR, 7 * HOUR)
    assert (one.owner, one.nearly_due, one.saved) == ("Anna Berg", None, False)


@pytest.mark.capability("L11")
def test_words_within_the_team_and_words_before_the_pause_are_no_answer(
    office: Policy, make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    talk = (said(1, Side.REQUESTER), said(3, Side.REQUESTER, public=False), said(4, Side.AGENT))
    (one,) = paused(office, make_ticket(comments=talk), [(2, StatusCategory.PENDING, None)], monday + 7 * HOUR)
    assert (one.end, one.stood, one.answered) == (None, 5 * HOUR, timedelta())


@pytest.mark.capability("L11")
def test_a_pause_that_begins_when_nearly_nothing_is_left_and_one_that_hides_a_breach_are_evidence(
    office: Policy, make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    # 19 of 20 open hours are used up on Wednesday at 12:00; half an hour later the customer answers.
    ticket = make_ticket(comments=(said(51.5, Side.REQUESTER),))
    steps = [(51, StatusCategory.PENDING, "9001"), (54, StatusCategory.OPEN, "9001")]
    (one,) = paused(office, ticket, steps, monday + 54.5 * HOUR)
    assert (one.nearly_due, one.answered, one.saved) == (HOUR, 2.5 * HOUR, True)
    text = written(paused_sheet([one], monday, monday + 100 * HOUR, ZoneInfo("Europe/Berlin")), Form.TEXT)
    assert "1 pause on 1 ticket: 3h stood still, 2h 30m of it (83%) after the customer had answered." in text
    assert "1 pause began when less than a tenth of the time was left. 1 clock would be late" in text
    line = next(line for line in text.splitlines() if "would be late" in line and "Anna Berg" in line)
    assert line.split()[1:] == (
        [
            "solved",
            "Anna",
            "Berg",
            "2026-03-04",
            "13:00",
            "2026-03-04",
            "16:00",
            "3h",
            "2h",
            "30m",
            "1h",
            "would",
            "be",
            "late",
        ]
    )


@pytest.mark.capability("L11")
def test_only_what_lies_in_the_period_counts(
    office: Policy, make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    ticket = make_ticket(comments=(said(3, Side.REQUESTER),))
    steps = [(2, StatusCategory.PENDING, None), (7, StatusCategory.OPEN, None)]
    period = monday + 5 * HOUR, monday + 90 * HOUR
    (one,) = paused(office, ticket, steps, monday + 8 * HOUR, period)
    assert (one.start, one.stood, one.answered) == (monday + 5 * HOUR, 2 * HOUR, 2 * HOUR)
    assert paused(office, ticket, steps, monday + 8 * HOUR, (monday + 7 * HOUR, monday + 90 * HOUR)) == []


@pytest.mark.capability("L11")
def test_a_pause_over_night_stops_nothing_and_is_none(
    office: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    steps = [(8, StatusCategory.PENDING, None), (24, StatusCategory.OPEN, None)]
    assert paused(office, make_ticket(), steps, monday + 25 * HOUR) == []


@pytest.mark.capability("L11")
def test_where_nothing_stood_still_the_audit_says_so(office: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    assert paused(office, make_ticket(), [], monday + 8 * HOUR) == []
    assert "No clock stood still." in written(paused_sheet([], *NEVER, ZoneInfo("UTC")), Form.TEXT)


@pytest.mark.capability("L11")
@settings(max_examples=100, deadline=None)
@given(
    hours=st.lists(st.integers(1, 200), max_size=6, unique=True).map(sorted),
    words=st.lists(st.integers(0, 200), max_size=4),
    cut=st.integers(0, 200),
)
def test_two_periods_tell_together_what_the_whole_tells(  # noqa: PLR0917 - what hypothesis draws
    hours: list[int], words: list[int], cut: int, office: Policy, make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    ticket = make_ticket(comments=tuple(said(hour, Side.REQUESTER) for hour in sorted(words)))
    statuses = [StatusCategory.PENDING, StatusCategory.OPEN] * 3
    steps = [(float(hour), status, None) for hour, status in zip(hours, statuses, strict=False)]
    now, middle = monday + 210 * HOUR, monday + cut * HOUR
    whole, first, second = (
        paused(office, ticket, steps, now, period) for period in (NEVER, (NEVER[0], middle), (middle, NEVER[1]))
    )
    for name in ("stood", "answered"):
        parts = sum((getattr(one, name) for one in (*first, *second)), timedelta())
        assert parts == sum((getattr(one, name) for one in whole), timedelta())
        assert all(getattr(one, name) >= timedelta() for one in whole)
    assert all(one.answered <= one.stood for one in whole)
