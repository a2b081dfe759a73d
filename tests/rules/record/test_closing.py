"""The end of a record: consent, closure, what is owed afterwards, and whether the trouble came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.escalation.record.duties import summary_of
from rules.escalation.record.work import AFTERWARDS, DutyKind
from rules.escalation.standing import AccountState
from rules.load import load_policy
from rules.ticket import StatusCategory, Ticket

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
CLOSE = (341, "anna", "#close")
#: Everything that is owed after the closure.
AFTER = (
    (345, "anna", "#summary Sent to all of them"),
    (360, "max", "#rca The index was dropped in May"),
    (361, "anna", "#corrective Review every migration | type: process_change | owner: max | due: 2026-04-20"),
    (362, "anna", "#check review We look at indexes weekly now"),
    (363, "anna", "#feedback advocate They speak at our conference"),
)


@pytest.mark.capability("A26", "L7")
@pytest.mark.parametrize(
    ("consents", "missing"),
    [
        ((), "consent is missing: 0 of 3; silent: Max Roth, Jane Doe, Eve Stone"),
        (((340, "max", "#consent"),), "1 of 3: Max Roth; silent: Jane Doe, Eve Stone"),
        (
            ((340, "max", "#consent"), (340.5, "eve", "#refuse Not before the audit")),
            "1 of 3: Max Roth; refused: Eve Stone (Not before the audit); silent: Jane Doe",
        ),
    ],
    ids=["nobody", "one", "one refuses"],
)
def test_a_record_stays_open_without_consent(consents: Words, missing: str, story: MakeStory, agreed: Words) -> None:
    record = story(*agreed, *consents, CLOSE).at(342)
    assert record.state is AccountState.IN_PROGRESS
    assert missing in record.answers[-1].text


@pytest.mark.capability("A26", "L5")
def test_a_record_stays_open_while_an_exit_criterion_is_not_met(
    story: MakeStory, closed: Words, member: Callable[..., Ticket]
) -> None:
    urgent = story(*closed, members=(member(1),)).at(342)
    assert urgent.state is AccountState.IN_PROGRESS
    assert urgent.answers[-1].text == "it stays open: not met: calm (No urgent ticket for a week)"
    recent = story(*closed, members=(member(1, solved_at=341 - 24 * 6),)).at(342)
    assert recent.state is AccountState.IN_PROGRESS
    calm = story(*closed, members=(member(1, solved_at=341 - 24 * 8),)).at(342)
    assert calm.state is AccountState.AFTERCARE


@pytest.mark.capability("A26")
def test_a_record_without_exit_criteria_stays_open(story: MakeStory, closed: Words, accounts_text: str) -> None:
    policy = load_policy({"policy.yaml": accounts_text.replace("      always: true\n", "")})
    record = story(*closed, policy=policy).at(342)
    assert record.answers[-1].text == "it stays open: there is no exit criterion"


@pytest.mark.capability("A26")
def test_a_named_person_waives_an_exit_criterion(
    story: MakeStory, closed: Words, member: Callable[..., Ticket]
) -> None:
    def waived(who: str, text: str) -> Any:
        words = (*closed[:-1], (340.9, who, text), CLOSE)
        return story(*words, members=(member(1),)).at(342)

    assert waived("anna", "#waive calm They agree").state is AccountState.IN_PROGRESS
    assert waived("maya", "#waive calm").state is AccountState.IN_PROGRESS
    record = waived("maya", "#waive calm They agree")
    assert record.state is AccountState.AFTERCARE
    assert record.progress[0].criterion.waived.by == "Maya Lopez"


@pytest.mark.capability("A26", "L7")
def test_consent_from_before_it_got_worse_does_not_count(story: MakeStory, closed: Words) -> None:
    words = (*closed[:-1], (340.3, "anna", "#green Nearly well"), (340.4, "anna", "#red It came back"), CLOSE)
    record = story(*words).at(342)
    assert record.state is AccountState.IN_PROGRESS
    assert "silent: Max Roth, Jane Doe, Eve Stone" in record.answers[-1].text


@pytest.mark.capability("A26", "L7")
def test_the_last_word_of_each_counts(story: MakeStory, closed: Words) -> None:
    withdrawn = story(*closed[:-1], (340.5, "eve", "#refuse Not yet"), CLOSE).at(342)
    assert withdrawn.state is AccountState.IN_PROGRESS
    again = story(*closed[:-1], (340.5, "eve", "#refuse Not yet"), (340.6, "eve", "#consent"), CLOSE).at(342)
    assert again.state is AccountState.AFTERCARE


@pytest.mark.capability("A26", "L7")
def test_a_refusal_that_comes_late_changes_nothing(story: MakeStory, closed: Words) -> None:
    record = story(*closed, (345, "eve", "#refuse Wait")).at(346)
    assert record.state is AccountState.AFTERCARE
    assert record.answers[-1].text.startswith("the record is aftercare; #refuse is for records that are")


def test_what_becomes_true_later_does_not_undo_a_closure(
    story: MakeStory, closed: Words, member: Callable[..., Ticket]
) -> None:
    late = member(2, created_at=story().ticket().created_at + timedelta(hours=400))
    assert story(*closed, members=(late,)).at(500).state is AccountState.AFTERCARE


def test_the_closure_frees_the_accounts_tickets(story: MakeStory, closed: Words) -> None:
    decision = story(*closed).decide(342)
    assert decision.standing.state is AccountState.AFTERCARE
    assert decision.standing.colour is None
    assert decision.desired.tags == {}


@pytest.mark.capability("A27")
def test_the_issue_summary_is_owed_and_begun(story: MakeStory, closed: Words) -> None:
    told = story(*closed)
    record = told.at(342)
    (work,) = (item for item in told.decide(342).desired.work if item.title.startswith("Send the issue summary"))
    assert work.due_on == date(2026, 3, 18)
    assert work.assignee == "5b10"
    assert work.body == summary_of(record.desk, record.course)
    lines = work.body.splitlines()
    assert lines[:3] == [
        "What happened",
        "2026-03-02 09:00 asked for by criteria (criteria) one-product",
        "2026-03-02 10:00 declared by Maya Lopez: They lose orders",
    ]
    assert "Cause: An index is missing" in lines


@pytest.mark.capability("A28")
def test_the_record_is_closed_for_good_once_everything_is_done(story: MakeStory, closed: Words) -> None:
    words = (*closed, *AFTER)
    assert story(*words).at(364).state is AccountState.AFTERCARE
    told = story(*words)
    written = told.carried_out(told.decide(364))
    done = tuple(
        replace(child, status=StatusCategory.SOLVED) if child.title == "Review every migration" else child
        for child in written.children
    )
    written.children = done
    assert written.at(365).state is AccountState.CLOSED
    assert written.decide(365).standing.state is AccountState.CLOSED


@pytest.mark.capability("A28")
@pytest.mark.parametrize("left_out", ["#summary", "#rca", "#check", "#feedback"])
def test_the_record_is_not_closed_for_good_without(left_out: str, story: MakeStory, closed: Words) -> None:
    words = (*closed, *(word for word in AFTER if not word[2].startswith((left_out, "#corrective"))))
    record = story(*words).at(364)
    assert record.state is AccountState.AFTERCARE


@pytest.mark.capability("A28")
def test_an_overdue_root_cause_analysis_is_chased_up_to_the_sponsor(story: MakeStory, closed: Words) -> None:
    told = story(*closed)
    (rca,) = (duty for duty in told.at(342).duties if duty.kind is DutyKind.RCA)
    assert rca.due_on == date(2026, 3, 30)
    title = "Find the root cause, and write the analysis down"

    def chased(day: int) -> list[str]:
        notes = (note.body for note in told.decide(24 * day).desired.notes if note.key.startswith("late:rca"))
        return [body.removesuffix("It belongs to Anna Berg; accountable: Anna Berg.") for body in notes]

    assert chased(28) == []
    assert chased(29) == [f"Overdue since 2026-03-30: {title}. "]
    assert chased(40) == [f"Still overdue since 2026-03-30: {title}. Eve Stone, as the sponsor, hears of it. "]


@pytest.mark.capability("E20")
@pytest.mark.parametrize("kind", ["process_change", "training", "Process change"])
def test_corrective_actions_have_a_kind_and_are_tracked(kind: str, story: MakeStory, closed: Words) -> None:
    act = f"#corrective Train them | type: {kind} | owner: max | due: 2026-04-20"
    told = story(*closed, (361, "anna", act))
    (work,) = (item for item in told.decide(362).desired.work if item.title == "Train them")
    assert (work.assignee, work.due_on) == ("max", date(2026, 4, 20))
    actions = [duty for duty in told.at(362).duties if duty.kind is DutyKind.ACTIONS]
    assert [duty.is_done for duty in actions] == [True]
    (duty,) = (duty for duty in told.at(362).duties if duty.kind is DutyKind.CORRECTIVE)
    assert not duty.is_done
    assert duty.kind in AFTERWARDS


@pytest.mark.capability("E20")
def test_a_corrective_action_of_no_kind_is_refused(story: MakeStory, closed: Words) -> None:
    act = "#corrective Shout | type: shouting | owner: max | due: 2026-04-20"
    answer = story(*closed, (361, "anna", act)).at(362).answers[-1]
    assert answer.text.startswith("add | type: and process_change, training or technical")


@pytest.mark.capability("E19")
def test_a_review_is_owed_with_notes_where_it_was_bad(story: MakeStory, closed: Words) -> None:
    def reviews(*words: Any) -> list[bool]:
        return [duty.is_done for duty in story(*words).at(370).duties if duty.kind is DutyKind.REVIEW]

    assert reviews(*closed) == [False]
    assert reviews(*closed, (350, "anna", "#check review")) == [False]
    assert reviews(*closed, (350, "anna", "#check review We look at indexes weekly now")) == [True]
    (work,) = (item for item in story(*closed).decide(342).desired.work if item.title.startswith("Review"))
    assert (work.due_on, work.body.splitlines()[0]) == (date(2026, 3, 30), "Attendees: Anna Berg, Eve Stone, Max Roth")
    harmless = ((1, "maya", "#declare They lose orders | colour: green"), *closed[1:])
    assert reviews(*harmless) == []


@pytest.mark.capability("C14")
def test_the_follow_up_tells_what_became_of_the_customer(story: MakeStory, closed: Words) -> None:
    told = story(*closed)
    (work,) = (item for item in told.decide(342).desired.work if item.title.startswith("Ask the customer"))
    assert work.due_on == date(2026, 4, 3)
    assert story(*closed, (500, "anna", "#feedback happy")).at(501).course.outcome is None
    assert story(*closed, (500, "anna", "#feedback advocate They speak for us")).at(501).course.outcome == "advocate"
    assert story(*closed, (500, "anna", "#feedback It is fine | outcome: churned")).at(501).course.outcome == "churned"


@pytest.mark.capability("D21", "E20", "L20")
def test_whether_the_trouble_came_back_is_seen_from_new_tickets_of_its_kind(
    story: MakeStory, closed: Words, member: Callable[..., Ticket]
) -> None:
    created = story().ticket().created_at

    def new(number: int, day: int, **changed: Any) -> Ticket:
        return member(number, created_at=created + timedelta(days=day), priority="low", **changed)

    old = member(1, priority="low")
    few = story(*closed, members=(old, new(2, 20), new(3, 25), new(4, 26, product="billing")))
    many = story(*closed, members=(old, new(2, 20), new(3, 25), new(4, 26)))
    (first, second) = many.at(24 * 30).recurrences
    assert (first.again, second.again) == (None, None)
    looked = 24 * 60
    assert [one.came_back for one in few.at(looked).recurrences] == [False, None]
    assert [one.came_back for one in many.at(looked).recurrences] == [True, None]
    (note,) = (one for one in many.decide(looked).desired.notes if one.key.startswith("recurrence:"))
    assert note.body.startswith("30d after the closure: It came back. New tickets of the same kind: 2, 3, 4.")
    written = many.carried_out(many.decide(looked))
    assert not [one for one in written.decide(looked + 1).desired.notes if one.key.startswith("recurrence:")]


@pytest.mark.capability("D21", "L20")
def test_a_verdict_is_that_of_its_day(story: MakeStory, closed: Words, member: Callable[..., Ticket]) -> None:
    created = story().ticket().created_at
    late = tuple(member(number, created_at=created + timedelta(days=100), priority="low") for number in (2, 3, 4))
    recurrences = story(*closed, members=(member(1, priority="low"), *late)).at(24 * 200).recurrences
    assert [one.came_back for one in recurrences] == [False, True]


def test_a_person_who_closes_the_record_ends_it(story: MakeStory, agreed: Words) -> None:
    by_hand = story(*agreed, changed={"status": StatusCategory.SOLVED, "status_name": "Done"})
    decision = by_hand.decide(10)
    assert decision.standing.state is AccountState.CLOSED
    assert decision.standing.colour is None
    assert (decision.desired.tags, decision.desired.notes, decision.desired.kept, decision.desired.work) == (
        {},
        (),
        (),
        (),
    )
    assert decision.wake_at is None
    assert "closed by hand" in decision.reasons[-1].text


def test_a_concern_is_told_on_the_channel_once(story: MakeStory, agreed: Words) -> None:
    told = story(*agreed, (5, "max", "#concern Nothing moves")).decide(5.5)
    assert "Concern: Nothing moves (Max Roth)" in told.desired.kept[0].body
