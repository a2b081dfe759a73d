"""A running record: who declares it and why, its colour and its goals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.escalation.record.as_json import record_as_json
from rules.escalation.record.colour import StatusColour, Trend
from rules.escalation.record.gaps import GapKind
from rules.escalation.record.work import DutyKind
from rules.escalation.standing import AccountState
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import Ticket

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
BY_HAND = frozenset({"esc_record", "esc_account:zendesk:8001"})


@pytest.mark.capability("A2")
@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("customer_management", "customer_management"),
        ("Care leader", "care_leader"),
        ("csm", "csm"),
        ("Sales", "sales"),
        ("consulting", "consulting"),
        ("executive", "executive"),
        ("a partner", "a_partner"),
    ],
)
def test_a_request_tells_where_it_comes_from(written: str, source: str, story: MakeStory) -> None:
    record = story((1, "max", f"#escalate account They want to leave | source: {written}"), tags=BY_HAND).at(2)
    assert [(one.source, one.by, one.because) for one in record.course.requests] == [
        (source, "Max Roth", "They want to leave")
    ]


@pytest.mark.capability("A2")
def test_requests_on_the_accounts_tickets_are_known_on_the_record(
    story: MakeStory, member: Callable[..., Ticket], spoken: Callable[..., Any]
) -> None:
    asks = spoken(((-2, "max", "#escalate account They call daily | source: sales"),))
    record = story(tags=BY_HAND, members=(member(1, comments=asks),)).at(1)
    assert [(one.source, one.because) for one in record.course.requests] == [("sales", "They call daily")]


@pytest.mark.capability("A8")
def test_only_the_role_declares(story: MakeStory) -> None:
    record = story((1, "anna", "#declare They lose orders")).at(2)
    assert record.state is AccountState.PROPOSED
    assert record.answers[0].text == "only support_manager may declare; Anna Berg has no such role"


@pytest.mark.capability("A8")
def test_a_deputy_declares_while_the_manager_is_away(story: MakeStory) -> None:
    away, there = 24 * 17 + 1, 24 * 14 + 1
    assert story((away, "dora", "#declare They lose orders")).at(away + 1).state is AccountState.DECLARED
    assert story((there, "dora", "#declare They lose orders")).at(there + 1).state is AccountState.PROPOSED


@pytest.mark.capability("A8")
def test_nothing_declares_itself_unless_the_policy_says_so(story: MakeStory, accounts_text: str) -> None:
    assert story().at(100).state is AccountState.PROPOSED
    text = accounts_text.replace("roles: [support_manager]}", "roles: [support_manager], automatically: true}", 1)
    policy = load_policy({"policy.yaml": text})
    record = story(policy=policy).at(0)
    assert (record.state, record.colour) == (AccountState.DECLARED, StatusColour.RED)
    assert record.course.stages[-1].by == "the policy"
    assert story(policy=policy, tags=BY_HAND).at(100).state is AccountState.PROPOSED


@pytest.mark.capability("A9")
def test_judgement_declares_with_a_justification(story: MakeStory) -> None:
    bare = story((1, "maya", "#declare"), tags=BY_HAND).at(2)
    assert bare.state is AccountState.PROPOSED
    assert "say why" in bare.answers[0].text
    record = story((1, "maya", "#declare Their board is angry"), tags=BY_HAND).at(2)
    assert record.state is AccountState.DECLARED
    assert record.course.on_judgement
    assert record_as_json(record)["on_judgement"] is True


@pytest.mark.capability("A8")
def test_a_criterion_is_reason_enough(story: MakeStory) -> None:
    record = story((1, "maya", "#declare")).at(2)
    assert record.course.stages[-1].because == "criteria hold: one-product"
    assert not record.course.on_judgement


@pytest.mark.capability("A15")
def test_colours_have_a_history_and_a_trend(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, (5, "anna", "#yellow A patch is out"), (9, "anna", "#red It came back")).at(10)
    assert [(step.colour.value, step.because) for step in record.course.colours] == [
        ("red", "They lose orders"),
        ("yellow", "A patch is out"),
        ("red", "It came back"),
    ]
    assert record.trend is Trend.WORSE
    assert story(*beginning, (5, "anna", "#yellow A patch is out")).at(6).trend is Trend.BETTER
    assert story(*beginning).at(6).trend is Trend.STEADY


def test_a_colour_needs_a_reason(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, (5, "anna", "#green")).at(6)
    assert record.colour is StatusColour.RED
    assert record.answers[-1].text == "say why it is GREEN now: #green, and then the reason"


UPDATES = """
cadences:
  - id: status
    calendar: always
    when: {record.state: {in: [declared, in progress]}}
    colours:
      red: {when: {record.colour: red}, every: 1d}
      yellow: {when: {record.colour: yellow}, every: 2d}
      green: {every: 3d}
    update: {counts: internal_update, format: date_line, invalid_note: news}
    chase: [{to: owner, note: news}]
  - id: customer
    calendar: always
    when: {record.state: {in: [declared, in progress]}}
    colours: {all: {every: 2d}}
    update: {counts: customer_update}
    chase: [{to: owner, note: news}]
"""


@pytest.fixture(scope="session")
def updating(accounts_text: str) -> Policy:
    """The policy with updates by the record's colour, round the clock."""
    return load_policy({"policy.yaml": accounts_text + UPDATES})


def due(decision: Any, cadence: str) -> str:
    (text,) = (reason.text for reason in decision.considered if reason.source == f"cadence:{cadence}")
    return str(text)


@pytest.mark.capability("A15")
def test_a_worse_colour_makes_the_update_due_sooner(story: MakeStory, updating: Policy) -> None:
    green = ((1, "maya", "#declare They lose orders | colour: green"),)
    calm = story(*green, policy=updating)
    assert due(calm.decide(2), "status") == "green: the next update is due by 2026-03-05 10:00 UTC"
    worse = story(*green, (10, "anna", "#red It came back"), policy=updating)
    assert due(worse.decide(11), "status") == "red: the next update is due by 2026-03-03 19:00 UTC"
    late = story(*green, (70, "anna", "#red It came back"), policy=updating)
    assert due(late.decide(71), "status") == "red: the next update is due by 2026-03-05 10:00 UTC"


@pytest.mark.capability("A15")
def test_a_better_colour_forgives_no_missed_update(story: MakeStory, updating: Policy) -> None:
    words = ((1, "maya", "#declare They lose orders"), (30, "anna", "#green Nearly well"))
    decision = story(*words, policy=updating).decide(31)
    assert due(decision, "status") == "green: the next update was due by 2026-03-03 10:00 UTC"


@pytest.mark.capability("A25")
@pytest.mark.parametrize(("public", "informed"), [(False, "2026-03-04 10:00"), (True, "2026-03-05 05:00")])
def test_what_we_tell_each_other_does_not_inform_the_customer(
    public: bool, informed: str, story: MakeStory, updating: Policy, spoken: Callable[..., Any]
) -> None:
    declared, word = spoken(((1, "maya", "#declare They lose orders"), (20, "anna", "Date - 03/03\nIt is being built")))
    decision = story(policy=updating, changed={"comments": (declared, replace(word, public=public))}).decide(21)
    assert due(decision, "status") == "red: the next update is due by 2026-03-04 05:00 UTC"
    assert due(decision, "customer") == f"all: the next update is due by {informed} UTC"


def test_a_command_is_no_update_and_is_not_taken_for_a_wrong_one(story: MakeStory, updating: Policy) -> None:
    words = ((1, "maya", "#declare They lose orders"), (20, "anna", "#yellow A patch is out"))
    notes = story(*words, policy=updating).decide(21).desired.notes
    assert not [note.key for note in notes if "refused" in note.key]


@pytest.mark.capability("A18")
def test_the_record_is_told_as_json(story: MakeStory, closed: Words, member: Callable[..., Ticket]) -> None:
    told = record_as_json(story(*closed, members=(member(1, solved_at=50),)).at(400))
    assert told["accounts"] == ["zendesk:8001"]
    assert told["requests"][0]["source"] == "criteria"
    assert told["criteria"] == ["one-product"]
    assert told["history"][1]["because"] == "They lose orders"
    assert [step["colour"] for step in told["colours"]] == ["red"]
    assert (told["owner"], told["sponsor"]) == ("anna", "eve")
    assert [one["name"] for one in told["stakeholders"]] == ["Max Roth", "Jane Doe"]
    assert [one["ref"] for one in told["tickets"]] == ["zendesk:1"]
    assert told["exit_criteria"][0]["target"] == "2026-03-30"
    assert told["plan"]["items"][0]["title"] == "Build the index"
    assert told["updates"][0] == {"at": "2026-03-02T10:00:00Z", "author": "maya", "comment": "1"}
    assert told["state"] == "aftercare"


@pytest.mark.capability("A18")
def test_the_record_is_told_in_one_note(story: MakeStory, agreed: Words) -> None:
    (kept,) = story(*agreed).decide(5).desired.kept
    assert kept.key == "record"
    assert kept.body.splitlines()[:3] == [
        "ACCOUNT ESCALATION RED (steady), in progress",
        "Asked for by criteria (criteria): one-product",
        "In progress since 2026-03-02 11:24 (Europe/London): exit criteria, communication plan and owner stand",
    ]
    assert "- calm: No urgent ticket for a week — by 2026-03-30" in kept.body
    assert "- Build the index — Max Roth, by 2026-03-06, serves calm" in kept.body


@pytest.mark.capability("A22")
def test_the_note_says_the_same_until_something_happens(story: MakeStory, agreed: Words) -> None:
    told = story(*agreed)
    first, later = told.decide(14).desired.kept, told.decide(26).desired.kept
    assert [(note.key, note.essence) for note in first] == [(note.key, note.essence) for note in later]
    moved = story(*agreed, (50, "anna", "#yellow A patch is out")).decide(24 * 3).desired.kept
    assert [note.key for note in moved] == ["record"]
    assert moved[0].essence != first[0].essence


@pytest.mark.capability("A23")
@pytest.mark.parametrize("left_out", ["#owner anna", "#comms"])
def test_a_record_is_not_in_progress_without(left_out: str, story: MakeStory, beginning: Words) -> None:
    words = [word for word in beginning if not word[2].startswith(left_out)]
    assert story(*beginning).at(3).state is AccountState.IN_PROGRESS
    assert story(*words).at(100).state is AccountState.DECLARED


@pytest.mark.capability("A23")
def test_a_record_is_not_in_progress_without_exit_criteria(
    story: MakeStory, beginning: Words, accounts_text: str
) -> None:
    policy = load_policy({"policy.yaml": accounts_text.replace("      always: true\n", "")})
    without = story(*beginning, policy=policy)
    assert without.at(3).state is AccountState.DECLARED
    assert GapKind.EXITS in {gap.kind for gap in without.at(3).gaps}
    (ready,) = (duty for duty in without.at(3).duties if duty.kind is DutyKind.READY)
    assert ready.due_at == without.at(1).since + timedelta(days=1)
    assert ready.is_late(ready.due_at)
    taken_up = story(*beginning, (3, "anna", "#exit calm"), policy=policy).at(4)
    assert taken_up.state is AccountState.IN_PROGRESS


@pytest.mark.capability("A24")
def test_exit_criteria_lie_within_the_horizon(story: MakeStory, beginning: Words) -> None:
    far = story(*beginning, (4, "anna", "#exit Shops sell again | confirmed_by: max | by: 2026-06-01")).at(5)
    assert [one.criterion.id for one in far.progress] == ["calm"]
    assert "an exit criterion is reached by 2026-03-30 at the latest" in far.answers[-1].text
    near = story(*beginning, (4, "anna", "#exit Shops sell again | confirmed_by: max | by: 2026-03-20")).at(5)
    assert near.progress[-1].criterion.target == date(2026, 3, 20)
    assert near.progress[-1].criterion.id == "shops-sell-again"


@pytest.mark.capability("A24")
def test_exit_criteria_are_agreed_by_both_parties(story: MakeStory, agreed: Words, beginning: Words) -> None:
    def missing(*words: Any) -> list[str]:
        return [gap.text for gap in story(*words).at(5).gaps if gap.kind is GapKind.NOT_AGREED]

    ours = (3, "max", "#agree exit")
    assert missing(*beginning) == [
        "our side has not agreed to the exit criteria",
        "the customer has not agreed to the exit criteria",
    ]
    assert missing(*beginning, ours) == ["the customer has not agreed to the exit criteria"]
    theirs = (3.5, "anna", "#agree exit | for: Jane Doe | how: call")
    assert missing(*beginning, ours, theirs) == []
    assert missing(*beginning, ours, (3.5, "anna", "#agree exit | for: Jane Doe")) != []
    assert len(missing(*beginning, ours, theirs, (4, "anna", "#exit quick"))) == len(("ours", "theirs"))


@pytest.mark.capability("L5")
def test_a_criterion_that_a_person_confirms_needs_that_person(story: MakeStory, beginning: Words) -> None:
    words = (*beginning, (4, "anna", "#exit quick"))
    wrong = story(*words, (5, "anna", "#met quick 0.8 seconds")).at(6)
    assert wrong.met == 0
    assert wrong.answers[-1].text == "tester confirms quick; Anna Berg cannot"
    right = story(*words, (5, "max", "#met quick 0.8 seconds")).at(6)
    assert right.met == 1
    assert (
        "quick: The report opens within a second — met, confirmed by Max Roth"
        in story(*words, (5, "max", "#met quick 0.8 seconds")).decide(6).desired.kept[0].body
    )


@pytest.mark.capability("L5")
def test_facts_decide_a_criterion_that_has_a_condition(
    story: MakeStory, beginning: Words, member: Callable[..., Ticket]
) -> None:
    told = story(*beginning, members=(member(1, solved_at=30), member(2, priority="low")))
    assert (told.at(31).met, told.at(30 + 24 * 7 - 1).met, told.at(30 + 24 * 7 + 1).met) == (0, 0, 1)


@pytest.mark.capability("A9")
def test_the_note_lists_the_colours_that_the_record_had(story: MakeStory, beginning: Words) -> None:
    line = "Colours so far: RED 2026-03-02, YELLOW 2026-03-03, GREEN 2026-03-04"
    better = ((24, "anna", "#yellow It gets better"), (48, "anna", "#green Nearly well"))
    assert "Colours so far" not in story(*beginning).decide(20).desired.kept[0].body
    assert line in story(*beginning, *better).decide(50).desired.kept[0].body.splitlines()
