"""From the fix to the closing: verified, confirmed, followed up, reviewed; and what brings a case back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rules.decision import Decision
from rules.escalation.stage import Stage
from rules.ticket import Priority

Desk = Any
Changes = Mapping[str, Any]


def said(decision: Decision, start: str) -> list[str]:
    """The bodies of the notes whose keys begin like that."""
    return [note.body for note in decision.desired.notes if note.key.startswith(start)]


def solve(desk: Desk, changed: Changes, hours: float = 6) -> None:
    """Fix, verify, confirm, and solve in the helpdesk."""
    desk.say(3, "#fix Patch 1.2")
    desk.say(4, "#verified The export ran twice on staging")
    desk.say(5, "#confirm Jane Doe | how: call | comment: 77")
    desk.change(hours, **changed)


@pytest.mark.capability("E15")
def test_the_customer_hears_of_a_fix_only_after_a_person_verified_it_with_evidence(running: Desk) -> None:
    running.say(3, "#fix Patch 1.2")
    decision = running.visit(3)
    assert decision.case.stage is Stage.FIX_PROPOSED
    assert decision.desired.tags["esc_fix"] == "case"
    assert said(decision, "public:case:fix") == []
    running.say(4, "#verified")
    assert "Missing: the evidence" in running.visit(4).case.answers[-1].text
    assert said(running.visit(4), "public:case:fix") == []
    running.say(5, "#verified The export ran twice on staging")
    assert said(running.visit(5), "public:case:fix") == ["Please try: Patch 1.2"]
    assert said(running.visit(30), "public:case:fix") == []


@pytest.mark.capability("E16")
def test_nothing_is_resolved_before_the_customer_confirmed_it_with_who_how_and_where(running: Desk) -> None:
    running.say(3, "#fix Patch 1.2")
    running.say(4, "#verified The export ran twice on staging")
    running.say(5, "#resolve")
    assert "Missing: the customer's confirmation" in running.visit(5).case.answers[-1].text
    running.say(6, "#confirm Jane Doe")
    assert "Missing: how" in running.visit(6).case.answers[-1].text
    running.say(7, "#confirm Jane Doe | how: call | comment: 77")
    running.say(7.5, "#resolve All well")
    decision = running.visit(7.5)
    assert decision.case.stage is Stage.RESOLVED
    assert decision.escalation is None
    assert decision.desired.tags == {"esc_resolved": "case"}


@pytest.mark.capability("E16")
def test_a_ticket_that_is_solved_unconfirmed_is_resolved_and_says_what_is_missing(
    running: Desk, solved: Changes
) -> None:
    running.change(6, **solved)
    decision = running.visit(6)
    assert decision.case.stage is Stage.RESOLVED
    assert "#confirm" in said(decision, "case:unconfirmed")[0]
    assert decision.case.missing[0].startswith("the customer's confirmation")


@pytest.mark.capability("E17")
def test_the_customer_is_asked_after_some_days_asked_again_and_then_it_is_closed(
    running: Desk, solved: Changes
) -> None:
    solve(running, solved)
    decision = running.visit(6)
    asked = running.at(3 * 24 + 6)
    assert decision.wake_at == asked
    assert said(running.visit(3 * 24 + 6), "public:case:follow-up") == ["Is all well?"]
    # Two working days after Thursday 15:00 is Monday 15:00.
    assert running.look(4 * 24).wake_at == running.at(7 * 24 + 6)
    assert said(running.visit(7 * 24 + 6), "public:case:follow-up") == ["Is all well?"]
    decision = running.visit(14 * 24 + 6)
    assert decision.case.stage is Stage.CLOSED
    assert decision.case.steps[-1].because == "the customer was asked, and did not answer"
    assert decision.wake_at is None


@pytest.mark.capability("E17")
def test_who_has_answered_is_neither_asked_again_nor_closed_by_time(running: Desk, solved: Changes) -> None:
    solve(running, solved)
    running.visit(3 * 24 + 6)
    running.say(4 * 24, "Thanks, all well", "customer")
    assert said(running.visit(7 * 24 + 6), "public:case:follow-up") == []
    assert running.visit(40 * 24).case.stage is Stage.FOLLOW_UP
    running.say(41 * 24, "#close All well")
    assert running.visit(41 * 24).case.stage is Stage.CLOSED


@pytest.mark.capability("E18")
def test_feedback_is_asked_for_once_and_a_bad_one_brings_the_case_back_as_a_concern(
    running: Desk, solved: Changes
) -> None:
    solve(running, solved)
    assert said(running.visit(6), "public:case:feedback") == ["How did we do?"]
    assert said(running.visit(3 * 24 + 6), "public:case:feedback") == []
    running.say(4 * 24, "#feedback negative: it stops again")
    decision = running.visit(4 * 24)
    assert decision.case.stage is Stage.IN_PROGRESS
    assert decision.case.concern.text == "feedback: negative: it stops again"
    assert [notice.channel for notice in decision.desired.notices] == ["csm", "room"]


@pytest.mark.capability("D20")
def test_what_colleagues_think_of_the_escalation_is_kept_for_the_scoreboard(running: Desk) -> None:
    running.say(3, "#feedback too early", "gus")
    running.say(4, "#feedback useful", "mia")
    case = running.visit(4).case
    assert [(one.text, one.by, one.negative) for one in case.feedback] == [
        ("too early", "gus", False),
        ("useful", "mia", False),
    ]
    assert case.stage is Stage.IN_PROGRESS


@pytest.mark.capability("E19")
def test_a_severe_case_is_closed_only_after_a_review_with_notes_and_attendees(running: Desk, solved: Changes) -> None:
    running.change(5.5, priority=Priority.URGENT)
    solve(running, solved)
    decision = running.visit(6)
    assert "Review this case with rem, crew by 2026-03-16 15:00 UTC" in said(decision, "case:review")[0]
    assert [(item.title, str(item.due_on)) for item in decision.desired.work] == [("Review of 35", "2026-03-16")]
    assert running.visit(30 * 24).case.stage is Stage.FOLLOW_UP
    running.say(31 * 24, "#close")
    assert "Missing: the review with the team" in running.visit(31 * 24).case.answers[-1].text
    running.say(32 * 24, "#summary We tested too little")
    assert "Missing: who was there" in running.visit(32 * 24).case.answers[-1].text
    running.say(33 * 24, "#summary We tested too little | attendees: mia, ada")
    running.say(33 * 24 + 1, "#close")
    assert running.visit(33 * 24 + 1).case.stage is Stage.CLOSED


@pytest.mark.capability("E19")
def test_a_case_that_is_not_severe_needs_no_review(running: Desk, solved: Changes) -> None:
    solve(running, solved)
    assert said(running.visit(6), "case:review") == []
    running.say(7, "#close")
    assert running.visit(7).case.stage is Stage.CLOSED


@pytest.mark.capability("B24")
def test_a_solved_ticket_that_is_opened_again_is_a_regression_that_the_management_hears_of(
    running: Desk, solved: Changes, reopened: Changes
) -> None:
    solve(running, solved)
    running.visit(6)
    running.change(8, **reopened)
    decision = running.visit(8)
    assert decision.case.stage is Stage.IN_PROGRESS
    assert decision.case.concern.text == "the ticket was opened again"
    assert decision.escalation.tier == "tier1"
    assert "room" in [notice.channel for notice in decision.desired.notices]


@pytest.mark.capability("B24")
def test_a_customer_who_writes_again_after_the_fix_brings_the_case_back(running: Desk) -> None:
    running.say(3, "#fix Patch 1.2")
    running.say(4, "#verified The export ran twice on staging")
    running.visit(4)
    running.say(5, "It still stops", "customer")
    case = running.visit(6).case
    assert case.stage is Stage.IN_PROGRESS
    assert case.since == running.at(5)
    assert case.verified is None


def test_without_a_word_about_regressions_a_ticket_that_is_opened_again_begins_anew(
    desk_of: Any, policy_of: Any, conducted_text: str, solved: Changes, reopened: Changes
) -> None:
    desk = desk_of(policy_of(conducted_text.replace("  regression: {reopened: true, replied: true}\n", "")))
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.say(2, "#accept", "mia")
    solve(desk, solved)
    desk.visit(6)
    desk.change(8, **reopened)
    decision = desk.visit(8)
    assert decision.case.stage is Stage.NONE
    assert decision.escalation is None
    assert decision.case.fix is None


def test_who_asks_again_after_the_closing_begins_another_escalation(
    running: Desk, solved: Changes, reopened: Changes
) -> None:
    solve(running, solved)
    running.say(7, "#close")
    running.visit(7)
    running.say(8, "#escalate Something else | impact: worse")
    case = running.visit(8).case
    assert case.stage is Stage.REQUESTED
    assert case.run == "2"
    running.say(9, "#accept", "mia")
    running.change(8.5, **reopened)
    case = running.visit(9).case
    assert (case.count, case.fix, case.confirmed, case.impact) == (2, None, None, "worse")
