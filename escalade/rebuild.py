"""Rebuild: fill an empty database from the helpdesks, so that Escalade goes on as if nothing had been lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from connectors.base import TraceSource
from connectors.errors import ConnectorError
from escalade.app import App
from rules.escalation.standing import is_record
from rules.journal import JournalEntry
from rules.restoring import Trace, claimed, ledger_of
from rules.ticket import Ticket, TicketRef
from sync import DueVisit, Known, Progress

#: Tickets that are looked at together.
_PAGE = 100
#: What no helpdesk tells, in words for people.
LOST = (
    "what stood in priorities, groups, assignees, fields and statuses before Escalade changed them: it is not put back",
    "what was told on channels: what would be told now counts as told",
    "what people had undone before: where a wish still holds, Escalade may act on it once more",
    "states of tickets before today: rules and clocks that look back count what they find now as having always been so",
    "the journal, dead letters, and which version of the policy an escalation followed: the one in force decides",
)


class NotEmptyError(Exception):
    """The database holds something already: a rebuild would mix what was with what can be read back."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored."""

    tickets: int
    #: Tickets with something of ours on them.
    ledgers: int
    records: int
    #: Helpdesk or ticket → why it could not be read back.
    failed: dict[str, str]


def rebuild(app: App, progress: Progress) -> Rebuilt:
    """Read every ticket, then our marks on those that bear any, and keep the ledgers that follow. Writes nowhere else.

    Raises:
        NotEmptyError: the database holds ledgers.
        StoreError: the database cannot be used.
    """
    if app.store.has_ledgers():
        raise NotEmptyError
    app.visitor.prepare(app.clock.now())
    failed = {name: str(error) for name, error in app.absent.items()}
    failed |= _poll(app, progress)
    now = app.clock.now()
    refs = _taken_in(app, now)
    # Records first: what they say of their accounts is part of what the accounts' tickets show.
    progress.phase("Restoring records")
    records = sum(_restore(app, known, now, failed) for known in _known(app, refs) if is_record(known.ticket))
    progress.phase("Restoring tickets")
    tickets = ledgers = 0
    for known in _known(app, refs):
        progress.advance()
        tickets += 1
        ledgers += not is_record(known.ticket) and _restore(app, known, now, failed)
    return Rebuilt(tickets=tickets, ledgers=ledgers + records, records=records, failed=failed)


def _poll(app: App, progress: Progress) -> dict[str, str]:
    failed = {}
    for name in [name for name in app.helpdesks if name not in app.absent]:
        progress.phase(f"Reading {name}")
        source = app.helpdesks[name].source
        try:
            for stream in source.streams:
                for page in source.poll(stream, app.store.checkpoint(name, stream), app.clock.now()):
                    app.store.take_in(name, page, app.clock.now())
                    progress.advance(len(page.tickets) + len(page.comments) + len(page.links))
        except ConnectorError as error:
            failed[name] = str(error)
    return failed


def _taken_in(app: App, now: datetime) -> list[TicketRef]:
    """Every ticket that was read: all of them are to be visited."""
    refs: list[TicketRef] = []
    page: Sequence[DueVisit] = ()
    while page := app.store.due(now, _PAGE, page[-1] if page else None):
        refs += [visit.ref for visit in page]
    return refs


def _known(app: App, refs: Sequence[TicketRef]) -> Iterator[Known]:
    for start in range(0, len(refs), _PAGE):
        yield from app.store.load(refs[start : start + _PAGE]).values()


def _restore(app: App, known: Known, now: datetime, failed: dict[str, str]) -> bool:
    """Keep what can be read back of one ticket; whether that is anything."""
    ref = known.ticket.ref
    try:
        trace = _trace(app, known.ticket)
    except ConnectorError as error:
        failed[str(ref)] = str(error)
        return False
    base = ledger_of(app.policy, known.ticket, trace, now)
    made = app.visitor.survey(replace(known, ledger=base), now)
    if made is None:
        failed[str(ref)] = "no decision could be made about it; see the log"
        return False
    ledger = claimed(made, now)
    if replace(ledger, met={}).is_blank:
        return False
    text = f"read back from {ref.helpdesk}: {len(trace.said)} notes, {len(trace.work)} pieces of work"
    entry = JournalEntry(at=now, ref=ref, action="ledger.restored", text=text, policy=app.policy.hash)
    app.store.begin(ledger, (), [entry])
    return True


def _trace(app: App, ticket: Ticket) -> Trace:
    """Our marks on a ticket; a call is made only where there can be any."""
    helpdesk: object = app.helpdesks.get(ticket.ref.helpdesk)
    marked = is_record(ticket) or any(comment.ours for comment in ticket.comments)
    return helpdesk.traces(ticket.ref) if marked and isinstance(helpdesk, TraceSource) else Trace()
