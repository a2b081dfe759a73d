"""Judge: holds what is expected of a ticket against what the policy made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rules.cadence_reading import read_cadence
from rules.decision import Decision
from rules.explain import describe
from rules.facts import Facts
from rules.schema.rule_tests import ExpectShape
from rules.testing.acts import Mismatched, judge_acts
from rules.testing.deed import Deed
from rules.testing.instants import checked, read, spoken
from rules.testing.names import NEVER, NONE
from rules.testing.outcome import Mismatch
from rules.testing.player import Player, Visit
from rules.testing.rule_test import RuleTest, Step
from rules.ticket import Ticket, TicketRef
from rules.words import words


@dataclass(frozen=True)
class Scene:
    """One ticket at the instant of an expectation."""

    test: RuleTest
    step: Step
    player: Player
    ref: TicketRef
    #: What was done to it at that instant.
    deeds: Sequence[Deed]

    @cached_property
    def visit(self) -> Visit:
        """What was decided about it last."""
        return self.player.look(self.ref)

    @cached_property
    def ticket(self) -> Ticket:
        """The ticket as it is after everything that was done."""
        return self.player.desk.tickets[self.ref]

    @cached_property
    def facts(self) -> Facts:
        """What the policy could ask of it."""
        return self.visit.facts(self.test.bench.policy)

    @cached_property
    def telling(self) -> Visit:
        """The visit that explains what was done at that instant, else the last one."""
        doing = (one for one in reversed(self.player.history) if one.known.ticket.ref == self.ref and one.plan.changes)
        return next((one for one in doing if one.at == self.step.at), self.visit)

    @property
    def decision(self) -> Decision:
        """What was decided about it last."""
        return self.visit.decision

    def says(self, text: str) -> str:
        """An instant of the test, spoken in one way; a word stays as it is."""
        try:
            checked(text)
        except ValueError:
            return text
        return self.spoken(read(text, self.test.bench.zone, self.step.at))

    def spoken(self, at: datetime) -> str:
        """An instant (UTC) as the test's zone shows it."""
        return spoken(at, self.test.bench.zone)


def judge(scene: Scene, expect: ExpectShape) -> list[Mismatch]:
    """Every part of an expectation that is not met."""
    proved: Decision | None = None
    found = []
    for wrong in _wrong(scene, expect):
        proved = proved or scene.telling.proved(scene.test.bench.policy)
        found.append(
            Mismatch(
                at=scene.test.bench.tree.at((*scene.step.path, "expect", *wrong.path)),
                instant=scene.step.at,
                what=".".join(map(str, wrong.path)),
                expected=wrong.expected,
                found=wrong.found,
                ticket=scene.player.desk.name_of(scene.ref),
                decision=proved,
                skipped=scene.telling.plan.skipped,
            )
        )
    return found


def _wrong(scene: Scene, expect: ExpectShape) -> Iterator[Mismatched]:
    if expect.nothing is not None and expect.nothing == bool(scene.deeds):
        done = tuple(describe(deed.change) for deed in scene.deeds) or ("nothing is done",)
        yield Mismatched(("nothing",), ("nothing is done",) if expect.nothing else ("something is done",), done)
    yield from _standing(scene, expect)
    yield from _clocks(scene, expect)
    yield from _values(scene.ticket, expect)
    for name, value in expect.facts.items():
        found = words(scene.facts.value(name))
        if found != scene.says(words(value)):
            yield Mismatched(("facts", name), (words(value),), (found,))
    yield from judge_acts(expect, scene.deeds, kept=_kept(scene))


def _kept(scene: Scene) -> str:
    texts = scene.player.desk.kept.items()
    return "\n".join(text for (ref, _), text in texts if ref == scene.ref)


def _plain(expected: object, found: object, *path: str) -> Iterator[Mismatched]:
    if expected is not None and expected != found:
        yield Mismatched(path, (words(expected),), (words(found),))


def _standing(scene: Scene, expect: ExpectShape) -> Iterator[Mismatched]:
    """Where the ticket and its account stand."""
    stands, case = scene.decision.escalation, scene.decision.case
    yield from _plain(expect.tier, NONE if stands is None else stands.tier, "tier")
    yield from _plain(expect.path, NONE if stands is None or not stands.path else stands.path, "path")
    yield from _plain(expect.acknowledged, scene.facts.value("acknowledged"), "acknowledged")
    yield from _plain(expect.stage, "none" if case is None else str(case.stage), "stage")
    if expect.account is not None:
        standing = scene.decision.standing or scene.visit.known.around.standing
        state = NONE if standing is None else str(standing.state)
        colour = None if standing is None else standing.colour
        owner = None if standing is None else standing.owner
        yield from _plain(expect.account.state, state, "account", "state")
        yield from _plain(expect.account.colour, colour or NONE, "account", "colour")
        yield from _plain(expect.account.owner, owner or NONE, "account", "owner")
    if expect.rules is not None:
        sources = (reason.source for reason in scene.decision.reasons)
        holding = {source.removeprefix("rule:") for source in sources if source.startswith("rule:")}
        # Nothing follows from a rule in shadow, so only who names it asks for it.
        tried = set(scene.decision.in_shadow) - set(expect.rules)
        yield from _alike(sorted(expect.rules), sorted(holding - tried), "rules")


def _clocks(scene: Scene, expect: ExpectShape) -> Iterator[Mismatched]:
    """What clocks show, and when next."""
    readings = {reading.target: (reading.due_at, str(reading.state)) for reading in scene.decision.clocks}
    yield from _shown(scene, expect.clocks, readings, "clocks")
    if expect.cadences:
        yield from _shown(scene, expect.cadences, dict(_cadences(scene)), "cadences")
    case = scene.decision.case
    owed = {} if case is None else {clock.id: (clock.due_at, str(clock.state(case.at))) for clock in case.clocks}
    yield from _shown(scene, expect.owed, owed, "owed")
    if expect.next is not None:
        wake_at = scene.visit.plan.wake_at
        found = NEVER if wake_at is None else scene.spoken(wake_at)
        if scene.says(expect.next) != found:
            because = scene.visit.plan.wake_because
            yield Mismatched(("next",), (scene.says(expect.next),), (f"{found} ({because})",))


def _cadences(scene: Scene) -> Iterator[tuple[str, tuple[datetime, str]]]:
    for cadence in scene.test.bench.policy.cadences:
        reading = read_cadence(cadence, scene.facts.as_of(scene.facts.now))
        if reading.cycle is not None and reading.colour is not None:
            yield cadence.id, (reading.cycle.due_at, reading.colour.name)


def _shown(
    scene: Scene, expected: Mapping[str, Sequence[str]], readings: Mapping[str, tuple[datetime, str]], what: str
) -> Iterator[Mismatched]:
    for name, texts in expected.items():
        reading = readings.get(name)
        found = (NONE,) if reading is None else (scene.spoken(reading[0]), reading[1])
        wanted = tuple(scene.says(text) for text in texts)
        if not set(wanted) <= set(found):
            yield Mismatched((what, name), (", ".join(wanted),), (", ".join(found),))


def _values(ticket: Ticket, expect: ExpectShape) -> Iterator[Mismatched]:
    """The values of the ticket itself."""
    if expect.tags is not None:
        yield from _alike(sorted(set(expect.tags)), sorted(ticket.tags), "tags")
    if missing := sorted(set(expect.has_tags) - ticket.tags):
        yield Mismatched(("has_tags",), tuple(missing), (words(ticket.tags),))
    if worn := sorted(set(expect.no_tags) & ticket.tags):
        yield Mismatched(("no_tags",), tuple(f"not {tag}" for tag in worn), (words(ticket.tags),))
    yield from _plain(expect.priority, str(ticket.priority or NONE), "priority")
    yield from _plain(expect.group, ticket.group, "group")
    yield from _plain(expect.assignee, ticket.assignee, "assignee")
    yield from _plain(expect.status, str(ticket.status), "status")
    for name, value in expect.fields.items():
        if value != ticket.fields.get(name):
            yield Mismatched(("fields", name), (words(value),), (words(ticket.fields.get(name)),))


def _alike(expected: Iterable[str], found: Iterable[str], *path: str) -> Iterator[Mismatched]:
    wanted, seen = tuple(expected), tuple(found)
    if wanted != seen:
        yield Mismatched(path, wanted or ("none",), seen or ("none",))
