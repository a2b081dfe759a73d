"""for: a condition that has to have held for some time without a break (hysteresis)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.calendar import BusinessCalendar, Span
from rules.conditions.base import Condition
from rules.conditions.duration import told
from rules.facts import Facts
from rules.history import held_since
from rules.verdict import Verdict
from rules.words import words

#: The key that stands beside conditions, and its one operator.
FOR = "for"
AT_LEAST = "at_least"
_STEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Holds once `condition` has held without a break for `span`, and for as long as it goes on to hold."""

    condition: Condition
    span: Span
    calendar: BusinessCalendar

    @property
    def facts(self) -> frozenset[str]:
        """The facts of the condition."""
        return self.condition.facts

    def evaluate(self, facts: Facts) -> Verdict:
        """Look back over the ticket's past for the instant from which the condition has held."""
        verdict = self.condition.evaluate(facts)
        enough = self._enough(facts.now) if verdict.holds else None
        since = held_since(self.condition, facts, enough) if verdict.holds else None
        due = None if since is None else self.calendar.add(since, self.span)
        reached = due is not None and facts.now >= due
        return Verdict(
            holds=reached,
            subject=FOR,
            wanted=f"for at least {self.span} ({told(self.calendar)})",
            observed=self._observed(since, facts.now, longer=since is not None and since == enough),
            flips_at=verdict.flips_at if reached else due or self._earliest(verdict.flips_at),
            children=(verdict,),
        )

    def _earliest(self, begins: datetime | None) -> datetime | None:
        """What does not hold yet has to begin first, and then to last."""
        return None if begins is None else self.calendar.add(begins, self.span)

    def _enough(self, now: datetime) -> datetime | None:
        """An instant so long ago that what has held since then has held for the span; None = as far as one can see."""
        try:
            since = self.calendar.subtract(now, self.span)
            step = _STEP
            # Working days have ends of their own: back until the span surely fits.
            while self.calendar.add(since, self.span) > now:
                since -= step
                step *= 2
        except ValueError:
            return None
        return since

    def _observed(self, since: datetime | None, now: datetime, *, longer: bool) -> str:
        if since is None:
            return "does not hold now"
        length = self.calendar.spell_elapsed(since, now)
        return f"held for {length} or longer" if longer else f"held for {length} since {words(since)}"


def looks_back(condition: Condition) -> bool:
    """Whether a condition, or any part of it, asks for a past."""
    if isinstance(condition, Held):
        return True
    inner = [*getattr(condition, "children", ()), getattr(condition, "meaning", None)]
    criteria = [*getattr(condition, "criteria", ()), getattr(condition, "criterion", None)]
    inner += [criterion.when for criterion in criteria if criterion is not None]
    return any(looks_back(part) for part in inner if part is not None)
