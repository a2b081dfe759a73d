"""Text that a database cannot hold must not keep a ticket from being written to."""

from __future__ import annotations

from typing import Any

from escalade.store.sql import SqlStore
from rules.journal import JournalEntry
from rules.ledger import Ledger


def test_a_zero_character_of_a_subject_does_not_keep_the_journal_from_being_written(store: SqlStore, desk: Any) -> None:
    entry = JournalEntry(at=desk.at(0), ref=desk.ref(1), action="write.intended", text="open a Task: a\x00b")
    store.begin(Ledger(ref=desk.ref(1)), (), [entry])
    assert [entry.text for entry in store.journal(desk.ref(1))] == ["open a Task: a\N{REPLACEMENT CHARACTER}b"]


def test_an_error_with_a_zero_character_parks_its_visit(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "polled")
    (visit,) = store.due(desk.at(0), 10)
    store.park(visit, desk.at(5), "refused: a\x00b", ())
    store.bury(visit, "refused: a\x00b", ())
    assert list(store.dead_letters().values()) == ["refused: a\N{REPLACEMENT CHARACTER}b"]
