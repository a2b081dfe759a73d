"""Parse: `when` as YAML gave it → one Condition, with every mistake noted at its place."""

from __future__ import annotations

from functools import partial
from typing import Any

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.clocks.told import CLOCK_PARTS, CLOCK_PREFIX
from rules.conditions import scores
from rules.conditions.base import Condition, Operand, OperandError, Operator, Scope
from rules.conditions.clocking import ticking
from rules.conditions.count import Selection
from rules.conditions.duration import span_of
from rules.conditions.groups import All, AnyOf
from rules.conditions.held import AT_LEAST, FOR, Held, looks_back
from rules.conditions.registry import OPERATOR_WORDS, operator_for, operators_of
from rules.conditions.selection import OPTIONS, WITHIN, neighbour_scope, parse_selection
from rules.conditions.sets import SET, Written, written
from rules.facts import FIELD_PREFIX, OWN_STATE, FactSpec, FactType, spec_of
from rules.yamltext import Path, Tree

GROUPS = ("all", "any", "none")
#: The key that refers to a condition by its name.
CONDITION = "condition"
#: The option that stands beside operators that are about time.
CALENDAR = "calendar"

_NO_PAST = "the past of the account's other tickets is not known"
_WHICH_CALENDAR = "which calendar does this time pass in?"
#: What stands where a fact does, besides groups.
_WORDS = (CONDITION, FOR, *scores.WORDS)
_NOT_WORDS = frozenset({"not", "and", "or"})
_EXAMPLE = "for example {status: {in: [new, open]}}"
_NEEDS_OPERATOR = frozenset({FactType.TAGS, FactType.DURATION, FactType.OPEN_TIME, FactType.INSTANT, FactType.DATE})


def parse_when(raw: Any, path: Path, tree: Tree, scope: Scope) -> Condition | None:
    """Make the condition at `path`.

    Args:
        raw: The value there.
        path: Where it stands, for messages.
        tree: The document; problems are noted there.
        scope: Calendars, tiers, sets and conditions that it may name.

    Returns:
        The condition, or None when something in it is wrong (then the tree's findings say what).
    """
    return _Parser(tree, scope).mapping(raw, path)


class _Parser:
    def __init__(self, tree: Tree, scope: Scope) -> None:
        self._tree = tree
        self._scope = scope

    def mapping(self, raw: Any, path: Path) -> Condition | None:
        """A mapping: each of its keys is a fact or a group, and all of them have to hold."""
        if not isinstance(raw, dict) or not raw:
            hint = "write all: […] around a list of conditions" if isinstance(raw, list) else _EXAMPLE
            self._tree.refuse(path, "a condition is a mapping of facts to what is asked", found=raw, hint=hint)
            return None
        together = self._together([self._entry(key, raw[key], (*path, key)) for key in raw if key != FOR])
        if FOR not in raw:
            return together
        if self._scope.only is not None:
            self._tree.refuse((*path, FOR), _NO_PAST, on_key=True, hint="age tells how old they are")
            return None
        return self._held(together, raw, (*path, FOR))

    def _together(self, conditions: list[Condition | None]) -> Condition | None:
        known = tuple(condition for condition in conditions if condition is not None)
        if not known or len(known) != len(conditions):
            return None
        return known[0] if len(known) == 1 else All(children=known)

    def _held(self, condition: Condition | None, raw: dict[str, Any], path: Path) -> Condition | None:
        """`for: 30m` or `for: {at_least: 30m, calendar: …}`: the other keys have held for so long."""
        if len(raw) == 1:
            hint = "write it beside one, for example {status: pending, for: 30m}"
            self._tree.refuse(path, "'for' needs a condition that has to hold for so long", on_key=True, hint=hint)
        asked = raw[FOR] if isinstance(raw[FOR], dict) else {AT_LEAST: raw[FOR]}
        wrong = [word for word in asked if word not in {AT_LEAST, CALENDAR}]
        for word in wrong:
            allowed = (AT_LEAST, CALENDAR)
            self._tree.refuse((*path, word), "'for' has no such part", on_key=True, found=word, allowed=allowed)
        if AT_LEAST not in asked:
            if not wrong:
                self._tree.refuse(path, "for how long?", found=raw[FOR], hint="write for: 30m")
            return None
        calendar = self._calendar(asked, path)
        span = self._span(asked[AT_LEAST], (*path, AT_LEAST) if isinstance(raw[FOR], dict) else path)
        if condition is None or calendar is None or span is None or wrong or not self._has_past(condition, path):
            return None
        return Held(condition=condition, span=span, calendar=calendar)

    def _span(self, value: Any, path: Path) -> Span | None:
        try:
            return span_of(value)
        except OperandError as error:
            self._tree.refuse(path, str(error), found=value, hint=error.hint)
            return None

    def _has_past(self, condition: Condition, path: Path) -> bool:
        unknown = sorted(name for name in condition.facts if (spec := spec_of(name)) is not None and not spec.past)
        for name in unknown:
            hint = "ask for it beside, in an all: […] around"
            if name in OWN_STATE:
                hint = "in_tier tells how long the ticket has been in its tier"
            self._tree.refuse(path, f"since when {name} has been so is not known", on_key=True, found=name, hint=hint)
        return not unknown

    def _entry(self, key: str, value: Any, path: Path) -> Condition | None:
        if key in GROUPS:
            return self._group(key, value, path)
        if key == CONDITION or key in scores.WORDS:
            return self._named(key, value, path)
        spec = self._scope.spec(key)
        if spec is None:
            self._unknown_fact(key, path)
            return None
        if isinstance(value, dict) or spec.type is FactType.COUNT:
            return self._operators(spec, value if isinstance(value, dict) else {"is": value}, path)
        if spec.type in _NEEDS_OPERATOR or isinstance(value, list):
            self._needs_operator(spec, value, path)
            return None
        return self._operator(spec, "is", value, path)

    def _group(self, key: str, value: Any, path: Path) -> Condition | None:
        if not isinstance(value, list) or not value:
            message = f"{key!r} takes a list with at least one condition"
            self._tree.refuse(path, message, found=value, hint=f"write each condition on a line '- …' below {key}:")
            return None
        children = [self.mapping(child, (*path, index)) for index, child in enumerate(value)]
        known = tuple(child for child in children if child is not None)
        if len(known) != len(children):
            return None
        return All(children=known) if key == "all" else AnyOf(children=known, negated=key == "none")

    def _named(self, key: str, value: Any, path: Path) -> Condition | None:
        """What the policy gives a name to: a condition, a criterion, the points of several criteria."""
        if key != CONDITION:
            return scores.parse_score(key, value, path, self._tree, self._scope)
        names = self._scope.conditions
        if not isinstance(value, str) or value not in names:
            hint = None if names else "describe it in the section conditions:"
            self._tree.refuse(path, "there is no such condition", found=value, allowed=names, hint=hint)
            return None
        return self._scope.condition(value, path)

    def _where(self, raw: Any, path: Path) -> Condition | None:
        """A condition on the account's other tickets, of which less is known."""
        scope = neighbour_scope(self._scope)
        condition = _Parser(self._tree, scope).mapping(raw, path)
        beyond = [] if condition is None else sorted(name for name in condition.facts if scope.spec(name) is None)
        for name in beyond:
            message = f"{name} is not known of the account's other tickets"
            self._tree.refuse(path, message, found=name, allowed=scope.fact_names)
        if condition is not None and looks_back(condition):
            self._tree.refuse(path, _NO_PAST, hint="age tells how old they are")
            return None
        return None if beyond else condition

    def _unknown_fact(self, key: str, path: Path) -> None:
        if key in _NOT_WORDS:
            hint = "write all: […], any: […] or none: […]"
            self._tree.refuse(path, f"there is no {key!r} here", on_key=True, found=key, allowed=GROUPS, hint=hint)
            return
        if key in OPERATOR_WORDS:
            message, hint = f"the operator {key!r} stands where a fact is expected", _EXAMPLE
        elif key in self._scope.conditions:
            message, hint = "there is no such fact", f"the condition of that name is asked as {{{CONDITION}: {key}}}"
        elif key.startswith(CLOCK_PREFIX):
            message, hint = "there is no such clock, or no such part of it", f"its parts are {', '.join(CLOCK_PARTS)}"
        else:
            message, hint = "there is no such fact", f"a custom field of that name is written {FIELD_PREFIX}{key}"
        elsewhere = self._scope.only is not None and spec_of(key) is not None
        if elsewhere:
            message, hint = f"{key} is not known of the account's other tickets", "ask for it outside of where"
        allowed = (*self._scope.fact_names, *(() if elsewhere else (*GROUPS, *_WORDS)))
        if key.startswith(CLOCK_PREFIX):
            allowed = tuple(name for name in allowed if name.startswith(CLOCK_PREFIX))
        self._tree.refuse(path, message, on_key=True, found=key, allowed=allowed, hint=hint)

    def _needs_operator(self, spec: FactSpec, value: Any, path: Path) -> None:
        if spec.type in {FactType.DURATION, FactType.OPEN_TIME}:
            hint = f"write {{at_least: {value if isinstance(value, str) else '4h'}}}"
        elif spec.type is FactType.INSTANT:
            hint = f"write {{inside: {value if isinstance(value, str) else 'CALENDAR'}}}"
        elif spec.type is FactType.DATE:
            hint = "write {within: 90d}, {past: true} or {older_than: 30d}"
        elif spec.type is FactType.TAGS:
            hint = "write {contains_any: [a, b]}" if isinstance(value, list) else f"write {{contains: {value}}}"
        else:
            hint = "for several values write {in: [a, b]}"
        message = f"{spec.name} needs an operator"
        self._tree.refuse(path, message, found=value, allowed=operators_of(spec), hint=hint)

    def _operators(self, spec: FactSpec, asked: dict[str, Any], path: Path) -> Condition | None:
        counts = spec.type is FactType.COUNT
        words = [word for word in asked if word != CALENDAR and not (counts and word in OPTIONS)]
        if not words:
            allowed = operators_of(spec)
            self._tree.refuse(path, f"nothing is asked of {spec.name}", found=asked, allowed=allowed)
            return None
        if SET in asked:
            message = "a set stands behind an operator"
            hint = f"write {{in: {{{SET}: {asked[SET]}}}}}"
            self._tree.refuse((*path, SET), message, on_key=True, allowed=operators_of(spec), hint=hint)
            return None
        calendar, selection = self._calendar_of(spec, asked, path), None
        if counts:
            look_up = partial(self._calendar, asked, path)
            selection = parse_selection(spec.name, asked, path, self._tree, calendar=look_up, where=self._where)
            if selection is None:
                return None
        conditions = [
            self._operator(spec, word, asked[word], (*path, word), calendar=calendar, selection=selection)
            for word in words
        ]
        return None if calendar is None else self._together(conditions)

    def _calendar_of(self, spec: FactSpec, asked: dict[str, Any], path: Path) -> BusinessCalendar | None:
        """The calendar of operators that are about time; others have none. None = a mistake was noted."""
        operators = [operator_for(word, spec.type) for word in asked]
        if spec.type is FactType.DURATION or any(operator is not None and operator.timed for operator in operators):
            days = spec.type is not FactType.DURATION
            return self._calendar(asked, path, "in whose time zone?" if days else _WHICH_CALENDAR)
        if CALENDAR not in asked or (spec.type is FactType.COUNT and WITHIN in asked):
            return ALWAYS
        message = f"{spec.name} is no length of time, so it has no calendar"
        if spec.type is FactType.COUNT:
            message = f"a calendar goes with {WITHIN!r} here"
        allowed = operators_of(spec)
        self._tree.refuse((*path, CALENDAR), message, on_key=True, found=CALENDAR, allowed=allowed)
        return None

    def _calendar(self, asked: dict[str, Any], path: Path, message: str = _WHICH_CALENDAR) -> BusinessCalendar | None:
        """The calendar that is named here, else the default one. None = a mistake was noted."""
        name = asked.get(CALENDAR, self._scope.default_calendar)
        if name is None:
            hint = "add calendar: NAME here or default_calendar: NAME at the top of the policy; always = 24x7"
            self._tree.refuse(path, message, allowed=self._scope.calendar_names, hint=hint)
            return None
        calendar = self._scope.calendar(name) if isinstance(name, str) else None
        # A wrong default is told once, where it stands.
        if calendar is None and CALENDAR in asked:
            message = "there is no such calendar"
            self._tree.refuse((*path, CALENDAR), message, found=name, allowed=self._scope.calendar_names)
        return calendar

    def _operator(
        self,
        spec: FactSpec,
        word: str,
        value: Any,
        path: Path,
        *,
        calendar: BusinessCalendar | None = ALWAYS,
        selection: Selection | None = None,
    ) -> Condition | None:
        operator = operator_for(word, spec.type)
        if operator is None:
            known = word in OPERATOR_WORDS
            message = f"{word!r} cannot be asked of {spec.name}" if known else "there is no such operator"
            hint = f"{spec.name} is of the type {spec.type}"
            allowed = (*operators_of(spec), *(OPTIONS if spec.type is FactType.COUNT else ()))
            self._tree.refuse(path, message, on_key=True, found=word, allowed=allowed, hint=hint)
            return None
        operand = written(value, path, self._tree, self._scope.sets)
        if operand is None:
            return None
        asked = Operand(
            spec=spec,
            operator=word,
            value=operand.value,
            scope=self._scope,
            calendar=calendar or ALWAYS,
            selection=selection,
        )
        return self._build(operator, asked, operand)

    def _build(self, operator: Operator, asked: Operand, operand: Written) -> Condition | None:
        try:
            return ticking(operator.build(asked), asked.spec)
        except OperandError as error:
            whole = error.index is None
            origin = None if whole or not operand.sets else operand.sets[error.index or 0]
            message = str(error) if origin is None else f"{error}; it stands in the set {origin!r}"
            here = operand.path if error.index is None else operand.places[error.index]
            found = asked.value if error.found is None and whole else error.found
            self._tree.refuse(here, message, found=found, allowed=error.allowed, hint=error.hint)
            return None
