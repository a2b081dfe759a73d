"""Deed: one thing that the policy had done to a ticket of a test."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.change import Change
from rules.testing.kinds import Kind
from rules.ticket import TicketRef


class Deed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One change, at its instant (UTC)."""

    at: datetime
    #: The ticket that was decided about.
    ref: TicketRef
    kind: Kind
    change: Change
    #: The template that a note is made of.
    template: str | None = None
