"""all, any, none: conditions made of conditions. Every child is asked, so that the proof shows the whole tree."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from rules.conditions.base import Condition, ValueCondition
from rules.facts import Facts
from rules.verdict import Verdict


@lru_cache(maxsize=64)
def _tallies(asked: int) -> tuple[str, ...]:
    return tuple(f"{met} of {asked} hold" for met in range(asked + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A condition that is proved from the proofs of others."""

    children: tuple[Condition, ...]
    #: By the number of children that hold: that in words.
    tallies: tuple[str, ...] = field(init=False, repr=False, compare=False)
    #: Whether the answer of any child may change by itself.
    moves: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tallies", _tallies(len(self.children)))
        object.__setattr__(self, "moves", any(map(moves, self.children)))

    @property
    def facts(self) -> frozenset[str]:
        """The facts of all children."""
        return frozenset().union(*(child.facts for child in self.children))

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is proved from."""
        return self.children

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask every child."""
        return self.proved(tuple([child.evaluate(facts) for child in self.children]))

    @abstractmethod
    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class All(Group):
    """Holds when every child holds."""

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the children. An unmet whole changes only after every unmet child could have."""
        met = 0
        for verdict in verdicts:
            if verdict.holds:
                met += 1
        holds = met == len(verdicts)
        return Verdict(
            holds=holds,
            subject="all",
            wanted="all of these",
            observed=self.tallies[met],
            flips_at=(_first(verdicts) if holds else _last(verdicts, alike=False)) if self.moves else None,
            children=verdicts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Group):
    """Holds when at least one child holds; negated (`none`) when no child does."""

    negated: bool = False

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the children. A met whole changes only after every met child could have."""
        met = 0
        for verdict in verdicts:
            if verdict.holds:
                met += 1
        return Verdict(
            holds=(met > 0) is not self.negated,
            subject="none" if self.negated else "any",
            wanted="none of these" if self.negated else "at least one of these",
            observed=self.tallies[met],
            flips_at=(_last(verdicts, alike=True) if met else _first(verdicts)) if self.moves else None,
            children=verdicts,
        )


def moves(child: Condition) -> bool:
    """Whether the answer of a child may change by itself; what is not known does."""
    return child.moves if isinstance(child, Group) else not isinstance(child, ValueCondition)


def _first(verdicts: tuple[Verdict, ...]) -> datetime | None:
    """The earliest instant at which any of the answers could change."""
    first: datetime | None = None
    for verdict in verdicts:
        at = verdict.flips_at
        if at is not None and (first is None or at < first):
            first = at
    return first


def _last(verdicts: tuple[Verdict, ...], *, alike: bool) -> datetime | None:
    """The earliest instant at which all that answer `alike` could have changed; None when one of them never does."""
    last: datetime | None = None
    for verdict in verdicts:
        if verdict.holds is alike:
            at = verdict.flips_at
            if at is None:
                return None
            if last is None or at > last:
                last = at
    return last
