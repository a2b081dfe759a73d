"""Parse: `when` as YAML gave it → one Condition, with every mistake noted at its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.calendar import ALWAYS, BusinessCalendar
from rules.conditions import scores
from rules.conditions.base import Condition, Operand, OperandError, Operator, Scope
from rules.conditions.groups import All, AnyOf
from rules.conditions.registry import OPERATOR_WORDS, operator_for, operators_of
from rules.facts import ACCOUNT_FIELD_PREFIX, FACTS, FIELD_PREFIX, FactSpec, FactType
from rules.yamltext import Path, Tree

GROUPS = ("all", "any", "none")
#: The option that stands beside the operators on lengths of time.
CALENDAR = "calendar"

_NOT_WORDS = frozenset({"not", "and", "or"})
_EXAMPLE = "for example {status: {in: [new, open]}}"


def parse_when(raw: Any, path: Path, tree: Tree, scope: Scope) -> Condition | None:
    """Make the condition at `path`.

    Args:
        raw: The value there.
        path: Where it stands, for messages.
        tree: The document; problems are noted there.
        scope: Calendars and tiers that it may name.

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
        return self._together([self._entry(key, value, (*path, key)) for key, value in raw.items()])

    def _together(self, conditions: list[Condition | None]) -> Condition | None:
        known = tuple(condition for condition in conditions if condition is not None)
        if len(known) != len(conditions):
            return None
        return known[0] if len(known) == 1 else All(children=known)

    def _entry(self, key: str, value: Any, path: Path) -> Condition | None:
        if key in GROUPS:
            return self._group(key, value, path)
        if key in scores.WORDS:
            return scores.parse_score(key, value, path, self._tree, self._scope)
        spec = self._scope.spec(key)
        if spec is None:
            self._unknown_fact(key, path)
            return None
        if isinstance(value, dict):
            return self._operators(spec, value, path)
        if spec.type in {FactType.TAGS, FactType.DURATION} or isinstance(value, list):
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

    def _unknown_fact(self, key: str, path: Path) -> None:
        if key in _NOT_WORDS:
            message, hint = f"there is no {key!r} here", "write all: […], any: […] or none: […]"
        elif key in OPERATOR_WORDS:
            message, hint = f"the operator {key!r} stands where a fact is expected", _EXAMPLE
        else:
            message, hint = "there is no such fact", f"a custom field of that name is written {FIELD_PREFIX}{key}"
        allowed = (*FACTS, f"{FIELD_PREFIX}NAME", f"{ACCOUNT_FIELD_PREFIX}NAME", *GROUPS, *scores.WORDS)
        self._tree.refuse(path, message, on_key=True, found=key, allowed=allowed, hint=hint)

    def _needs_operator(self, spec: FactSpec, value: Any, path: Path) -> None:
        if spec.type is FactType.DURATION:
            hint = f"write {{at_least: {value if isinstance(value, str) else '4h'}}}"
        elif spec.type is FactType.TAGS:
            hint = "write {contains_any: [a, b]}" if isinstance(value, list) else f"write {{contains: {value}}}"
        else:
            hint = "for several values write {in: [a, b]}"
        message = f"{spec.name} needs an operator"
        self._tree.refuse(path, message, found=value, allowed=operators_of(spec), hint=hint)

    def _operators(self, spec: FactSpec, asked: dict[str, Any], path: Path) -> Condition | None:
        calendar = self._calendar(spec, asked, path)
        words = [word for word in asked if word != CALENDAR]
        if not words:
            allowed = operators_of(spec)
            self._tree.refuse(path, f"nothing is asked of {spec.name}", found=asked, allowed=allowed)
            return None
        conditions = [self._operator(spec, word, asked[word], (*path, word), calendar=calendar) for word in words]
        return None if calendar is None else self._together(conditions)

    def _calendar(self, spec: FactSpec, asked: dict[str, Any], path: Path) -> BusinessCalendar | None:
        """The calendar that a length of time is measured in; other facts have none. None = a mistake was noted."""
        here = (*path, CALENDAR)
        if spec.type is not FactType.DURATION:
            if CALENDAR not in asked:
                return ALWAYS
            message = f"{spec.name} is no length of time, so it has no calendar"
            self._tree.refuse(here, message, on_key=True, found=CALENDAR, allowed=operators_of(spec))
            return None
        name = asked.get(CALENDAR, self._scope.default_calendar)
        if name is None:
            message = "which calendar does this time pass in?"
            hint = "add calendar: NAME here or default_calendar: NAME at the top of the policy; always = 24x7"
            self._tree.refuse(path, message, allowed=self._scope.calendar_names, hint=hint)
            return None
        calendar = self._scope.calendar(name) if isinstance(name, str) else None
        # A wrong default is told once, where it stands.
        if calendar is None and CALENDAR in asked:
            message = "there is no such calendar"
            self._tree.refuse(here, message, found=name, allowed=self._scope.calendar_names)
        return calendar

    def _operator(
        self,
        spec: FactSpec,
        word: str,
        value: Any,
        path: Path,
        *,
        calendar: BusinessCalendar | None = ALWAYS,
    ) -> Condition | None:
        operator = operator_for(word, spec.type)
        if operator is None:
            known = word in OPERATOR_WORDS
            message = f"{word!r} cannot be asked of {spec.name}" if known else "there is no such operator"
            hint = f"{spec.name} is of the type {spec.type}"
            self._tree.refuse(path, message, on_key=True, found=word, allowed=operators_of(spec), hint=hint)
            return None
        operand = Operand(spec=spec, operator=word, value=value, scope=self._scope, calendar=calendar or ALWAYS)
        return self._build(operator, operand, path)

    def _build(self, operator: Operator, operand: Operand, path: Path) -> Condition | None:
        try:
            return operator.build(operand)
        except OperandError as error:
            here = path if error.index is None else (*path, error.index)
            found = operand.value if error.found is None and error.index is None else error.found
            self._tree.refuse(here, str(error), found=found, allowed=error.allowed, hint=error.hint)
            return None


def asked_values(raw: Any, path: Path = ()) -> Iterator[tuple[str, str | None, Path]]:
    """Custom fields of tickets that a condition names, each with the values it is compared with.

    Yields:
        (field name, value, path) for every value of `is`, `is_not`, `in` and `not_in`, and (field name, None, path of
        the fact) once for every mention.
    """
    if isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from asked_values(item, (*path, index))
    if not isinstance(raw, dict):
        return
    for key, value in raw.items():
        here = (*path, key)
        if key in GROUPS:
            yield from asked_values(value, here)
        elif isinstance(key, str) and key.startswith(FIELD_PREFIX):
            field = key.removeprefix(FIELD_PREFIX)
            yield field, None, here
            yield from ((field, text, place) for text, place in _compared(value, here))


def _compared(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    if isinstance(value, dict):
        for word in ("is", "is_not", "in", "not_in"):
            if word in value:
                yield from _compared(value[word], (*path, word))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _compared(item, (*path, index))
    elif isinstance(value, str):
        yield value, path
