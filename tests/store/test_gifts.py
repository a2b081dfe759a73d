"""Workers that give tickets to people count together, and what was given counts before the helpdesk tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.base import Intent, Write, WriteKind
from escalade.giving import Giving
from escalade.store.sql import SqlStore
from rules.change import AssignPerson
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import Plan
from rules.policy import Policy

POLICY = """\
version: 1
directory:
  teams:
    crew: {calendar: always, members: [{id: ada, name: Ada, accounts: {zendesk: "7"}}]}
rules:
  - {id: hot, description: Hot, when: {tags: {contains: hot}}, assign: {team: crew}}
"""


def policy() -> Policy:
    return load_policy({"rules.yaml": POLICY})


def give(store: SqlStore, desk: Any, number: int, minutes: float, *, to: str, was: str | None = None) -> AssignPerson:
    """Give a ticket to somebody, as a worker does before it writes."""
    ref = desk.ref(number)
    change = AssignPerson(on=ref, because="b", rule="hot", person=to, was=was)
    write = Write(kind=WriteKind.UPDATE, ticket=ref, changes=(change,))
    intent = Intent(operation=f"op-{number}-{minutes}", write=write, intended_at=desk.at(minutes))
    store.begin(Ledger(ref=ref), [intent], ())
    return change


def plan_of(change: AssignPerson) -> Plan:
    return Plan(
        ref=change.on,
        key="k",
        subject="",
        changes=(change,),
        skipped=(),
        ledger=Ledger(ref=change.on),
        policy="p",
        fingerprint="f",
        reasons=(),
        wake_at=None,
        wake_because="",
    )


def test_what_another_worker_gave_is_heard_of_within_a_second(store: SqlStore, desk: Any) -> None:
    ann, bob = Giving(store), Giving(store)
    now = desk.at(0)
    assert not ann.load(policy(), "zendesk", now)
    assert not bob.load(policy(), "zendesk", now)
    for number in range(3):
        give(store, desk, number, 0.01, to="7")
    give(store, desk, 9, 0.01, to="8", was="7")
    assert dict(bob.load(policy(), "zendesk", now + timedelta(seconds=2))) == {"7": 2, "8": 1, "": -3}


def test_what_a_worker_gave_itself_counts_once(store: SqlStore, desk: Any) -> None:
    ann = Giving(store)
    now = desk.at(0)
    ann.load(policy(), "zendesk", now)
    change = give(store, desk, 1, 0.01, to="7")
    ann.count(plan_of(change))
    assert ann.load(policy(), "zendesk", now + timedelta(seconds=2))["7"] == 1


def test_what_was_given_counts_as_given_before_a_poll_tells_it_and_its_last_holder_has_it_alone(
    store: SqlStore, desk: Any
) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, assignee="8"), desk.ticket(2, assignee="8")), desk.at(0))
    give(store, desk, 1, 1, to="7", was="8")
    give(store, desk, 1, 2, to="9", was="7")
    assert store.load_of("zendesk", desk.at(3)) == {"9": 1, "8": 1}
    assert store.load_of("zendesk", desk.at(13)) == {"8": 2}
