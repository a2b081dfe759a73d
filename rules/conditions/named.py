"""condition: a condition that the policy gives a name to, made once and shared by all that refer to it."""

from __future__ import annotations

from dataclasses import dataclass

from rules.conditions.base import Condition
from rules.facts import Facts
from rules.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCondition:
    """Holds when what it stands for holds; the proof shows the name, and below it the whole."""

    name: str
    meaning: Condition

    @property
    def facts(self) -> frozenset[str]:
        """The facts of what it stands for."""
        return self.meaning.facts

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is proved from."""
        return (self.meaning,)

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask what it stands for."""
        return self.proved((self.meaning.evaluate(facts),))

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer of what it stands for, under its name."""
        (verdict,) = verdicts
        return Verdict(
            holds=verdict.holds,
            subject="condition",
            wanted=f"condition {self.name}",
            observed="holds" if verdict.holds else "does not hold",
            flips_at=verdict.flips_at,
            children=(verdict,),
        )
