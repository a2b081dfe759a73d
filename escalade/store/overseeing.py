"""What those who watch over Escalade ask of the store, and what keeps it within the helpdesks' limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from secrets import token_hex

from msgspec import json
from sqlalchemy import select

from connectors.bucket import Given
from connectors.purse import Ask
from escalade.store import budgets, figures, journal, letters, starts, tellings
from escalade.store.database import Database
from escalade.store.schema import meta
from escalade.store.statements import insert, upsert
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.reports.unattended import Unattended
from rules.start import Start
from rules.ticket import TicketRef

#: Under which name it is kept which helpdesks were in trouble after the last run.
_TROUBLED = "troubled"
_PLAN_KEY = "plan_key"


class Overseeing(Database):
    """The part of the store that keeps dead letters, rate budgets and starts; each method is one transaction."""

    def take(self, helpdesk: str, asks: Sequence[Ask]) -> Sequence[Given]:
        """Take calls out of the rate budgets that all processes share (`connectors.purse`)."""
        with self.writing() as connection:
            return budgets.take(connection, helpdesk, asks)

    def hold(self, helpdesk: str, ask: Ask, seconds: float) -> None:
        """Let nobody take anything out of a rate budget for so many seconds."""
        with self.writing() as connection:
            budgets.hold(connection, helpdesk, ask, seconds)

    def told_on(self, channel: str, since: datetime) -> Sequence[datetime]:
        """When a channel with a limit was told something after an instant (UTC), by whichever process."""
        with self.reading() as connection:
            return tellings.told_on(connection, channel, since)

    def letters(self) -> Sequence[Unattended]:
        """Tickets whose visit was given up, with what is known of that, by helpdesk and id."""
        with self.reading() as connection:
            return letters.read(connection)

    def replay(self, entries: Sequence[JournalEntry], due: datetime) -> Sequence[TicketRef]:
        """Let the dead letters among the tickets of these entries be visited at `due`; those, with their entries."""
        with self.writing_many() as connection:
            dead = letters.replay(connection, [entry.ref for entry in entries], due)
            journal.append(connection, [entry for entry in entries if entry.ref in dead])
        return dead

    def drop(self, entries: Sequence[JournalEntry]) -> Sequence[TicketRef]:
        """Put the dead letters among the tickets of these entries away; those, with their entries."""
        with self.writing_many() as connection:
            dead = letters.drop(connection, [entry.ref for entry in entries])
            journal.append(connection, [entry for entry in entries if entry.ref in dead])
        return dead

    def keep_troubled(self, now_troubled: Collection[str]) -> Collection[str]:
        """Keep which helpdesks are in trouble; returns those that were until now."""
        query = select(meta.c.value).where(meta.c.name == _TROUBLED)
        with self.reading() as connection:
            before = frozenset(json.decode(connection.scalar(query) or "[]", type=list[str]))
        if before != frozenset(now_troubled):
            row = {"name": _TROUBLED, "value": json.encode(sorted(now_troubled)).decode()}
            with self.writing() as connection:
                connection.execute(upsert(connection, meta), row)
        return before

    def plan_key(self) -> str:
        """What plans that are made here are sealed with; made when it is asked for first."""
        query = select(meta.c.value).where(meta.c.name == _PLAN_KEY)
        with self.reading() as connection:
            found: str | None = connection.scalar(query)
        if found is not None:
            return found
        new = insert(connection, meta).on_conflict_do_nothing(index_elements=[meta.c.name])
        with self.writing() as connection:
            connection.execute(new, {"name": _PLAN_KEY, "value": token_hex(32)})
            return str(connection.scalar(query))

    def starts(self) -> Mapping[str, Start]:
        """Since when Escalade acts on which helpdesk, by name; those that have not begun are missing."""
        with self.reading() as connection:
            return starts.starts(connection)

    def keep_starts(self, helpdesks: Mapping[str, Start]) -> None:
        """Keep the start of helpdesks; one that has begun before stays as it is."""
        with self.writing() as connection:
            starts.keep(connection, helpdesks)

    def open_by_helpdesk(self, helpdesks: Sequence[str]) -> Mapping[str, int]:
        """How many open tickets are known of each of these helpdesks."""
        with self.reading() as connection:
            return starts.open_by_helpdesk(connection, helpdesks)

    def open_refs(self, helpdesk: str, after: str, limit: int) -> Sequence[TicketRef]:
        """Open tickets of a helpdesk whose ids come after one, in the order of their ids."""
        with self.reading() as connection:
            return starts.open_refs(connection, helpdesk, after, limit)

    def keep_noted(self, ledgers: Collection[Ledger], entries: Collection[JournalEntry]) -> None:
        """Keep the ledgers of tickets that were taken note of, and what the journal says of them."""
        with self.writing_many() as connection:
            starts.keep_ledgers(connection, ledgers)
            journal.append(connection, entries)

    def figures(self, now: datetime) -> figures.Figures:
        """How the store stands, for those who watch over it."""
        with self.reading() as connection:
            return figures.read(connection, now)
