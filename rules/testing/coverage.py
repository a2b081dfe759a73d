"""Coverage: which parts of a policy the tests bring to bear, and which none of them touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rules.cadence_reading import read_cadence
from rules.facts import Facts
from rules.policy import Policy, Position
from rules.sla import SlaTarget
from rules.testing.deed import Deed
from rules.testing.player import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a policy that a test can touch."""

    #: `rule`, `matrix cell`, `tier`, `clock`, `warning`, `breach`, `cadence`, `chase`, `reminder`, `criterion`.
    kind: str
    #: `production-down`; `high/low`; `account-updates red`.
    name: str
    at: Position

    @property
    def key(self) -> tuple[str, str]:
        """Names the part in its policy."""
        return self.kind, self.name


def parts_of(policy: Policy) -> tuple[Part, ...]:
    """Everything that tests can touch, in the order of the policy."""
    return tuple(_parts(policy))


def _parts(policy: Policy) -> Iterator[Part]:
    yield from (Part(kind="rule", name=rule.id, at=rule.at) for rule in policy.rules)
    yield from (Part(kind="criterion", name=criterion.id, at=criterion.at) for criterion in policy.criteria)
    if policy.matrix is not None:
        at = policy.matrix.at
        yield from (Part(kind="matrix cell", name="/".join(place), at=at) for place in policy.matrix.cells)
    yield from (Part(kind="tier", name=tier.id, at=tier.at) for tier in policy.tiers)
    for target in policy.sla:
        yield from (Part(kind=kind, name=name, at=target.at) for kind, name in _parts_of_clock(target))
    for cadence in policy.cadences:
        colours = [("cadence", f"{cadence.id} {colour.name}") for colour in cadence.colours]
        chases = [("chase", f"{cadence.id} {chase.to}") for chase in cadence.chase]
        yield from (Part(kind=kind, name=name, at=cadence.at) for kind, name in (*colours, *chases))
    yield from (Part(kind="reminder", name=reminder.id, at=reminder.at) for reminder in policy.reminders)


def _parts_of_clock(target: SlaTarget) -> Iterator[tuple[str, str]]:
    yield "clock", target.id
    yield from (("warning", f"{target.id} {warning}") for warning in target.warnings)
    yield from (("breach", f"{target.id} {step}") for step in target.breaches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a policy was touched."""

    parts: tuple[Part, ...]
    #: Those that no test touched, in the order of the policy.
    untouched: tuple[Part, ...]

    @property
    def percent(self) -> float:
        """Touched parts of all, in percent; 100 where there are none."""
        return 100.0 if not self.parts else 100 * (len(self.parts) - len(self.untouched)) / len(self.parts)


class Coverage:
    """What was touched so far."""

    def __init__(self, policy: Policy) -> None:
        self._parts = parts_of(policy)
        self._untouched = {part.key for part in self._parts}

    def take(self, policy: Policy, visits: Sequence[Visit], deeds: Iterable[Deed]) -> None:
        """Take in one test.

        Args:
            policy: The policy that decided in it: with the people of the test's file.
            visits: Everything that was decided.
            deeds: Everything that was done.
        """
        for visit in visits:
            self._untouched.difference_update(_decided(visit), _clocks(policy, visit))
            self._untouched.difference_update(self._asked(policy, visit))
        rules = (deed.change.rule.partition(":") for deed in deeds)
        self._untouched.difference_update((kind, name) for kind, _, name in rules if kind == "reminder")

    @property
    def untouched(self) -> frozenset[tuple[str, str]]:
        """The keys of the parts that no test touched."""
        return frozenset(self._untouched)

    def touched_elsewhere(self, untouched: frozenset[tuple[str, str]]) -> None:
        """Take in that other tests left only these parts untouched."""
        self._untouched &= untouched

    def share(self) -> Share:
        """How much of the policy was touched."""
        untouched = tuple(part for part in self._parts if part.key in self._untouched)
        return Share(parts=self._parts, untouched=untouched)

    def _asked(self, policy: Policy, visit: Visit) -> Iterator[tuple[str, str]]:
        """What the decision does not tell and has to be asked again, unless it was touched already."""
        waiting = {kind for kind, _ in self._untouched}
        if not waiting & {"criterion", "cadence", "chase"}:
            return
        facts = visit.facts(policy)
        for one in policy.criteria:
            if ("criterion", one.id) in self._untouched and one.when.evaluate(facts).holds:
                yield "criterion", one.id
        if waiting & {"cadence", "chase"}:
            yield from _cadences(policy, facts)


def _decided(visit: Visit) -> Iterator[tuple[str, str]]:
    """What the decision itself tells."""
    decision = visit.decision
    for reason in decision.reasons:
        kind, _, name = reason.source.partition(":")
        if kind in {"rule", "criterion"}:
            yield kind, name
    for reason in decision.considered:
        kind, _, name = reason.source.partition(":")
        if kind == "matrix" and name:
            yield "matrix cell", name
    if decision.escalation is not None:
        yield from (("tier", step.tier) for step in decision.escalation.steps)


def _clocks(policy: Policy, visit: Visit) -> Iterator[tuple[str, str]]:
    targets = {target.id: target for target in policy.sla}
    for reading in visit.decision.clocks:
        target = targets[reading.target]
        yield "clock", target.id
        for warning, point in zip(target.warnings, reading.warnings, strict=False):
            if point.reached:
                yield "warning", f"{target.id} {warning}"
        for step, point in zip(target.breaches, reading.steps, strict=False):
            if point.reached:
                yield "breach", f"{target.id} {step}"


def _cadences(policy: Policy, facts: Facts) -> Iterator[tuple[str, str]]:
    for cadence in policy.cadences:
        reading = read_cadence(cadence, facts.as_of(facts.now))
        if reading.colour is not None:
            yield "cadence", f"{cadence.id} {reading.colour.name}"
        if reading.chase is not None:
            yield "chase", f"{cadence.id} {reading.chase.step.to}"
