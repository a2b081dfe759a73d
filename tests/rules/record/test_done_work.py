"""Work that a command on the record fulfilled is closed for its owner, where the policy says with which status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace as with_changes
from typing import Any

import pytest
from msgspec.structs import replace

from rules.change import CompleteWork
from rules.diff import Skipped
from rules.explain import describe
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ownership import after
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import StatusCategory

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
SUMMARY = (350.0, "anna", "#summary Sent by mail")
TITLE = "Send the issue summary to the stakeholders"


@pytest.fixture(scope="session")
def closing(accounts_text: str) -> Policy:
    """The policy, with a status for work that is done."""
    return load_policy({"policy.yaml": accounts_text.replace("type: Task,", "type: Task, done: Done,", 1)})


@pytest.fixture
def owing(story: MakeStory, closed: Words, closing: Policy) -> Any:
    """A closed record with its work, before anything of it is done."""
    told = story(*closed, policy=closing)
    return told.carried_out(told.decide(342))


def _planned(told: Any, hour: float, ledger: Ledger | None = None) -> Plan:
    decision = told.decide(hour)
    return plan(told.ticket(), decision, ledger or told.ledger, told.policy, 0, decision.at)


def _closings(made: Plan) -> list[CompleteWork]:
    return [change for change in made.changes if isinstance(change, CompleteWork)]


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("#summary Sent by mail", TITLE),
        ("#rca It was dropped in May", "Find the root cause, and write the analysis down"),
        ("#check review We look weekly", "Review the case with the team"),
        ("#feedback retained", "Ask the customer how it goes, and say what became of them"),
        (
            "#corrective Train them | type: training | owner: max | due: 2026-04-20",
            "Decide what keeps it from coming back, with #corrective",
        ),
    ],
)
def test_the_command_that_fulfils_work_closes_its_subtask(said: str, title: str, owing: Any) -> None:
    told = with_changes(owing, words=(*owing.words, (350.0, "anna", said)))
    (change,) = _closings(_planned(told, 351))
    assert (change.title, change.status) == (title, "Done")
    assert change.on in {child.ref for child in told.children}
    assert describe(change).startswith(f"move the work “{title}”")


def test_what_nobody_fulfilled_and_pieces_of_the_plan_are_left_to_people(owing: Any) -> None:
    assert _closings(_planned(owing, 351)) == []
    corrective = (350.0, "anna", "#corrective Train them | type: training | owner: max | due: 2026-04-20")
    told = with_changes(owing, words=(*owing.words, corrective))
    told = told.carried_out(told.decide(351))
    assert "Train them" in {child.title for child in told.children}
    assert "Train them" not in {change.title for change in _closings(_planned(told, 352))}


@pytest.mark.parametrize(
    ("changed", "closes"),
    [
        ({"began_as": StatusCategory.OPEN}, True),
        ({"began_as": StatusCategory.OPEN, "assignee": "somebody"}, True),
        ({"began_as": StatusCategory.NEW}, False),
        ({"status": StatusCategory.SOLVED}, False),
        ({"status": StatusCategory.DELETED}, False),
    ],
    ids=["as it was", "given away", "moved by somebody", "closed by somebody", "deleted by somebody"],
)
def test_work_whose_status_somebody_changed_is_left_alone(changed: Mapping[str, Any], closes: bool, owing: Any) -> None:
    told = with_changes(
        owing,
        words=(*owing.words, SUMMARY),
        children=tuple(replace(one, **changed) if one.title == TITLE else one for one in owing.children),
    )
    assert bool(_closings(_planned(told, 351))) is closes


def test_it_is_closed_once_and_whoever_opens_it_again_has_the_last_word(owing: Any) -> None:
    told = with_changes(owing, words=(*owing.words, SUMMARY))
    made = _planned(told, 351)
    ledger = after(made.ledger, made.changes, {}, {}, told.decide(351).at)
    assert _closings(_planned(told, 352, ledger)) == []


def test_where_the_helpdesk_has_no_such_step_it_is_not_tried_again(owing: Any) -> None:
    told = with_changes(owing, words=(*owing.words, SUMMARY))
    made = _planned(told, 351)
    (change,) = _closings(made)
    ledger = after(made.ledger, made.changes, {}, {f"done:{change.key}": "no such step"}, told.decide(351).at)
    again = _planned(told, 352, ledger)
    assert _closings(again) == []
    assert [one.what for one in again.skipped if isinstance(one, Skipped)] == [f"closing {TITLE}"]
    assert _closings(_planned(told, 353, again.ledger)) == [], "nor later"


def test_without_a_status_in_the_policy_people_close_their_work(story: MakeStory, closed: Words) -> None:
    told = story(*closed)
    told = told.carried_out(told.decide(342))
    assert _closings(_planned(with_changes(told, words=(*closed, SUMMARY)), 351)) == []
