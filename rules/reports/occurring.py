"""Occurring: the escalations that a ticket went through, read out of its ledger, case and journal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rules.escalation.case import Case
from rules.escalation.case_events import climbs_of
from rules.escalation.case_reading import case_so_far
from rules.escalation.promise import PromiseState
from rules.escalation.record.record import read_record
from rules.facts import Facts
from rules.journal import JournalEntry
from rules.ledger import Climb
from rules.reports.accounts import customers_of
from rules.reports.occurred import Occurred, Promised
from rules.reports.opinions import last_words, opinions_of
from rules.ticket import StatusCategory

_DONE = frozenset({StatusCategory.SOLVED, StatusCategory.CLOSED})


def occurred_of(facts: Facts, journal: Sequence[JournalEntry]) -> Iterator[Occurred]:
    """Every escalation of the ticket that is remembered, the oldest first.

    What was said about an escalation after its end, and before the next one began, belongs to it.

    Args:
        facts: The ticket as it is now.
        journal: Its journal.
    """
    climbs, case, ticket = climbs_of(facts), case_so_far(facts), facts.ticket
    opinions = opinions_of(ticket, case)
    for number, climb in enumerate(climbs):
        following = climbs[number + 1].since if number + 1 < len(climbs) else None
        is_last = following is None
        yield Occurred(
            ref=ticket.ref,
            key=ticket.key,
            since=climb.since,
            until=climb.until,
            because=climb.because,
            tier=climb.tier,
            solved=is_last and climb.until is not None and ticket.status in _DONE,
            account="" if facts.account is None else facts.account.name,
            product=ticket.product or "",
            cause=(case.cause or "") if case is not None and is_last else "",
            judgements=last_words(one for one in opinions if _holds(climb, following, one.at)),
            overridden=any(entry.action == "override.seen" and _holds(climb, following, entry.at) for entry in journal),
            kept=_promises(case, climb, following, PromiseState.KEPT),
            broken=_promises(case, climb, following, PromiseState.BROKEN),
            owner=ticket.assignee or "",
        )


def sources_of(facts: Facts, start: datetime, end: datetime) -> tuple[str, ...]:
    """Where the requests for an account's escalation came from that its record took between two instants (UTC)."""
    record = read_record(facts)
    asked = () if record is None else record.course.requests
    return tuple(one.source for one in asked if start <= one.at < end)


def promised_of(facts: Facts, start: datetime, end: datetime) -> Iterator[Promised]:
    """The promises that were made on the record of an account between two instants (UTC) and are decided."""
    record = read_record(facts)
    for one in () if record is None else record.course.promises:
        state = one.state(facts.now)
        if start <= one.at < end and state is not PromiseState.OPEN:
            yield Promised(account=customers_of(facts), owner=one.by or "", kept=state is PromiseState.KEPT)


def _holds(climb: Climb, following: datetime | None, at: datetime) -> bool:
    return climb.since <= at and (following is None or at < following)


def _promises(case: Case | None, climb: Climb, following: datetime | None, state: PromiseState) -> int:
    made = () if case is None else case.promises
    return sum(one.state(case.at) is state and _holds(climb, following, one.at) for one in made) if case else 0
