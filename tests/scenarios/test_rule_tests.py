"""What a rule test says that the policy does is what Escalade does on the helpdesks: tickets, steps and time alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.change import PostComment
from rules.load import load_document
from rules.testing.given import desk_of
from rules.testing.happening import happen
from rules.testing.load import load_rule_tests
from rules.testing.player import Player
from rules.testing.rule_test import RuleTest, Step
from rules.ticket import TicketRef

CONFIG = Path(__file__).parents[2] / "config"
SOURCES = {str(file): file.read_text(encoding="utf-8") for file in sorted(CONFIG.glob("*.yaml"))}
STARTER = load_document(SOURCES)
FILES = {file.name: file.read_text(encoding="utf-8") for file in sorted((CONFIG / "tests").glob("*.yaml"))}
TESTS = {test.name: test for test in load_rule_tests(FILES, STARTER, SOURCES)}

#: Exports hide the most recent minute, so that Escalade acts on what people did a little later than they did it.
LAG = timedelta(minutes=2)
FIELDS = ("escalation_tier", "impact", "urgency")
NAMES = (
    "Production down leads to the highest tier at once",
    "Three urgent tickets of one customer put its account at risk",
    "Three letters without an answer escalate after four open hours",
    "A solved ticket gives everything back",
    "What the matrix raised goes back when the urgency falls",
    "A tier's tag that somebody took off stays off",
    "The ladder is climbed in working time, one day in tier 1 and four in tier 2",
    "The first answer is warned of, missed, and answered late",
    "In tier 3 the customer hears from us every working day",
    "A manager accepts once the problem and its impact are known",
    "A concern reaches the management line at night, too",
    "The way back needs three checks",
)


class Staged:
    """A rule test on the emulated helpdesk, with the starter policy and the people of the test's file."""

    def __init__(self, desk: Any, test: RuleTest) -> None:
        self.desk, self.test = desk, test
        self.people = {
            one.id: desk.zendesk.add_user(name=one.name, email=f"{one.id}@desk.example", role="agent").id
            for members in test.bench.shape.people.values()
            for one in members
        }
        with desk.world.lock:
            for name in ("Tier 1 Support", "Tier 2 Specialists", "Tier 3 Critical Response"):
                desk.groups[name] = desk.zendesk.add_group(name=name, members=[desk.agent.id, *self.people.values()]).id
            self.fields = {"escalation_tier": desk.tier_field}
            self.fields |= {name: desk.zendesk.add_field(title=name, kind="text").id for name in FIELDS[1:]}
        self._furnish()
        given = desk_of(test)
        account = next(iter(given.tickets.values())).account
        if account is None:
            desk.customer.organization_id = None
        else:
            desk.company.name = given.accounts[account].name
        self.refs = {ref: self._seed(ticket) for ref, ticket in given.tickets.items()}

    def _furnish(self) -> None:
        settings = self.desk.directory / "escalade.yaml"
        named = "{" + ", ".join(f"{name}: {name}" for name in FIELDS) + "}"
        text = settings.read_text(encoding="utf-8").replace("{escalation_tier: escalation_tier}", named)
        settings.write_text(text, encoding="utf-8")
        document: Any = deepcopy(STARTER.tree.value)
        for team, members in self.test.bench.shape.people.items():
            document["directory"]["teams"][team]["members"] = [
                {
                    **one.model_dump(by_alias=True, exclude_defaults=True),
                    "accounts": {"zendesk": str(self.people[one.id])},
                }
                for one in members
            ]
        self.desk.write_policy(json.dumps(document))
        self.desk.restart()

    def _seed(self, ticket: Any) -> TicketRef:
        return self.desk.ticket(
            ticket.subject,
            *sorted(ticket.tags),
            created_at=ticket.created_at,
            priority=ticket.priority,
            status=ticket.status,
            group_id=self.desk.groups["First line"],
            custom={self.fields[name]: value for name, value in ticket.fields.items()},
        )

    def happen(self, step: Step) -> None:
        """What people do in a step."""
        shape, ref = step.shape, self.refs[TicketRef("zendesk", step.ticket)]
        by = self.people.get(shape.by or "", self.desk.agent.id)
        if shape.change is not None:
            self._change(ref, shape.change)
        if shape.customer is not None:
            self.desk.act(ref, by=self.desk.customer.id, comment={"body": shape.customer, "public": True})
        if shape.reply is not None:
            self.desk.act(ref, by=by, comment={"body": shape.reply, "public": True})
        if shape.note is not None:
            self.desk.act(ref, by=by, comment={"body": shape.note, "public": False})

    def _change(self, ref: TicketRef, change: Any) -> None:
        values: dict[str, Any] = {}
        if change.status is not None:
            values |= {"status": change.status}
            values |= {"assignee_id": self.desk.agent.id} if change.status == "solved" else {}
        if change.priority is not None:
            values["priority"] = change.priority
        if change.add_tags or change.remove_tags:
            values["tags"] = sorted((self.desk.tags(ref) | set(change.add_tags)) - set(change.remove_tags))
        if change.fields:
            values["custom_fields"] = [
                {"id": self.fields[name], "value": value} for name, value in change.fields.items()
            ]
        self.desk.act(ref, **values)

    def wait(self, until: Any) -> None:
        """Sync at every instant at which some visit is due, up to that one."""
        while (due := self._next()) is not None and due <= until:
            self.desk.go_to(max(due, self.desk.now))
            self.desk.sync()
        if until > self.desk.now:
            self.desk.go_to(until)
        self.desk.sync()

    def _next(self) -> Any:
        far = self.desk.now + timedelta(days=400)
        waiting = [one.due for one in self.desk.app.store.due(far, 1000)]
        return min((due for due in waiting if due > self.desk.now), default=None)

    def seen(self, ref: TicketRef) -> Any:
        found = self.desk.seen(self.refs[ref])
        return found.tags, found.priority, found.group, found.tier_field, heard(found.notes)


def heard(notes: Iterable[tuple[bool, str]]) -> tuple[list[str], list[str]]:
    """The words that were said internally, and those to the customer: Zendesk posts the notes of a visit as one comment."""
    told = list(notes)
    internal, public = ([body for is_public, body in told if is_public is wanted] for wanted in (False, True))
    return " ".join(internal).split(), " ".join(public).split()


def played(player: Player, ref: TicketRef) -> Any:
    ticket = player.desk.tickets[ref]
    said = [deed.change for deed in player.deeds if deed.ref == ref and isinstance(deed.change, PostComment)]
    notes = heard([(change.public, change.body) for change in said])
    priority = None if ticket.priority is None else str(ticket.priority)
    return ticket.tags, priority, ticket.group, ticket.fields.get("escalation_tier"), notes


class Twice:
    """One rule test on the helpdesk and on the player's desk, looked at at the same instants."""

    def __init__(self, test: RuleTest, staged: Staged) -> None:
        self.test, self.staged = test, staged
        self.player = Player(test.bench.policy, desk_of(test), test.starts)

    def look_at(self, at: datetime) -> None:
        """Both are looked at at an instant, and at every one before it at which something could change by itself."""
        self.staged.wait(at)
        self.player.pass_until(at)
        self.player.settle()

    def act(self, step: Step) -> None:
        """People act, and Escalade hears of it a little later."""
        at = self.staged.desk.now
        assert happen(self.player.desk, self.test.bench.policy, replace(step, at=at)) is None
        self.staged.happen(step)
        self.hear(at)

    def hear(self, at: datetime) -> None:
        self.player.now = at + LAG
        self.player.settle()
        self.staged.desk.go_to(at + LAG)
        self.staged.desk.sync()

    def compare(self, step: Step) -> None:
        for ref in self.player.desk.names.values():
            if ref in self.staged.refs:
                assert self.staged.seen(ref) == played(self.player, ref), step.path


@pytest.mark.capability("L9")
@pytest.mark.parametrize("name", NAMES)
def test_the_helpdesk_shows_after_every_step_what_the_test_says(name: str, make_desk: Callable[..., Any]) -> None:
    test = TESTS[name]
    both = Twice(test, Staged(make_desk(starts=test.starts), test))
    if not test.steps[0].shape.happens or test.steps[0].at > test.starts:
        both.hear(test.starts)
    for step in test.steps:
        if step.at > both.staged.desk.now:
            both.look_at(step.at)
        if step.shape.happens:
            both.act(step)
        both.compare(step)
