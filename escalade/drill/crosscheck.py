"""Crosscheck: the names in a scenario mean somebody or something, and every step says one thing that happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from escalade.drill.scenario import RECORD
from escalade.drill.shapes import ExpectShape, ScenarioShape, StepShape
from rules.yamltext import Path, Tree


def check_names(shape: ScenarioShape, tree: Tree) -> None:
    """Note every mistake that the shape alone does not show."""
    names = _Names(shape, tree)
    for key, ticket in shape.desk.tickets.items():
        names.one_of(("desk", "tickets", key, "customer"), ticket.customer, shape.cast.customers, "customer")
    for key, bug in shape.desk.bugs.items():
        for index, ref in enumerate(bug.behind):
            names.one_of(("desk", "bugs", key, "behind", index), ref, shape.desk.tickets, "ticket")
    for who in shape.cast.customers:
        if who in shape.cast.people:
            tree.refuse(("cast", "customers", who), "one of our people has this id", on_key=True, found=who)
    for number, chapter in enumerate(shape.chapters):
        for index, step in enumerate(chapter.steps):
            _Check(names, step, ("chapters", number, "steps", index)).all()


@dataclass
class _Names:
    """What may be named, as far as the file has been read."""

    shape: ScenarioShape
    tree: Tree
    steps: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)

    def one_of(self, path: Path, found: str | None, allowed: Iterable[str], what: str) -> None:
        names = tuple(allowed)
        if found is not None and found not in names:
            self.tree.refuse(path, f"there is no such {what}", found=found, allowed=names)


@dataclass(frozen=True)
class _Check:
    """One step held against the names."""

    names: _Names
    step: StepShape
    path: Path

    def all(self) -> None:
        self._arrivals()
        self._actor()
        self._time()
        self._expected(self.step.expect, (*self.path, "expect"))
        if self.step.id is not None:
            if self.step.id in self.names.steps:
                self._refuse("id", "another step has this id", found=self.step.id)
            self.names.steps.append(self.step.id)

    def _refuse(self, key: str, message: str, *, found: object = None, hint: str | None = None) -> None:
        self.names.tree.refuse((*self.path, key), message, found=found, hint=hint)

    def _named(self, key: str, allowed: Iterable[str], what: str) -> None:
        self.names.one_of((*self.path, key), getattr(self.step, key), allowed, what)

    def _arrivals(self) -> None:
        desk, arrived = self.names.shape.desk, self.names.arrived
        for index, name in enumerate(self.step.arrive):
            path = (*self.path, "arrive", index)
            self.names.one_of(path, name, (*desk.tickets, *desk.bugs), "ticket or bug")
            if name in arrived:
                self.names.tree.refuse(path, "it has come in before", found=name)
            missing = [one for one in desk.bugs[name].behind if one not in arrived] if name in desk.bugs else []
            if missing:
                self.names.tree.refuse(path, f"it is linked with {missing[0]}, which has not come in yet", found=name)
            arrived.append(name)

    def _actor(self) -> None:
        step, cast, desk = self.step, self.names.shape.cast, self.names.shape.desk
        acts = step.writes is not None or step.change is not None
        if not (acts or step.arrive or step.wait or step.until):
            hint = "add writes:, change:, arrive:, wait: or until:"
            self.names.tree.refuse(self.path, "nothing happens in this step", hint=hint)
        if acts and step.who is None:
            self.names.tree.refuse(self.path, "somebody has to do this", hint="add who: with the id of a person")
        self._named("who", (*cast.people, *cast.customers), "person")
        self._named("on", (RECORD, *desk.tickets, *desk.bugs), "ticket")
        if step.on in {*desk.tickets, *desk.bugs} - {*self.names.arrived}:
            self._refuse("on", "this ticket has not come in yet", found=step.on)
        if step.who in cast.customers and (step.on in {None, RECORD} or step.change is not None):
            self._refuse("who", "a customer writes on a ticket, and does nothing else", found=step.who)
        if step.subtask is not None and step.change is None:
            self._refuse("subtask", "what becomes of the subtask?", hint="add change:")
        if step.change is not None:
            self.names.one_of((*self.path, "change", "owner"), step.change.owner, cast.people, "person")
        if step.task is not None and (step.writes is None or step.who is None or step.who in cast.customers):
            self._refuse("task", "a trainee is asked for what one of our people writes", hint="add who: and writes:")

    def _time(self) -> None:
        step = self.step
        self._named("since", self.names.steps, "step before this one")
        self._named("answers", self.names.steps, "step before this one")
        if step.since is not None and step.wait is None:
            self._refuse("since", "how much time is it?", hint="add wait:")
        if step.wait is not None and step.until is not None:
            self._refuse("until", "a step has wait: or until:, not both")

    def _expected(self, expect: ExpectShape, path: Path) -> None:
        desk, cast, tree = self.names.shape.desk, self.names.shape.cast, self.names.tree
        if expect.silent and expect.says:
            tree.refuse((*path, "silent"), "it cannot be silent and say something")
        for index, look in enumerate(expect.tickets):
            self.names.one_of((*path, "tickets", index, "ticket"), look.ticket, (*desk.tickets, *desk.bugs), "ticket")
        for index, heard in enumerate(expect.public):
            self.names.one_of((*path, "public", index, "ticket"), heard.ticket, desk.tickets, "ticket")
        for index, ref in enumerate(expect.lists):
            self.names.one_of((*path, "lists", index), ref, desk.tickets, "ticket")
        for index, subtask in enumerate(expect.subtasks):
            self.names.one_of((*path, "subtasks", index, "owner"), subtask.owner, cast.people, "person")
