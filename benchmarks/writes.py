"""What escalating one ticket costs, in requests, as the emulator counts them.

python benchmarks/writes.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from section import Measure, Section, show, table

from connectors.base import Helpdesk
from connectors.registry import connector_of
from escalade.demo.desk import JIRA_LOGIN, ZENDESK_LOGIN, DemoSecrets
from escalade.emulator.desk import START
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from rules.change import (
    AddTags,
    Assign,
    Change,
    CreateRemediation,
    PostComment,
    RemediationItem,
    SetField,
    SetPriority,
)
from rules.ticket import Priority, TicketRef

TASKS = 5
GROUP = "Tier 2 Specialists"


def world() -> World:
    """One ticket in Zendesk, and two in Jira, of which one gets remediation work."""
    made = World.empty(START)
    made.zendesk.add_group(name=GROUP, members=[])
    made.zendesk.add_field(title="escalation_tier", kind="text")
    customer = made.zendesk.add_user(name="Cora", email="cora@acme.example")
    made.zendesk.add_ticket(subject="Nothing works", requester_id=customer.id)
    made.jira.add_field("Team", "option", options=[GROUP])
    made.jira.add_field("Escalation tier", "string")
    made.jira.add_project("OPS", "Operations")
    made.jira.add_issue("OPS", "Nothing works")
    made.jira.add_issue("OPS", "Find out why")
    return made


def zendesk(url: str) -> Helpdesk:
    """The Zendesk account, opened."""
    email = ZENDESK_LOGIN[0].removesuffix("/token")
    block = {
        "url": url,
        "auth": {"email": email, "token_env": "DEMO_ZENDESK_TOKEN"},
        "fields": {"tier": "escalation_tier"},
    }
    return connector_of("zendesk").open_helpdesk("zendesk", block, DemoSecrets())


def jira(url: str) -> Helpdesk:
    """The Jira site, opened."""
    block = {
        "url": url,
        "auth": {"email": JIRA_LOGIN[0], "token_env": "DEMO_JIRA_TOKEN"},
        "projects": ["OPS"],
        "fields": {"tier": "Escalation tier"},
        "group": {"field": "Team"},
    }
    return connector_of("jira").open_helpdesk("jira", block, DemoSecrets())


def escalation(on: TicketRef) -> list[Change]:
    """Tags, priority, group, a field, and an internal note."""
    why: dict[str, Any] = {"because": "it has waited for too long", "rule": "tier2"}
    return [
        AddTags(on=on, tags=("esc_t2", "escalated"), **why),
        SetPriority(on=on, priority=Priority.URGENT, was=None, **why),
        Assign(on=on, group=GROUP, was=None, **why),
        SetField(on=on, field="tier", value="tier2", was=None, **why),
        PostComment(on=on, key="tier2", body="Escalated to tier 2.", **why),
    ]


def remediation(on: TicketRef) -> list[Change]:
    """Subtasks."""
    items = tuple(RemediationItem(key=f"task-{each}", title=f"Task {each}", body="Do it.") for each in range(TASKS))
    return [CreateRemediation(on=on, items=items, because="it is escalated", rule="tier3")]


def writes_of(calls: Counter[str]) -> list[str]:
    """The methods of the calls that are no reads."""
    return sorted(call.split()[0] for call in calls.elements() if not call.startswith("GET "))


def cost(made: World, helpdesk: Helpdesk, ref: TicketRef, changes: Sequence[Change]) -> Counter[str]:
    """Carry changes out; the calls that it took besides looking words up, by `METHOD /path`."""
    ticket = helpdesk.source.read([ref])[ref]
    assert ticket is not None
    helpdesk.vocabulary()
    before = Counter(made.calls.counts())
    for number, write in enumerate(helpdesk.sink.batch(ticket, changes)):
        applied = helpdesk.sink.apply(write, f"operation-{number}")
        assert not applied.refused, applied.refused
    return Counter(made.calls.counts()) - before


def measure(*, quick: bool) -> Section:  # noqa: ARG001 - counting is quick
    """Count the writes of an escalation."""
    made = world()
    with RunningEmulator(made) as emulator:
        helpdesks = {"zendesk": zendesk(emulator.url), "jira": jira(emulator.url)}
        (ticket,) = (TicketRef("zendesk", str(one)) for one in made.zendesk.tickets)
        escalated, remedied = (TicketRef("jira", str(one)) for one in made.jira.issues)
        parts = "tags, priority, group, field, internal note"
        costs = {
            f"Zendesk: {parts}": (cost(made, helpdesks["zendesk"], ticket, escalation(ticket)), "1 PUT", ["PUT"]),
            f"Jira: {parts}": (
                cost(made, helpdesks["jira"], escalated, escalation(escalated)),
                "1 PUT and 1 POST",
                ["POST", "PUT"],
            ),
            f"Jira: {TASKS} remediation subtasks": (
                cost(made, helpdesks["jira"], remedied, remediation(remedied)),
                "1 bulk request",
                ["POST"],
            ),
        }
        for helpdesk in helpdesks.values():
            helpdesk.close()
    return Section(
        title="Writing: requests for one escalated ticket",
        body=table(
            ("what", "requests"),
            [(what, ", ".join(f"{n} × `{call}`" for call, n in calls.items())) for what, (calls, *_) in costs.items()],
        ),
        measures=tuple(
            Measure(
                text=f"{what}: {wanted}",
                found=" and ".join(
                    f"{n} {method}" for method, n in sorted(Counter(writes_of(calls)).items(), reverse=True)
                ),
                met=writes_of(calls) == methods,
            )
            for what, (calls, wanted, methods) in costs.items()
        ),
        figures={what: len(writes_of(calls)) for what, (calls, *_) in costs.items()},
    )


if __name__ == "__main__":
    show(measure)
