"""Looking at a ticket as it climbs: deciding at an hour of its life, and keeping what was decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from rules.decide import decide
from rules.decision import Decision
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import Ticket, Timeline


def _ask(policy: Policy, ticket: Ticket, hours: float, ledger: Ledger | None = None) -> Decision:
    now = ticket.created_at + timedelta(hours=hours)
    return decide(policy, ticket, None, None, ledger or Ledger(ref=ticket.ref), now)


def _followed(decision: Decision, ledger: Ledger | None = None) -> Ledger:
    """The ledger after the decision was carried out, as far as deciding is concerned."""
    before = ledger or Ledger(ref=decision.ref)
    said = before.comments | {note.key: decision.at for note in decision.desired.notes}
    return replace(before, escalation=decision.escalation, episodes=decision.episodes, comments=said)


def _watched(policy: Policy, ticket: Ticket, hours: Sequence[float]) -> tuple[Decision, Ledger]:
    """Look at a ticket again and again; the last decision, and the ledger that it was made with."""
    ledger = Ledger(ref=ticket.ref)
    for hour in hours[:-1]:
        ledger = _followed(_ask(policy, _as_seen(ticket, hour), hour, ledger), ledger)
    return _ask(policy, _as_seen(ticket, hours[-1]), hours[-1], ledger), ledger


def _as_seen(ticket: Ticket, hour: float) -> Ticket:
    """The ticket as it stood, with the past that it had, at an hour of its life."""
    at = ticket.created_at + timedelta(hours=hour)
    moments = tuple(moment for moment in ticket.timeline.moments if moment.at <= at)
    comments = tuple(comment for comment in ticket.comments if comment.at <= at)
    assignee = moments[-1].state.assignee if moments else ticket.assignee
    return replace(ticket, timeline=Timeline(moments=moments), comments=comments, assignee=assignee)


@pytest.fixture(scope="session")
def ask() -> Callable[..., Decision]:
    """Decides on a ticket at an hour of its life: `ask(policy, ticket, hours, ledger=None)`."""
    return _ask


@pytest.fixture(scope="session")
def followed() -> Callable[..., Ledger]:
    """The ledger after a decision was carried out: `followed(decision, ledger=None)`."""
    return _followed


@pytest.fixture(scope="session")
def watched() -> Callable[..., tuple[Decision, Ledger]]:
    """Looks again and again: `watched(policy, ticket, hours)`, the last decision and the ledger that it was made with."""
    return _watched


@pytest.fixture(scope="session")
def as_seen() -> Callable[[Ticket, float], Ticket]:
    """The ticket as it stood at an hour of its life."""
    return _as_seen
