"""What holds of every back-test, whatever the history: it may be played in parts, and passing over costs nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from escalade.store.shelf import DiskShelf
from rules.histories.event import PastEvent, event_of
from rules.load import load_policy
from rules.replay.attention import Attention, Notice
from rules.replay.backtest import Backtest
from rules.replay.census import Census
from rules.replay.cost import Cost
from rules.replay.counted import Counted
from rules.replay.machine import json_text
from rules.replay.player import Player
from rules.replay.replay import Replay, Setting
from rules.replay.survey import Survey, Surveyor
from rules.replay.truth import truth_of
from rules.ticket import AccountRef, AccountSummary, OpenTicket
from rules.timeline import as_people_set

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
POLICY = {
    "policy.yaml": """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}}
channels: {room: {url_env: ROOM, at_most: {count: 2, within: 1d}}}
tiers:
  - {id: t1, name: First, tag: esc_t1, timeout: 6h, groups: {desk: Second line}, note: up}
  - {id: t2, name: Second, tag: esc_t2, priority_floor: high, notify: [{channel: room, template: up}]}
rules:
  - {id: urgent, description: Urgent, when: {priority: urgent, group: first}, escalate_to: t1}
  - {id: many, description: Many, when: {account.tickets: {at_least: 3, where: {priority: {at_least: high}}}}, escalate_to: t1}
  - {id: crowd, description: A crowd, when: {account.open_tickets: {at_least: 4}}, tags: [crowd]}
  - {id: callers, description: Callers, when: {account.requesters: {at_least: 3, within: 2d}}, tags: [callers]}
  - {id: silent, description: Silent, when: {customer_waiting: {at_least: 4h}}, tags: [silent]}
  - {id: region, description: Far, when: {field.region: far, for: 3h}, escalate_to: t2}
  - {id: linked, description: Linked, when: {tags: {contains: vip}}, tags: [seen]}
sla:
  - id: resolution
    metric: resolution
    targets: {urgent: 8h, high: 16h, normal: 24h}
    pause: {when: {status: pending}}
    escalate_to: t2
release: {when_nothing_holds: true}
templates: {up: "{{ ticket.subject }}"}
"""
}


PLAYED = load_policy(POLICY)


def story(seed: int, tickets: int = 10) -> list[PastEvent]:
    """A history by chance."""
    chance = random.Random(seed)
    lines: list[dict[str, Any]] = []
    for number in range(tickets):
        at = BEGIN + timedelta(minutes=chance.randrange(6 * 1440))
        for step in range(1 + chance.randrange(10)):
            kind = "created" if step == 0 else chance.choice(["changed", "changed", "comment"])
            line: dict[str, Any] = {"at": at, "ticket": f"desk:{number}", "event": kind}
            if kind == "comment":
                role = chance.choice(["agent", "requester"])
                line |= {"author": {"id": role, "role": role}, "public": True, "body": "well"}
            else:
                line["fields"] = _values(chance, whole=kind == "created")
            lines.append(line)
            at += timedelta(minutes=chance.choice([0, 1, 45, 400, 1500]))
    return [event_of(json.encode(line)) for line in sorted(lines, key=lambda one: (one["at"], one["ticket"]))]


def _values(chance: random.Random, *, whole: bool) -> dict[str, Any]:
    values = {
        "subject": chance.choice(["it fails", "it fails again"]),
        "status": chance.choice(["open", "open", "pending", "solved", "closed"]),
        "priority": chance.choice([None, "normal", "high", "urgent"]),
        "account": chance.choice([None, "acme", "acme", "zeta"]),
        "requester": chance.choice(["ann", "bob", "cem", "dia"]),
        "group": chance.choice(["first", "other"]),
        "assignee": chance.choice([None, "eve"]),
        "tags": chance.choice([[], ["vip"], ["esc_t1"]]),
        "custom": {"region": chance.choice(["near", "far"]), "colour": chance.choice(["red", "blue"])},
    }
    if whole:
        return values | {"status": "open"}
    return {name: values[name] for name in chance.sample(sorted(values), chance.randrange(3))}


def surveyed(events: list[PastEvent]) -> Survey:
    surveyor = Surveyor()
    for event in events:
        surveyor.see(event)
    return surveyor.survey()


def played(events: list[PastEvent], setting: Setting | None = None) -> Backtest:
    replay = Replay(PLAYED, surveyed(events), setting)
    replay.play(events)
    return replay.result()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000), share=st.floats(min_value=0, max_value=1))
def test_played_in_two_halves_is_played_in_one_go(seed: int, share: float) -> None:
    events = story(seed)
    replay = Replay(PLAYED, surveyed(events))
    place = int(len(events) * share)
    replay.play(iter(events[:place]))
    replay.play(iter(events[place:]))
    assert replay.result() == played(events)


@pytest.mark.capability("L1")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000))
def test_twice_the_same_is_the_same_to_the_byte(seed: int) -> None:
    assert json_text(played(story(seed))) == json_text(played(story(seed)))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000))
def test_what_is_passed_over_changes_nothing_that_is_told(seed: int) -> None:
    events = story(seed)
    setting = Setting(truth=truth_of(POLICY, "assignee: eve"))
    brief = played(events, setting)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Attention, "noticed", lambda *_: Notice.CHANGE)
        patch.setattr(Player, "_is_left_alone", lambda *_: False)
        patch.setattr(Census, "note", _noting_everybody(Census.note))
        patch.setattr(Census, "summary", _whole_summary)
        whole = played(events, setting)
    assert replace(brief, cost=Cost(targets=brief.cost.targets)) == replace(
        whole, cost=Cost(targets=whole.cost.targets)
    )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000))
def test_tickets_come_from_the_shelf_as_they_went_there(seed: int) -> None:
    events = story(seed)
    with pytest.MonkeyPatch.context() as patch, DiskShelf() as shelf:
        patch.setattr("rules.replay.world._MOST_AT_HAND", 2)
        replay = Replay(PLAYED, surveyed(events), shelf=shelf)
        replay.play(events)
        assert replay.result() == played(events)


def _noting_everybody(note: Any) -> Any:
    """Every change concerns every ticket of its accounts; and all of them are remembered."""

    def noted(census: Any, ticket: Any, ledger: Any, at: datetime) -> set[AccountRef]:
        before = census._counted.get(ticket.ref)
        found: set[AccountRef] = note(census, ticket, ledger, at)
        everyone = census.__dict__.setdefault("everyone", {})
        everyone[ticket.ref] = OpenTicket.of(as_people_set(ticket, ledger)), ticket.account
        return found | {one for one in (ticket.account, before and before[0]) if one is not None}

    return noted


def _whole_summary(census: Any, ticket: Any, account: AccountRef, ledger: Any) -> AccountSummary:
    """Every open ticket of the account, whether anybody counts it or not."""
    everyone = census.everyone | {ticket.ref: (OpenTicket.of(as_people_set(ticket, ledger)), ticket.account)}
    theirs = [one for one, owner in everyone.values() if owner == account and one.status.is_open]
    counts = {one.priority: sum(other.priority == one.priority for other in theirs) for one in theirs}
    return AccountSummary(
        ref=account,
        open_tickets=len(theirs),
        open_by_priority={priority: count for priority, count in counts.items() if priority is not None},
        tickets=tuple(sorted(theirs, key=lambda one: (one.created_at, one.ref))),
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000))
def test_scores_add_up(seed: int) -> None:
    events = story(seed)
    found = played(events, Setting(truth=truth_of(POLICY, "{tags: {contains: vip}}")))
    truth = found.truth
    assert truth is not None
    assert truth.escalated == truth.true + truth.false == found.escalated_tickets
    assert truth.tickets == truth.true + truth.missed
    assert truth.in_time <= truth.true
    assert len(truth.missed_tickets) == truth.missed
    assert len({one.ticket for one in found.climbs}) == found.escalated_tickets
    assert len(found.climbs) == found.escalations == sum(day.escalations for day in found.told.days)
    assert sum(one.climbs for one in found.rules) == found.escalations
    late = found.breaches
    assert late.tickets == late.before + late.after + late.never
    alerts = sum(day.alerts for day in found.told.days)
    assert alerts == sum(hour.alerts for hour in found.told.hours)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(min_value=0, max_value=10_000), hours=st.integers(min_value=0, max_value=150))
def test_two_stretches_count_together_what_the_whole_counts(seed: int, hours: int) -> None:
    events, cut = story(seed), BEGIN + timedelta(hours=hours)
    whole = played(events)
    before = Replay(PLAYED, surveyed(events), Setting(counted=Counted(None, cut)))
    before.play(events)
    after = played(events, Setting(counted=Counted(cut, None)))
    first = before.result().escalations if events[0].at < cut else 0
    assert first + after.escalations == whole.escalations
