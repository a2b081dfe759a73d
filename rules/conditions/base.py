"""Condition: a question about a ticket's facts that answers with a Verdict; and what its operators are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from rules.calendar import ALWAYS, BusinessCalendar
from rules.clocks.told import clock_names, split
from rules.conditions.question import Question
from rules.conditions.takes import Takes
from rules.criteria import Criterion
from rules.directory import Team
from rules.facts import ACCOUNT_FIELD_PREFIX, FACTS, FIELD_PREFIX, Facts, FactSpec, FactType, Value, spec_of
from rules.ticket import Scalar
from rules.verdict import Verdict
from rules.words import words
from rules.yamltext import Path

if TYPE_CHECKING:
    from rules.conditions.count import Selection

#: The word that stands for the clock around, in place of a calendar's name.
ALWAYS_WORD = "always"


class Condition(Protocol):
    """One question. Pure: the same facts always give the same verdict."""

    @property
    def facts(self) -> frozenset[str]:
        """Names of the facts that the answer depends on."""
        ...

    def evaluate(self, facts: Facts) -> Verdict:
        """Answer, with what was wanted, what was observed and when the answer could change by itself."""
        ...


def no_condition(name: str, path: Path) -> None:
    """What a scope without named conditions knows of them."""


def no_criterion(name: str, path: Path) -> Criterion | None:  # noqa: ARG001 - stands in for those that look
    """Where there are no criteria, none is found."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What conditions may refer to in the policy around them."""

    calendars: Mapping[str, BusinessCalendar] = field(default_factory=dict)
    default_calendar: str | None = None
    #: Tier ids, lowest first.
    tiers: tuple[str, ...] = ()
    #: Ids of service-level clocks, also of those that are wrong themselves.
    clocks: tuple[str, ...] = ()
    #: Level of each tier within its path.
    levels: Mapping[str, int] = field(default_factory=dict)
    #: Ids of paths.
    paths: tuple[str, ...] = ()
    #: Teams by their ids.
    teams: Mapping[str, Team] = field(default_factory=dict)
    #: Ids of criteria, also of those that are wrong themselves.
    criteria: tuple[str, ...] = ()
    #: The criterion of that id, for the part at that place; None when it is wrong itself, which was told then.
    criterion: Callable[[str, Path], Criterion | None] = no_criterion
    #: Lists of values by name; None = it is wrong itself, which is told where it stands.
    sets: Mapping[str, tuple[Scalar, ...] | None] = field(default_factory=dict)
    #: Names of conditions, and the one of a name, for the part at that place; as for criteria.
    conditions: tuple[str, ...] = ()
    condition: Callable[[str, Path], Condition | None] = no_condition
    #: The facts that can be asked for here, besides custom fields of tickets; None = all.
    only: tuple[str, ...] | None = None

    def calendar(self, name: str) -> BusinessCalendar | None:
        """The calendar of that name; `always` is the clock around."""
        return ALWAYS if name == ALWAYS_WORD else self.calendars.get(name)

    @property
    def calendar_names(self) -> tuple[str, ...]:
        """Every name that `calendar` knows."""
        return (*self.calendars, ALWAYS_WORD)

    @property
    def clock_facts(self) -> tuple[str, ...]:
        """Every fact about the policy's clocks."""
        return tuple(name for clock in self.clocks for name in clock_names(clock))

    @property
    def fact_names(self) -> tuple[str, ...]:
        """Every name that `spec` knows, with NAME for the custom fields."""
        if self.only is not None:
            return (*self.only, f"{FIELD_PREFIX}NAME")
        return (*FACTS, *self.clock_facts, f"{FIELD_PREFIX}NAME", f"{ACCOUNT_FIELD_PREFIX}NAME")

    def spec(self, name: str) -> FactSpec | None:
        """The fact of that name: the policy says which tiers, paths and clocks there are."""
        if self.only is not None and name not in self.only and not name.startswith(FIELD_PREFIX):
            return None
        spec = spec_of(name)
        if (parts := split(name)) is not None and parts[0] not in self.clocks:
            return None
        if spec is not None and spec.name == "tier" and self.tiers:
            return replace(spec, type=FactType.CHOICE, values=self.tiers, ranks=self.levels or None)
        if spec is not None and spec.name == "path" and self.paths:
            return replace(spec, type=FactType.CHOICE, values=self.paths)
        return spec


class OperandError(ValueError):
    """What stands behind an operator cannot be used.

    Attributes:
        index: Which entry of a list is meant; None = the operand as a whole.
        found: The offending value; None = the operand itself.
        allowed: What would be right, when it can be listed.
        hint: What to do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        index: int | None = None,
        found: object = None,
        allowed: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.index = index
        self.found = found
        self.allowed = allowed
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """The right-hand side of an operator: `{in: [new, open]}` on `status`."""

    spec: FactSpec
    operator: str
    #: As YAML gave it, with the values of sets in the place of their names.
    value: Any
    scope: Scope
    #: For operators that are about time.
    calendar: BusinessCalendar = ALWAYS
    #: For operators on counts.
    selection: Selection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One word of the language, for the types of facts that it makes sense on."""

    name: str
    types: frozenset[FactType]
    #: Makes the condition. Raises OperandError.
    build: Callable[[Operand], Condition]
    #: One line for the reference page.
    doc: str
    #: What may stand behind it.
    takes: Takes
    #: What it asks depends on a calendar, which `calendar:` beside it or the policy's default names.
    timed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCondition:
    """A test of one fact's value. It depends on nothing else, so it never changes by itself."""

    fact: str
    wanted: str
    #: Sees a value that is not None.
    test: Callable[[Any], bool]
    #: The answer when the fact is not set. Comparisons do not hold then; their negations do.
    when_unset: bool = False
    #: What `test` asks, as data; None = only `test` knows.
    question: Question | None = None

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Test the value."""
        value, text = facts.seen.get(self.fact) or facts.look(self.fact)
        return self.answer(value, text)

    def answer(self, value: Value, text: str) -> Verdict:
        """Test a value, which is `text` in words."""
        holds = self.when_unset if value is None else self.test(value)
        return Verdict(holds=holds, subject=self.fact, wanted=self.wanted, observed=text)


def listed(values: tuple[Scalar, ...]) -> str:
    """Wanted values in words: `new, open`."""
    return ", ".join(words(value) for value in values)


def scalar_operand(operand: Operand) -> str | int | float | bool:
    """The operand as one value that is set.

    Raises:
        OperandError: for lists, mappings and nothing.
    """
    value = operand.value
    if isinstance(value, list):
        several = "contains_any" if operand.operator == "contains" else "in"
        raise OperandError(f"{operand.operator!r} takes one value", hint=f"for several values write {{{several}: […]}}")
    if value is None or isinstance(value, dict):
        raise OperandError(f"{operand.operator!r} takes one value", hint="write {exists: false} to ask for 'not set'")
    checked: str | int | float | bool = value
    return checked


def list_operand(operand: Operand) -> tuple[Any, ...]:
    """The operand as a list of values with at least one entry.

    Raises:
        OperandError: for anything else.
    """
    value = operand.value
    if not isinstance(value, list):
        raise OperandError(f"{operand.operator!r} takes a list", hint="write it in brackets: [a, b]")
    if not value:
        raise OperandError(f"{operand.operator!r} takes a list with at least one value")
    for index, item in enumerate(value):
        if item is None or isinstance(item, list | dict):
            raise OperandError("a list of values holds plain values", index=index, found=item)
    return tuple(value)


def text_of(value: object, *, index: int | None = None) -> str:
    """A value that has to be text and not empty.

    Raises:
        OperandError: for anything else.
    """
    if not isinstance(value, str):
        raise OperandError("this has to be text", index=index, found=value, hint="put quotes around it")
    if not value:
        raise OperandError("this text is empty", index=index, found=value)
    return value
