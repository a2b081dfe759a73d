"""Every command in every state of a record: where it counts, where it does not, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rules.escalation.record.fold import TRANSITIONS
from rules.escalation.standing import AccountState

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
Ways = Mapping[AccountState, Words]

#: A command as it is written right, by its verb, and in which states it counts.
EVERYWHERE = frozenset(AccountState) - {AccountState.CLOSED}
RUNNING = frozenset({AccountState.DECLARED, AccountState.IN_PROGRESS})
LIVE = RUNNING | {AccountState.PROPOSED}
OVER = frozenset({AccountState.AFTERCARE})
ROWS = {
    "escalate": ("anna", "#escalate account They call every day | source: csm", LIVE),
    "declare": ("maya", "#declare They lose orders", EVERYWHERE - RUNNING),
    "decline": ("maya", "#decline It is one ticket only", {AccountState.PROPOSED}),
    "red": ("anna", "#red It got worse", frozenset()),
    "yellow": ("anna", "#yellow It gets better", RUNNING),
    "green": ("anna", "#green Nearly well", RUNNING),
    "concern": ("max", "#concern Nothing moves", RUNNING | OVER),
    "ack": ("max", "#ack", frozenset()),
    "impact": ("max", "#impact Forty shops cannot sell", LIVE | OVER),
    "update": ("max", "#update We found it", LIVE | OVER),
    "owner": ("maya", "#owner max", LIVE | OVER),
    "sponsor": ("maya", "#sponsor eve", {AccountState.PROPOSED, AccountState.DECLARED}),
    "stakeholder": ("anna", "#stakeholder max | function: support", LIVE),
    "exit": ("anna", "#exit quick | by: 2026-03-18", RUNNING),
    "met": ("max", "#met calm", frozenset()),
    "waive": ("maya", "#waive calm They agreed to do without", RUNNING),
    "comms": ("anna", "#comms e-mail | frequency: 2d | attendees: anna", LIVE),
    "call": ("anna", "#call Status | at: 2026-03-20 15:00 | attendees: anna", RUNNING | OVER),
    "promise": ("max", "#promise A patch | by: 2d", LIVE | OVER),
    "cause": ("max", "#cause An index is missing", RUNNING | OVER),
    "item": ("max", "#item Build it | owner: max | due: 2026-03-20 | serves: calm", RUNNING),
    "agree": ("max", "#agree exit", RUNNING),
    "plan": ("anna", "#plan", frozenset()),
    "consent": ("max", "#consent", RUNNING),
    "refuse": ("max", "#refuse Too early", RUNNING),
    "close": ("anna", "#close", frozenset()),
    "summary": ("anna", "#summary Sent by mail", OVER),
    "rca": ("max", "#rca The index was dropped in May", RUNNING | OVER),
    "corrective": ("anna", "#corrective Train them | type: training | owner: max | due: 2026-04-20", RUNNING | OVER),
    "check": ("anna", "#check review We look at indexes weekly now", OVER),
    "feedback": ("anna", "#feedback retained They renewed", OVER),
}


@pytest.fixture(scope="session")
def ways(beginning: Words, agreed: Words, closed: Words) -> Ways:
    """How each state is reached."""
    return {
        AccountState.PROPOSED: (),
        AccountState.REFUSED: ((1, "maya", "#decline It is one ticket only"),),
        AccountState.DECLARED: beginning[:1],
        AccountState.IN_PROGRESS: agreed,
        AccountState.AFTERCARE: closed,
    }


def test_the_table_has_every_command() -> None:
    assert set(ROWS) == set(TRANSITIONS)


@pytest.mark.parametrize("state", sorted(EVERYWHERE), ids=str)
@pytest.mark.parametrize("verb", ROWS)
def test_a_command_counts_where_it_should(verb: str, state: AccountState, ways: Ways, story: MakeStory) -> None:
    who, text, counts = ROWS[verb]
    told = story(*ways[state], (342, who, text))
    before, after = story(*ways[state]).at(343), told.at(343)
    answer = after.answers[-1]
    assert before.state is state
    assert answer.accepted is (state in counts), answer.text
    assert answer.text
    if not answer.accepted:
        assert after.course == before.course


@pytest.mark.parametrize(
    ("state", "verb", "then"),
    [
        (AccountState.PROPOSED, "declare", AccountState.DECLARED),
        (AccountState.PROPOSED, "decline", AccountState.REFUSED),
        (AccountState.REFUSED, "declare", AccountState.DECLARED),
        (AccountState.AFTERCARE, "declare", AccountState.IN_PROGRESS),
    ],
    ids=str,
)
def test_a_transition_leads(state: AccountState, verb: str, then: AccountState, ways: Ways, story: MakeStory) -> None:
    who, text, _ = ROWS[verb]
    assert story(*ways[state], (342, who, text)).at(343).state is then


def test_other_commands_are_answered_with_what_there_is(story: MakeStory) -> None:
    answer = story((1, "anna", "#workaround Use the other report")).at(2).answers[-1]
    assert not answer.accepted
    assert "#workaround does nothing on the record of an account; here are #escalate" in answer.text


def test_help_lists_what_counts_now(story: MakeStory) -> None:
    answer = story((1, "maya", "#help")).at(2).answers[-1]
    assert answer.accepted
    assert "#declare" in answer.text
    assert "#close" not in answer.text


def test_whom_the_directory_does_not_know_does_nothing(story: MakeStory) -> None:
    record = story((1, "somebody", "#declare They lose orders")).at(2)
    assert record.state is AccountState.PROPOSED
    assert not record.answers[-1].accepted
