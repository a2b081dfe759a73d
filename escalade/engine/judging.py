"""Judging: what visits that are due would write, told from what is known, without a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.rank import Rank
from escalade.app import App
from escalade.ranks import rank_of
from rules.change import target_of
from rules.ticket import AccountRef, TicketRef
from sync import DueVisit, Rest, Visited


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a visit is for, as far as it can be told from what is known."""

    rank: Rank
    #: Helpdesks (and channels) that have to take part.
    needs: frozenset[str]


@dataclass(slots=True)
class Judged:
    """What came of judging some visits."""

    #: Those that have to be carried out: to read, to write, or to keep a decision.
    calling: list[DueVisit] = field(default_factory=list)
    #: Of these, what is known to be written to which helpdesks, and how urgent that is.
    errands: dict[TicketRef, Errand] = field(default_factory=dict)
    #: Those that were parked, because what is kept of them cannot be read.
    parked: dict[DueVisit, Visited] = field(default_factory=dict)
    #: How many tickets would be written to, records of accounts apart.
    writing: int = 0
    #: Accounts for which a record would be opened: once each, however many tickets ask.
    records: set[AccountRef] = field(default_factory=set)

    def errand(self, visit: DueVisit) -> Errand:
        """What a visit is for; only to look, where nothing else is known."""
        looking = Errand(rank=Rank.USUAL, needs=frozenset({visit.ref.helpdesk}))
        return self.errands.get(visit.ref, looking)

    @property
    def tickets(self) -> int:
        """How many tickets would be written to."""
        return self.writing + len(self.records)


def judge(app: App, visits: Sequence[DueVisit], judged: Judged) -> None:
    """Put to sleep what needs no visit, and add the rest to `judged`."""
    known, parked = app.visitor.recall(visits)
    judged.parked.update(parked)
    sync, now = app.sync_quietly(), app.clock.now()
    resting: list[Rest] = []
    for visit in [visit for visit in visits if visit not in parked]:
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
        if plan is not None:
            needs = frozenset({visit.ref.helpdesk, *map(target_of, plan.changes)})
            judged.errands[visit.ref] = Errand(rank=rank_of(plan.changes), needs=needs)
        if plan is not None and plan.opens is not None:
            judged.records.add(plan.opens)
        else:
            judged.writing += plan is not None
    app.store.finish_all(resting)
