"""Shelf: where tickets rest that nothing can happen to by itself, so that only open ones take up memory."""

from __future__ import annotations

from collections.abc import Mapping
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

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep these; what had one of their names before is gone."""

    def look(self, name: str) -> bytes | None:
        """What is kept under that name; None = nothing."""


class Rack:
    """A shelf in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep these."""
        self._kept.update(contents)

    def look(self, name: str) -> bytes | None:
        """What is kept under that name."""
        return self._kept.get(name)
