"""Subject: the policy under examination, with the text that it came from and the day on which it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any

from rules.conditions.base import Condition
from rules.lint.anchors import Clause, Touched, anchors_of, touched_by
from rules.lint.atoms import Atom
from rules.lint.choices import Choices, choices_of, exclude
from rules.lint.formula import Both, Fact, Formula, satisfiable, witness
from rules.lint.translate import formula_of
from rules.lint.worlds import World
from rules.policy import Policy
from rules.ticket import StatusCategory
from rules.yamltext import Path, Tree

_OPEN = tuple(status for status in StatusCategory if status.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A condition and where it stands."""

    condition: Condition
    path: Path
    #: Whose condition it is: `the rule 'production-down'`.
    owner: str
    #: It is asked of open tickets only.
    open_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What checks look at. Pure; equal subjects have equal findings."""

    policy: Policy
    tree: Tree
    #: The local date of the examination.
    today: date
    #: By the condition's identity: the policy keeps them all alive.
    _formulas: dict[tuple[int, bool], Formula] = field(default_factory=dict, repr=False, compare=False)
    _worlds: dict[bool, World] = field(default_factory=dict, repr=False, compare=False)
    #: One way in which a condition can hold of an open ticket, by the condition's identity.
    _cases: dict[int, Mapping[Atom, bool] | None] = field(default_factory=dict, repr=False, compare=False)
    #: What that way touches, and what a case has to touch that makes the condition certain.
    _touched: dict[int, Touched] = field(default_factory=dict, repr=False, compare=False)
    _choices: dict[int, Choices] = field(default_factory=dict, repr=False, compare=False)
    _anchors: dict[int, tuple[Clause, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def document(self) -> dict[str, Any]:
        """The whole document as plain values."""
        return self.tree.value if isinstance(self.tree.value, dict) else {}

    def place(self, section: str, identity: str) -> Path:
        """Where the part of that id stands; the section itself when there is none."""
        parts = self.document.get(section)
        if isinstance(parts, dict):
            return (section, identity)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict) and part.get("id") == identity:
                return (section, index)
        return (section,)

    def world(self, *, open_only: bool) -> World:
        """What tickets can be like where a condition is asked."""
        if open_only not in self._worlds:
            tiers = tuple(tier.id for tier in self.policy.tiers)
            self._worlds[open_only] = World(tiers=tiers, statuses=_OPEN) if open_only else World(tiers=tiers)
        return self._worlds[open_only]

    def together(self, *conditions: Condition, facts: tuple[Fact, ...] = (), open_only: bool = True) -> bool:
        """Whether some ticket could fulfil all conditions and facts; True also when that is not known."""
        if len(conditions) > 1 and any(exclude(*map(self._left, two)) for two in combinations(conditions, 2)):
            return False
        parts: list[Formula] = [*facts, *(self.formula(condition) for condition in conditions)]
        return satisfiable(Both(tuple(parts)), self.world(open_only=open_only))

    def _left(self, condition: Condition) -> Choices:
        """What a condition leaves of facts whose texts it names."""
        if id(condition) not in self._choices:
            self._choices[id(condition)] = choices_of(self.formula(condition))
        return self._choices[id(condition)]

    def implies(self, one: Condition, other: Condition) -> bool:
        """Whether the second holds of every open ticket of which the first does.

        False also when that is not known, and when the first holds of none.
        """
        # Nearly always one case of the first is enough to see that the second can fail.
        case = self._case(one)
        if case is None or self._says_nothing_of(one, other):
            return False
        world, without = self.world(open_only=True), self.formula(other, holds=False)
        if satisfiable(without, world, case):
            return False
        return not satisfiable(Both((self.formula(one), without)), world)

    def _case(self, condition: Condition) -> Mapping[Atom, bool] | None:
        if id(condition) not in self._cases:
            self._cases[id(condition)] = witness(self.formula(condition), self.world(open_only=True))
        return self._cases[id(condition)]

    def _says_nothing_of(self, one: Condition, other: Condition) -> bool:
        """Whether the case of the first leaves open something that the second asks for."""
        touched = self._touched.get(id(one))
        if touched is None:
            touched = self._touched[id(one)] = touched_by(self._case(one) or {})
        clauses = self._anchors.get(id(other))
        if clauses is None:
            clauses = self._anchors[id(other)] = anchors_of(self.formula(other), self.world(open_only=True))
        return any(touched.misses(clause) for clause in clauses)

    def formula(self, condition: Condition, *, holds: bool = True) -> Formula:
        """The formula of a condition, made once."""
        key = (id(condition), holds)
        if key not in self._formulas:
            self._formulas[key] = formula_of(condition, holds=holds)
        return self._formulas[key]

    def asked(self) -> Iterator[Asked]:
        """Every condition of the policy, in the order of its sections."""
        policy = self.policy
        for rule in policy.rules:
            path = (*self.place("rules", rule.id), "when")
            yield Asked(condition=rule.when, path=path, owner=f"the rule {rule.id!r}", open_only=True)
        for reminder in policy.reminders:
            path = (*self.place("updates", reminder.id), "when")
            yield Asked(condition=reminder.when, path=path, owner=f"the reminder {reminder.id!r}", open_only=True)
        for criterion in policy.criteria:
            path = (*self.place("criteria", criterion.id), "when")
            yield Asked(condition=criterion.when, path=path, owner=f"the criterion {criterion.id!r}", open_only=False)
        for tier in policy.tiers:
            if tier.acknowledged_when is not None:
                path = (*self.place("tiers", tier.id), "acknowledged_when")
                owner = f"the acknowledgement of {tier.id!r}"
                yield Asked(condition=tier.acknowledged_when, path=path, owner=owner, open_only=False)
        yield from self._clocks()
        for cadence in policy.cadences:
            path = (*self.place("cadences", cadence.id), "when")
            yield Asked(condition=cadence.when, path=path, owner=f"the cadence {cadence.id!r}", open_only=False)

    def _clocks(self) -> Iterator[Asked]:
        for target in self.policy.sla:
            place, owner = self.place("sla", target.id), f"the clock {target.id!r}"
            if target.when is not None:
                yield Asked(condition=target.when, path=(*place, "when"), owner=owner, open_only=False)
            if target.pause is not None:
                path = (*place, "pause", "when")
                yield Asked(
                    condition=target.pause.when, path=path, owner=f"the pause of {target.id!r}", open_only=False
                )
            if target.start.when is not None:
                path = (*place, "start", "when")
                yield Asked(
                    condition=target.start.when, path=path, owner=f"the start of {target.id!r}", open_only=False
                )
