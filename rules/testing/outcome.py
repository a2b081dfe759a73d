"""Outcome: what became of a test, with every expectation that was not met."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from rules.decision import Decision
from rules.diff import Skipped
from rules.policy import Policy, Position


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One expectation that was not met."""

    at: Position
    #: The instant that it is about (UTC).
    instant: datetime
    #: What was looked at: `tier`, `clocks.first-response`, `notes`.
    what: str
    #: One line each.
    expected: tuple[str, ...]
    found: tuple[str, ...]
    #: What the test calls the ticket.
    ticket: str = ""
    #: What was decided about it then, with its proofs; None where that explains nothing.
    decision: Decision | None = None
    #: What was wanted then and left alone, with the reason.
    skipped: tuple[Skipped, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one test."""

    name: str
    at: Position
    zone: ZoneInfo
    policy: Policy
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.mismatches
