"""Builders of tickets and policies, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import Comment, Priority, Side, StatusCategory, Ticket, TicketRef


@pytest.fixture(scope="session")
def monday() -> datetime:
    """A Monday, 09:00 in London: nobody changes clocks that week."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_ticket(monday: datetime) -> Callable[..., Ticket]:
    """An open ticket of normal priority, made on that Monday, but for what the test says."""

    def make(**changed: Any) -> Ticket:
        values: dict[str, Any] = {
            "ref": TicketRef("zendesk", "35"),
            "key": "35",
            "url": "https://desk.example/agent/tickets/35",
            "subject": "The export stops",
            "status": StatusCategory.OPEN,
            "status_name": "Open",
            "priority": Priority.NORMAL,
            "created_at": monday,
            "updated_at": monday,
            "version": "1",
            "comments_complete": True,
        }
        return Ticket(**(values | changed))

    return make


@pytest.fixture(scope="session")
def said(monday: datetime) -> Callable[..., Comment]:
    """A public comment by that side, so many hours after the Monday's morning."""

    def make(hours: float, side: Side, *, public: bool = True, ours: bool = False) -> Comment:
        at = monday + timedelta(hours=hours)
        return Comment(id=f"{side}-{hours}-{public}-{ours}", at=at, side=side, public=public, ours=ours)

    return make


@pytest.fixture(scope="session")
def policy_of() -> Callable[[str], Policy]:
    """A policy from YAML."""

    def load(text: str) -> Policy:
        return load_policy({"policy.yaml": text})

    return load
