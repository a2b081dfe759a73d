"""A real case becomes a scenario that plays like it, and from which nobody can tell whose case it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.drill.catalogue import load_scenario
from escalade.drill.exporting import exported
from escalade.drill.house import CREDENTIALS
from escalade.drill.masks import Masks
from escalade.drill.player import Performance
from escalade.drill.reading import read_scenario
from escalade.drill.score import Score
from escalade.drill.stage import Stage, open_stage
from escalade.policy_files import policy_sources
from escalade.settings import starter_directory
from rules.commands import commands_in
from rules.forms import form_of
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import Comment, Side, StatusCategory, Ticket, TicketRef

SECRET = "Zyxwacme"
MONDAY = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(policy_sources(starter_directory()))


def said(body: str) -> Comment:
    return Comment(
        id="1", at=MONDAY, side=Side.AGENT, public=False, form=form_of(body), commands=commands_in(body), body=body
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Thank you, Acme.", ""),
        ("#plan", "#plan"),
        ("#cause Acme's disk is full", "#cause words 1"),
        ("#agree exit | for: Jane Doe | how: call", "#agree exit | for: words 1 | how: words 2"),
        ("#stakeholder Jane Doe | party: customer\n#consent | for: Jane Doe", "#stakeholder words 1 | party: customer\n#consent | for: words 1"),
        ("#item Index | due: 2025-09-03 | serves: calm", "#item words 1 | due: 2025-09-10 | serves: calm"),
        ("#promise Call | by: 2025-09-03 15:00", "#promise words 1 | by: 2025-09-10 15:00"),
        ("#comms call | frequency: 1d | attendees: Jane, Joe", "#comms words 1 | frequency: 1d | attendees: words 2, words 3"),
        ("#met customer-content Jane said so", "#met customer-content words 1"),
        ("#escalate account Acme is angry", "#escalate account words 1"),
        ("#confirm Cora | comment: 12 | who: 004915112345", "#confirm words 1 | comment: 12 | who: words 2"),
        ("Date - 09/01\nAcme is calm.", "Date - 09/08\nHow it stands."),
        ("Date - 13/40\nAcme is calm.", "Date - 13/40\nHow it stands."),
    ],
)  # fmt: skip
def test_a_command_keeps_its_verb_and_what_it_refers_to_and_loses_its_words(
    policy: Policy, written: str, told: str
) -> None:
    assert Masks(policy, timedelta(weeks=1)).comment(said(written)).strip() == told


_PLACES = [
    "#cause {}",
    "#item {} | owner: {}",
    "#agree plan | {}: x",
    "#impact 3 of {}, {}",
    "#{} x",
    "#due {}",
    "Date - 01/02 {}",
]


@pytest.mark.capability("C11")
@given(
    places=st.lists(st.sampled_from(_PLACES), min_size=1, max_size=6),
    word=st.sampled_from([SECRET, f"{SECRET} 12", f"2025-01-01 {SECRET}"]),
)
def test_no_word_of_anybody_gets_into_a_drill(policy: Policy, places: list[str], word: str) -> None:
    body = "\n".join(place.replace("{}", word) for place in places)
    assert SECRET.casefold() not in Masks(policy, timedelta()).comment(said(body)).casefold()


class Nobody:
    def opens(self, *_: Any) -> None: ...
    def sees(self, *_: Any) -> None: ...
    def closes(self, *_: Any) -> None: ...


def played(stage: Stage) -> Score:
    return Score(chapters=tuple(Performance(stage=stage, audience=Nobody()).play()))


def told_by_the_command(stage: Stage, record: TicketRef, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `escalade record --as-drill` writes."""
    for name, secret in CREDENTIALS.items():
        monkeypatch.setenv(name, secret)
    result = CliRunner().invoke(cli, ["record", str(record), "--as-drill", "--config", str(stage.directory)])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
@pytest.mark.capability("C11", "D13")
def test_a_case_that_was_exported_is_played_to_the_same_end_without_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    original = load_scenario("account-at-risk")
    with open_stage(original) as stage:
        assert played(stage).is_good
        record = stage.record()
        assert record is not None
        text = told_by_the_command(stage, record.ref, monkeypatch)
    for word in ("Acme", "Maya", "Anna", "Jane", "Cora", "index", "query", "report", "branch", "mail"):
        assert not re.search(rf"\b{word}\b", text, re.IGNORECASE), word
    scenario = read_scenario("exported", "exported.yaml", text)
    written = [step for step in original.steps if step.who in original.cast.people and step.writes]
    assert sum(len(scenario.tasks_of(who)) for who in scenario.cast.people) == len(written)
    assert (len(scenario.tickets), len(scenario.bugs)) == (6, 2)
    with open_stage(scenario) as again:
        score = played(again)
        record = again.record()
    assert score.misses == ()
    assert record is not None
    assert "AFTERCARE" in record.board
    answers = "\n".join(step.said for step in score.steps)
    for answer in ("declared RED", "the plan is in force: 2 items", "RED → YELLOW", "closed with consent", "is done"):
        assert answer in answers


def test_a_record_without_tickets_is_not_exported(policy: Policy) -> None:
    ref = TicketRef("jira", "1")
    record = Ticket(
        ref=ref,
        key="OPS-1",
        url="",
        subject="x",
        status=StatusCategory.OPEN,
        status_name="Open",
        priority=None,
        created_at=MONDAY,
        updated_at=MONDAY,
        version="1",
    )
    with pytest.raises(ValueError, match="lists no ticket of its account"):
        exported(policy, record, ())
