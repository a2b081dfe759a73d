"""The regular review: what it counts, what it compares, and how rules are judged by what came of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from rules.clocks.book import facts_for
from rules.commands import Command
from rules.journal import JournalEntry
from rules.ledger import Climb, Ledger
from rules.policy import Policy
from rules.reports.occurred import Judgement, Occurred
from rules.reports.occurring import occurred_of
from rules.reports.opinions import judgement_of
from rules.reports.review import Period, review
from rules.reports.sheet import Sheet
from rules.ticket import Comment, Side, StatusCategory, Ticket, TicketRef

UTC_ZONE = ZoneInfo("UTC")
FEBRUARY = Period(start=datetime(2026, 2, 1, tzinfo=UTC), end=datetime(2026, 3, 1, tzinfo=UTC))
IN, BEFORE = datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC)
RULES = {"down": "Production is down", "stale": "Too old"}
MakeTicket = Callable[..., Ticket]


def one(number: int, **changed: Any) -> Occurred:
    plain = Occurred(
        ref=TicketRef("zendesk", str(number)),
        key=str(number),
        since=IN,
        until=IN + timedelta(days=1),
        because="rule:down",
        tier="tier1",
        account="Acme",
        product="Exporter",
    )
    return replace(plain, **changed)


def sheet_of(*some: Occurred, **told: Any) -> Sheet:
    return review(some, FEBRUARY, zone=UTC_ZONE, rules=RULES, **told)


def table(sheet: Sheet, heading: str) -> list[list[str]]:
    (found,) = [part.table for part in sheet.sections if part.heading == heading]
    assert found is not None
    return [[cell.text for cell in row] for row in found.rows]


@pytest.mark.capability("C10", "D21")
def test_the_most_frequent_combinations_come_first_and_are_compared_with_the_period_before() -> None:
    rows = [one(1), one(2), one(3, product="Importer"), one(4, since=BEFORE), one(5, since=BEFORE, product="Importer")]
    assert table(sheet_of(*rows), "What it came from") == [
        ["rule:down · Exporter", "2", "66%", "1", "+1"],
        ["rule:down · Importer", "1", "33%", "1", "+0"],
    ]


@pytest.mark.capability("C10")
def test_the_trend_and_repeat_customers_are_told() -> None:
    sheet = sheet_of(
        one(1), one(2), one(2, since=IN + timedelta(days=3)), one(3, account="Initech"), one(4, since=BEFORE)
    )
    assert sheet.sentences == (
        "From 2026-02-01 to 2026-02-28 (UTC).",
        "4 escalations began, 1 in the period before (+3).",
    )
    assert table(sheet, "Customers who came again") == [["Acme", "3", "1, 2"]]


@pytest.mark.capability("D21")
def test_causes_that_were_found_are_counted() -> None:
    sheet = sheet_of(one(1, cause="full disk"), one(2, cause="full disk"), one(3, cause="typo"), one(4))
    assert [row[:2] for row in table(sheet, "Causes that were found")] == [["full disk", "2"], ["typo", "1"]]


@pytest.mark.capability("C12", "D19", "D20")
def test_every_rule_has_a_score_also_one_that_never_fired() -> None:
    rows = [
        one(1, judgements=(Judgement.USEFUL,)),
        one(2, judgements=(Judgement.EARLY, Judgement.MISROUTED), overridden=True),
        one(3, overridden=True),
        one(4, because="sla:answer", judgements=(Judgement.LATE,)),
    ]
    (scores,) = [part.table for part in sheet_of(*rows).sections if part.heading == "Rules"]
    assert scores is not None
    assert scores.headers == (
        "Reason", "What it says", "Fired", "Useful", "Too early", "Too late", "Wrong team", "Taken back",
    )  # fmt: skip
    assert [[cell.text for cell in row] for row in scores.rows] == [
        ["rule:down", "Production is down", "3", "1", "1", "", "1", "2"],
        ["sla:answer", "", "1", "", "", "1", "", ""],
        ["rule:stale", "Too old", "never", "", "", "", "", ""],
    ]
    assert scores.rows[0][-1].alarming
    assert scores.rows[2][2].alarming


@pytest.mark.capability("B1")
def test_what_a_tier_solved_is_counted() -> None:
    sheet = sheet_of(one(1, solved=True), one(2), one(3, tier="tier2", solved=True), one(4, until=None))
    assert table(sheet, "Where it ended") == [["tier1", "2", "1"], ["tier2", "1", "1"]]


@pytest.mark.capability("C7")
def test_the_rate_of_kept_promises_is_told_by_customer_and_owner() -> None:
    sheet = sheet_of(one(1, kept=2, broken=1, owner="ada"), one(2, kept=1, owner="ada"), one(3, broken=1), one(4))
    assert table(sheet, "Promises") == [["Acme", "nobody", "1", "0%"], ["Acme", "ada", "4", "75%"]]


@pytest.mark.capability("A2", "D19")
def test_sources_of_requests_and_what_is_to_be_reviewed_stand_in_it() -> None:
    sheet = sheet_of(sources={"sales": 1, "csm": 3}, reviews=("rule down: by 2026-02-20",))
    assert table(sheet, "Where requests came from") == [["csm", "3"], ["sales", "1"]]
    assert sheet.sections[-1].points == ("rule down: by 2026-02-20",)


def test_what_began_in_neither_period_is_left_out() -> None:
    assert table(sheet_of(one(1, since=FEBRUARY.end), one(2, since=FEBRUARY.start)), "Where it ended") == [
        ["tier1", "1", "0"]
    ]


@pytest.mark.capability("D20")
@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("Useful, thank you", Judgement.USEFUL),
        ("too early", Judgement.EARLY),
        ("early: nobody was in", Judgement.EARLY),
        ("Too-late", Judgement.LATE),
        ("wrong team, it is billing", Judgement.MISROUTED),
        ("meh", None),
        ("", None),
    ],
)
def test_a_judgement_is_the_word_that_feedback_begins_with(text: str, judgement: Judgement | None) -> None:
    assert judgement_of(text) is judgement


POLICY = """
version: 1
default_calendar: always
tiers: [{id: tier1, name: Tier 1, tag: esc_t1}]
rules: [{id: down, description: Down, when: {tags: {contains: down}}, escalate_to: tier1}]
commands: {}
escalation: {}
"""


@pytest.mark.capability("D20", "C12")
def test_feedback_and_overrides_belong_to_the_escalation_before_them(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    policy = policy_of(POLICY)

    def day(number: int) -> datetime:
        return monday + timedelta(days=number)

    comment = Comment(
        id="1",
        at=day(2),
        side=Side.AGENT,
        public=False,
        author="7",
        commands=(Command(verb="feedback", text="too late"),),
    )
    ticket = make_ticket(status=StatusCategory.SOLVED, status_name="Solved", product="Exporter", comments=(comment,))
    ledger = Ledger(
        ref=ticket.ref,
        climbs=(
            Climb(since=day(0), until=day(1), because="rule:down", tier="tier1"),
            Climb(since=day(3), until=day(4), because="rule:stale", tier="tier2"),
        ),
    )
    entry = JournalEntry(at=day(3) + timedelta(hours=1), ref=ticket.ref, action="override.seen", text="took it off")
    facts = facts_for(policy, ticket, None, None, ledger, day(9))
    first, second = occurred_of(facts, [entry])
    assert (first.because, first.judgements, first.overridden, first.solved) == (
        "rule:down", (Judgement.LATE,), False, False,
    )  # fmt: skip
    assert (second.because, second.judgements, second.overridden, second.solved) == ("rule:stale", (), True, True)
