"""all, any, none: conditions made of conditions. Every child is asked, so that the proof shows the whole tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rules.conditions.base import Condition
from rules.facts import Facts
from rules.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Holds when every child holds."""

    children: tuple[Condition, ...]

    @property
    def facts(self) -> frozenset[str]:
        """The facts of all children."""
        return _facts(self.children)

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is proved from."""
        return self.children

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask every child."""
        return self.proved(tuple([child.evaluate(facts) for child in self.children]))

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the children. An unmet whole changes only after every unmet child could have."""
        met, bound = 0, True
        last: datetime | None = None
        for verdict in verdicts:
            if verdict.holds:
                met += 1
            elif bound:
                at = verdict.flips_at
                if at is None:
                    bound = False
                elif last is None or at > last:
                    last = at
        holds = met == len(verdicts)
        return Verdict(
            holds=holds,
            subject="all",
            wanted="all of these",
            observed=_tally(met, len(verdicts)),
            flips_at=_first(verdicts) if holds else last if bound else None,
            children=verdicts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Holds when at least one child holds; negated (`none`) when no child does."""

    children: tuple[Condition, ...]
    negated: bool = False

    @property
    def facts(self) -> frozenset[str]:
        """The facts of all children."""
        return _facts(self.children)

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is proved from."""
        return self.children

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask every child."""
        return self.proved(tuple([child.evaluate(facts) for child in self.children]))

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the children. A met whole changes only after every met child could have."""
        met, bound = 0, True
        last: datetime | None = None
        for verdict in verdicts:
            if verdict.holds:
                met += 1
                at = verdict.flips_at
                if at is None:
                    bound = False
                elif last is None or at > last:
                    last = at
        return Verdict(
            holds=(met > 0) is not self.negated,
            subject="none" if self.negated else "any",
            wanted="none of these" if self.negated else "at least one of these",
            observed=_tally(met, len(verdicts)),
            flips_at=(last if bound else None) if met else _first(verdicts),
            children=verdicts,
        )


def _facts(children: tuple[Condition, ...]) -> frozenset[str]:
    return frozenset().union(*(child.facts for child in children))


def _tally(holding: int, asked: int) -> str:
    return f"{holding} of {asked} hold"


def _first(verdicts: tuple[Verdict, ...]) -> datetime | None:
    """The earliest instant at which any of the answers could change."""
    first: datetime | None = None
    for verdict in verdicts:
        at = verdict.flips_at
        if at is not None and (first is None or at < first):
            first = at
    return first
