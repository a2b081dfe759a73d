"""Start: since when Escalade acts on a helpdesk, and what it does with tickets that were there before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from rules.ledger import Ledger
from rules.ticket import Ticket


class Backlog(StrEnum):
    """What to do with the open tickets of a helpdesk that Escalade meets for the first time."""

    #: Nothing, until a person has said how to begin.
    ASK = "ask"
    #: Take note of them as they are; what was due before is past.
    ADOPT = "adopt"
    #: Write everything that the policy asks for.
    WRITE = "write"


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A helpdesk on which Escalade acts."""

    #: Since when (UTC).
    at: datetime
    #: Its tickets were taken note of as they were then.
    baseline: bool = False

    def is_straggler(self, ticket: Ticket, ledger: Ledger) -> bool:
        """Whether a ticket was there at the start as it is now, and was not known then: a page came in late."""
        return self.baseline and ticket.updated_at <= self.at and ledger.is_blank


def unstarted(helpdesk: str, open_tickets: int) -> str:
    """Why the tickets of a helpdesk are left alone, and what to do."""
    return (
        f"{helpdesk} has {open_tickets:,} open tickets from before Escalade, so nothing is written or told about them "
        "until you say how to begin. See what would be written: escalade plan. Take note of everything as it is, in "
        "silence, and act on what comes later: escalade adopt. Write what was reviewed: escalade apply. Write "
        "everything that the policy asks for, within its brakes: escalade adopt --no-baseline"
    )


def waiting(counts: Mapping[str, int]) -> dict[str, str]:
    """The helpdesks that wait for their start, each with the reason; from how many open tickets each has."""
    return {helpdesk: unstarted(helpdesk, count) for helpdesk, count in counts.items()}
