"""Play: one test from its first to its last step, and what became of it. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Sequence

from rules.explain import describe
from rules.testing.deed import Deed
from rules.testing.given import desk_of
from rules.testing.happening import happen
from rules.testing.judge import Scene, judge
from rules.testing.kinds import Kind
from rules.testing.outcome import Mismatch, Outcome
from rules.testing.player import Player, RestlessError, Visit
from rules.testing.rule_test import RuleTest, Step, expected_of
from rules.ticket import TicketRef
from rules.yamltext import Path


def play(test: RuleTest) -> tuple[Outcome, Sequence[Visit], Sequence[Deed]]:
    """Play a test.

    Returns:
        What became of it, everything that was decided, and everything that was done. It ends with the first step of
        which something was not as expected, since what follows would only be a consequence.
    """
    player = Player(test.bench.policy, desk_of(test), test.starts)
    mismatches = _Performance(test, player).run()
    return outcome_of(test, mismatches), player.history, player.deeds


def outcome_of(test: RuleTest, mismatches: Sequence[Mismatch] = ()) -> Outcome:
    """What became of a test that met everything but these expectations."""
    bench = test.bench
    return Outcome(name=test.name, at=test.place, zone=bench.zone, policy=bench.policy, mismatches=tuple(mismatches))


class _Performance:
    """One test while it is played."""

    def __init__(self, test: RuleTest, player: Player) -> None:
        self._test = test
        self._player = player
        #: What was done at the present instant and no expectation has looked at yet, by ticket.
        self._open: dict[TicketRef, list[Deed]] = {}
        #: Deeds that were taken from the player.
        self._taken = 0
        #: The tickets were decided on at the present instant.
        self._is_settled = False
        self._last: Step | None = None

    def run(self) -> list[Mismatch]:
        for step in self._test.steps:
            try:
                found = self._step(step)
            except RestlessError as error:
                return [self._mismatch(step.path, step, "the policy", "it comes to rest", str(error))]
            if found:
                return found
            self._last = step
        return self._unaccounted()

    def _step(self, step: Step) -> list[Mismatch]:
        if step.at > self._player.now and (found := self._pass(step)):
            return found
        if step.is_guard:
            return []
        found = self._happen(step) if step.shape.happens else []
        if not self._is_settled:
            self._settle()
        return found or self._judge(step)

    def _pass(self, step: Step) -> list[Mismatch]:
        """Let time pass up to the step's instant, in which nothing may be done but what is allowed."""
        if found := self._unaccounted():
            return found
        if not self._is_settled:
            self._settle()
        self._player.pass_until(step.at)
        self._collect()
        self._is_settled = False
        allowed = frozenset[Kind]() if step.is_guard else step.allowed
        return self._complain(step, allowed)

    def _happen(self, step: Step) -> list[Mismatch]:
        """Do what people do. What falls due at the very instant comes before it."""
        if self._is_settled:
            if found := self._unaccounted():
                return found
        elif step.at > self._test.starts:
            self._settle()
        impossible = happen(self._player.desk, self._test.bench.policy, step)
        self._is_settled = False
        return [] if impossible is None else [self._mismatch(step.path, step, "the step", "this happens", impossible)]

    def _settle(self) -> None:
        self._player.settle()
        self._is_settled = True
        self._collect()

    def _collect(self) -> None:
        """Take what was done since the last time."""
        for deed in self._player.deeds[self._taken :]:
            self._open.setdefault(deed.ref, []).append(deed)
        self._taken = len(self._player.deeds)

    def _judge(self, step: Step) -> list[Mismatch]:
        expected = expected_of(step)
        if expected is None:
            return []
        name, expect = expected
        ref = self._player.desk.called(name, step.at)
        if ref is None or ref not in self._player.visits:
            found = f"there is no ticket {name!r} at that instant"
            return [self._mismatch((*step.path, "expect"), step, "ticket", name, found)]
        return judge(Scene(self._test, step, self._player, ref, self._open.pop(ref, [])), expect)

    def _unaccounted(self) -> list[Mismatch]:
        """What was done at the present instant and no expectation looked at."""
        return [] if self._last is None else self._complain(self._last, self._last.allowed)

    def _complain(self, step: Step, allowed: frozenset[Kind]) -> list[Mismatch]:
        """Of each ticket the first of what was done and is not allowed."""
        found = []
        for ref, deeds in self._open.items():
            wrong = [deed for deed in deeds if deed.kind not in allowed]
            first = [deed for deed in wrong if deed.at == wrong[0].at]
            if first:
                found.append(self._complaint(step, ref, first))
        self._open.clear()
        return found

    def _complaint(self, step: Step, ref: TicketRef, deeds: Sequence[Deed]) -> Mismatch:
        at, history = deeds[0].at, self._player.history
        visit = next(one for one in history if one.at == at and one.known.ticket.ref == ref and one.plan.changes)
        return Mismatch(
            at=self._test.bench.tree.at(step.path),
            instant=at,
            what="what is done",
            expected=("nothing that no expectation names (meanwhile: allows it)",),
            found=tuple(describe(deed.change) for deed in deeds),
            ticket=self._player.desk.name_of(ref),
            decision=visit.proved(self._test.bench.policy),
            skipped=visit.plan.skipped,
        )

    def _mismatch(self, path: Path, step: Step, what: str, expected: str, found: str) -> Mismatch:
        return Mismatch(
            at=self._test.bench.tree.at(path),
            instant=step.at,
            what=what,
            expected=(expected,),
            found=(found,),
            ticket=step.ticket,
        )
