"""Visits: one row a ticket is its coalescing, timer, retry and dead letter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalade.store.sql import SqlStore
from rules.journal import JournalEntry
from rules.ticket import TicketRef
from sync import DueVisit


def entry(desk: Any, action: str) -> JournalEntry:
    return JournalEntry(at=desk.at(0), ref=desk.ref(1), action=action, text="why")


def only(store: SqlStore, now: datetime) -> DueVisit:
    (visit,) = store.due(now, 10)
    return visit


def test_many_nudges_make_one_visit_at_the_earliest_instant(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(30), "timer")
    store.nudge([desk.ref(1), desk.ref(1)], desk.at(10), "webhook")
    store.nudge([desk.ref(1)], desk.at(20), "polled")
    assert store.due(desk.at(9), 10) == []
    assert only(store, desk.at(10)) == DueVisit(
        ref=desk.ref(1), due=desk.at(10), reason="webhook", attempts=0, nudges=3, look=True
    )


def test_due_visits_come_longest_overdue_first_and_can_be_paged(store: SqlStore, desk: Any) -> None:
    for number in range(7):
        store.nudge([desk.ref(number)], desk.at(-(number % 3)), "timer")
    store.nudge([TicketRef("jira", "1")], desk.at(0), "timer")
    store.nudge([desk.ref(99)], desk.at(60), "timer")
    everything = [str(visit.ref) for visit in store.due(desk.at(0), 100)]
    assert everything == [
        "zendesk:2",
        "zendesk:5",
        "zendesk:1",
        "zendesk:4",
        "jira:1",
        "zendesk:0",
        "zendesk:3",
        "zendesk:6",
    ]
    paged: list[str] = []
    after = None
    while page := store.due(desk.at(0), 3, after):
        paged += [str(visit.ref) for visit in page]
        after = page[-1]
    assert paged == everything


def test_an_instant_is_kept_to_the_microsecond_and_in_utc(store: SqlStore, desk: Any) -> None:
    due = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
    store.nudge([desk.ref(1)], due, "timer")
    assert store.due(due - timedelta(microseconds=1), 10) == []
    visit = only(store, due)
    assert visit.due == due
    assert visit.due.tzinfo is UTC


def test_a_naive_datetime_is_refused(store: SqlStore, desk: Any) -> None:
    with pytest.raises(Exception, match="names no time zone"):
        store.nudge([desk.ref(1)], datetime(2026, 3, 2, 9, 0), "timer")  # noqa: DTZ001 - the point of the test


def test_a_finished_visit_sleeps_until_its_time(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "polled")
    store.finish(only(store, desk.at(0)), desk.at(60), "the tier times out")
    assert store.due(desk.at(59), 10) == []
    woken = only(store, desk.at(60))
    assert (woken.reason, woken.attempts) == ("the tier times out", 0)
    store.finish(woken, None, "nothing to wait for")
    assert store.due(desk.at(100_000), 10) == []


@pytest.mark.parametrize("end", ["finish", "park", "bury"])
def test_an_event_during_a_visit_makes_exactly_one_more(store: SqlStore, desk: Any, end: str) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "polled")
    visit = only(store, desk.at(0))
    store.nudge([desk.ref(1)], desk.at(1), "webhook")
    store.nudge([desk.ref(1)], desk.at(2), "webhook")
    match end:
        case "finish":
            store.finish(visit, desk.at(60), "timer")
        case "park":
            store.park(visit, desk.at(60), "the helpdesk is down", ())
        case _:
            store.bury(visit, "the helpdesk said no", ())
    again = only(store, desk.at(2))
    assert store.dead_letters() == {}
    assert again.attempts == (1 if end == "park" else 0)
    store.finish(again, None, "nothing to wait for")
    assert store.due(desk.at(100_000), 10) == []


def test_a_parked_visit_comes_back_counting_its_attempts_and_other_tickets_are_not_held_up(
    store: SqlStore, desk: Any
) -> None:
    store.nudge([desk.ref(1), desk.ref(2)], desk.at(0), "polled")
    for attempt in range(3):
        visit = next(visit for visit in store.due(desk.at(attempt), 10) if visit.ref == desk.ref(1))
        assert visit.attempts == attempt
        store.park(visit, desk.at(attempt + 1), "the helpdesk is down", [entry(desk, "visit.parked")])
    assert [visit.ref for visit in store.due(desk.at(2), 10)] == [desk.ref(2)]
    retried = next(visit for visit in store.due(desk.at(3), 10) if visit.ref == desk.ref(1))
    assert (retried.attempts, retried.reason) == (3, "retry")
    assert [entry.action for entry in store.journal(desk.ref(1))] == ["visit.parked"] * 3
    store.finish(retried, desk.at(4), "timer")
    assert {visit.attempts for visit in store.due(desk.at(4), 10)} == {0}


def test_a_dead_letter_stays_dead_until_something_new_happens(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "polled")
    store.park(only(store, desk.at(0)), desk.at(1), "down", ())
    store.bury(only(store, desk.at(1)), "the helpdesk refuses the tag", [entry(desk, "visit.buried")])
    assert store.due(desk.at(100_000), 10) == []
    assert store.dead_letters() == {desk.ref(1): "the helpdesk refuses the tag"}
    assert [entry.action for entry in store.journal(desk.ref(1))] == ["visit.buried"]
    store.nudge([desk.ref(1)], desk.at(2), "polled")
    assert store.dead_letters() == {}
    assert only(store, desk.at(2)).attempts == 0


def test_ending_many_visits_at_once_is_like_ending_each(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1), desk.ref(2), desk.ref(3)], desk.at(0), "polled")
    first, second, third = store.due(desk.at(0), 10)
    store.nudge([desk.ref(2)], desk.at(1), "webhook")
    store.finish_all([(first, desk.at(60), "timer"), (second, desk.at(60), "timer"), (third, None, "done")])
    assert [(visit.ref.id, visit.due, visit.reason) for visit in store.due(desk.at(60), 10)] == [
        ("2", desk.at(0), "polled"),
        ("1", desk.at(60), "timer"),
    ]


_MINUTES = st.integers(min_value=0, max_value=20)


@given(events=st.lists(st.tuples(_MINUTES, st.booleans()), max_size=30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_nudge_is_ever_lost(store: SqlStore, desk: Any, events: list[tuple[int, bool]]) -> None:
    """Whatever nudges come, before or during visits: at the end a visit has begun after each of them was due."""
    ref = desk.ref(f"x{id(events)}-{len(events)}")
    now = 0
    begun = -1
    last = -1
    for wait, during in events:
        now += wait
        visit = next((visit for visit in store.due(desk.at(now), 1000) if visit.ref == ref), None)
        if during and visit is not None:
            begun = now
            store.nudge([ref], desk.at(now), "webhook")
            store.finish(visit, None, "done")
        else:
            store.nudge([ref], desk.at(now), "webhook")
        last = now
        assert any(visit.ref == ref for visit in store.due(desk.at(now), 1000))
    for _ in range(2):
        for visit in store.due(desk.at(now), 1000):
            begun = now if visit.ref == ref else begun
            store.finish(visit, None, "done")
    assert begun >= last
    assert store.due(desk.at(100_000), 1000) == []


def test_only_dead_letters_are_replayed_or_dropped_and_only_they_are_journalled(store: SqlStore, desk: Any) -> None:
    refs = [desk.ref(1), desk.ref(2), desk.ref(3)]
    store.nudge(refs, desk.at(0), "polled")
    first, second, third = store.due(desk.at(0), 10)
    store.bury(first, "refused", [])
    store.bury(second, "refused", [])
    store.finish(third, desk.at(60), "timer")
    told = [JournalEntry(at=desk.at(1), ref=ref, action="told", text="why") for ref in refs]
    assert store.drop([told[0], told[2]]) == [desk.ref(1)]
    assert store.replay(told, desk.at(1)) == [desk.ref(2)]
    assert [(visit.ref.id, visit.reason, visit.attempts) for visit in store.due(desk.at(60), 10)] == [
        ("2", "replayed", 0),
        ("3", "timer", 0),
    ]
    assert [len(store.journal(ref)) for ref in refs] == [1, 1, 0]
    assert store.letters() == []


def test_a_dead_letter_tells_since_when_and_after_how_many_attempts(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(0), "polled")
    store.park(only(store, desk.at(0)), desk.at(1), "down", [entry(desk, "visit.parked")])
    given_up = JournalEntry(at=desk.at(1), ref=desk.ref(1), action="visit.given_up", text="why")
    store.bury(only(store, desk.at(1)), "refused", [given_up])
    (letter,) = store.letters()
    assert (letter.ref, letter.error, letter.attempts, letter.since) == (desk.ref(1), "refused", 2, desk.at(1))
