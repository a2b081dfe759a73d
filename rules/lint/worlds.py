"""World: which statements about one ticket can be true together. Says no only where it is sure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rules.conditions.question import QuestionKind
from rules.fact import FactType
from rules.facts import spec_of
from rules.lint.atoms import Ask, Atom, IsSet, Reached, Unknown, Wears
from rules.ticket import StatusCategory

#: Facts that every ticket has; a text among them may be empty.
ALWAYS_SET = frozenset(
    {"status", "status_name", "subject", "key", "helpdesk", "escalated", "first_reply", "linked", "account.known"}
    | {"age", "since_update", "agent_silence", "now"}
)
_VALUES = frozenset({QuestionKind.VALUE, QuestionKind.FIELD})
_TEXTS = frozenset({QuestionKind.PHRASE, QuestionKind.START, QuestionKind.PATTERN})
#: What counts as not set although there is a value.
_EMPTY: tuple[Any, ...] = ("", frozenset())

Known = Mapping[Atom, bool]
_Asked = list[tuple[Ask, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is known of the values that facts can have."""

    #: Tier ids of the policy.
    tiers: tuple[str, ...] = ()
    #: The statuses that a ticket can have where the question is asked.
    statuses: tuple[str, ...] = field(default=tuple(StatusCategory))

    def allows(self, known: Known, new: Atom) -> bool:
        """Whether the statement that was just added can be true (or false, as said) together with the others."""
        match new:
            case Unknown():
                return True
            case IsSet():
                return known[new] or new.fact not in ALWAYS_SET
            case Wears():
                return not known[new] or self._asks(known, new.fact)
            case Reached():
                return _in_order(known, new)
            case Ask():
                return self._asks(known, new.fact)

    def lists(self, fact: str) -> bool:
        """Whether every value that the fact can have is known."""
        return self._domain(fact) is not None

    def _asks(self, known: Known, fact: str) -> bool:
        asked = [(atom, holds) for atom, holds in known.items() if isinstance(atom, Ask) and atom.fact == fact]
        worn = any(isinstance(atom, Wears) and atom.fact == fact and holds for atom, holds in known.items())
        if worn:
            return all(holds for atom, holds in asked if atom.kind is QuestionKind.SET)
        domain = self._domain(fact)
        if domain is not None:
            return _any_fits(domain, asked)
        if any(not holds and atom.kind is QuestionKind.SET for atom, holds in asked):
            return _any_fits(_EMPTY if fact in ALWAYS_SET else (None, *_EMPTY), asked)
        if not any(holds for _, holds in asked):
            return True
        if any(holds and atom.kind in _VALUES for atom, holds in asked):
            return _some_value_fits(asked)
        return _texts_fit(asked) and _numbers_fit(asked)

    def _domain(self, fact: str) -> tuple[Any, ...] | None:
        """Every value that the fact can have, None among them where it may be unset; None = too many to list."""
        spec = spec_of(fact)
        unset: tuple[Any, ...] = () if fact in ALWAYS_SET else (None,)
        if fact == "status":
            return self.statuses
        if fact == "tier":
            return (*self.tiers, *unset) if self.tiers else None
        if spec is not None and spec.type is FactType.CHOICE and spec.values is not None:
            return (*spec.values, *unset)
        return (True, False, *unset) if spec is not None and spec.type is FactType.FLAG else None


def _any_fits(values: Iterable[Any], asked: _Asked) -> bool:
    return any(all(atom.holds(value) is holds for atom, holds in asked) for value in values)


def _some_value_fits(asked: _Asked) -> bool:
    """At least one list of values is named, so the value is among them, in one of the ways to write it."""
    listed = {(type(value), value) for atom, _ in asked if atom.kind in _VALUES for value in atom.values}
    of_a_field = any(atom.kind is QuestionKind.FIELD for atom, _ in asked)
    if not of_a_field:
        return _any_fits((value for _, value in listed), asked)
    written = [form for _, value in listed for form in _written(value)]
    if any(atom.kind in _TEXTS for atom, _ in asked) and any(_is_number(value) for _, value in listed):
        # A number can be written in more ways than can be tried.
        asked = [(atom, holds) for atom, holds in asked if atom.kind not in _TEXTS]
    return _any_fits(written, asked)


def _written(value: Any) -> Iterator[Any]:
    """The ways in which a helpdesk may hand over one value of a custom field."""
    yield value
    if _is_number(value):
        yield from (float(value), str(value), str(float(value)), f"{float(value)}00")
    elif value in {"true", "false", True, False}:
        flag = value in {"true", True}
        yield from (flag, "true" if flag else "false")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _texts_fit(asked: _Asked) -> bool:
    """Whether what a text has to contain, and to begin with, can be had together with what it must not contain."""
    starts = [atom.values[0] for atom, holds in asked if holds and atom.kind is QuestionKind.START]
    ordered = sorted(starts, key=len)
    if any(not longer.startswith(shorter) for shorter, longer in pairwise(ordered)):
        return False
    there = [atom.values[0] for atom, holds in asked if holds and atom.kind is QuestionKind.PHRASE] + ordered[-1:]
    for atom, holds in asked:
        if holds:
            continue
        if atom.kind is QuestionKind.PHRASE and any(atom.values[0] in phrase for phrase in there):
            return False
        if atom.kind is QuestionKind.START and ordered and ordered[-1].startswith(atom.values[0]):
            return False
    return True


def _numbers_fit(asked: _Asked) -> bool:
    """Whether some number lies within all limits; what is asked of texts besides is taken to be possible."""
    limits = sorted({atom.values[1] for atom, _ in asked if atom.kind is QuestionKind.NUMBER})
    if not any(holds and atom.kind is QuestionKind.NUMBER for atom, holds in asked):
        return True
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    points = [limits[0] - 1, *limits, *between, limits[-1] + 1, limits[-1] + 2]
    numeric = [(atom, holds) for atom, holds in asked if atom.kind not in _TEXTS and atom.kind not in _VALUES]
    return _any_fits(points, numeric)


def _in_order(known: Known, new: Reached) -> bool:
    """More time cannot have passed where less has not."""
    for other, holds in known.items():
        if not isinstance(other, Reached) or other.fact != new.fact or holds is known[new]:
            continue
        true, false = (new, other) if known[new] else (other, new)
        if true.implies(false):
            return False
    return True
