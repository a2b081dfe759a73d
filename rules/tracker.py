"""What is missing in the tracker for one ticket: its tracker ticket, the ties between the two, the work items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rules.change import Change, CreateRemediation, LinkTicket, OpenLinked, RemediationItem
from rules.decision import DesiredRemediation
from rules.ledger import Escalation, Ledger
from rules.ownership import link_key
from rules.remedy import item_key, opening_key
from rules.ticket import LinkKind, Ticket, TicketRef
from rules.upkeep import RECORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """One ticket's tracker side: what should be there and what is."""

    ticket: Ticket
    ledger: Ledger
    wanted: DesiredRemediation
    escalation: Escalation
    #: Tracker tickets as far as they are known, for the names that a tie shows.
    known: Mapping[TicketRef, Ticket]

    @property
    def opened(self) -> tuple[TicketRef, ...]:
        """Tracker tickets that we opened for this ticket."""
        ours = ((key, ref) for key, ref in self.ledger.opened.items() if not key.startswith(RECORD))
        return tuple(ref for _, ref in ours if ref.helpdesk == self.wanted.spec.tracker)

    @property
    def home(self) -> TicketRef | None:
        """The ticket that the work goes below: itself in the tracker, else ours, else one that people linked."""
        tracker = self.wanted.spec.tracker
        if self.ticket.ref.helpdesk == tracker:
            return self.ticket.ref
        current = self.ledger.opened.get(self.opening)
        linked = (link.to for link in self.ticket.links if link.kind is LinkKind.TRACKED_BY)
        candidates = [ref for ref in (current, *linked, *self.opened) if ref is not None and ref.helpdesk == tracker]
        return candidates[0] if candidates else None

    @property
    def opening(self) -> str:
        """Key of the occasion on which a tracker ticket may be opened."""
        return opening_key(self.wanted.tier, self.escalation.episode)

    @property
    def because(self) -> str:
        """Why the work is wanted."""
        return f"tier {self.wanted.tier} wants remediation work in {self.wanted.spec.tracker}"

    @property
    def rule(self) -> str:
        """The source of the wish."""
        return f"tier:{self.wanted.tier}"


def missing_work(tracking: Tracking) -> Iterator[Change]:
    """Open the tracker's ticket where there is none; else tie ours to this ticket and create what is missing below."""
    home = tracking.home
    if home is None:
        if tracking.wanted.opening is not None and tracking.opening not in tracking.ledger.overrides:
            yield _opening(tracking)
        return
    yield from _ties(tracking)
    items = tuple(_items(tracking))
    if items:
        yield CreateRemediation(on=home, because=tracking.because, rule=tracking.rule, items=items)


def _opening(tracking: Tracking) -> OpenLinked:
    spec = tracking.wanted.spec
    if spec.open is None or tracking.wanted.opening is None:
        raise ValueError(f"{tracking.because}, but names no ticket to open")
    subject, body = tracking.wanted.opening
    return OpenLinked(
        on=tracking.ticket.ref,
        because=tracking.because,
        rule=tracking.rule,
        key=tracking.opening,
        helpdesk=spec.tracker,
        project=spec.open.project,
        type=spec.open.type,
        subject=subject,
        body=body,
        # As people set it: our own raise is seen or not, depending on when the ticket was read.
        priority=tracking.ledger.base_priority(tracking.ticket.priority),
        tags=spec.open.tags,
    )


def _ties(tracking: Tracking) -> Iterator[LinkTicket]:
    """Both directions, each made once: a tie that people cut stays cut."""
    ticket = tracking.ticket
    present = {link.to for link in ticket.links}
    for ref in tracking.opened:
        there = tracking.known.get(ref)
        forth = LinkTicket(
            on=ticket.ref,
            because=f"{ref} was opened for it",
            rule=tracking.rule,
            to=ref,
            kind=LinkKind.TRACKED_BY,
            key=ref.id if there is None else there.key,
            title=ticket.subject if there is None else there.subject,
            url="" if there is None else there.url,
        )
        back = LinkTicket(
            on=ref,
            because=f"it was opened for {ticket.ref}",
            rule=tracking.rule,
            to=ticket.ref,
            kind=LinkKind.TRACKED_BY,
            key=ticket.key,
            title=ticket.subject,
            url=ticket.url,
        )
        if ref not in present and link_key(forth, ticket.ref) not in tracking.ledger.links:
            yield forth
        if link_key(back, ticket.ref) not in tracking.ledger.links:
            yield back


def _items(tracking: Tracking) -> Iterator[RemediationItem]:
    for task in tracking.wanted.spec.tasks:
        key = item_key(tracking.wanted.tier, tracking.escalation.episode, task.key)
        texts = tracking.wanted.items.get(key)
        if texts is not None and key not in tracking.ledger.overrides:
            title, body, due = texts
            due_on = None if due is None else date.fromisoformat(due)
            yield RemediationItem(key=key, title=title, body=body, due_on=due_on, tags=task.tags)
