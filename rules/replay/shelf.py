"""Shelf: where tickets rest that nothing can happen to by itself, so that only open ones take up memory."""

from __future__ import annotations

from typing import Protocol

import msgspec

from rules.ledger import Ledger
from rules.replay.trail import Trail
from rules.ticket import Ticket


class Rested(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one ticket that has to be there again when somebody touches it."""

    ticket: Ticket
    ledger: Ledger
    trail: Trail


class Shelf(Protocol):
    """Keeps texts of bytes by a name."""

    def put(self, name: str, content: bytes) -> None:
        """Keep it; what had that name before is gone."""

    def look(self, name: str) -> bytes | None:
        """What is kept under that name; None = nothing."""

    def drop(self, name: str) -> None:
        """Keep it no longer."""


class Rack:
    """A shelf in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, name: str, content: bytes) -> None:
        """Keep it."""
        self._kept[name] = content

    def look(self, name: str) -> bytes | None:
        """What is kept under that name."""
        return self._kept.get(name)

    def drop(self, name: str) -> None:
        """Keep it no longer."""
        self._kept.pop(name, None)
