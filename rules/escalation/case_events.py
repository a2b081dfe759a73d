"""Events: all that moves the case of a ticket, in the order in which it happened, whatever came first to our ears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum

import msgspec

from rules.escalation.act import Act
from rules.facts import Facts
from rules.ledger import Climb, Ledger, climb_of
from rules.ticket import StatusCategory, Ticket

#: Followed by tier and episode: the occasion of the note that is posted when a tier takes a ticket over.
BRIEF = "case:brief:"


class Kind(IntEnum):
    """What happened; of several events of one instant the lower one comes first."""

    ACT = 0
    SOLVED = 1
    REOPENED = 2
    #: The ladder took the ticket up.
    CLIMBED = 3
    #: Nothing held it there any more.
    LET_GO = 4


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that happened."""

    #: When (UTC).
    at: datetime
    kind: Kind
    act: Act | None = None
    #: What led up the ladder: `rule:…`, `case:…`.
    because: str = ""
    #: The highest tier of that stay.
    tier: str = ""


def events_of(facts: Facts, acts: Iterable[Act]) -> tuple[Event, ...]:
    """Everything up to the instant of the facts, oldest first."""
    # Acts of one instant keep their order: the commands of one comment are read line by line.
    found = [Event(at=act.at, kind=Kind.ACT, act=act) for act in acts]
    found += _status_events(facts.ticket)
    found += _ladder_events(facts)
    return tuple(sorted((one for one in found if one.at <= facts.now), key=lambda event: (event.at, event.kind)))


def climbs_of(facts: Facts) -> tuple[Climb, ...]:
    """Every climb of the ticket, the running one last, with its end where it is over."""
    running = facts.ledger.escalation
    known = [climb for climb in facts.ledger.climbs if climb.since <= facts.now]
    known += [] if running is None else [climb_of(running)]
    told = [climb for climb in _briefed(facts.ledger) if not any(_covers(one, climb.since) for one in known)]
    return tuple(sorted([*known, *told], key=lambda climb: climb.since))


def _briefed(ledger: Ledger) -> Iterator[Climb]:
    """Stays that only the briefs on the ticket tell of: what is left of them when the database was lost."""
    first: dict[str, Climb] = {}
    for key, at in sorted(ledger.comments.items(), key=lambda said: said[1]):
        if key.startswith(BRIEF):
            tier, _, episode = key.removeprefix(BRIEF).rpartition(":")
            before = first.get(episode)
            first[episode] = Climb(since=at if before is None else before.since, because="brief", tier=tier)
    yield from first.values()


def _covers(climb: Climb, at: datetime) -> bool:
    return climb.since <= at and (climb.until is None or at <= climb.until)


def _ladder_events(facts: Facts) -> Iterator[Event]:
    for climb in climbs_of(facts):
        yield Event(at=climb.since, kind=Kind.CLIMBED, because=climb.because, tier=climb.tier)
        if climb.until is not None:
            yield Event(at=climb.until, kind=Kind.LET_GO)


def _status_events(ticket: Ticket) -> Iterator[Event]:
    open_before = True
    for moment in ticket.timeline.moments:
        is_open = moment.state.status.is_open
        if is_open is not open_before:
            yield Event(at=moment.at, kind=Kind.REOPENED if is_open else Kind.SOLVED)
        open_before = is_open
    gone = not ticket.status.is_open and ticket.status is not StatusCategory.DELETED
    if open_before and gone and not ticket.timeline.moments:
        yield Event(at=ticket.updated_at, kind=Kind.SOLVED)
