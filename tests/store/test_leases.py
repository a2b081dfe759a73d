"""Leases: one worker at a visit at a time, and nobody writes in a visit that was taken from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connectors.base import IntentState
from escalade.store import engine, leases
from escalade.store.crew import Crew
from escalade.store.errors import LeaseLostError, StoreError
from escalade.store.sql import SqlStore, open_store
from rules.ledger import Ledger

PATIENCE = timedelta(seconds=15)


@pytest.fixture
def crew(store: SqlStore) -> Iterator[Crew]:
    made, other = Crew(store), Crew(store)
    other.join("ann")
    made.join("bob")
    yield made
    made.leave("bob")
    other.leave("ann")


def silence(store: SqlStore, worker: str, seconds: float) -> None:
    """Let the worker have been silent for so long."""
    with store.writing() as connection:
        connection.execute(
            text("UPDATE workers SET seen_at = seen_at - :by WHERE name = :name"),
            {"by": int(seconds * 1_000_000), "name": worker},
        )


def test_a_visit_is_in_one_hand_only(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(number) for number in range(5)], desk.at(0), "polled")
    taken = crew.claim("ann", desk.at(0), 3)
    rest = crew.claim("bob", desk.at(0), 3)
    assert [visit.ref for visit in (*taken, *rest)] == [desk.ref(number) for number in range(5)]
    assert {visit.holder for visit in taken} == {"ann"}
    assert crew.claim("ann", desk.at(0), 3) == []
    assert store.due(desk.at(0), 10) == []


def test_what_is_not_due_yet_or_of_a_troubled_helpdesk_is_left(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(1), "timer")
    assert (crew.waiting(desk.at(0), 9), crew.claim("ann", desk.at(0), 9)) == (0, [])
    assert (crew.waiting(desk.at(1), 9, {"zendesk"}), crew.claim("ann", desk.at(1), 9, {"zendesk"})) == (0, [])
    assert (crew.waiting(desk.at(1), 9), len(crew.claim("ann", desk.at(1), 9))) == (1, 1)


def test_an_event_during_a_visit_makes_exactly_one_more(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "webhook")
    (visit,) = crew.claim("ann", desk.at(0), 9)
    for second in range(1, 10):
        store.nudge([desk.ref(1)], desk.at(second / 60), "webhook")
    assert crew.claim("bob", desk.at(1), 9) == []
    store.finish(visit, desk.at(600), "timer")
    (again,) = crew.claim("bob", desk.at(1), 9)
    assert again.look
    store.finish(again, desk.at(600), "timer")
    assert crew.waiting(desk.at(599), 9) == 0


def test_told_of_a_change_a_ticket_is_looked_at_although_its_timer_was_due_before(
    store: SqlStore, crew: Crew, desk: Any
) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "timer")
    store.nudge([desk.ref(1)], desk.at(1), "webhook")
    (visit,) = crew.claim("ann", desk.at(2), 9)
    assert (visit.reason, visit.look) == ("timer", True)
    store.finish(visit, desk.at(3), "timer")
    (next_visit,) = crew.claim("ann", desk.at(3), 9)
    assert not next_visit.look


def test_a_visit_that_failed_still_has_to_look(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "webhook")
    (visit,) = crew.claim("ann", desk.at(0), 9)
    store.park(visit, desk.at(1), "the helpdesk is away", [])
    (again,) = crew.claim("bob", desk.at(1), 9)
    assert (again.look, again.attempts) == (True, 1)


def test_a_visit_given_back_is_as_due_as_it_was(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "webhook")
    (visit,) = crew.claim("ann", desk.at(5), 9)
    crew.release("ann", [visit.ref])
    (again,) = crew.claim("bob", desk.at(5), 9)
    assert (again.due, again.reason, again.attempts) == (desk.at(0), "webhook", 0)


def test_a_visit_that_is_put_off_is_due_then_and_sooner_only_when_something_happens(
    store: SqlStore, crew: Crew, desk: Any
) -> None:
    store.nudge([desk.ref(1), desk.ref(2)], desk.at(0), "webhook")
    one, two = crew.claim("ann", desk.at(0), 9)
    store.nudge([two.ref], desk.at(1), "webhook")
    crew.put_off({one: desk.at(5), two: desk.at(5)})
    assert [visit.ref for visit in crew.claim("bob", desk.at(4), 9)] == [two.ref]
    (again,) = crew.claim("bob", desk.at(5), 9)
    assert (again.ref, again.attempts, again.look) == (one.ref, 0, True)


def test_who_lost_a_visit_cannot_put_it_off(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "timer")
    (visit,) = crew.claim("ann", desk.at(0), 9)
    crew.release("ann", [visit.ref])
    (taken,) = crew.claim("bob", desk.at(0), 9)
    crew.put_off({visit: desk.at(5)})
    crew.release("bob", [taken.ref])
    assert [one.ref for one in crew.claim("bob", desk.at(0), 9)] == [visit.ref]


def test_nobody_gives_back_what_another_has_in_hand(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "webhook")
    crew.claim("ann", desk.at(5), 9)
    crew.release("bob", [desk.ref(1)])
    assert crew.claim("bob", desk.at(5), 9) == []


def test_a_silent_worker_is_taken_over_from_and_a_living_one_is_not(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1), desk.ref(2)], desk.at(0), "webhook")
    crew.claim("ann", desk.at(0), 1)
    assert crew.beat("bob", PATIENCE) == []
    silence(store, "ann", 16)
    assert crew.beat("bob", PATIENCE) == ["ann"]
    assert [visit.ref for visit in crew.claim("bob", desk.at(0), 9)] == [desk.ref(1), desk.ref(2)]
    with pytest.raises(LeaseLostError):
        crew.beat("ann", PATIENCE)
    with pytest.raises(LeaseLostError):
        crew.claim("ann", desk.at(0), 9)


def test_a_worker_that_was_only_slow_can_neither_begin_nor_settle_nor_finish(
    store: SqlStore, crew: Crew, desk: Any
) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "webhook")
    store.work_as("ann")
    (visit,) = crew.claim("ann", desk.at(0), 1)
    store.begin(Ledger(ref=desk.ref(1)), (), ())
    silence(store, "ann", 16)
    crew.beat("bob", PATIENCE)
    crew.claim("bob", desk.at(0), 1)
    with pytest.raises(LeaseLostError):
        store.begin(Ledger(ref=desk.ref(1)), (), ())
    with pytest.raises(LeaseLostError):
        store.settle("x", IntentState.APPLIED, Ledger(ref=desk.ref(1)), ())
    store.finish(visit, desk.at(60), "timer")
    store.park(visit, desk.at(60), "an error", [])
    store.bury(visit, "an error", [])
    crew.release("bob", [visit.ref])
    (again,) = crew.claim("bob", desk.at(0), 1)
    assert (again.due, again.attempts) == (desk.at(0), 0)


def test_who_has_the_store_to_himself_frees_what_the_dead_had(store: SqlStore, crew: Crew, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "webhook")
    crew.claim("ann", desk.at(0), 1)
    with store.exclusive() as ours:
        assert ours
        (visit,) = store.due(desk.at(0), 9)
        store.finish(visit, None, "")
    assert crew.names() == []


def test_workers_share_a_postgresql_store_and_keep_single_runs_out(new_postgres_database: Any) -> None:
    url = new_postgres_database()
    with open_store(url) as one, open_store(url) as other:
        with Crew(one).at_work("ann") as first, Crew(other).at_work("bob") as second:
            assert (first, second) == (True, True)
            with other.exclusive() as alone:
                assert not alone
        with other.exclusive() as alone, Crew(one).at_work("ann") as too:
            assert (alone, too) == (True, False)


def test_a_sqlite_store_has_one_worker(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with open_store(url) as one, open_store(url) as other:
        with Crew(one).at_work("ann") as first, Crew(other).at_work("bob") as second:
            assert (first, second) == (True, False)
        with Crew(other).at_work("bob") as now:
            assert now


def test_what_is_scheduled_is_done_once_for_all_workers(store: SqlStore, crew: Crew, desk: Any) -> None:
    assert crew.take("poll", "ann", desk.at(0))
    assert not crew.take("poll", "bob", desk.at(0))
    crew.end("poll", "ann", desk.at(1))
    assert not crew.take("poll", "bob", desk.at(0.5))
    assert crew.take("poll", "bob", desk.at(1))


def test_what_a_dead_worker_was_to_do_is_done_by_another(store: SqlStore, crew: Crew, desk: Any) -> None:
    assert crew.take("poll", "ann", desk.at(0))
    silence(store, "ann", 16)
    crew.beat("bob", PATIENCE)
    assert crew.take("poll", "bob", desk.at(0))
    crew.end("poll", "ann", desk.at(99))
    crew.end("poll", "bob", desk.at(1))
    assert crew.take("poll", "bob", desk.at(1))


@pytest.mark.parametrize("but", [(), ("jira",)])
def test_the_search_for_due_visits_goes_through_the_index(store: SqlStore, desk: Any, but: tuple[str, ...]) -> None:
    from escalade.store import leases

    store.nudge([desk.ref(number) for number in range(2000)], desk.at(60), "timer")
    with store.writing() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("ANALYZE visits")
        query = leases._of_others(desk.at(0), but).limit(10)
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        told = " ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {compiled}"))
    assert "ix_visits_due" in told, told
    assert "USE TEMP B-TREE" not in told
    assert "Sort" not in told


def test_a_process_that_stops_in_the_middle_of_a_write_does_not_hold_up_the_others(
    new_postgres_database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_FROZEN_SECONDS", 1)
    url = new_postgres_database()
    with open_store(url) as frozen, open_store(url) as other:
        for store, worker in ((frozen, "ann"), (other, "bob")):
            Crew(store).join(worker)
        left: list[str] = []
        with pytest.raises(StoreError):
            _stops_in_the_middle(frozen, other, left)
        assert left == ["bob"]


def _stops_in_the_middle(frozen: SqlStore, other: SqlStore, left: list[str]) -> None:
    with frozen.writing_many() as connection:
        leases.beat(connection, "ann")
        # The other one waits for the locks of the first, until the server takes them away.
        with other.writing_many() as others:
            leases.beat(others, "bob")
            leases.take_over(others, timedelta(milliseconds=500))
            left += leases.names(others)
        connection.execute(text("SELECT 1"))


def test_who_only_reads_may_take_its_time(new_postgres_database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FROZEN_SECONDS", 1)
    with open_store(new_postgres_database()) as store, store.reading() as connection:
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "0"
    with open_store(new_postgres_database()) as store, store.writing() as connection:
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1s"
