"""Starting: nothing is written about tickets that were there before Escalade until somebody has said how to begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rules.start import Backlog, Start, waiting
from sync import Clock

#: How long a reading of the starts is good (seconds): so late does a service hear of one.
_LASTS = 5.0


class Shelf(Protocol):
    """Where starts are kept."""

    def starts(self) -> Mapping[str, Start]:
        """The start of every helpdesk that has one, by name."""

    def keep_starts(self, helpdesks: Mapping[str, Start]) -> None:
        """Keep the start of helpdesks; one that has begun before stays as it is."""

    def open_by_helpdesk(self, helpdesks: Sequence[str]) -> Mapping[str, int]:
        """How many open tickets are known of each of these helpdesks."""


@dataclass(slots=True, kw_only=True)
class Starting:
    """Which helpdesks Escalade acts on by now."""

    shelf: Shelf
    clock: Clock
    #: The helpdesks of the settings.
    helpdesks: tuple[str, ...]
    #: What to do with tickets that were there before.
    backlog: Backlog = Backlog.ASK
    ticks: Callable[[], float] = time.monotonic
    _known: Mapping[str, Start] = field(default_factory=dict)
    _read_at: float = float("-inf")

    def of(self, helpdesk: str) -> Start | None:
        """The start of a helpdesk; None = it did not begin yet."""
        if helpdesk not in self._known and self.ticks() - self._read_at > _LASTS:
            self._read()
        return self._known.get(helpdesk)

    def quiet(self) -> frozenset[str]:
        """The helpdesks on which nothing may be written yet."""
        return frozenset(name for name in self.helpdesks if self.of(name) is None)

    def settle(self, helpdesks: Collection[str], adopt: Callable[[str], object]) -> dict[str, str]:
        """Begin where that is certain: where no ticket is open yet, and where the settings say how.

        Args:
            helpdesks: Those that were read to their end.
            adopt: Takes note of the tickets of a helpdesk as they are, and begins.

        Returns:
            The helpdesks that wait for somebody to say how to begin, each with the reason.
        """
        if not (self.quiet() & frozenset(helpdesks)):
            return {}
        self._read()
        new = [name for name in self.helpdesks if name in helpdesks and name not in self._known]
        counts = self.shelf.open_by_helpdesk(new)
        for name in new:
            if counts[name] and self.backlog is Backlog.ADOPT:
                adopt(name)
            elif not counts[name] or self.backlog is Backlog.WRITE:
                self.begin(name, self.clock.now())
        return waiting({name: count for name, count in counts.items() if name not in self._known})

    def begin(self, helpdesk: str, at: datetime, *, baseline: bool = False) -> None:
        """Act on a helpdesk from an instant (UTC) on."""
        self.shelf.keep_starts({helpdesk: Start(at=at, baseline=baseline)})
        self._read()

    def _read(self) -> None:
        self._known, self._read_at = self.shelf.starts(), self.ticks()
