"""The parts that people have in an account's escalation: who gets its work, and who is heard before a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from rules.load import load_policy
from rules.policy import Policy

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]


@pytest.fixture(scope="module")
def parted(accounts_text: str) -> Policy:
    """The policy, with a RACI: testers do what nobody was named for, and Dora is consulted."""
    raci = "  raci: {R: [tester, eam], A: support_manager, C: [dora], I: [executive]}\ncriteria:\n"
    return load_policy({"policy.yaml": accounts_text.replace("criteria:\n", raci, 1)})


@pytest.mark.capability("D22")
def test_work_that_nobody_has_goes_to_those_who_are_responsible(
    story: MakeStory, parted: Policy, accounts: Policy
) -> None:
    declared = (1, "maya", "#declare They lose orders")

    def assignees(policy: Policy) -> set[str | None]:
        return {item.assignee for item in story(declared, policy=policy).decide(2).desired.work}

    assert assignees(accounts) == {None}
    assert assignees(parted) == {"max"}


@pytest.mark.capability("D22")
def test_work_that_somebody_was_named_for_stays_theirs(story: MakeStory, parted: Policy) -> None:
    named = ((1, "maya", "#declare They lose orders"), (1.5, "anna", "#owner anna"))

    assert {item.assignee for item in story(*named, policy=parted).decide(2).desired.work} == {"5b10"}


def test_who_is_responsible_does_not_change_with_the_shifts(story: MakeStory, parted: Policy) -> None:
    told = story((1, "maya", "#declare They lose orders"), policy=parted)
    decision = told.decide(2)
    assert decision.wake_at is not None

    assert told.decide_at(decision.wake_at - timedelta(microseconds=1)).desired.work == decision.desired.work


@pytest.mark.capability("D24")
@pytest.mark.parametrize("word", ["#agree plan", "#concern The index alone will not do"])
def test_who_is_consulted_is_asked_before_the_plan_and_heard(
    story: MakeStory, parted: Policy, agreed: Words, word: str
) -> None:
    unheard = story(*agreed, policy=parted).at(5)
    heard = story(*agreed[:-1], (3.9, "dora", word), agreed[-1], policy=parted).at(5)

    assert unheard.course.plan is None
    asked = "dora is consulted and has not spoken; one of Dora Diaz writes #agree plan, or #concern"
    assert asked in unheard.answers[-1].text
    assert any(asked in gap.text for gap in unheard.gaps)
    assert heard.course.plan is not None


@pytest.mark.capability("D24")
def test_without_a_raci_nobody_else_is_consulted(story: MakeStory, agreed: Words) -> None:
    assert story(*agreed).at(5).course.plan is not None


def test_a_late_update_of_a_record_names_its_owner(story: MakeStory, accounts_text: str, beginning: Words) -> None:
    cadence = """
cadences:
  - id: status
    when: {record.state: in progress}
    colours: {red: {every: 1d}}
    chase: [{to: owner, note: late}]
"""
    text = accounts_text.replace("templates:\n", 'templates:\n  late: "{{ chase.person }} is late"\n') + cadence
    decision = story(*beginning, policy=load_policy({"policy.yaml": text})).decide(50)

    assert "Anna Berg is late" in [note.body for note in decision.desired.notes]
