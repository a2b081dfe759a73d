"""all, any, none: conditions made of conditions. Every child is asked, so that the proof shows the whole tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

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
        verdicts, met, first, last = _ask(self.children, facts, alike=False)
        holds = met == len(verdicts)
        return Verdict(
            holds=holds,
            subject="all",
            wanted="all of these",
            observed=_tally(met, len(verdicts)),
            flips_at=first if holds else last,
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
        verdicts, met, first, last = _ask(self.children, facts, alike=True)
        return Verdict(
            holds=(met > 0) is not self.negated,
            subject="none" if self.negated else "any",
            wanted="none of these" if self.negated else "at least one of these",
            observed=_tally(met, len(verdicts)),
            flips_at=last if met else first,
            children=verdicts,
        )


def _facts(children: tuple[Condition, ...]) -> frozenset[str]:
    return frozenset().union(*(child.facts for child in children))


@lru_cache(maxsize=1024)
def _tally(holding: int, asked: int) -> str:
    """In words, the same few over and over."""
    return f"{holding} of {asked} hold"


def _ask(
    children: tuple[Condition, ...], facts: Facts, *, alike: bool
) -> tuple[tuple[Verdict, ...], int, datetime | None, datetime | None]:
    """Ask every child, in one go: most of the time that a proof takes is spent here.

    Returns:
        The answers and how many of them hold; the earliest instant at which any could change; and the earliest at which
        all that answer `alike` could have changed, None when one of them never does.
    """
    verdicts: list[Verdict] = []
    met, bound = 0, True
    first: datetime | None = None
    last: datetime | None = None
    for child in children:
        verdict = child.evaluate(facts)
        verdicts.append(verdict)
        holds, at = verdict.holds, verdict.flips_at
        if holds:
            met += 1
        if at is None:
            if holds is alike:
                bound = False
            continue
        if first is None or at < first:
            first = at
        if holds is alike and (last is None or at > last):
            last = at
    return tuple(verdicts), met, first, last if bound else None
