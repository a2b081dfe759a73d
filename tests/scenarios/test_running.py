"""All running escalations are found without deciding on every ticket: the answer is that of deciding on all of them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from escalade import escalations
from escalade.store.afoot import Traces
from rules.reports.escalated import Escalated

POLICY = """\
version: 1
default_calendar: always
directory: {teams: {desk: {members: [{id: ada, name: Ada, accounts: {zendesk: "ADA"}}]}}}
commands: {tags: {escalation_requested: escalate}, fields: {escalation_tier: {take_it: escalate}}}
escalation: {}
brakes: {max_comments_per_hour: 1}
tiers:
  - {id: t1, name: Tier 1, tag: esc_t1, timeout: 5h, note: entered}
  - {id: t2, name: Tier 2, tag: esc_t2, note: entered}
rules:
  - {id: loud, description: A complaint, when: {tags: {contains: complaint}}, escalate_to: t1}
  - {id: old, description: It is old, when: {age: {at_least: 3d}}, escalate_to: t2}
  - {id: marked, description: Touched, when: {helpdesk: zendesk}, tags: [esc_seen]}
  - {id: many, description: Siblings, when: {account.open_urgent: {at_least: 2}}, escalate_to: t1}
release: {when_nothing_holds: true}
templates: {entered: "Now in {{ tier.name }}"}
"""
TAGS = ("complaint", "escalation_requested", "vip")
SAYINGS = ("#escalate down", "#escalate again", "#accept yes", "#decline no", "#de-escalate done", "hello")
SPANS = (timedelta(seconds=90), timedelta(minutes=30), timedelta(hours=6), timedelta(days=2))


@pytest.fixture
def busy(desk: Any) -> Any:
    desk.write_policy(POLICY.replace("ADA", str(desk.agent.id)))
    desk.restart()
    return desk


def decided_one_by_one(desk: Any, monkeypatch: pytest.MonkeyPatch) -> list[Escalated]:
    """What comes of deciding on every ticket of ours."""
    with monkeypatch.context() as patch:
        patch.setattr(escalations, "_candidates", lambda app, _: app.store.touched())
        return list(escalations.running(desk.app, desk.now))


def somebody_acts(desk: Any, chance: random.Random, refs: list[Any]) -> None:
    ref = chance.choice(refs)
    what = chance.choice((0, 1, 1, 1, 2, 3, 4, 5))
    if what == 0:
        desk.act(ref, tags=sorted(set(desk.tags(ref)) ^ {chance.choice(TAGS)}))
    elif what == 1:
        desk.act(ref, comment={"body": chance.choice(SAYINGS), "public": False})
    elif what == 2:
        desk.act(ref, custom_fields=[{"id": desk.tier_field, "value": chance.choice(["take_it", ""])}])
    elif what == 3:
        desk.act(ref, priority=chance.choice(["normal", "urgent"]))
    elif what == 4:
        desk.act(ref, status=chance.choice(["solved", "open"]), assignee_id=desk.agent.id)
    else:
        refs.append(desk.ticket("Another", *chance.sample(TAGS, 1)))


@pytest.mark.parametrize("seed", range(8))
def test_the_answer_is_that_of_deciding_on_every_ticket(busy: Any, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    refs = [busy.ticket(f"Ticket {number}", *chance.sample(TAGS, number % 2)) for number in range(6)]
    found = 0
    for _ in range(14):
        somebody_acts(busy, chance, refs)
        busy.pass_time(chance.choice(SPANS))
        if chance.random() < 0.7:
            busy.app.sync_quietly().once(force=True)
        rows = list(escalations.running(busy.app, busy.now))
        assert rows == decided_one_by_one(busy, monkeypatch)
        found += len(rows)
    assert found, "a story in which nothing was escalated proves nothing"


def test_tickets_on_which_nothing_can_run_are_not_decided_on(busy: Any) -> None:
    quiet = [busy.ticket(f"Ticket {number}") for number in range(5)]
    loud = busy.ticket("Loud", "complaint")
    busy.settle()
    assert {*quiet, loud} <= set(busy.app.store.touched())
    assert list(busy.app.store.afoot(busy.now, Traces(conducts=True))) == [loud]


def test_before_a_run_adopted_another_policy_every_ticket_is_judged_by_it(busy: Any) -> None:
    ref = busy.ticket("Quiet")
    busy.settle()
    assert list(escalations.running(busy.app, busy.now)) == []
    busy.write_policy(POLICY.replace("{contains: complaint}", "{lacks: complaint}").replace("ADA", str(busy.agent.id)))
    busy.restart()
    assert [row.ref for row in escalations.running(busy.app, busy.now)] == [ref]
