"""What workers write is counted together; who is held stays held until somebody lets it go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.base import Intent, IntentState, Write, WriteKind
from escalade.brake import Brake
from escalade.parking import ParkError
from escalade.store.braking import BrakeBook
from escalade.store.sql import SqlStore
from rules.change import AddTags
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import StatusCategory

POLICY = """\
version: 1
brakes: {max_tickets: 3, within: 5m}
rules:
  - {id: hot, description: Hot, when: {tags: {contains: hot}}, tags: [NAME]}
"""


def policy(name: str = "seen") -> Policy:
    return load_policy({"rules.yaml": POLICY.replace("NAME", name)})


@dataclass
class Time:
    at: datetime
    ticks: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def go(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ticks += seconds


@dataclass
class Hall:
    """Workers on one store, each with a brake of its own."""

    store: SqlStore
    desk: Any
    time: Time
    written: list[int] = field(default_factory=list)
    count: int = 0

    def worker(self) -> Brake:
        return Brake(self.store, self.time, ticks=lambda: self.time.ticks)

    def write(self, brake: Brake, number: int, by: Policy | None = None) -> bool:
        """Write to a ticket, if the brake lets it."""
        ref = self.desk.ref(number)
        try:
            brake.admit(ref, by or policy())
        except ParkError:
            return False
        self.count += 1
        change = AddTags(on=ref, because="b", rule="hot", tags=("seen",))
        write = Write(kind=WriteKind.UPDATE, ticket=ref, changes=(change,))
        operation = f"op-{self.count}"
        self.store.begin(Ledger(ref=ref), [Intent(operation=operation, write=write, intended_at=self.time.now())], ())
        self.store.settle(operation, IntentState.APPLIED, Ledger(ref=ref), ())
        self.written.append(number)
        return True


@pytest.fixture
def hall(store: SqlStore, desk: Any) -> Hall:
    # Databases are used for several tests.
    BrakeBook(store).release(desk.at(-10_000))
    return Hall(store, desk, Time(desk.at(0)))


def test_workers_together_write_to_no_more_tickets_than_one_run_may(hall: Hall) -> None:
    ann, bob = hall.worker(), hall.worker()
    assert hall.write(ann, 1)
    assert hall.write(bob, 2)
    hall.time.go(1)
    assert hall.write(ann, 3)
    assert not hall.write(ann, 4)
    hall.time.go(1)
    assert not hall.write(bob, 5)
    assert "3 of 3 open tickets were written to within 5m" in str(bob.held(policy()))
    assert [entry.action for entry in hall.store.journal(hall.desk.ref(4))] == ["brakes.tripped"]
    assert not hall.store.journal(hall.desk.ref(5))


def test_a_ticket_that_was_written_to_may_be_written_to_again(hall: Hall) -> None:
    ann = hall.worker()
    assert all(hall.write(ann, number) for number in (1, 2, 3, 3, 1))
    hall.time.go(2)
    assert all(hall.write(ann, number) for number in (3, 2))
    assert ann.held(policy()) is None


def test_as_many_as_a_run_may_write_to_go_through_in_every_stretch_of_time(hall: Hall) -> None:
    ann = hall.worker()
    for number in range(12):
        assert hall.write(ann, number)
        hall.time.go(101)
    assert ann.held(policy()) is None


def test_time_alone_and_a_new_process_release_nothing(hall: Hall) -> None:
    assert [hall.write(hall.worker(), number) for number in range(5)] == [True, True, True, False, False]
    hall.time.go(86_400)
    late = hall.worker()
    late.book.begin(hall.time.now())
    assert not hall.write(late, 9)


def test_whoever_is_let_go_on_is_counted_anew(hall: Hall) -> None:
    ann = hall.worker()
    assert [hall.write(ann, number) for number in range(4)] == [True, True, True, False]
    assert BrakeBook(hall.store).release(hall.time.now()).held_at == hall.time.now()
    hall.time.go(2)
    assert [hall.write(ann, number) for number in range(4, 8)] == [True, True, True, False]


def test_another_policy_begins_anew_and_the_old_one_is_not_held_by_its_trip(hall: Hall) -> None:
    ann = hall.worker()
    assert [hall.write(ann, number) for number in range(4)] == [True, True, True, False]
    hall.time.go(2)
    mended = policy("mended")
    assert ann.held(mended) is None
    hall.time.go(2)
    assert [hall.write(ann, number, mended) for number in range(4, 8)] == [True, True, True, False]


def test_what_runs_wrote_before_a_service_began_does_not_count(hall: Hall) -> None:
    run = hall.worker()
    assert all(hall.write(run, number) for number in range(3))
    hall.time.go(1)
    service = hall.worker()
    service.book.begin(hall.time.now())
    assert hall.write(service, 7)


def test_of_two_that_trip_at_the_same_time_one_journals_it(store: SqlStore, desk: Any) -> None:
    book = BrakeBook(store)
    book.release(desk.at(-1))
    entry = JournalEntry(at=desk.at(0), ref=desk.ref(1), action="brakes.tripped", text="why")
    assert [book.hold("p", "why", entry), book.hold("p", "why", entry)] == [True, False]
    assert len(store.journal(desk.ref(1))) == 1


def test_what_did_not_reach_a_helpdesk_does_not_count(hall: Hall) -> None:
    ref, at = hall.desk.ref(1), hall.time.now()
    change = AddTags(on=ref, because="b", rule="hot", tags=("seen",))
    intent = Intent(operation="lost", write=Write(kind=WriteKind.UPDATE, ticket=ref, changes=(change,)), intended_at=at)
    hall.store.begin(Ledger(ref=ref), [intent], ())
    book, since = BrakeBook(hall.store), at - timedelta(seconds=1)
    assert (book.written_since(since), book.is_written_since(ref, since)) == (1, True)
    hall.store.settle("lost", IntentState.LOST, Ledger(ref=ref), ())
    assert (book.written_since(since), book.is_written_since(ref, since)) == (0, False)


SHARED = """\
version: 1
brakes: {max_tickets: 1000, max_share: SHARE, within: 5m}
rules:
  - {id: hot, description: Hot, when: {tags: {contains: hot}}, tags: [seen]}
"""


def shared(share: float) -> Policy:
    return load_policy({"rules.yaml": SHARED.replace("SHARE", str(share))})


def test_tickets_that_came_in_meanwhile_count_for_the_share(hall: Hall) -> None:
    ann, half = hall.worker(), shared(0.5)
    hall.store.refresh([hall.desk.ticket(number) for number in range(20)], hall.time.now())
    assert all(hall.write(ann, number, half) for number in range(10))
    hall.store.refresh([hall.desk.ticket(number) for number in range(20, 24)], hall.time.now())
    assert [hall.write(ann, number, half) for number in range(20, 23)] == [True, True, False]


def test_tickets_that_are_solved_after_they_were_written_to_are_not_missing_from_the_whole(hall: Hall) -> None:
    ann, most = hall.worker(), shared(0.8)
    hall.store.refresh([hall.desk.ticket(number) for number in range(30)], hall.time.now())
    assert all(hall.write(ann, number, most) for number in range(15))
    solved = [hall.desk.ticket(number, status=StatusCategory.SOLVED) for number in range(10)]
    hall.store.refresh(solved, hall.time.now())
    hall.time.go(120)
    # 24 of 30, of which 10 are solved; not 16 of the 20 that are left.
    assert [hall.write(ann, number, most) for number in range(15, 25)] == [True] * 9 + [False]


def test_a_share_of_all_of_them_is_no_limit(hall: Hall) -> None:
    ann, every = hall.worker(), shared(1)
    hall.store.refresh([hall.desk.ticket(number) for number in range(20)], hall.time.now())
    assert all(hall.write(ann, number, every) for number in range(25))
