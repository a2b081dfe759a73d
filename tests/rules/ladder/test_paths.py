"""Paths of tiers: which one a ticket is on, how it climbs there, and where a path ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import StatusCategory, Ticket

MakeTicket = Callable[..., Ticket]

PATHS = """
version: 1
default_calendar: always
tiers:
  - {id: csr, name: CSR, tag: csr, timeout: 4h}
  - {id: csm, name: CSM, tag: csm, timeout: 1d}
  - {id: avenues, name: External avenues, tag: avenues, terminal: true, note: avenues}
  - {id: specialist, name: Specialist, tag: specialist, timeout: 1d}
  - {id: engineering, name: Engineering, tag: engineering, timeout: 1d}
  - {id: architects, name: Architects, tag: architects}
paths:
  - {id: complaint, name: Complaint, tiers: [csr, csm, avenues]}
  - {id: technical, name: Technical, kind: functional, tiers: [specialist, engineering, architects]}
rules:
  - {id: complaint, description: A complaint, when: {tags: {contains: complaint}}, escalate_to: csr}
  - {id: bug, description: A bug, when: {tags: {contains: bug}}, escalate_to: specialist}
  - {id: deep, description: A deep bug, when: {tags: {contains: deep}}, escalate_to: engineering}
  - {id: handed, description: Handed to engineering, when: {tags: {contains: handed}}, escalate_to: specialist, move: true}
  - {id: back, description: Handed back, when: {tags: {contains: back}}, escalate_to: csr, move: true}
  - {id: on-path, description: On the technical path, when: {path: technical}, tags: [technical]}
  - {id: high, description: High up, when: {tier: {at_least: csm}}, tags: [high]}
release: {when_nothing_holds: true}
templates:
  avenues: We have come to the end of our path.
"""


@pytest.fixture(scope="module")
def paths(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(PATHS)


@pytest.mark.parametrize(
    ("tags", "tier"),
    [
        (["complaint"], "csr"),
        (["bug"], "specialist"),
        (["complaint", "bug"], "csr"),
        (["complaint", "deep"], "engineering"),
        (["bug", "deep"], "engineering"),
        (["complaint", "handed"], "specialist"),
        (["deep", "handed"], "engineering"),
        (["deep", "back"], "csr"),
        (["handed", "back"], "specialist"),
    ],
)
def test_the_higher_level_wins_and_a_move_says_which_path(
    tags: list[str], tier: str, paths: Policy, make_ticket: MakeTicket, ask: Any
) -> None:
    assert ask(paths, make_ticket(tags=frozenset(tags)), 0).escalation.tier == tier


@pytest.mark.parametrize(
    ("first", "then", "tier"),
    [
        ("complaint", "bug", "csr"),
        ("bug", "complaint", "specialist"),
        ("complaint", "deep", "engineering"),
        ("deep", "complaint", "engineering"),
        ("complaint", "handed", "specialist"),
        ("deep", "handed", "engineering"),
        ("deep", "back", "csr"),
    ],
)
def test_on_equal_levels_the_ticket_stays_where_it_is(
    first: str, then: str, tier: str, *, paths: Policy, make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    ledger = followed(ask(paths, make_ticket(tags=frozenset({first})), 0))
    both = make_ticket(tags=frozenset({first, then}))
    decision = ask(paths, both, 1, ledger)
    assert decision.escalation.tier == tier
    assert ask(paths, both, 1, followed(decision, ledger)).escalation == decision.escalation


@pytest.mark.capability("D9")
def test_a_time_out_climbs_within_its_path(paths: Policy, make_ticket: MakeTicket, watched: Any) -> None:
    decision, _ = watched(paths, make_ticket(tags=frozenset({"bug"})), [0, 49])
    assert [(step.tier, step.path) for step in decision.escalation.steps] == [
        ("specialist", "technical"),
        ("engineering", "technical"),
        ("architects", "technical"),
    ]
    assert set(decision.desired.tags) == {"architects", "technical", "high"}


def test_tiers_of_different_paths_compare_by_their_level(paths: Policy, make_ticket: MakeTicket, ask: Any) -> None:
    assert "high" in ask(paths, make_ticket(tags=frozenset({"deep"})), 0).desired.tags
    assert "high" not in ask(paths, make_ticket(tags=frozenset({"bug"})), 0).desired.tags


@pytest.mark.capability("B6")
def test_nothing_but_solving_leads_out_of_a_terminal_tier(
    paths: Policy, make_ticket: MakeTicket, ask: Any, followed: Any, watched: Any
) -> None:
    """The path ends there: no time-out, no way back, and no other path."""
    complaint = make_ticket(tags=frozenset({"complaint"}))
    ended, ledger = watched(paths, complaint, [0, 4 + 24])
    assert (ended.escalation.tier, [note.body for note in ended.desired.notes]) == (
        "avenues",
        ["We have come to the end of our path."],
    )
    ledger = followed(ended, ledger)
    for tags in ({"complaint", "deep"}, {"handed"}, {"back"}, set[str]()):
        later = ask(paths, make_ticket(tags=frozenset(tags)), 1000, ledger)
        assert later.escalation == ended.escalation
        assert (later.desired.notes, later.wake_at) == ((), None)
    solved = ask(paths, replace(complaint, status=StatusCategory.SOLVED), 1001, ledger)
    assert solved.escalation is None


TAGS = st.frozensets(st.sampled_from(["complaint", "bug", "deep", "handed", "back"]))


@settings(max_examples=200, deadline=None)
@given(life=st.lists(st.tuples(st.floats(0, 30), TAGS), min_size=1, max_size=8))
def test_within_an_episode_the_level_never_sinks_unless_a_rule_moves_the_ticket(
    life: list[tuple[float, frozenset[str]]], paths: Policy, make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    ledger, hours = Ledger(ref=make_ticket().ref), 0.0
    ranks = {tier.id: tier.rank for tier in paths.tiers}
    for pause, tags in life:
        hours += pause
        decision = ask(paths, make_ticket(tags=tags), hours, ledger)
        before, now = ledger.escalation, decision.escalation
        if before is not None and now is not None and before.episode == now.episode:
            assert now.steps[: len(before.steps)] == before.steps
            assert ranks[now.tier] >= ranks[before.tier] or {"handed", "back"} & tags
        assert ask(paths, make_ticket(tags=tags), hours, followed(decision, ledger)).escalation == now
        ledger = followed(decision, ledger)
