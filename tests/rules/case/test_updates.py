"""An update in two variants: the comment for us, and what stands in it for the customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.policy import Policy

SAID = "#update Build 812 is on the test system | customer: We are testing a new version."


@pytest.fixture
def telling(desk_of: Callable[..., Any], policy_of: Callable[[str], Policy], conducted_text: str) -> Any:
    """A ticket that is in progress, under a policy that tells the customer of updates."""
    text = conducted_text.replace("  fix_note: fix\n", "  fix_note: fix\n  update_note: stands\n", 1)
    text += '  stands: "{{ case.update_for_customer }} Thank you for your patience."\n'
    desk = desk_of(policy_of(text))
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.say(2, "#accept", "mia")
    desk.visit(2)
    return desk


def _public(decision: Any) -> list[str]:
    return [note.body for note in decision.desired.notes if note.public]


@pytest.mark.capability("E12")
def test_the_customer_reads_what_stands_there_for_them_once(telling: Any) -> None:
    telling.say(3, SAID)
    decision = telling.visit(3)
    assert _public(decision) == ["We are testing a new version. Thank you for your patience."]
    (because,) = [note.because for note in decision.desired.notes if note.public]
    assert because == "an update has words for the customer; the helpdesk's own reply clock counts it as an answer"
    assert _public(telling.visit(4)) == []
    telling.say(5, "#update It runs | customer: The new version runs.")
    assert _public(telling.visit(5)) == ["The new version runs. Thank you for your patience."]


@pytest.mark.parametrize("said", ["#update Build 812 is on test", "#update Build 812 | customer:"])
def test_an_update_without_words_for_the_customer_stays_among_us(said: str, telling: Any) -> None:
    telling.say(3, said)
    assert _public(telling.visit(3)) == []


def test_without_a_template_nothing_is_told(running: Any) -> None:
    running.say(3, SAID)
    assert _public(running.visit(3)) == []


def test_it_keeps_what_was_promised_as_every_word_to_the_customer_does(telling: Any) -> None:
    telling.say(3, "#promise Call you back | by: 2026-03-02 14:00")
    telling.say(3.5, SAID)
    telling.visit(3.5)
    assert [one.state(telling.at(30)) for one in telling.case(30).promises] == ["kept"]
