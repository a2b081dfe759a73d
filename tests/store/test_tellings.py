"""What channels are told is counted in the store: workers at the same time find no more room than there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.base import Intent, IntentState, Write, WriteKind
from escalade.store.braking import BrakeBook
from escalade.store.errors import FullError
from escalade.store.sql import SqlStore
from rules.change import Notify
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.throttle import AtMost

LIMIT = AtMost(count=3, within=timedelta(hours=1))


def _begin(store: SqlStore, desk: Any, number: int, at: datetime, *, urgent: bool = False) -> bool:
    ref = desk.ref(number)
    change = Notify(
        on=ref, because="down", rule="down", key="k", channel="room", title="t", body="b", url="u", urgent=urgent
    )
    write = Write(kind=WriteKind.NOTIFY, ticket=ref, changes=(change,), at_most=LIMIT)
    try:
        store.begin(Ledger(ref=ref), [Intent(operation=f"op-{number}", write=write, intended_at=at)], ())
    except FullError:
        return False
    return True


def test_of_many_that_begin_at_the_same_time_as_many_go_as_fit(store: SqlStore, desk: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda number: _begin(store, desk, number, desk.at(0)), range(12)))
    assert begun.count(True) == 3
    assert store.told_on("room", desk.at(-1)) == (desk.at(0),) * 3


def test_who_finds_no_room_is_told_when_there_is_some_and_nothing_is_kept(store: SqlStore, desk: Any) -> None:
    assert all(_begin(store, desk, number, desk.at(number)) for number in range(3))
    write = Write(
        kind=WriteKind.NOTIFY,
        ticket=desk.ref(9),
        changes=(Notify(on=desk.ref(9), because="", rule="", key="k", channel="room", title="", body="", url=""),),
        at_most=LIMIT,
    )
    with pytest.raises(FullError) as caught:
        store.begin(Ledger(ref=desk.ref(9)), [Intent(operation="op-9", write=write, intended_at=desk.at(5))], ())
    assert caught.value.until == desk.at(60)
    assert not _begin(store, desk, 9, desk.at(59.9))
    assert _begin(store, desk, 9, desk.at(60))


def test_an_urgent_one_goes_and_takes_room(store: SqlStore, desk: Any) -> None:
    assert all(_begin(store, desk, number, desk.at(0), urgent=True) for number in range(4))
    assert not _begin(store, desk, 4, desk.at(59))


def test_what_surely_did_not_go_out_gives_its_room_back_and_what_may_have_does_not(store: SqlStore, desk: Any) -> None:
    assert all(_begin(store, desk, number, desk.at(0)) for number in range(3))
    store.settle("op-0", IntentState.LOST, Ledger(ref=desk.ref(0)), ())
    assert not _begin(store, desk, 3, desk.at(1))
    store.settle("op-1", IntentState.LOST, Ledger(ref=desk.ref(1)), (), sent=False)
    assert _begin(store, desk, 3, desk.at(1))


def test_what_can_no_longer_count_is_not_kept(store: SqlStore, desk: Any) -> None:
    assert _begin(store, desk, 1, desk.at(0))
    later = desk.at(0) + timedelta(days=8)
    assert _begin(store, desk, 2, later)
    assert store.told_on("room", desk.at(-1)) == (later,)


def _together(store: SqlStore, desk: Any, numbers: range, at: datetime) -> bool:
    begun = []
    for number in numbers:
        ref = desk.ref(number)
        change = Notify(on=ref, because="down", rule="down", key="k", channel="room", title="t", body="b", url="u")
        write = Write(kind=WriteKind.NOTIFY, ticket=ref, changes=(change,), at_most=LIMIT)
        entry = JournalEntry(at=at, ref=ref, action="write.intended", text="tell the channel room")
        begun.append((Ledger(ref=ref), Intent(operation=f"op-{number}", write=write, intended_at=at), entry))
    try:
        store.begin_together(begun)
    except FullError:
        return False
    return True


def test_one_message_about_many_tickets_takes_one_place(store: SqlStore, desk: Any) -> None:
    assert _together(store, desk, range(20), desk.at(0))
    assert store.told_on("room", desk.at(-1)) == (desk.at(0),)
    assert _together(store, desk, range(20, 22), desk.at(1))
    assert _begin(store, desk, 22, desk.at(2))
    assert not _begin(store, desk, 23, desk.at(3))


def test_of_messages_that_begin_at_the_same_time_as_many_go_as_fit_and_of_the_others_nothing_is_kept(
    store: SqlStore, desk: Any
) -> None:
    groups = [range(start, start + 3) for start in range(0, 18, 3)]
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda numbers: _together(store, desk, numbers, desk.at(0)), groups))
    assert begun.count(True) == 3
    kept = [bool(store.journal(desk.ref(number))) for numbers in groups for number in numbers]
    assert kept == [went for went in begun for _ in range(3)]


def test_what_goes_to_a_channel_with_a_limit_is_no_write_to_a_ticket_for_the_brakes(store: SqlStore, desk: Any) -> None:
    assert _together(store, desk, range(20), desk.at(0))
    assert _begin(store, desk, 20, desk.at(1))
    assert BrakeBook(store).written_since(desk.at(-1)) == 0
