"""Judging: what visits that are due would write, told from what is known, without a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from escalade.app import App
from rules.brakes import SMALLEST_POPULATION
from rules.policy import Brakes
from rules.ticket import AccountRef
from sync import DueVisit, Rest


@dataclass(slots=True)
class Judged:
    """What came of judging some visits."""

    #: Those that have to be carried out: to read, to write, or to keep a decision.
    calling: list[DueVisit] = field(default_factory=list)
    #: How many tickets would be written to, records of accounts apart.
    writing: int = 0
    #: Accounts for which a record would be opened: once each, however many tickets ask.
    records: set[AccountRef] = field(default_factory=set)

    @property
    def tickets(self) -> int:
        """How many tickets would be written to."""
        return self.writing + len(self.records)


def judge(app: App, visits: Sequence[DueVisit], judged: Judged) -> None:
    """Put to sleep what needs no visit, and add the rest to `judged`."""
    known = app.store.load([visit.ref for visit in visits])
    sync, now = app.sync_quietly(), app.clock.now()
    resting: list[Rest] = []
    for visit in visits:
        found = known.get(visit.ref)
        if found is None and visit.look and visit.ref.helpdesk in app.helpdesks:
            # Somebody told of a ticket that no poll has brought yet.
            judged.calling.append(visit)
            continue
        plan, rest = sync.survey_one(visit, found, now)
        if rest is not None:
            resting.append(rest)
            continue
        judged.calling.append(visit)
        if plan is not None and plan.opens is not None:
            judged.records.add(plan.opens)
        else:
            judged.writing += plan is not None
    app.store.finish_all(resting)


def safe_number(brakes: Brakes, open_tickets: int) -> int:
    """So many tickets may be written to at once, whatever would be written."""
    if open_tickets < SMALLEST_POPULATION:
        return brakes.max_tickets
    return min(brakes.max_tickets, int(brakes.max_share * open_tickets))
