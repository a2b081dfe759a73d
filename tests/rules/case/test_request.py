"""From the request to its outcome: who asks, what is missing, by when somebody decides, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.decision import Decision
from rules.escalation.case_clock import ClockState
from rules.escalation.stage import Stage
from rules.policy import Policy

Desk = Any


def said(decision: Decision, start: str) -> list[str]:
    """The bodies of the notes whose keys begin like that."""
    return [note.body for note in decision.desired.notes if note.key.startswith(start)]


@pytest.mark.capability("B7")
def test_a_request_is_one_however_often_and_by_whomever_it_is_made(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.say(1.5, "#escalate It really does", "mia")
    decision = desk.visit(2)
    case = decision.case
    assert case.stage is Stage.REQUESTED
    assert case.request.text == "The export stops"
    assert [answer.text for answer in case.answers] == [
        "The escalation is requested.",
        "The escalation is requested already; this joins it.",
    ]
    assert decision.desired.tags == {"esc_requested": "case"}
    assert decision.escalation is None


@pytest.mark.capability("C13")
def test_a_request_without_a_word_why_is_taken_up_like_any_other(desk: Desk) -> None:
    desk.say(1, "#escalate")
    assert desk.visit(1).case.stage is Stage.REQUESTED


@pytest.mark.capability("B14")
def test_the_evaluation_has_a_clock_that_warns_and_then_leads_up_the_management_line(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    assert desk.visit(1).wake_at == desk.at(4)
    assert said(desk.visit(4), "case:soon:evaluation") == [
        "Due soon, by 2026-03-02 14:00 UTC: a decision about the request."
    ]
    assert said(desk.visit(5), "case:late:evaluation") == [
        "Late since 2026-03-02 14:00 UTC: a decision about the request. This is for rem."
    ]
    last = desk.visit(7)
    assert "global_rem" in said(last, "case:late:evaluation")[0]
    assert [notice.channel for notice in last.desired.notices] == ["room"]


@pytest.mark.capability("B14")
def test_somebody_who_takes_the_request_on_is_seen_to_evaluate_it_and_its_clock_runs_on(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.say(2, "#ack", "mia")
    case = desk.visit(3).case
    assert case.stage is Stage.EVALUATION
    assert [(clock.id, clock.state(desk.at(3))) for clock in case.clocks] == [("evaluation", ClockState.RUNNING)]


@pytest.mark.capability("B14")
def test_declining_takes_a_reason_and_whoever_asked_is_told_it(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.say(2, "#decline", "mia")
    assert said(desk.visit(2), "answer:comment:1") == ["This does not count yet. Missing: a reason: #decline why."]
    desk.say(3, "#decline A known limit, see the manual", "mia")
    decision = desk.visit(3)
    assert decision.case.stage is Stage.DECLINED
    assert said(decision, "case:declined") == [
        "The request of ada for an escalation was declined: A known limit, see the manual"
    ]
    assert decision.case.clocks[0].state(desk.at(3)) is ClockState.MET


@pytest.mark.capability("B14")
def test_redirecting_to_a_team_gives_the_ticket_to_its_group(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.say(2, "#redirect crew", "mia")
    decision = desk.visit(2)
    assert decision.case.stage is Stage.REDIRECTED
    assert decision.desired.group == "Crew"
    assert decision.escalation is None


@pytest.mark.capability("B14")
def test_redirecting_to_a_path_puts_the_ticket_on_its_ladder(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.say(2, "#redirect others", "mia")
    decision = desk.visit(2)
    assert (decision.escalation.tier, decision.escalation.path) == ("outside", "others")
    assert decision.case.stage is Stage.IN_PROGRESS


def test_redirecting_nowhere_is_answered_with_where_one_can_redirect_to(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.say(2, "#redirect the moon", "mia")
    assert said(desk.visit(2), "answer:comment:1") == [
        "This does not count yet. Missing: a path or team to redirect to: #redirect support or others or crew."
    ]


@pytest.mark.capability("B10", "B11", "E4", "D8")
def test_nothing_is_accepted_before_the_problem_is_confirmed_and_its_impact_told(
    desk_of: Callable[..., Desk], conducted: Policy
) -> None:
    desk = desk_of(conducted, fields={})
    desk.say(1, "#escalate The export stops")
    decision = desk.visit(1)
    assert decision.case.asked.completeness == 0
    assert said(decision, "case:questions") == [
        (
            "The escalation needs to know (complete so far: 0%):\n- Is the problem statement right?\n"
            "- What does it cost the customer?\nAnswer in the fields of the ticket, or as options of a command."
        )
    ]
    desk.say(2, "#accept", "mia")
    assert said(desk.visit(2), "answer:comment:1") == [
        (
            "This does not count yet. Missing: an answer to: Is the problem statement right?; "
            "an answer to: What does it cost the customer?."
        )
    ]
    desk.change(3, fields={"problem": "no"})
    desk.say(3, "#impact Nobody can bill")
    assert desk.visit(3).case.asked.completeness == 50
    desk.change(4, fields={"problem": "Yes"})
    desk.say(4, "#accept", "mia")
    decision = desk.visit(4)
    assert decision.case.stage is Stage.IN_PROGRESS
    assert decision.case.asked.completeness == 100


@pytest.mark.capability("E3", "E5")
def test_questions_of_a_category_are_asked_there_only_and_once_as_one_list(
    desk_of: Callable[..., Desk], conducted: Policy
) -> None:
    desk = desk_of(conducted, product="Rocket", fields={"problem": "yes"})
    desk.say(1, "#escalate The export stops")
    assert "- Which version runs there?" in said(desk.visit(1), "case:questions")[0]
    desk.say(2, "#escalate Still", "mia")
    assert said(desk.visit(30), "case:questions") == []


@pytest.mark.capability("D2")
def test_the_second_tier_takes_notes_of_what_was_tried_in_the_first(running: Desk) -> None:
    running.say(3, "#escalate It goes on")
    assert said(running.visit(3), "answer:comment:2") == [
        "This does not count yet. Missing: notes of what was tried before Tier 2: #tried what, and what came of it."
    ]
    running.say(4, "#tried Restarted the exporter: no change")
    running.say(4.5, "#escalate It goes on")
    decision = running.visit(5)
    assert decision.escalation.tier == "tier2"
    assert "Restarted the exporter" in said(decision, "case:brief:tier2")[0]


@pytest.mark.capability("B2")
def test_whoever_cannot_solve_it_hands_it_one_tier_up_with_a_reason(running: Desk) -> None:
    running.say(3, "#tried All I know")
    running.say(3.1, "#escalate")
    assert "a reason" in said(running.visit(3.2), "answer:comment:3")[0]
    running.say(4, "#escalate It takes a specialist")
    decision = running.visit(4)
    assert decision.escalation.tier == "tier2"
    assert decision.escalation.steps[-1].because == "case:tier2"
    assert "#escalate by ada: It takes a specialist" in [reason.text for reason in decision.reasons]


@pytest.mark.capability("B8")
def test_production_down_goes_past_the_first_tier_and_needs_nobody_to_accept_it(
    desk_of: Callable[..., Desk], conducted: Policy
) -> None:
    desk = desk_of(conducted, tags=frozenset({"production_down"}))
    decision = desk.visit(0)
    assert decision.escalation.tier == "tier2"
    assert decision.case.stage is Stage.IN_PROGRESS
    assert [step.because for step in decision.case.steps] == ["rule:down"]


@pytest.mark.capability("A10")
def test_an_escalation_of_the_account_can_be_asked_for_on_any_of_its_tickets(running: Desk) -> None:
    running.say(3, "#escalate account They think of leaving")
    decision = running.visit(3)
    assert said(decision, "answer:comment:2") == ["The escalation of the customer's account is proposed."]
    assert decision.case.stage is Stage.IN_PROGRESS
    assert decision.escalation.tier == "tier1"


def test_what_belongs_on_the_record_of_an_account_is_answered_with_where_it_belongs(running: Desk) -> None:
    running.say(3, "#red They think of leaving")
    assert said(running.visit(3), "answer:comment:2") == [
        "#red belongs on the record of an account's escalation; #escalate account asks for one."
    ]


def test_help_tells_what_one_may_do_at_this_stage(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops")
    desk.visit(1)
    desk.say(2, "#help")
    told = said(desk.visit(2), "answer:comment:1")[0]
    assert "#accept" in told
    assert "#verified" not in told


@pytest.mark.capability("B9", "C13")
def test_a_customer_asks_with_the_phrase_of_the_policy_where_the_policy_lets_them(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    eligible = "commands: {customer: {phrases: [please escalate], when: {unanswered_replies: {at_least: 2}}}}\n"
    desk = desk_of(policy_of(conducted_text + eligible))
    desk.say(1, "Any news?", "customer")
    desk.ask(2)
    case = desk.visit(3).case
    assert case.stage is Stage.REQUESTED
    assert case.request.side == "requester"


@pytest.mark.capability("B9")
def test_a_customer_who_is_not_eligible_is_heard_by_nobody_but_us(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    eligible = "commands: {customer: {phrases: [please escalate], when: {unanswered_replies: {at_least: 2}}}}\n"
    desk = desk_of(policy_of(conducted_text + eligible))
    desk.ask(2)
    decision = desk.visit(3)
    assert decision.case.stage is Stage.NONE
    (note,) = decision.desired.notes
    assert not note.public
    assert "the policy does not give here" in note.body


@pytest.mark.capability("B9")
def test_a_customer_who_writes_and_writes_and_a_ticket_that_comes_back_are_reasons_by_structure(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    structural = """rules:
  - id: ignored
    description: Three replies without an answer, or opened again twice
    when: {any: [{unanswered_replies: {at_least: 3}}, {reopens: {at_least: 2}}]}
    escalate_to: tier1
"""
    desk = desk_of(policy_of(conducted_text.replace("rules:\n", structural, 1)))
    desk.say(1, "Any news?", "customer")
    desk.say(2, "Hello?", "customer")
    assert desk.visit(2).escalation is None
    desk.say(3, "Is anybody there?", "customer")
    decision = desk.visit(3)
    assert decision.case.stage is Stage.IN_PROGRESS
    assert decision.case.steps[0].because == "rule:ignored"


@pytest.mark.capability("B12")
@pytest.mark.parametrize(
    ("told", "answered"), [("none", True), ("tried", True), ("Impractical", True), ("maybe", False), ("", False)]
)
def test_the_workaround_is_asked_for_as_one_of_three_answers(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str, told: str, answered: bool
) -> None:
    asked = (
        "    - {id: workaround, ask: Is there a workaround?, option: workaround, "
        "accepts: [none, tried, impractical], required_for: [accept]}\n"
    )
    text = conducted_text.replace("  questions:\n", f"  questions:\n{asked}", 1)
    desk = desk_of(policy_of(text))
    desk.say(1, f"#escalate The export stops | impact: nobody can bill | workaround: {told}")
    desk.say(2, "#accept", "mia")
    answer = desk.visit(2).case.answers[-1]
    assert answer.accepted is answered
    assert answered or "Is there a workaround?" in answer.text
