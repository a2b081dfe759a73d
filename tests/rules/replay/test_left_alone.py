"""What others of an account do matters to a ticket only where the policy could tell: passing by changes nothing at all."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from rules.histories.event import PastEvent, event_of
from rules.load import load_policy
from rules.policy import Policy
from rules.replay.machine import json_text
from rules.replay.player import Player
from rules.replay.replay import Replay, Setting
from rules.replay.survey import Surveyor
from rules.replay.truth import truth_of

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
SHARED = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: t1, name: First, tag: esc_t1, timeout: 6h, note: up}
  - {id: t2, name: Second, tag: esc_t2, priority_floor: high, note: up}
sla:
  - id: resolution
    metric: resolution
    when: {any: [{priority: {in: [normal, high]}}, {none: [{account.open_tickets: {at_least: 7}}]}]}
    targets: {urgent: 8h, high: 16h, normal: 24h}
    pause: {when: {status: pending}}
    escalate_to: t2
templates: {up: "{{ ticket.subject }}: {{ reason }}"}
conditions:
  crowded: {account.open_tickets: {at_least: 4}}
"""
RULES = (
    SHARED
    + """
criteria:
  - {id: young, description: Young, when: {age: {less_than: 6h}}, weight: 2}
  - {id: crowd, description: A crowd, when: {all: [{condition: crowded}, {tags: {contains: vip}}]}, weight: 3}
rules:
  - {id: urgent, description: Urgent, when: {all: [{priority: urgent}, {account.open_urgent: {at_least: 2}}]}, escalate_to: t1}
  - {id: many, description: Many, when: {all: [{tags: {contains: vip}}, {account.tickets: {at_least: 3, where: {priority: {at_least: high}}, within: 2d}}]}, escalate_to: t1}
  - {id: alike, description: Alike, when: {all: [{priority: normal}, {account.tickets: {at_least: 3, same: [field.region]}}]}, tags: [alike]}
  - {id: aged, description: Aged, when: {any: [{priority: normal}, {account.tickets: {at_least: 3, where: {age: {at_most: 5h}}}}]}, tags: [aged]}
  - {id: calm, description: Calm, when: {none: [{condition: crowded}, {tags: {exists: false}}, {status: open}]}, tags: [calm]}
  - {id: points, description: Points, when: {all: [{tags: {contains: vip}}, {criteria: {at_least: 4}}]}, tags: [points]}
  - {id: named, description: Named, when: {all: [{criterion: crowd}, {in_tier: {at_least: 3h}}]}, tags: [named]}
"""
)
#: Criteria that propose a record, once for an account, so that hardly anything matters once there is one.
ACCOUNTS = (
    SHARED
    + """
criteria:
  - {id: many, description: Many, when: {account.tickets: {at_least: 3, where: {priority: {at_least: high}}, within: 2d}}}
  - {id: urgent, description: Urgent, when: {all: [{tags: {contains: vip}}, {account.open_urgent: {at_least: 1}}]}}
directory:
  teams: {support: {members: [{id: maya, name: Maya}]}}
  roles: {manager: {members: [maya]}}
account_escalations:
  record: {helpdesk: jira, project: OPS, type: Task, subject: "Account {{ account.name }}"}
  propose: [many, urgent]
  declare: {roles: [manager]}
rules:
  - {id: known, description: Known, when: {all: [{tags: {contains: vip}}, {criterion: many}]}, escalate_to: t1}
"""
)
POLICIES = {"rules": load_policy({"policy.yaml": RULES}), "accounts": load_policy({"policy.yaml": ACCOUNTS})}


def story(seed: int) -> list[PastEvent]:
    """A history by chance, of few accounts with many tickets."""
    chance = random.Random(seed)
    lines: list[dict[str, Any]] = []
    for number in range(11):
        at = BEGIN + timedelta(minutes=chance.randrange(4 * 1440))
        for step in range(1 + chance.randrange(6)):
            line: dict[str, Any] = {"at": at, "ticket": f"desk:{number}", "event": "changed" if step else "created"}
            line["fields"] = _values(chance, whole=step == 0)
            lines.append(line)
            at += timedelta(minutes=chance.choice([0, 1, 45, 400, 1500]))
    return [event_of(json.encode(line)) for line in sorted(lines, key=lambda one: (one["at"], one["ticket"]))]


def _values(chance: random.Random, *, whole: bool) -> dict[str, Any]:
    values = {
        "status": "open" if whole else chance.choice(["open", "open", "pending", "solved", "closed"]),
        "priority": chance.choice([None, "normal", "high", "urgent"]),
        "account": chance.choice([None, "acme", "acme", "acme", "zeta"]),
        "tags": chance.choice([[], ["vip"]]),
        "custom": {"region": chance.choice(["near", "far"])},
    }
    return values if whole else {name: values[name] for name in chance.sample(sorted(values), chance.randrange(3))}


def played(policy: Policy, events: list[PastEvent], setting: Setting) -> str:
    surveyor = Surveyor()
    for event in events:
        surveyor.see(event)
    replay = Replay(policy, surveyor.survey(), setting)
    replay.play(events)
    return json_text(replay.result())


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(min_value=0, max_value=100_000))
def test_a_ticket_that_is_left_alone_would_have_been_decided_as_before(name: str, seed: int) -> None:
    events, setting = story(seed), Setting(as_told=True)
    brief = played(POLICIES[name], events, setting)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Player, "_is_left_alone", lambda *_: False)
        assert played(POLICIES[name], events, setting) == brief


@pytest.mark.parametrize("name", POLICIES)
def test_many_tickets_are_left_alone_when_others_change(name: str) -> None:
    looked: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Player, "_is_left_alone", _noting(Player._is_left_alone, looked))
        for seed in range(4):
            played(POLICIES[name], story(seed), Setting(as_told=True))
    assert sum(looked) > len(looked) / 10


def _noting(ask: Any, looked: list[bool]) -> Any:
    def asked(*given: Any) -> bool:
        looked.append(ask(*given))
        return looked[-1]

    return asked


def test_nothing_is_passed_by_where_the_truth_asks_about_the_account() -> None:
    """What people escalated is found out at visits, so these are needed then."""
    truth = truth_of({"policy.yaml": RULES}, "{account.open_tickets: {at_least: 3}}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.replay.kin.Kin.concerns", lambda *_: pytest.fail("it was asked"))
        played(POLICIES["rules"], story(1), Setting(as_told=True, truth=truth))
