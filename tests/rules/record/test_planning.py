"""The remediation plan of a record: a draft, then agreed; its items become subtasks, which tell how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from rules.escalation.record.gaps import GapKind
from rules.ticket import StatusCategory

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]


def without(words: Words, *begins: str) -> Words:
    return tuple(word for word in words if not word[2].startswith(begins))


@pytest.mark.capability("A19")
@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("#cause", "the cause is not known"),
        ("#item", "it has no item"),
        ("#agree exit | for", "nobody of the customer's side agreed to the exit criteria"),
        ("#agree plan | for", "the agreement to the plan stands at 1 of 2: Max Roth; silent: Jane Doe"),
        ("#stakeholder", "the agreement to the plan stands at anybody: there is no stakeholder"),
    ],
)
def test_the_plan_stays_a_draft_without(left_out: str, missing: str, story: MakeStory, agreed: Words) -> None:
    told = story(*without(agreed, left_out))
    record = told.at(5)
    assert record.course.plan is None
    assert missing in record.answers[-1].text
    assert missing in next(gap.text for gap in record.gaps if gap.kind is GapKind.PLAN)
    assert [item.key for item in told.decide(5).desired.work if item.key.startswith("item:")] == []


@pytest.mark.capability("A19")
def test_the_plan_becomes_subtasks_once_it_is_in_force(story: MakeStory, agreed: Words) -> None:
    assert [item.title for item in story(*agreed[:-1]).decide(5).desired.work] == ["Kick-off call"]
    told = story(*agreed)
    work = {item.title: item for item in told.decide(5).desired.work}
    assert (work["Build the index"].assignee, work["Build the index"].due_on) == ("max", date(2026, 3, 6))
    assert "Serves: No urgent ticket for a week" in work["Build the index"].body
    assert work["Kick-off call"].assignee == "5b10"
    written = told.carried_out(told.decide(5))
    assert written.decide(5).desired.work == ()


@pytest.mark.capability("A20")
@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("#item Build it", "an item needs owner and due"),
        ("#item | owner: max | due: 2026-03-20 | serves: calm", "an item needs title"),
        ("#item Build it | owner: nobody | due: 2026-03-20 | serves: calm", "the directory knows no 'nobody'"),
        ("#item Build it | owner: max | due: soon | serves: calm", "'soon' is no date; write it as YYYY-MM-DD"),
        ("#item Build it | owner: max | due: 2026-02-20 | serves: calm", "2026-02-20 is over"),
        ("#item Build it | owner: max | due: 2026-03-20", "which exit criterion does it serve?"),
        ("#item Build it | owner: max | due: 2026-03-20 | serves: clam", "the exit criteria are: calm"),
    ],
)
def test_an_item_needs_title_owner_date_and_goal(words: str, problem: str, story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, (3, "anna", words)).at(4)
    assert record.items == ()
    assert problem in record.answers[-1].text


@pytest.mark.capability("A20")
def test_an_exit_criterion_that_nothing_serves_is_a_gap(story: MakeStory, beginning: Words) -> None:
    assert "no item of the plan serves calm" in [gap.text for gap in story(*beginning).at(4).gaps]
    item = (3, "anna", "#item Build it | owner: max | due: 2026-03-20 | serves: calm")
    assert GapKind.UNSERVED not in {gap.kind for gap in story(*beginning, item).at(4).gaps}


@pytest.mark.capability("A20")
def test_an_item_that_comes_after_its_goal_is_warned_of(story: MakeStory, beginning: Words) -> None:
    item = (3, "anna", "#item Build it | owner: max | due: 2026-04-20 | serves: calm")
    answer = story(*beginning, item).at(4).answers[-1]
    assert answer.accepted
    assert answer.text.endswith("it is due after the target of calm (2026-03-30)")


def test_items_that_are_added_later_become_work_at_once(story: MakeStory, agreed: Words) -> None:
    told = story(*agreed, (6, "anna", "#item Watch it | owner: anna | due: 2026-03-20 | serves: calm"))
    assert [item.title for item in told.decide(7).desired.work] == ["Kick-off call", "Build the index", "Watch it"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"status": StatusCategory.SOLVED}, "- Build the index — Max Roth, done, serves calm"),
        ({"assignee": "5b10"}, "- Build the index — Anna Berg, by 2026-03-06, serves calm"),
        ({"assignee": "77"}, "- Build the index — 77, by 2026-03-06, serves calm"),
        ({"assignee": None}, "- Build the index — nobody, by 2026-03-06, serves calm"),
        ({"due_on": date(2026, 3, 11)}, "- Build the index — Max Roth, by 2026-03-11, serves calm"),
        ({"title": "Build both"}, "- Build both — Max Roth, by 2026-03-06, serves calm"),
    ],
    ids=["closed", "given away", "to a stranger", "to nobody", "moved", "renamed"],
)
def test_what_people_do_to_a_subtask_is_the_plan(
    changed: dict[str, Any], told: str, story: MakeStory, agreed: Words
) -> None:
    before = story(*agreed)
    written = before.carried_out(before.decide(5))
    written.children = tuple(
        replace(child, **changed) if child.title == "Build the index" else child for child in written.children
    )
    decision = written.decide(6)
    assert told in decision.desired.kept[0].body.splitlines()
    assert decision.desired.work == ()


@pytest.mark.parametrize("way", ["not shown any more", "shown as deleted", "the database was lost, too"])
def test_work_that_people_removed_is_told_once_and_nobody_is_chased_for_it(
    way: str, story: MakeStory, agreed: Words
) -> None:
    made = story(*agreed).carried_out(story(*agreed).decide(5))
    if way == "not shown any more":
        made = with_changes(made, children=(), changed={"children_complete": True})
    else:
        made = with_changes(
            made, children=tuple(replace(child, status=StatusCategory.DELETED) for child in made.children)
        )
    told = made.decide(200)
    (note,) = [note.body for note in told.desired.notes if note.key.startswith("gone:item:")]
    assert note.startswith("Somebody removed the work 'Build the index', so nobody is asked for it any more.")
    assert note.endswith("; add it anew with #item.")
    assert not any("late:item:" in note.key for note in told.desired.notes), "it was due on the sixth"
    later = made.carried_out(told)
    if way == "the database was lost, too":
        later = with_changes(later, children=(), ledger=replace(later.ledger, remediation={}))
    again = later.decide(201)
    assert [note.key for note in again.desired.notes] == []
    assert again.desired.work == ()


def test_an_item_is_opened_anew_after_its_work_was_removed(story: MakeStory, agreed: Words) -> None:
    made = story(*agreed).carried_out(story(*agreed).decide(5))
    anew = (6.0, "max", "#item Build the index | owner: max | due: 2026-03-09 | serves: calm")
    gone = with_changes(made, words=(*agreed, anew), children=(), changed={"children_complete": True})
    assert [item.title for item in gone.decide(7).desired.work] == ["Build the index"]


def test_a_subtask_that_people_removed_is_not_made_again(story: MakeStory, agreed: Words) -> None:
    before = story(*agreed)
    written = before.carried_out(before.decide(5))
    written.children = tuple(child for child in written.children if child.title != "Build the index")
    written.changed = {"children_complete": True}
    decision = written.decide(24 * 10)
    assert decision.desired.work == ()
    assert "- Build the index — Max Roth, removed, serves calm" in decision.desired.kept[0].body
    assert not [note for note in decision.desired.notes if note.key.startswith("late:item")]


def test_a_subtask_that_was_not_seen_yet_is_as_it_was_made(story: MakeStory, agreed: Words) -> None:
    before = story(*agreed)
    written = before.carried_out(before.decide(5))
    shown = written.decide(5).desired.kept
    written.children = ()
    assert written.decide(5).desired.work == ()
    assert written.decide(5).desired.kept == shown


@pytest.mark.capability("C5")
def test_who_is_late_hears_of_it_with_the_one_who_is_accountable_then_the_sponsor(
    story: MakeStory, agreed: Words
) -> None:
    before = story(*agreed, (4.5, "anna", "#call Kick-off | at: 2026-03-02 14:00 | attendees: anna"))
    told = story(*before.words, (6, "anna", "#call notes We found it"))
    written = told.carried_out(told.decide(7))

    def notes(hours: float) -> list[str]:
        return [note.body for note in written.decide(hours).desired.notes if note.key.startswith("late:item")]

    friday_night = 24 * 4 + 15
    assert notes(friday_night - 0.01) == []
    first = "Overdue since 2026-03-06: Build the index. It belongs to Max Roth; accountable: Anna Berg."
    assert notes(friday_night) == [first]
    (later,) = notes(24 * 8)
    assert later.startswith("Still overdue since 2026-03-06: Build the index. Eve Stone, as the sponsor, hears of it.")
    written = written.carried_out(written.decide(24 * 8))
    assert notes(24 * 9) == []


def test_a_new_date_is_chased_anew(story: MakeStory, agreed: Words) -> None:
    before = story(*agreed)
    written = before.carried_out(before.decide(24 * 8))
    late = written.carried_out(written.decide(24 * 8))
    late.children = tuple(replace(child, due_on=date(2026, 3, 11)) for child in late.children)
    assert [note.body for note in late.decide(24 * 9).desired.notes] == []
    assert any("Overdue since 2026-03-11: Build the index" in note.body for note in late.decide(24 * 10).desired.notes)


def test_for_somebody_inside_nobody_else_speaks(story: MakeStory, agreed: Words) -> None:
    words = without(agreed, "#agree plan", "#plan")
    record = story(*words, (4, "anna", "#agree plan | for: Max Roth | how: he nodded")).at(5)
    assert record.answers[-1].text == "Max Roth has to say so in person"
    strange = story(*words, (4, "anna", "#agree plan | for: John Roe | how: call")).at(5)
    assert strange.answers[-1].text == "John Roe is no stakeholder; they are: Max Roth, Jane Doe"
