"""Whom a back-test says that people would have told, when, and how much sooner, is what plain arithmetic says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import json

from rules.histories.event import PastEvent, event_of
from rules.load import load_policy
from rules.replay.backtest import Backtest
from rules.replay.replay import Replay, Setting
from rules.replay.survey import Surveyor
from rules.replay.told import ReceiverKind
from rules.replay.truth import truth_of

#: Before the clocks of Berlin go forward, on the 29th of March.
BEGIN = datetime(2026, 3, 26, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
POLICY = {
    "policy.yaml": """
version: 1
default_calendar: always
tiers:
  - {id: t1, name: First, tag: esc_t1, timeout: 8h, note: entered}
  - {id: t2, name: Second, tag: esc_t2, note: entered}
rules:
  - {id: old, description: It is old, when: {age: {at_least: 2h}}, escalate_to: t1}
sla:
  - {id: solved, metric: resolution, targets: {normal: 6h, urgent: 6h}}
templates: {entered: "Now in {{ tier.name }}."}
directory:
  teams:
    desk: {members: [{id: anna, name: Anna Berg, accounts: {desk: "9001"}}]}
"""
}


@dataclass
class Story:
    """One ticket: hours after the begin of all. Nobody does anything at a full hour but open tickets."""

    number: int
    opened: int
    solved: float
    urgent: float | None
    #: Who has it from when on.
    owners: list[tuple[float, str]] = field(default_factory=list)

    @property
    def climbs(self) -> list[int]:
        """When it would enter a tier: two hours after it was opened, and eight hours later."""
        return [at for at in (self.opened + 2, self.opened + 10) if at < self.solved]

    def owner_at(self, hours: float) -> str | None:
        """Who has it at an instant."""
        return next((who for since, who in reversed(self.owners) if since <= hours), None)

    def events(self) -> Iterator[tuple[float, dict[str, Any]]]:
        """Everything that happens to it."""
        fields = {"subject": "trouble", "status": "open", "priority": "normal", "group": "Desk"}
        yield self.opened, {"event": "created", "fields": fields}
        yield from ((at, {"event": "changed", "fields": {"assignee": who}}) for at, who in self.owners)
        if self.urgent is not None:
            yield self.urgent, {"event": "changed", "fields": {"priority": "urgent"}}
        yield self.solved, {"event": "changed", "fields": {"status": "solved"}}


def stories(seed: int) -> list[Story]:
    chance = random.Random(seed)
    found = []
    for number in range(40):
        opened = chance.randrange(24 * 8)
        solved = opened + chance.randrange(1, 30) + 0.5
        urgent = opened + chance.randrange(20) + 0.25
        handed = sorted(opened + chance.randrange(14) + 0.75 for _ in range(chance.randrange(3)))
        owners = [(at, chance.choice(["9001", "9002"])) for at in handed if at < solved]
        found.append(Story(number, opened, solved, urgent if urgent < solved and number % 2 else None, owners))
    return found


def played(told: list[Story]) -> Backtest:
    happened = sorted((at, one.number, what) for one in told for at, what in one.events())
    events: list[PastEvent] = [
        event_of(json.encode({"at": BEGIN + at * HOUR, "ticket": f"desk:{number}", **what}))
        for at, number, what in happened
    ]
    surveyor = Surveyor()
    for event in events:
        surveyor.see(event)
    setting = Setting(zone=BERLIN, truth=truth_of(POLICY, "priority: urgent"))
    replay = Replay(load_policy(POLICY), surveyor.survey(), setting)
    replay.play(events)
    return replay.result()


@pytest.mark.capability("L1")
@pytest.mark.parametrize("seed", range(4))
def test_alerts_a_day_an_hour_and_a_person_are_those_of_plain_arithmetic(seed: int) -> None:
    told = stories(seed)
    found = played(told).told
    alerts = [(BEGIN + at * HOUR, one.owner_at(at)) for one in told for at in one.climbs]
    local = [(at.astimezone(BERLIN), who) for at, who in alerts]
    assert {day.day: day.alerts for day in found.days if day.alerts} == Counter(at.date() for at, _ in local)
    assert {(one.weekday, one.hour): one.alerts for one in found.hours} == Counter(
        (at.weekday(), at.hour) for at, _ in local
    )
    # Whom the directory knows has the name that it gives.
    names = {
        None: (ReceiverKind.GROUP, "Desk"),
        "9001": (ReceiverKind.PERSON, "anna"),
        "9002": (ReceiverKind.PERSON, "9002"),
    }
    days = Counter((names[who], at.date()) for at, who in local)
    for one in found.receivers:
        theirs = {day: count for (who, day), count in days.items() if who == (one.kind, one.name)}
        assert (one.alerts, one.days, one.fullest) == (sum(theirs.values()), len(theirs), max(theirs.values()))
    assert {(one.kind, one.name) for one in found.receivers} == {who for who, _ in days}


@pytest.mark.capability("L1")
@pytest.mark.parametrize("seed", range(4))
def test_what_people_did_and_how_much_sooner_the_policy_was_are_those_of_plain_arithmetic(seed: int) -> None:
    told = stories(seed)
    found = played(told)
    escalated = {one.number for one in told if one.climbs}
    urgent = {one.number: one.urgent for one in told if one.urgent is not None}
    truth = found.truth
    assert truth is not None
    both = escalated & urgent.keys()
    assert (truth.tickets, truth.escalated, truth.true) == (len(urgent), len(escalated), len(both))
    assert (truth.missed, truth.false) == (len(urgent.keys() - escalated), len(escalated - urgent.keys()))
    assert truth.precision == pytest.approx(len(both) / len(escalated))
    assert truth.recall == pytest.approx(len(both) / len(urgent))
    first = {one.number: one.climbs[0] for one in told if one.climbs}
    leads = [(urgent[number] - first[number]) * HOUR for number in both]
    assert truth.in_time == sum(lead >= timedelta() for lead in leads)
    assert (truth.lead.count, truth.lead.median) == (len(leads), median_low(leads))
    # Late after six hours; escalated two hours after it was opened, which is four hours before.
    late = [one for one in told if one.solved > one.opened + 6]
    assert (found.breaches.tickets, found.breaches.before) == (len(late), len(late))
    assert (found.breaches.lead.least, found.breaches.lead.most) == (4 * HOUR, 4 * HOUR)


@pytest.mark.capability("L1")
@pytest.mark.parametrize("seed", range(4))
def test_each_climb_and_each_release_costs_one_write(seed: int) -> None:
    told = stories(seed)
    (desk,) = played(told).cost.targets
    assert desk.target == "desk"
    assert desk.writes == sum(len(one.climbs) + bool(one.climbs) for one in told)
    assert desk.reads <= desk.writes
