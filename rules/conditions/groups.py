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

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask every child. An unmet whole changes only after every unmet child could have changed."""
        verdicts = tuple(child.evaluate(facts) for child in self.children)
        unmet = [verdict for verdict in verdicts if not verdict.holds]
        return Verdict(
            holds=not unmet,
            subject="all",
            wanted="all of these",
            observed=f"{len(verdicts) - len(unmet)} of {len(verdicts)} hold",
            flips_at=_last(unmet) if unmet else _first(verdicts),
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

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask every child. A met whole changes only after every met child could have changed."""
        verdicts = tuple(child.evaluate(facts) for child in self.children)
        met = [verdict for verdict in verdicts if verdict.holds]
        return Verdict(
            holds=bool(met) is not self.negated,
            subject="none" if self.negated else "any",
            wanted="none of these" if self.negated else "at least one of these",
            observed=f"{len(met)} of {len(verdicts)} hold",
            flips_at=_last(met) if met else _first(verdicts),
            children=verdicts,
        )


def _facts(children: tuple[Condition, ...]) -> frozenset[str]:
    return frozenset().union(*(child.facts for child in children))


def _first(verdicts: tuple[Verdict, ...]) -> datetime | None:
    """The earliest instant at which any of them could change."""
    return min((verdict.flips_at for verdict in verdicts if verdict.flips_at is not None), default=None)


def _last(verdicts: list[Verdict]) -> datetime | None:
    """The earliest instant at which all of them could have changed; None when one never does."""
    latest: datetime | None = None
    for verdict in verdicts:
        if verdict.flips_at is None:
            return None
        if latest is None or verdict.flips_at > latest:
            latest = verdict.flips_at
    return latest
