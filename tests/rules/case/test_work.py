"""While an escalation runs: the first word, the first call, who leads, concerns, promises, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from rules.decision import Decision
from rules.escalation.case_clock import ClockState
from rules.escalation.stage import Stage
from rules.explain import decision_json
from rules.policy import Policy
from rules.ticket import Account, AccountRef

Desk = Any


def said(decision: Decision, start: str) -> list[str]:
    """The bodies of the notes whose keys begin like that."""
    return [note.body for note in decision.desired.notes if note.key.startswith(start)]


def state(desk: Desk, hours: float, clock: str) -> list[ClockState]:
    """Where every run of a clock stands."""
    return [one.state(desk.at(hours)) for one in desk.case(hours).clocks if one.id == clock]


@pytest.mark.capability("E2", "E6", "B15")
def test_the_customer_is_told_once_and_by_whom_and_when_the_next_word_comes(desk: Desk) -> None:
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.say(2, "#accept", "mia")
    decision = desk.visit(2)
    told = [note for note in decision.desired.notes if note.public]
    # The cadence owes an update four open hours after the ticket entered the ladder, which was just now.
    assert [note.body for note in told] == ["We are on it. Next word by 2026-03-02 15:00 UTC. Ada"]
    assert "reply clock" in told[0].because
    assert state(desk, 2, "acknowledgement") == [ClockState.MET]
    assert said(desk.visit(60), "public:") == []


def test_where_a_person_has_to_tell_the_customer_the_clock_waits_for_that_person(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    desk = desk_of(policy_of(conducted_text.replace(", public_note: ack}", ", late: [{to: rem}]}")))
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.say(2, "#accept", "mia")
    desk.visit(2)
    assert said(desk.visit(3), "case:late:acknowledgement") == [
        "Late since 2026-03-02 11:30 UTC: the first word to the customer. This is for rem."
    ]
    desk.say(4, "Hello, we are on it", public=True)
    assert state(desk, 4, "acknowledgement") == [ClockState.MISSED]


@pytest.mark.capability("B17")
def test_the_kick_off_call_is_due_within_a_day_with_the_plan_drafted_by_then(running: Desk) -> None:
    running.ledger = type(running.ledger)(ref=running.ledger.ref)
    decision = running.visit(2)
    assert "Attendees: rem, " in said(decision, "case:kickoff")[0]
    assert [(item.title, item.due_on) for item in decision.desired.work] == [("Kick-off call for 35", date(2026, 3, 3))]
    running.say(3, "#plan Patch, then watch")
    running.say(25.5, "#call Agreed on the patch | attendees: anna")
    assert state(running, 26, "plan") == [ClockState.MET]
    assert state(running, 26, "kickoff") == [ClockState.MET]
    assert running.visit(26).desired.work == ()


@pytest.mark.capability("E10", "E8")
def test_the_success_manager_of_the_account_hears_of_it_when_it_is_taken_up_before_the_customer_is_owed_more(
    running: Desk,
) -> None:
    running.ledger = type(running.ledger)(ref=running.ledger.ref)
    running.account = Account(ref=AccountRef("zendesk", "7"), name="Acme", fields={"csm": "Cleo"})
    decision = running.visit(2)
    assert [(notice.channel, notice.body) for notice in decision.desired.notices] == [
        ("csm", "35 normal for Cleo: nobody can bill")
    ]
    assert running.visit(30).desired.notices == ()


@pytest.mark.capability("D15")
def test_every_running_escalation_has_a_lead_or_says_that_it_has_none(running: Desk) -> None:
    assert running.case(2).lead.name == "crew"
    running.say(3, "#owner mia")
    assert running.case(3).lead.name == "mia"
    running.say(4, "#owner nobody")
    assert running.case(4).lead.name == "mia"
    running.say(5, "#tried All I know\n#escalate It takes a specialist | tier: tier3")
    assert running.case(5).lead.name == "mia"


@pytest.mark.capability("D15")
def test_an_escalation_without_a_lead_says_so_at_every_look(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    desk = desk_of(policy_of(conducted_text.replace("  leads: {tier1: crew, tier2: rem}\n", "")))
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.say(2, "#accept", "mia")
    assert desk.visit(2).case.missing == ("a lead: #owner NAME",)
    desk.say(3, "#owner mia")
    assert desk.visit(3).case.missing == ()


@pytest.mark.capability("B16")
def test_everybody_who_takes_part_stands_in_one_list(running: Desk) -> None:
    assert running.case(2).participants == ("Ada", "Mia")


@pytest.mark.capability("L15")
def test_whoever_takes_over_in_a_tier_finds_a_brief_made_of_facts(running: Desk) -> None:
    running.say(3, "#tried Restarted the exporter: no change")
    running.say(4, "#promise Call you back | by: 2026-03-03 12:00")
    running.say(5, "#escalate It takes a specialist")
    decision = running.visit(5)
    assert said(decision, "case:brief:tier2") == [
        (
            "Tier 2 takes over, since 2026-03-02 14:00 UTC.\n"
            "Why: #accept\n"
            "Lead: rem\n"
            "Impact: nobody can bill\n"
            "Taking part: Ada, Mia\n"
            "Facts known: 100%\n"
            "What was tried:\n- Restarted the exporter: no change\n"
            "Asked and not answered: nothing.\n"
            "Promises that are open:\n- Call you back, by 2026-03-03 12:00 UTC (ada)\n"
            "Linked tickets: none."
        )
    ]


@pytest.mark.capability("E11", "B11")
def test_the_impact_is_kept_in_the_case_and_changes_nothing_on_the_ticket(running: Desk) -> None:
    before = running.visit(3).desired
    running.say(4, "#impact Two plants stand still", "gus")
    after = running.visit(4)
    assert after.case.impact == "Two plants stand still"
    assert (after.desired.tags, after.desired.fields, after.desired.priority) == (
        before.tags,
        before.fields,
        before.priority,
    )


@pytest.mark.capability("B13")
def test_the_customers_milestone_has_a_clock_to_the_end_of_its_day(running: Desk) -> None:
    running.say(3, "#impact The launch | milestone: 2026-03-05")
    case = running.case(3)
    assert case.milestone == date(2026, 3, 5)
    (clock,) = (one for one in case.clocks if one.id == "milestone")
    assert clock.due_at == running.at(3 * 24 + 8)
    assert said(running.visit(24 + 8), "case:soon:milestone") == [
        "Due soon, by 2026-03-05 17:00 UTC: the customer's milestone."
    ]


@pytest.mark.capability("E13")
def test_a_workaround_is_told_with_the_next_update_and_its_telling_is_confirmed(running: Desk) -> None:
    running.say(3, "#workaround Export by hand")
    decision = running.visit(3)
    assert said(decision, "case:workaround") == [
        "Tell the customer of the workaround with the next update: Export by hand"
    ]
    assert state(running, 3, "workaround") == [ClockState.RUNNING]
    running.say(4, "Please export by hand for now", public=True)
    assert running.case(4).workaround.told_at == running.at(4)
    assert state(running, 4, "workaround") == [ClockState.MET]


@pytest.mark.capability("B24", "B25")
def test_a_concern_reaches_the_management_at_once_also_out_of_hours_and_is_chased_until_it_is_answered(
    running: Desk,
) -> None:
    evening = 10.0
    running.say(evening, "#concern Nothing moves", "gus")
    decision = running.visit(evening)
    assert [(notice.channel, notice.body, notice.not_before) for notice in decision.desired.notices] == [
        ("room", "Nothing moves", None)
    ]
    assert decision.desired.tags["esc_concern"] == "case"
    assert decision.desired.fields == {"resources": "requested"}
    assert "Management call about 35" in [item.title for item in decision.desired.work]
    morning = 24.5
    assert "This is for rem." in said(running.visit(morning), "case:late:concern")[0]
    later = running.visit(morning + 1)
    assert "This is for global_rem." in said(later, "case:late:concern")[0]
    assert [notice.channel for notice in later.desired.notices] == ["room"]
    running.say(26, "#ack Two more people are on it", "mia")
    decision = running.visit(26)
    assert decision.case.concern is None
    assert "esc_concern" not in decision.desired.tags
    assert decision.desired.fields == {}


@pytest.mark.capability("C7")
def test_a_promise_is_kept_or_broken_by_the_next_word_to_the_customer(running: Desk) -> None:
    running.say(3, "#promise Call you back | by: 2026-03-02 14:00")
    running.say(4, "We found it", public=True)
    running.say(5, "#update Still testing\nNext update: 2026-03-03 10:00")
    running.say(24.5, "#promise A patch | by: 4h")
    running.say(24.9, "A little later than I said", public=True)
    case = running.case(26)
    assert [(one.text, one.state(running.at(26))) for one in case.promises] == [
        ("Call you back", "kept"),
        ("next update", "kept"),
        ("A patch", "kept"),
    ]
    running.say(26, "#promise The next one | by: 2026-03-03 12:00")
    case = running.case(28)
    assert case.promises[-1].state(running.at(28)) == "broken"
    assert case.kept_rate == 75
    assert "what was promised (The next one)" in said(running.visit(28), "case:late:promise")[0]


@pytest.mark.capability("C8")
@pytest.mark.parametrize(
    ("by", "careful"),
    [
        ("2026-03-07 12:00", "nobody works then (Saturday)"),
        ("2026-03-03 22:00", "nobody works then (out of working hours)"),
        ("2026-03-02 10:00", "that instant is over already"),
        ("2026-03-03 12:00", "the action plan itself is due later, 2026-03-04 17:00 UTC"),
        ("2026-03-05 17:00", None),
        ("2026-03-05", None),
    ],
)
def test_a_promise_that_can_hardly_be_kept_is_answered_with_a_warning(
    running: Desk, by: str, careful: str | None
) -> None:
    running.say(3, "#plan Patch, then watch | due: 2026-03-04")
    running.say(4, f"#promise Next update | by: {by}")
    (answer,) = said(running.visit(4), "answer:comment:3")
    assert ("Careful" in answer) is (careful is not None)
    assert careful is None or f"Careful: {careful}." in answer


@pytest.mark.capability("C2")
def test_the_second_miss_goes_up_by_itself(running: Desk) -> None:
    running.say(3, "#promise One | by: 2026-03-02 13:00")
    running.say(3, "#promise Two | by: 2026-03-02 14:00")
    assert running.visit(4.5).escalation.tier == "tier1"
    decision = running.visit(5)
    assert decision.case.misses == 2
    assert decision.escalation.tier == "tier3"


@pytest.mark.capability("B20", "B21", "B22", "B23", "E1")
def test_the_way_back_takes_three_points_and_each_takes_its_proof(running: Desk) -> None:
    running.say(3, "#de-escalate")
    decision = running.visit(3)
    assert decision.case.stage is Stage.DEESCALATION
    assert decision.escalation is not None
    for hours, text, lacking in (
        (4, "#check plan", "the action plan is acceptable: #check plan why it is"),
        (4.1, "#check rca", "root cause analysis are on track"),
        (4.2, "#consent", "who of the customer's side: #consent NAME; how: | how: call, mail or comment; where it is"),
    ):
        running.say(hours, text)
        assert lacking in running.visit(hours).case.answers[-1].text
    running.say(5, "#check plan Patch is out")
    running.say(5.1, "#check rca ENG-12")
    assert running.visit(5.2).case.stage is Stage.DEESCALATION
    running.say(6, "#consent Jane Doe | how: call | comment: 8123")
    decision = running.visit(6)
    assert decision.case.stage is Stage.DEESCALATED
    assert decision.case.checks["agreement"].options == {"how": "call", "comment": "8123"}
    assert decision.escalation is None
    assert "esc_t1" not in decision.desired.tags
    assert running.visit(48).escalation is None


@pytest.mark.capability("B20")
@pytest.mark.parametrize("first", ["", "#escalate x", "#escalate x | impact: y\n#accept\n#fix z"])
def test_de_escalation_is_refused_unless_it_is_in_progress(desk: Desk, first: str) -> None:
    desk.say(1, first)
    desk.say(2, "#de-escalate")
    answer = desk.visit(2).case.answers[-1]
    assert not answer.accepted
    assert "it needs in progress." in answer.text


def test_a_refused_de_escalation_goes_on_and_takes_every_point_anew(running: Desk) -> None:
    running.say(3, "#check plan good\n#de-escalate")
    running.say(4, "#refuse It is not over", "mia")
    case = running.visit(4).case
    assert case.stage is Stage.IN_PROGRESS
    assert case.checks == {}


def test_what_held_the_ticket_on_the_ladder_does_not_bring_it_back_and_what_is_new_does(
    desk_of: Callable[..., Desk], conducted: Policy
) -> None:
    desk = desk_of(conducted, tags=frozenset({"production_down"}))
    assert desk.visit(0).escalation.tier == "tier2"
    desk.say(3, "#check plan good\n#check rca ENG-1\n#consent Jane | how: call | comment: 1\n#de-escalate")
    assert desk.visit(3).escalation is None
    assert desk.visit(40).escalation is None
    desk.change(41, tags=frozenset())
    desk.visit(41)
    desk.change(42, tags=frozenset({"production_down"}))
    decision = desk.visit(42)
    assert decision.escalation.tier == "tier2"
    assert decision.escalation.episode == 2
    assert decision.case.stage is Stage.IN_PROGRESS


def test_a_concern_after_the_de_escalation_brings_the_ticket_back_to_its_tier(running: Desk) -> None:
    running.say(3, "#check plan good\n#check rca ENG-1\n#consent Jane | how: call | comment: 1\n#de-escalate")
    assert running.visit(3).escalation is None
    running.say(30, "#concern It is down again")
    decision = running.visit(30)
    assert decision.case.stage is Stage.IN_PROGRESS
    assert decision.escalation.tier == "tier1"


@pytest.mark.capability("E7", "E12")
def test_the_customer_reads_the_plan_in_words_of_their_own_and_never_ours(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    text = conducted_text.replace(
        'fix: "Please try: {{ case.fix }}"', 'fix: "{{ case.fix }}. {{ case.plan_for_customer }}"'
    )
    desk = desk_of(policy_of(text))
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.say(2, "#accept\n#plan Roll back the index of the shared node | customer: We undo last night's change", "mia")
    desk.say(3, "#fix A patch\n#verified It ran twice")
    told = [note.body for note in desk.visit(3).desired.notes if note.key.startswith("public:case:fix")]
    assert told == ["A patch. We undo last night's change"]


def test_programs_read_the_whole_case(running: Desk) -> None:
    running.say(3, "#promise A patch | by: 4h\n#concern Nothing moves")
    told = decision_json(running.visit(3))["case"]
    assert told["stage"] == "in progress"
    assert [step["to"] for step in told["steps"]] == ["requested", "accepted", "in progress"]
    assert told["promises"][0]["state"] == "open"
    assert told["concerns"][0]["text"] == "Nothing moves"
    assert {clock["id"] for clock in told["clocks"]} == {
        "evaluation",
        "acknowledgement",
        "kickoff",
        "plan",
        "concern",
        "promise",
    }
    assert json.loads(json.dumps(told)) == told


def test_an_acknowledgement_by_command_stops_the_time_out_of_the_tier_that_waits_for_it(
    desk_of: Callable[..., Desk], policy_of: Callable[[str], Policy], conducted_text: str
) -> None:
    waits = "timeout: {unacknowledged: 2h}, acknowledged_when: {escalation.acknowledged: true}"
    text = conducted_text.replace("name: Tier 1, tag: esc_t1", f"name: Tier 1, tag: esc_t1, {waits}")
    for acknowledged, tier in ((False, "tier2"), (True, "tier1")):
        desk = desk_of(policy_of(text))
        desk.say(1, "#escalate The export stops | impact: nobody can bill")
        desk.say(1.5, "#ack")
        desk.say(2, "#accept", "mia")
        desk.visit(2)
        if acknowledged:
            desk.say(3, "#ack I have it")
        assert desk.visit(5).escalation.tier == tier


def test_work_is_given_to_whoever_leads_where_that_is_one_person(running: Desk) -> None:
    assert [item.assignee for item in running.visit(2.5).desired.work] == [None]
    running.say(3, "#owner mia")
    assert [item.assignee for item in running.visit(3).desired.work] == ["2"]
    running.say(4, "#owner rem")
    assert [item.assignee for item in running.visit(4).desired.work] == ["2"]


def test_a_de_escalation_survives_the_loss_of_everything_but_what_stands_on_the_ticket(
    desk_of: Callable[..., Desk], conducted: Policy
) -> None:
    desk = desk_of(conducted, tags=frozenset({"production_down"}))
    desk.visit(0)
    desk.say(3, "#check plan good\n#check rca ENG-1\n#consent Jane | how: call | comment: 1\n#de-escalate")
    desk.visit(3)
    # The keys of notes stand on the ticket itself; the stays on the ladder do not.
    desk.ledger = type(desk.ledger)(ref=desk.ledger.ref, comments=desk.ledger.comments)
    decision = desk.visit(30)
    assert decision.case.stage is Stage.DEESCALATED
    assert decision.escalation is None
