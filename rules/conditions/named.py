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

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask what it stands for."""
        verdict = self.meaning.evaluate(facts)
        return Verdict(
            holds=verdict.holds,
            subject="condition",
            wanted=f"condition {self.name}",
            observed="holds" if verdict.holds else "does not hold",
            flips_at=verdict.flips_at,
            children=(verdict,),
        )
