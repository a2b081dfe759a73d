"""Recalling: what the store knows of several tickets, where it may keep of some what this program cannot read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.errors import ConnectorError
from escalade.parking import ParkError, crashed, parked
from escalade.store.errors import UnreadableError
from rules.ticket import TicketRef
from sync import Known, Store


def recall(
    store: Store, refs: Sequence[TicketRef]
) -> tuple[Mapping[TicketRef, Known], Mapping[TicketRef, UnreadableError]]:
    """What is known of these tickets, and of which of them something is kept that cannot be read, with why.

    All are read at once; one by one only where that does not work, so that one ticket costs no other its visit.

    Raises:
        StoreError: the database failed.
    """
    try:
        return store.load(refs), {}
    except UnreadableError:
        found: dict[TicketRef, Known] = {}
        odd: dict[TicketRef, UnreadableError] = {}
    for ref in refs:
        try:
            found |= store.load([ref])
        except UnreadableError as error:
            odd[ref] = error
    return found, odd


def unread(why: Exception, ref: TicketRef) -> ParkError:
    """How the visit of a ticket stops that cannot be read, from its helpdesk or from the store."""
    match why:
        case ConnectorError():
            return parked(why, ref.helpdesk)
        case UnreadableError():
            # Never given up: it lasts until this machine is upgraded, too.
            return ParkError(str(why), passing=True)
    return crashed(why, ref)
