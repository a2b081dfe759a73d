"""Family: the pieces of work below tickets, row by row, as their ticket shows them and as they show themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, select

from connectors.base import ChildSeen
from escalade.store import blobs
from escalade.store.schema import children, tickets
from escalade.store.statements import among, batches, of_tickets, upsert
from rules.ticket import Child, StatusCategory, Ticket, TicketRef

_ANY_CHILD = select(children.c.child).where(children.c.child_helpdesk == bindparam("of")).limit(1)


def keep(
    connection: Connection,
    parents: Sequence[Ticket],
    seen: Sequence[ChildSeen],
    deleted: Sequence[TicketRef] = (),
) -> list[TicketRef]:
    """Store what tickets show of their children, and what these show of themselves; returns whose are not as before.

    Args:
        connection: A writing transaction.
        parents: Tickets that may show some: title and status; who has it and until when, most do not tell.
        seen: Children that were seen by themselves, with everything.
        deleted: Tickets that are deleted; what is wiped for good does not tell any more whose child it was.
    """
    telling = [ticket for ticket in parents if ticket.children or ticket.children_complete]
    lost = _parents_of(connection, deleted)
    refs = sorted({*(ticket.ref for ticket in telling), *(one.on for one in seen), *lost.values()})
    before = {ref: {one.ref: one for one in found} for ref, found in children_of(connection, refs).items()}
    now = {ref: dict(before.get(ref, {})) for ref in refs}
    for ticket in telling:
        shown = {one.ref: _merged(now[ticket.ref].get(one.ref), one) for one in ticket.children}
        now[ticket.ref] = shown if ticket.children_complete else now[ticket.ref] | shown
    for one in seen:
        now[one.on][one.child.ref] = _begun(now[one.on].get(one.child.ref), one.child)
    for child, parent in lost.items():
        now[parent][child] = replace(now[parent][child], status=StatusCategory.DELETED)
    changed = [ref for ref in refs if now[ref] != before.get(ref, {})]
    drop(connection, changed)
    rows = [_row(ref, child) for ref in changed for _, child in sorted(now[ref].items())]
    if rows:
        connection.execute(upsert(connection, children), rows)
    return changed


def _parents_of(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, TicketRef]:
    """Of these tickets those that are known as children, with their tickets."""
    found = {}
    for batch in batches(refs):
        for row in connection.execute(
            select(children).where(among(connection, children.c.child_helpdesk, children.c.child, batch))
        ):
            found[TicketRef(row.child_helpdesk, row.child)] = TicketRef(row.helpdesk, row.ticket)
    return found


def looked_at(connection: Connection, refs: Iterable[TicketRef]) -> list[TicketRef]:
    """Which tickets to look at because of these: of a piece of work that is no ticket of its own, the one above it."""
    every = sorted(set(refs))
    # Most helpdesks have no children that are told of by themselves: a look at the index spares lists of tickets.
    having = {name for name in {ref.helpdesk for ref in every} if connection.scalar(_ANY_CHILD, {"of": name})}
    above = _parents_of(connection, [ref for ref in every if ref.helpdesk in having])
    for batch in batches(sorted(above)):
        query = select(tickets.c.helpdesk, tickets.c.ticket).where(of_tickets(connection, tickets, batch))
        for row in connection.execute(query):
            del above[TicketRef(row.helpdesk, row.ticket)]
    return [above.get(ref, ref) for ref in every]


def _merged(known: Child | None, shown: Child) -> Child:
    """The child as its ticket shows it, with what only itself tells."""
    merged = _begun(known, shown)
    if known is None:
        return merged
    return replace(merged, assignee=shown.assignee or known.assignee, due_on=shown.due_on or known.due_on)


def _begun(known: Child | None, shown: Child) -> Child:
    """The child, with where it stood when it was first seen."""
    return replace(shown, began_as=shown.status if known is None else known.began_as or known.status)


def _row(ref: TicketRef, child: Child) -> dict[str, object]:
    return {
        "helpdesk": ref.helpdesk,
        "ticket": ref.id,
        "child_helpdesk": child.ref.helpdesk,
        "child": child.ref.id,
        "snapshot": blobs.of(child),
    }


def drop(connection: Connection, refs: Sequence[TicketRef]) -> None:
    """Forget the children of these tickets."""
    for batch in batches(refs):
        connection.execute(delete(children).where(of_tickets(connection, children, batch)))


def children_of(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, tuple[Child, ...]]:
    """The children of these tickets, the eldest first as far as ids tell."""
    found: defaultdict[TicketRef, list[Child]] = defaultdict(list)
    for batch in batches(refs):
        for row in connection.execute(select(children).where(of_tickets(connection, children, batch))):
            found[TicketRef(row.helpdesk, row.ticket)].append(blobs.to_child(row.snapshot))
    return {ref: tuple(sorted(some, key=lambda one: (len(one.ref.id), one.ref))) for ref, some in found.items()}
