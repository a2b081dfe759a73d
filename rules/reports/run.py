"""The report of a run: what it read, decided and wrote, and what it could not do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.plan import Plan
from rules.ticket import TicketRef


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run did; `exit_code` is for cron."""

    started_at: datetime
    pages: Counter[str] = field(default_factory=Counter)
    tickets_read: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)
    surveyed: int = 0
    written_tickets: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    gone: int = 0
    #: Ticket → why its visit is parked.
    parked: dict[str, str] = field(default_factory=dict)
    #: Helpdesk → why it could not be polled or written to.
    troubled: dict[str, str] = field(default_factory=dict)
    #: Helpdesk → why nothing is written there until a person says how to begin.
    waiting: dict[str, str] = field(default_factory=dict)
    #: Dry run: what would be written. Otherwise: what was.
    plans: list[Plan] = field(default_factory=list)

    def note(
        self, ref: TicketRef, writes: Mapping[str, int], failed: str | None, paused: str | None, *, gone: bool
    ) -> None:
        """Note what a visit came to: its writes by kind, why it failed, why its helpdesk is left alone from here."""
        self.writes.update(writes)
        self.written_tickets += bool(writes)
        self.gone += gone
        # A later round of the same run may have done what an earlier one could not.
        self.parked.pop(str(ref), None)
        if failed is not None:
            self.parked[str(ref)] = failed
        if paused is not None:
            self.troubled.setdefault(ref.helpdesk, paused)

    @property
    def left_alone(self) -> frozenset[str]:
        """The helpdesks whose tickets are not visited in this run."""
        return frozenset(self.troubled) | frozenset(self.waiting)

    @property
    def exit_code(self) -> int:
        """0 = everything done; 1 = something failed and is left for the next run; 2 = a person has to say something."""
        if self.waiting:
            return 2
        return 1 if self.parked or self.troubled or self.unreadable else 0
