"""Update cadences: the published vectors, and what is said on a ticket whose update is late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.cadence import Cadence
from rules.cadence_due import due_after
from rules.cadence_reading import CadenceReading, read_cadence
from rules.dateline import form_problem
from rules.decide import decide
from rules.explain import decision_text
from rules.facts import facts_of
from rules.forms import CommentForm, form_of
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import Comment, Moment, Side, State, StatusCategory, Ticket, Timeline

VECTORS = Path(__file__).parents[1] / "vectors" / "cadences"
MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]


def vectors(key: str) -> list[Any]:
    """Every case of that kind in the published files, with its file's policy and zone."""
    found = []
    for path in sorted(VECTORS.glob("*.yaml")):
        file = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but text
        for case in file.get(key, ()):
            about = case.get("name") or f"{path.stem}: {case['cadence']} {case['colour']} {case['updated']}"
            found.append(pytest.param(file["policy"], ZoneInfo(file["zone"]), case, id=about))
    return found


def instant(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def cadence_of(policy: Policy, name: str) -> Cadence:
    return next(cadence for cadence in policy.cadences if cadence.id == name)


@pytest.mark.capability("A11")
@pytest.mark.capability("A12")
@pytest.mark.capability("A13")
@pytest.mark.capability("A14")
@pytest.mark.parametrize(("text", "zone", "case"), vectors("cases"))
def test_the_next_update_is_due(text: str, zone: ZoneInfo, case: dict[str, str]) -> None:
    cadence = cadence_of(load_policy({"policy.yaml": text}), case["cadence"])
    colour = next(one for one in cadence.colours if one.name == case["colour"])
    due = due_after(cadence, colour, instant(case["updated"], zone))
    assert due.astimezone(zone) == instant(case["due"], zone)


def told(make_ticket: MakeTicket, zone: ZoneInfo, story: Mapping[str, Any], until: datetime) -> Ticket:
    """The ticket of a story as it is known at an instant."""
    created = instant(story["created"], zone)
    state = State(status=StatusCategory.OPEN, status_name="Open")
    moments, comments = [Moment(created, state)], []
    for event in story["events"]:
        at = instant(event["at"], zone)
        if at > until:
            break
        if "comment" in event:
            comments.append(comment_of(event, at))
            continue
        state = replace(
            state,
            tags=frozenset(event["tags"]) if "tags" in event else state.tags,
            fields=state.fields | event.get("set", {}),
        )
        moments = [*(moment for moment in moments if moment.at < at), Moment(at, state)]
    return make_ticket(
        created_at=created,
        tags=state.tags,
        fields=state.fields,
        comments=tuple(comments),
        timeline=Timeline(moments=tuple(moments)),
    )


def comment_of(event: Mapping[str, Any], at: datetime) -> Comment:
    return Comment(
        id=event["comment"],
        at=at,
        side=Side(event.get("by", "agent")),
        public=event.get("public", "true") == "true",
        ours=event.get("ours") == "true",
        form=form_of(event["text"]),
    )


def reading(policy: Policy, ticket: Ticket, name: str, now: datetime) -> CadenceReading:
    facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref), now)
    return read_cadence(cadence_of(policy, name), facts.as_of(now))


@pytest.mark.capability("A15")
@pytest.mark.capability("A16")
@pytest.mark.capability("A17")
@pytest.mark.capability("A25")
@pytest.mark.capability("L6")
@pytest.mark.parametrize(("text", "zone", "story"), vectors("stories"))
def test_a_ticket_goes_its_way(make_ticket: MakeTicket, text: str, zone: ZoneInfo, story: dict[str, Any]) -> None:
    policy = load_policy({"policy.yaml": text})
    for wanted in story["expect"]:
        now = instant(wanted["at"], zone)
        read = reading(policy, told(make_ticket, zone, story, now), story["cadence"], now)
        assert said_of(read, zone) == expected(wanted, zone), wanted["at"]


def said_of(read: CadenceReading, zone: ZoneInfo) -> dict[str, object]:
    cycle, colour = read.cycle, read.colour
    if cycle is None or colour is None:
        assert read.chase is None
        return {"runs": False}
    assert read.verdict.holds is (read.chase is not None)
    return {
        "colour": colour.name,
        "due": cycle.due_at.astimezone(zone),
        "chase": None if read.chase is None else read.chase.number,
        "refused": None if cycle.refused is None else cycle.refused.comment.id,
    }


def expected(wanted: Mapping[str, str], zone: ZoneInfo) -> dict[str, object]:
    if wanted.get("runs") == "false":
        return {"runs": False}
    return {
        "colour": wanted["colour"],
        "due": instant(wanted["due"], zone),
        "chase": int(wanted["chase"]) if "chase" in wanted else None,
        "refused": wanted.get("refused"),
    }


@pytest.mark.parametrize(("text", "zone", "story"), vectors("stories"))
def test_what_was_known_later_does_not_change_what_was_said_earlier(
    make_ticket: MakeTicket, text: str, zone: ZoneInfo, story: dict[str, Any]
) -> None:
    """Reading the past from the whole story gives what was read when only its beginning was known."""
    policy = load_policy({"policy.yaml": text})
    ticket = told(make_ticket, zone, story, datetime.max.replace(tzinfo=UTC))
    for wanted in story["expect"]:
        now = instant(wanted["at"], zone)
        assert said_of(reading(policy, ticket, story["cadence"], now), zone) == expected(wanted, zone)


@pytest.mark.capability("A17")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("Date - 03/14\nWe found the cause.", None),
        ("Date - 03/13\nWritten yesterday.", None),
        ("Date - 03/15\nWritten in another zone.", None),
        ("Date - 03/12\nOld.", "it is dated 03/12, but was written on 03/14"),
        ("Date - 14/03\nWe found the cause.", "14/03 is no date: it is written MM/DD, and there is no month 14"),
        ("Date - 02/30\nWe found the cause.", "02/30 is no date: month 2 has no day 30"),
        ("Date - 03/00\nWe found the cause.", "03/00 is no date: month 3 has no day 0"),
        ("We found the cause.", "it does not begin with a line 'Date - MM/DD'"),
        ("Date - 03/14", "nothing is said below the date"),
        ("", "it does not begin with a line 'Date - MM/DD'"),
    ],
)
def test_an_update_is_accepted_or_refused_with_the_reason(body: str, problem: str | None) -> None:
    assert form_problem(form_of(body), date(2026, 3, 14), 1) == problem


@pytest.mark.parametrize(
    ("month", "day", "written_on", "accepted"),
    [
        (12, 31, date(2027, 1, 1), True),
        (1, 1, date(2026, 12, 31), True),
        (12, 30, date(2027, 1, 1), False),
        (2, 29, date(2028, 3, 1), True),
        (2, 29, date(2028, 2, 28), True),
        (2, 29, date(2026, 2, 28), False),
        (2, 29, date(2026, 3, 1), False),
    ],
)
def test_the_year_that_is_not_written_is_the_nearest_one(
    month: int, day: int, written_on: date, accepted: bool
) -> None:
    form = CommentForm(month=month, day=day, text=True)
    assert (form_problem(form, written_on, 1) is None) is accepted


@given(st.dates(date(1990, 1, 1), date(2150, 12, 31)), st.integers(0, 5), st.integers(-9, 9))
def test_a_date_is_accepted_exactly_within_the_tolerance(written_on: date, tolerance: int, off: int) -> None:
    dated = written_on + timedelta(days=off)
    form = CommentForm(month=dated.month, day=dated.day, text=True)
    assert (form_problem(form, written_on, tolerance) is None) is (abs(off) <= tolerance)


def test_a_comment_whose_text_was_never_seen_has_the_benefit_of_the_doubt() -> None:
    assert form_problem(None, date(2026, 3, 14), 0) is None


CHASED = """
version: 1
default_calendar: always
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1}
  - {id: tier2, name: Tier 2, tag: esc_t2}
rules:
  - {id: asked, description: Asked for, when: {tags: {contains: asked}}, escalate_to: tier1}
cadences:
  - id: status
    when: {escalated: true}
    colours: {red: {when: {tier: tier2}, every: 12h}, green: {every: 1d}}
    update: {format: date_line, invalid_note: wrong}
    chase:
      - {to: owner, note: late}
      - {after: 4h, to: lead, note: late, escalate_to: tier2}
      - {after: 1d, to: sponsor, note: late}
    repeat: {every: 1d, max: 2}
templates:
  late: "{{ chase.to }}: {{ cadence.colour }} since {{ cadence.last_update_at | default('ever') }}; {{ reason }}"
  wrong: "The comment of {{ update.at }} does not count for {{ cadence.id }}: {{ update.problem }}"
"""


class Desk:
    """A desk that carries out what is decided, as far as notes and tiers go."""

    def __init__(self, policy: Policy, ticket: Ticket) -> None:
        self.policy = policy
        self.ticket = ticket
        self.ledger = Ledger(ref=ticket.ref)
        self.wake_at: datetime | None = ticket.created_at

    def visit(self, now: datetime) -> list[str]:
        said = []
        for _ in range(2):
            decision = decide(self.policy, self.ticket, None, None, self.ledger, now)
            said += [note.body for note in decision.desired.notes]
            comments = self.ledger.comments | {note.key: now for note in decision.desired.notes}
            self.ledger = replace(
                self.ledger, escalation=decision.escalation, episodes=decision.episodes, comments=comments
            )
            self.wake_at = decision.wake_at
        return said


@pytest.fixture
def desk(make_ticket: MakeTicket, policy_of: Callable[[str], Policy]) -> Desk:
    return Desk(policy_of(CHASED), make_ticket(tags=frozenset({"asked"})))


@pytest.mark.capability("L6")
def test_a_late_update_is_told_to_one_after_the_other_each_once(desk: Desk, monday: datetime) -> None:
    story = []
    while desk.wake_at is not None:
        now = desk.wake_at
        story += [(now - monday, said.partition(":")[0]) for said in desk.visit(now)]
    hours = [(since // timedelta(hours=1), who) for since, who in story]
    assert hours == [(24, "owner"), (28, "lead"), (48, "sponsor"), (72, "sponsor"), (96, "sponsor")]
    assert desk.ledger.escalation is not None
    assert desk.ledger.escalation.tier == "tier2"


@pytest.mark.capability("L6")
def test_after_a_break_only_the_highest_step_is_said(desk: Desk, monday: datetime) -> None:
    desk.visit(monday)
    assert desk.visit(monday + timedelta(hours=60)) == [
        "sponsor: red since ever; red: the next update was due by 2026-03-03 09:00 UTC"
    ]
    assert desk.visit(monday + timedelta(hours=61)) == []


@pytest.mark.capability("complaint-13")
def test_every_update_sets_the_clock_back(desk: Desk, monday: datetime, said: Said) -> None:
    desk.visit(monday)
    word = replace(said(20, Side.AGENT), form=CommentForm(month=3, day=3, text=True))
    desk.ticket = replace(desk.ticket, comments=(word,))
    assert desk.visit(monday + timedelta(hours=30)) == []
    assert desk.wake_at == monday + timedelta(hours=44)
    assert [text.partition(";")[0] for text in desk.visit(desk.wake_at)] == ["owner: green since 2026-03-03 05:00 UTC"]


@pytest.mark.capability("A17")
def test_a_comment_that_cannot_be_accepted_is_answered_once(desk: Desk, monday: datetime, said: Said) -> None:
    desk.visit(monday)
    desk.ticket = replace(desk.ticket, comments=(replace(said(2, Side.AGENT), form=CommentForm(text=True)),))
    assert desk.visit(monday + timedelta(hours=3)) == [
        "The comment of 2026-03-02 11:00 UTC does not count for status: it does not begin with a line 'Date - MM/DD'"
    ]
    assert desk.visit(monday + timedelta(hours=4)) == []


def test_comments_from_before_the_escalation_are_not_found_fault_with(
    desk: Desk, make_ticket: MakeTicket, monday: datetime, said: Said
) -> None:
    desk.ticket = make_ticket(comments=(replace(said(1, Side.AGENT), form=CommentForm(text=True)),))
    assert desk.visit(monday + timedelta(hours=2)) == []
    tagged = desk.ticket.tags | {"asked"}
    desk.ticket = replace(desk.ticket, tags=tagged)
    assert desk.visit(monday + timedelta(hours=3)) == []


def test_a_solved_ticket_owes_no_update(desk: Desk, monday: datetime) -> None:
    desk.visit(monday)
    desk.ticket = replace(desk.ticket, status=StatusCategory.SOLVED)
    assert desk.visit(monday + timedelta(days=9)) == []
    assert desk.wake_at is None


def test_the_explanation_tells_colour_due_instant_and_last_update(desk: Desk, monday: datetime) -> None:
    desk.visit(monday)
    text = decision_text(decide(desk.policy, desk.ticket, None, None, desk.ledger, monday + timedelta(hours=1)))
    assert "cadence:status: green: the next update is due by 2026-03-03 09:00 UTC" in text
    assert "✗ green no update by 2026-03-03 09:00 UTC (every 1d): its begin was 2026-03-02 09:00 UTC" in text
    assert "When next: 2026-03-03 09:00 UTC, when cadence:status could change" in text


def test_a_comment_dated_ahead_of_our_clock_counts_when_its_time_comes(
    desk: Desk, monday: datetime, said: Said
) -> None:
    desk.visit(monday)
    ahead = replace(said(5, Side.AGENT), form=CommentForm(month=3, day=2, text=True))
    desk.ticket = replace(desk.ticket, comments=(ahead,))
    desk.visit(monday + timedelta(hours=4))
    assert desk.wake_at == ahead.at
    desk.visit(ahead.at)
    assert desk.wake_at == ahead.at + timedelta(days=1)
