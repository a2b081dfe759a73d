"""Findings: what the policy's rules, matrix and clocks say of one ticket now, each with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from rules.cadence import Cadence
from rules.cadence_reading import CadenceReading, read_cadence
from rules.clocks.clock import ClockReading, ClockState
from rules.clocks.reading import read_clock
from rules.clocks.words import clock_text, come
from rules.compile.compiled import compiled_rules
from rules.decision import Reason
from rules.facts import Facts
from rules.ledger import Baseline
from rules.matrix import Matrix, MatrixReading
from rules.policy import Policy, Rule
from rules.proofs.prover import prover_of
from rules.sla import SlaTarget
from rules.verdict import Verdict
from rules.words import minute

#: States in which a clock asks for nothing.
_QUIET = frozenset({ClockState.RUNNING, ClockState.MET})


class Turn(msgspec.Struct, frozen=True, gc=False):
    """An instant (UTC) at which an answer could change by itself, and which one."""

    at: datetime
    because: str


class Wish(msgspec.Struct, frozen=True, gc=False):
    """Something that holds and wants the ticket in a tier at least."""

    tier: str
    reason: Reason
    #: It also asks for the tier's path.
    moves: bool = False


class Findings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All answers for one ticket at one instant, in the order of the policy."""

    considered: tuple[Reason, ...]
    #: Those of `considered` that hold.
    reasons: tuple[Reason, ...]
    wishes: tuple[Wish, ...]
    #: Tag → source of the wish.
    tags: Mapping[str, str]
    #: Where the ticket lies in the matrix; None = the policy has none.
    cell: MatrixReading | None
    rules: tuple[Rule, ...]
    clocks: tuple[tuple[SlaTarget, ClockReading], ...]
    cadences: tuple[CadenceReading, ...]
    turns: tuple[Turn, ...]
    #: Sources that hold and are past: they held when Escalade was adopted, and nothing follows from them.
    past: frozenset[str] = frozenset()
    #: Ids of the rules that hold in shadow; they are in none of the others but `considered` and `reasons`.
    in_shadow: tuple[str, ...] = ()


class _Gathering:
    """Findings in the making."""

    def __init__(self, baseline: Baseline | None) -> None:
        self.baseline = baseline
        self.past: set[str] = set()
        self.in_shadow: list[str] = []
        self.considered: list[Reason] = []
        self.wishes: list[Wish] = []
        self.tags: dict[str, str] = {}
        self.cell: MatrixReading | None = None
        self.rules: list[Rule] = []
        self.clocks: list[tuple[SlaTarget, ClockReading]] = []
        self.cadences: list[CadenceReading] = []
        self.turns: list[Turn] = []

    def consider(
        self, source: str, text: str, verdict: Verdict, tier: str | None = None, *, moves: bool = False
    ) -> Reason:
        reason = Reason(source=source, text=text, verdict=verdict)
        self.considered.append(reason)
        if verdict.holds and tier is not None:
            self.wishes.append(Wish(tier, reason, moves))
        self.turn(source, verdict.flips_at)
        return reason

    def ask(self, source: str, text: str, verdict: Verdict, *, proof: bool) -> None:
        """Consider what does not hold; without proof only remember when it could."""
        if proof:
            self.consider(source, text, verdict)
        else:
            self.turn(source, verdict.flips_at)

    def turn(self, source: str, at: datetime | None) -> None:
        """What a source says could change at an instant (UTC); None = not by itself."""
        if at is not None:
            self.turns.append(Turn(at, f"{source} could change"))

    def tag(self, tags: Iterable[str], source: str) -> None:
        for tag in tags:
            self.tags.setdefault(tag, source)

    def frozen(self) -> Findings:
        return Findings(
            considered=tuple(self.considered),
            reasons=tuple(reason for reason in self.considered if reason.verdict is not None and reason.verdict.holds),
            wishes=tuple(self.wishes),
            tags=self.tags,
            cell=self.cell,
            rules=tuple(self.rules),
            clocks=tuple(self.clocks),
            cadences=tuple(self.cadences),
            turns=tuple(self.turns),
            past=frozenset(self.past),
            in_shadow=tuple(self.in_shadow),
        )

    def passes_by(self, source: str, text: str, verdict: Verdict) -> bool:
        """Whether a source that holds is past; then it is considered, and nothing else comes of it."""
        if self.baseline is None or not verdict.holds or not self.baseline.is_past(source):
            return False
        self.past.add(source)
        told = f"{text} (so since before Escalade was adopted at {minute(self.baseline.at)}: nothing follows)"
        self.consider(source, told, verdict)
        return True


def find(policy: Policy, facts: Facts, *, proof: bool = True) -> Findings:
    """Ask every rule, the matrix and every clock.

    Args:
        policy: What is asked.
        facts: The ticket that is asked about.
        proof: With True nothing is skipped, so that everything can be explained. With False `considered` leaves out the
            rules that do not hold and the clocks that ask for nothing; all else is the same, and costs a fraction.
    """
    gathering = _Gathering(facts.ledger.baseline)
    if proof:
        for rule, verdict in zip(policy.rules, prover_of(policy).prove(facts), strict=True):
            _take_rule(gathering, rule, verdict)
    else:
        _ask_rules_at_once(gathering, policy, facts)
    if policy.matrix is not None:
        _ask_matrix(gathering, policy.matrix, facts)
    for target in policy.sla:
        _ask_clock(gathering, target, facts, proof=proof)
    _ask_cadences(gathering, policy.cadences, facts)
    return gathering.frozen()


def _take_rule(gathering: _Gathering, rule: Rule, verdict: Verdict) -> None:
    source = f"rule:{rule.id}"
    if gathering.passes_by(source, rule.description or rule.id, verdict):
        return
    if rule.in_shadow:
        gathering.consider(source, f"{rule.description or rule.id} (in shadow: nothing follows)", verdict)
        gathering.in_shadow += [rule.id] if verdict.holds else []
        return
    gathering.consider(source, rule.description or rule.id, verdict, rule.escalate_to, moves=rule.move)
    if verdict.holds:
        gathering.rules.append(rule)
        gathering.tag(rule.tags, source)


def _ask_rules_at_once(gathering: _Gathering, policy: Policy, facts: Facts) -> None:
    """Prove only the rules that hold; of the others remember when they could."""
    for number, holds, flips_at in compiled_rules(policy).turning(facts):
        rule = policy.rules[number]
        if holds:
            _take_rule(gathering, rule, rule.when.evaluate(facts))
        else:
            gathering.turn(f"rule:{rule.id}", flips_at)


def _ask_matrix(gathering: _Gathering, matrix: Matrix, facts: Facts) -> None:
    reading = matrix.read(facts)
    if gathering.passes_by(reading.source, reading.text, reading.verdict):
        return
    gathering.consider(reading.source, reading.text, reading.verdict, reading.cell.tier)
    gathering.cell = reading
    gathering.tag(reading.cell.tags, reading.source)


def _ask_clock(gathering: _Gathering, target: SlaTarget, facts: Facts, *, proof: bool) -> None:
    source = f"sla:{target.id}"
    if target.when is not None:
        applies = target.when.evaluate(facts)
        if not applies.holds:
            gathering.ask(source, f"{target.id} does not apply", applies, proof=proof)
            return
        gathering.turn(source, applies.flips_at)
    if (reading := read_clock(target, facts)) is None:
        gathering.ask(source, f"{target.id} does not run", _idle_verdict(target, facts), proof=proof)
        return
    if gathering.baseline is not None:
        reading = reading.since(gathering.baseline.at)
    gathering.clocks.append((target, reading))
    if not proof and reading.state in _QUIET:
        gathering.turn(source, reading.next_at)
        return
    steps = come(target.breaches, reading.steps)
    tier = next((step.escalate_to for step in reversed(steps) if step.escalate_to is not None), None)
    gathering.consider(source, clock_text(target, reading), _clock_verdict(target, reading), tier)
    gathering.tag((step.tag for step in steps if step.tag is not None), source)
    if reading.state in {ClockState.WARNING, ClockState.PAUSED}:
        warnings = come(target.warnings, reading.warnings)
        gathering.tag((warning.tag for warning in warnings if warning.tag is not None), source)


def _ask_cadences(gathering: _Gathering, cadences: Sequence[Cadence], facts: Facts) -> None:
    if not cadences:
        return
    present = facts.as_of(facts.now)
    for cadence in cadences:
        reading = read_cadence(cadence, present, after=None if gathering.baseline is None else gathering.baseline.at)
        reason = gathering.consider(f"cadence:{cadence.id}", reading.text, reading.verdict)
        gathering.wishes += [Wish(tier, reason) for tier in reading.tiers]
        gathering.cadences.append(reading)


def _idle_verdict(target: SlaTarget, facts: Facts) -> Verdict:
    """Why a clock that applies does not run: it has not started, or the priority has no target."""
    if facts.priority not in target.targets:
        return Verdict(holds=False, subject="priority", wanted="has a target", observed=facts.priority or "not set")
    waits = None if target.start.when is None else target.start.when.evaluate(facts)
    return Verdict(
        holds=False,
        subject=target.metric,
        wanted="has started",
        observed="not yet",
        flips_at=None if waits is None else waits.flips_at,
        children=() if waits is None else (waits,),
    )


def _clock_verdict(target: SlaTarget, reading: ClockReading) -> Verdict:
    stopped = "" if reading.stopped_at is None else f", stopped at {minute(reading.stopped_at)}"
    return Verdict(
        holds=reading.state is ClockState.BREACHED,
        subject=target.metric,
        wanted=f"missing after {reading.allowed} (calendar {target.calendar.name})",
        observed=f"{reading.state}{stopped}",
        flips_at=reading.next_at,
    )
