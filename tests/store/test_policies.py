"""Versions of the policy in the store: their texts, who follows which, and what a ledger says about it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from escalade.store import writes
from escalade.store.sql import SqlStore
from rules.journal import JournalEntry
from rules.ledger import Escalation, Ledger

OLD, NEW = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


def escalated(desk: Any, number: int, policy: str = OLD, **changes: Any) -> Ledger:
    stands = Escalation(
        tier="tier1", entered_at=desk.at(0), because="rule:x", since=desk.at(0), policy=policy, **changes
    )
    return Ledger(ref=desk.ref(number), escalation=stands, episodes=stands.episode)


def moved(desk: Any, number: int, policy: str = NEW) -> JournalEntry:
    return JournalEntry(at=desk.at(5), ref=desk.ref(number), action="policy.rebased", text="moved", policy=policy)


def test_the_texts_of_a_policy_are_kept_once_and_come_back_whole(store: SqlStore, desk: Any) -> None:
    texts = {"rules.yaml": "version: 1\n# ünïcode \U0001f525\n", "days.ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}
    store.keep_policy(OLD, texts, desk.at(1))
    store.keep_policy(OLD, {"rules.yaml": "other layout"}, desk.at(2))
    store.keep_policy(NEW, {"rules.yaml": "new"}, desk.at(3))
    assert store.policy_texts(OLD) == texts
    assert store.policy_texts("cccccccccccc") is None
    assert [(one.hash, one.first_used_at, one.in_flight) for one in store.versions()] == [
        (OLD, desk.at(1), 0),
        (NEW, desk.at(3), 0),
    ]


def test_an_escalation_follows_the_version_that_began_it_whatever_brings_it_higher(store: SqlStore, desk: Any) -> None:
    store.begin(escalated(desk, 1), (), ())
    store.begin(escalated(desk, 1, NEW), (), ())
    assert store.followers() == {desk.ref(1): OLD}


def test_the_next_escalation_of_a_ticket_follows_its_own_version(store: SqlStore, desk: Any) -> None:
    store.begin(escalated(desk, 1), (), ())
    store.begin(Ledger(ref=desk.ref(1), episodes=1), (), ())
    assert store.followers() == {}
    store.begin(escalated(desk, 1, NEW, episode=2), (), ())
    assert store.followers() == {desk.ref(1): NEW}


def test_tickets_that_were_told_to_follow_another_version_keep_doing_so(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2)), desk.at(1))
    for visit in store.due(desk.at(1), 10):
        store.finish(visit, None, "asleep")
    store.begin(escalated(desk, 1), (), ())
    store.begin(escalated(desk, 2), (), ())
    store.follow(NEW, [moved(desk, 1)], desk.at(5))
    store.begin(escalated(desk, 1), (), ())
    assert store.followers() == {desk.ref(1): NEW, desk.ref(2): OLD}
    assert store.followers(of=OLD) == {desk.ref(2): OLD}
    assert store.followers(refs=[desk.ref(1), desk.ref(3)]) == {desk.ref(1): NEW}
    assert store.in_flight() == {OLD: 1, NEW: 1}
    assert [entry.text for entry in store.journal(desk.ref(1))] == ["moved"]
    assert [(visit.ref, visit.reason) for visit in store.due(desk.at(5), 10)] == [(desk.ref(1), "policy")]


def test_a_ticket_that_is_not_escalated_is_not_made_to_follow_anything(store: SqlStore, desk: Any) -> None:
    store.begin(Ledger(ref=desk.ref(1)), (), ())
    store.follow(NEW, [moved(desk, 1)], desk.at(5))
    assert store.followers() == {}


@pytest.mark.parametrize("policy", ["", OLD])
def test_the_version_comes_with_what_is_known_of_a_ticket(store: SqlStore, desk: Any, policy: str) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    ledger = escalated(desk, 1, policy)
    store.begin(ledger, (), ())
    known = store.load([desk.ref(1)])[desk.ref(1)]
    assert (known.ledger, known.follows) == (ledger, policy or None)


def test_a_ticket_that_is_gone_keeps_no_version_in_flight(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    ledger = escalated(desk, 1)
    store.begin(ledger, (), ())
    store.forget(desk.ref(1), desk.at(2))
    assert store.in_flight() == {}
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(3))
    store.begin(replace(ledger, tags=frozenset({"esc_t1"})), (), ())
    assert store.followers() == {desk.ref(1): OLD}


def test_a_thousand_tickets_and_more_are_moved_at_once(store: SqlStore, desk: Any) -> None:
    numbers = range(1, 1203)
    with store.writing() as connection:
        for number in numbers:
            writes.keep_ledger(connection, escalated(desk, number))
    store.follow(NEW, [moved(desk, number) for number in numbers], desk.at(5))
    assert store.in_flight() == {NEW: len(numbers)}
