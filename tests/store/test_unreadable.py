"""What a newer version keeps of one ticket, and this one cannot read, keeps no other ticket from being known."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import pytest
from sqlalchemy import Table, update

from connectors.base import Intent, Write, WriteKind
from escalade.recalling import recall
from escalade.store.errors import UnreadableError
from escalade.store.schema import intents, ledgers, timelines
from escalade.store.sql import SqlStore
from rules.change import AddTags
from rules.ledger import Ledger

#: What is kept of a ticket, and how a newer version, or a broken disk, may have left it.
KEPT = {
    "a ledger": (ledgers, "ledger", msgspec.msgpack.encode({"ref": None})),
    "a write under way": (intents, "write", msgspec.msgpack.encode({"kind": "telepathy"})),
    "a timeline": (timelines, "timeline", zlib.compress(b"x" * 5000)[:-9]),
}


@pytest.fixture
def touched(store: SqlStore, desk: Any) -> SqlStore:
    """A store that knows three tickets, each with a ledger and a write of unknown outcome."""
    store.take_in("zendesk", desk.page(*(desk.ticket(number) for number in (1, 2, 3))), desk.at(0))
    for number in (1, 2, 3):
        change = AddTags(on=desk.ref(number), because="b", rule="r", tags=("esc",))
        write = Write(kind=WriteKind.UPDATE, ticket=desk.ref(number), changes=(change,), version="v1", context={})
        intent = Intent(operation=f"op-{number}", write=write, intended_at=desk.at(1))
        store.begin(Ledger(ref=desk.ref(number), tags=frozenset({"esc"})), [intent], ())
    return store


def spoil(store: SqlStore, table: Table, column: str, blob: bytes) -> None:
    with store.writing() as connection:
        changed = connection.execute(update(table).where(table.c.ticket == "2").values({column: blob}))
        assert changed.rowcount == 1


@pytest.mark.parametrize("kept", KEPT)
def test_the_ticket_is_told_apart_from_those_that_can_be_read(touched: SqlStore, desk: Any, kept: str) -> None:
    spoil(touched, *KEPT[kept])
    refs = [desk.ref(number) for number in (1, 2, 3)]
    with pytest.raises(UnreadableError, match="Upgrade this machine, too"):
        touched.load(refs)
    known, odd = recall(touched, refs)
    assert (list(known), list(odd)) == ([desk.ref(1), desk.ref(3)], [desk.ref(2)])


@pytest.mark.parametrize("kept", KEPT)
def test_a_page_with_it_is_taken_in_and_what_cannot_be_read_is_left_as_it_is(
    touched: SqlStore, desk: Any, kept: str
) -> None:
    table, column, blob = KEPT[kept]
    spoil(touched, table, column, blob)
    seen = [desk.ticket(number, subject="Edited", updated_at=desk.at(5), version="v2") for number in (1, 2, 3)]
    assert touched.take_in("zendesk", desk.page(*seen), desk.at(6)).changed == 3
    assert {visit.ref for visit in touched.due(desk.at(6), 10)} == {desk.ref(number) for number in (1, 2, 3)}
    known, odd = recall(touched, [desk.ref(number) for number in (1, 2, 3)])
    assert {one.ticket.subject for one in known.values()} == {"Edited"}
    assert list(odd) == [desk.ref(2)]
    with touched.reading() as connection:
        row = connection.execute(table.select().where(table.c.ticket == "2")).one()
    assert row._mapping[column] == blob


@pytest.mark.parametrize("kept", KEPT)
def test_a_fresh_read_of_it_is_kept_too(touched: SqlStore, desk: Any, kept: str) -> None:
    spoil(touched, *KEPT[kept])
    touched.refresh([desk.ticket(number, subject="Read", version="v3") for number in (2, 3)], desk.at(7))
    assert touched.load([desk.ref(3)])[desk.ref(3)].ticket.subject == "Read"
