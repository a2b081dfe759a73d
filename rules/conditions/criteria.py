"""criterion, criteria: conditions that ask for named reasons, one by one or by the points that they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rules.conditions.base import Condition
from rules.criteria import Criterion
from rules.facts import Facts
from rules.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionCondition:
    """Holds when the criterion of that name holds."""

    criterion: Criterion

    @property
    def facts(self) -> frozenset[str]:
        """The facts of its condition."""
        return self.criterion.when.facts

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is proved from."""
        return (self.criterion.when,)

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask the criterion."""
        return self.proved((self.criterion.when.evaluate(facts),))

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer of the criterion, whose own proof stands below."""
        return named_verdict(self.criterion, verdicts[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaCondition:
    """Holds when enough points are reached and every needed criterion holds."""

    criteria: tuple[Criterion, ...]
    #: Points that have to be reached.
    at_least: int
    #: Ids of criteria that have to hold whatever the points are.
    needs: frozenset[str] = frozenset()

    @property
    def facts(self) -> frozenset[str]:
        """The facts of all of them."""
        return frozenset().union(*(criterion.when.facts for criterion in self.criteria))

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is proved from."""
        return tuple(one.when for one in self.criteria)

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask every criterion, so that the proof shows where the points come from and which are missing."""
        return self.proved(tuple([one.when.evaluate(facts) for one in self.criteria]))

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the criteria."""
        score = Score(verdicts=tuple(zip(self.criteria, verdicts, strict=True)))
        missing = [one.id for one, verdict in score.verdicts if one.id in self.needs and not verdict.holds]
        reached = score.points >= self.at_least
        lacks = f"; {', '.join(missing)} is needed and does not hold" if missing else ""
        wanted = f"at least {points_text(self.at_least)}"
        needed = [one.id for one in self.criteria if one.id in self.needs]
        return Verdict(
            holds=reached and not missing,
            subject="criteria",
            wanted=f"{wanted}, and {', '.join(needed)}" if needed else wanted,
            observed=f"{score.said}{lacks}",
            flips_at=self._flips_at(score),
            children=score.children,
        )

    def _flips_at(self, score: Score) -> datetime | None:
        """The earliest instant at which the answer could be another: until then, what may have turned is not enough."""
        holds = self._enough(one for one, verdict in score.verdicts if verdict.holds)
        for at in sorted({verdict.flips_at for _, verdict in score.verdicts if verdict.flips_at is not None}):
            if holds:
                could_be = self._enough(
                    one for one, verdict in score.verdicts if verdict.holds and not _turned(verdict, at)
                )
            else:
                could_be = self._enough(one for one, verdict in score.verdicts if verdict.holds or _turned(verdict, at))
            if could_be is not holds:
                return at
        return None

    def _enough(self, holding: Iterable[Criterion]) -> bool:
        found = tuple(holding)
        return sum(one.weight for one in found) >= self.at_least and self.needs <= {one.id for one in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What some criteria add up to at one instant, each with its proof."""

    verdicts: tuple[tuple[Criterion, Verdict], ...]

    @property
    def points(self) -> int:
        """The points of those that hold."""
        return sum(one.weight for one, verdict in self.verdicts if verdict.holds)

    @property
    def said(self) -> str:
        """The points in words, with where they come from: `70 points (outage 50, vip 20)`."""
        parts = [f"{one.id} {one.weight}" for one, verdict in self.verdicts if verdict.holds]
        return f"{points_text(self.points)} ({', '.join(parts)})" if parts else "0 points"

    @property
    def children(self) -> tuple[Verdict, ...]:
        """The proof of each, with its points."""
        return tuple(named_verdict(one, verdict, points=True) for one, verdict in self.verdicts)


def named_verdict(criterion: Criterion, verdict: Verdict, *, points: bool = False) -> Verdict:
    """The answer of a criterion's condition under the criterion's name."""
    worth = f" ({points_text(criterion.weight)})" if points else ""
    return Verdict(
        holds=verdict.holds,
        subject=f"criterion {criterion.id}",
        wanted=f"criterion {criterion.id}{worth}: {criterion.description}",
        observed="holds" if verdict.holds else "does not hold",
        flips_at=verdict.flips_at,
        children=(verdict,),
    )


def points_text(points: int) -> str:
    """Points in words."""
    return "1 point" if points == 1 else f"{points} points"


def _turned(verdict: Verdict, at: datetime) -> bool:
    """Whether the answer may be another one by that instant."""
    return verdict.flips_at is not None and verdict.flips_at <= at
