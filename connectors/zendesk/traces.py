"""Reads our marks back from Zendesk: ticket histories tell what was said, and which work was created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.zendesk import wire, work
from connectors.zendesk.client import ZendeskClient
from rules.ledger import Shown
from rules.restoring import Trace
from rules.ticket import TicketRef


class Traces:
    """Our marks on the tickets of one account."""

    def __init__(self, helpdesk: str, client: ZendeskClient) -> None:
        self._helpdesk = helpdesk
        self._client = client

    def read(self, ref: TicketRef) -> Trace:
        """Read the marks in one ticket's history, and in those of the work below it.

        Raises:
            ConnectorError: when the account cannot be read.
        """
        said: dict[str, datetime] = {}
        kept: dict[str, Shown] = {}
        # Newest first: of a note that was followed by newer ones, the newest stands; a key was said when it first was.
        for audit, mark in self._marks(ref.id):
            said |= dict.fromkeys(_texts(mark.get("keys")), audit.created_at)
            notes = mark.get("kept")
            for key, essence in notes.items() if isinstance(notes, dict) else ():
                kept.setdefault(str(key), Shown(essence=str(essence), at=audit.created_at))
        return Trace(said=said, kept=kept, work=dict(self._work(ref)))

    def _work(self, ref: TicketRef) -> Iterator[tuple[str, TicketRef]]:
        for row in self._client.tickets_by_external_id(work.external_id(ref.id)):
            for _, mark in self._marks(str(row.id)):
                if isinstance(mark.get("item"), str):
                    yield str(mark["item"]), TicketRef(self._helpdesk, str(row.id))

    def _marks(self, ticket: str) -> Iterator[tuple[wire.AuditRow, Mapping[str, Any]]]:
        after: str | None = None
        while True:
            page = self._client.audits_page(ticket, after)
            for audit in page.audits:
                custom = (audit.metadata or {}).get("custom")
                mark = custom.get("escalade") if isinstance(custom, dict) else None
                if isinstance(mark, dict):
                    yield audit, mark
            after = self._client.next_cursor(page.meta, after)
            if after is None or not page.audits:
                return


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
