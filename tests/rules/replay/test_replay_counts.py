"""A back-test counts what plain loops count that know nothing of it: rules, pauses, accounts, cadences.

The loops go through the same story minute by minute and share no code with the product.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import json

from rules.histories.event import PastEvent, event_of
from rules.load import load_policy
from rules.replay.replay import Replay
from rules.replay.survey import Surveyor

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
OPEN = {"new", "open", "pending", "hold"}
TARGETS = {"urgent": 8 * 60, "high": 16 * 60, "normal": 24 * 60, "low": 30 * 60}
MINUTE = timedelta(minutes=1)


def story(seed: int, tickets: int = 14, days: int = 18) -> list[dict[str, Any]]:
    """A history by chance: lines in the order of time, at whole minutes."""
    chance = random.Random(seed)
    lines: list[dict[str, Any]] = []
    for number in range(tickets):
        at = BEGIN + timedelta(minutes=chance.randrange(days * 1440 * 2 // 3))
        ticket = f"desk:{number}"
        first = {
            "subject": f"trouble {number}",
            "status": "new",
            "priority": chance.choice(list(TARGETS)),
            "account": f"acme-{chance.randrange(2)}",
            "product": chance.choice(["web", "app"]),
            "type": chance.choice(["outage", "question"]),
            "tags": [],
        }
        lines.append({"at": at, "ticket": ticket, "event": "created", "fields": first})
        for _ in range(chance.randrange(12)):
            at += timedelta(minutes=chance.choice([1, 30, 200, 900, 2500]) + chance.randrange(60))
            lines.append({"at": at, "ticket": ticket, **_event(chance)})
    end = BEGIN + timedelta(days=days)
    kept = sorted((line for line in lines if line["at"] < end), key=lambda line: (line["at"], line["ticket"]))
    return [*kept, {"at": end, "ticket": kept[-1]["ticket"], "event": "changed", "fields": {}}]


def _event(chance: random.Random) -> dict[str, Any]:
    kind = chance.randrange(5)
    if kind == 0:
        return {"event": "changed", "fields": {"priority": chance.choice(list(TARGETS))}}
    if kind in {1, 2}:
        states = ["open", "pending", "hold", "solved", "open"]
        return {"event": "changed", "fields": {"status": chance.choice(states)}}
    role = chance.choice(["agent", "requester", "requester"])
    return {"event": "comment", "author": {"id": role, "role": role}, "public": True, "body": "well"}


@dataclass
class Seen:
    """One ticket as the loop goes by."""

    created: datetime
    values: dict[str, Any]
    used: int = 0
    late: bool = False
    #: Open minutes since the last word to the customer.
    silent: int = 0
    unanswered: int = 0
    reopens: int = 0
    pending_since: datetime | None = None
    holding: set[str] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        return bool(self.values["status"] in OPEN)


def is_office(at: datetime) -> bool:
    return at.weekday() < 5 and 9 <= at.hour < 17


def fired(lines: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    """How often each rule began to hold, and on how many tickets."""
    times: Counter[str] = Counter()
    on: dict[str, set[str]] = {}
    seen: dict[str, Seen] = {}
    at, place = BEGIN, 0
    while at <= lines[-1]["at"]:
        while place < len(lines) and lines[place]["at"] == at:
            _apply(seen, lines[place])
            place += 1
        for ref, one in seen.items():
            holding = set(_holding(one, seen.values(), at)) if one.is_open else set()
            for name in holding - one.holding:
                times[name] += 1
                on.setdefault(name, set()).add(ref)
            one.holding = holding
        for one in seen.values():
            if one.is_open and is_office(at):
                one.used += one.values["status"] != "pending"
                one.silent += 1
        at += MINUTE
    return times, Counter({name: len(refs) for name, refs in on.items()})


def _apply(seen: dict[str, Seen], line: dict[str, Any]) -> None:
    if line["event"] == "created":
        seen[line["ticket"]] = Seen(line["at"], dict(line["fields"]))
        return
    one = seen[line["ticket"]]
    if line["event"] == "comment":
        is_agent = line["author"]["role"] == "agent"
        one.unanswered = 0 if is_agent else one.unanswered + 1
        one.silent = 0 if is_agent else one.silent
        return
    was_open, was = one.is_open, one.values["status"]
    one.values |= line["fields"]
    one.reopens += one.is_open and not was_open
    if one.values["status"] != was:
        one.pending_since = line["at"] if one.values["status"] == "pending" else None


def _holding(one: Seen, everyone: Iterable[Seen], at: datetime) -> Iterator[str]:
    theirs = [other for other in everyone if other.is_open and other.values["account"] == one.values["account"]]
    alike = [other for other in theirs if other.values["product"] == one.values["product"]]
    young = [other for other in alike if at <= other.created + timedelta(days=5)]
    if at - one.created >= timedelta(hours=48):
        yield "rule:old"
    if sum(other.values["priority"] == "urgent" for other in theirs) >= 2:
        yield "rule:account-urgent"
    if len(young) >= 3:
        yield "rule:same-product"
    if one.unanswered >= 2:
        yield "rule:unanswered"
    if one.reopens >= 1:
        yield "rule:reopened"
    if one.pending_since is not None and at - one.pending_since >= timedelta(hours=20):
        yield "rule:stuck"
    # A clock that stands still does not become late, even where another priority leaves it less time.
    one.late = one.used >= TARGETS[one.values["priority"]] and (one.late or one.values["status"] != "pending")
    if one.late:
        yield "sla:resolution"
    if one.values["type"] == "outage" and one.silent >= 6 * 60:
        yield "cadence:words"


POLICY = """
version: 1
default_calendar: office
calendars:
  office: {zone: UTC, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: t1, name: First, tag: esc_t1, timeout: 8h}
  - {id: t2, name: Second, tag: esc_t2, priority_floor: urgent}
rules:
  - {id: old, description: It is old, when: {age: {at_least: 48h, calendar: always}}, tags: [old]}
  - id: account-urgent
    description: Two urgent tickets
    when: {account.open_urgent: {at_least: 2}}
    escalate_to: t1
  - id: same-product
    description: Three of one product
    when: {account.tickets: {at_least: 3, same: [product], within: 120h, calendar: always}}
    escalate_to: t2
  - {id: unanswered, description: Nobody answers, when: {unanswered_replies: {at_least: 2}}, tags: [waits]}
  - {id: reopened, description: It came back, when: {reopens: {at_least: 1}}, tags: [again]}
  - id: stuck
    description: It is stuck
    when: {status: pending, for: {at_least: 20h, calendar: always}}
    tags: [stuck]
sla:
  - id: resolution
    metric: resolution
    targets: {urgent: 8h, high: 16h, normal: 24h, low: 30h}
    pause: {when: {status: pending}}
    escalate_to: t2
cadences:
  - id: words
    when: {type: outage}
    colours: {green: {every: 6h}}
    chase: [{to: owner, note: late}]
templates: {late: Say something.}
"""


def events_of(lines: list[dict[str, Any]]) -> list[PastEvent]:
    return [event_of(json.encode(line)) for line in lines]


@pytest.mark.capability("L1")
@pytest.mark.parametrize("seed", range(6))
def test_every_part_fires_as_often_as_plain_loops_say(seed: int) -> None:
    lines = story(seed)
    events = events_of(lines)
    surveyor = Surveyor()
    for event in events:
        surveyor.see(event)
    replay = Replay(load_policy({"policy.yaml": POLICY}), surveyor.survey())
    replay.play(events)
    found = {one.source: one for one in replay.result().rules if one.fired}
    times, tickets = fired(lines)
    assert {source: one.fired for source, one in found.items() if not source.startswith("timeout")} == times
    assert {source: one.tickets for source, one in found.items() if not source.startswith("timeout")} == tickets
