"""Selection: `where`, `same`, `within` and `distinct` beside a count, as YAML gave them → which tickets are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.conditions.base import Condition, OperandError, Scope
from rules.conditions.count import Selection, counted_by_default, in_words
from rules.conditions.duration import span_of
from rules.facts import FIELD_PREFIX
from rules.yamltext import Path, Tree

WHERE, SAME, WITHIN, DISTINCT = "where", "same", "within", "distinct"
#: What may stand beside the operators on a count, besides a calendar.
OPTIONS = (WHERE, SAME, WITHIN, DISTINCT)

#: What is known of the account's other tickets, besides their custom fields.
NEIGHBOUR_FACTS = ("status", "priority", "type", "product", "requester", "tags", "helpdesk", "id", "created", "age")
#: Those of them that have one value which tickets can share.
_SHARED = ("status", "priority", "type", "product", "requester", "helpdesk")


def neighbour_scope(scope: Scope) -> Scope:
    """What a condition on the account's other tickets may refer to."""
    return replace(scope, only=NEIGHBOUR_FACTS)


def parse_selection(
    fact: str,
    asked: dict[str, Any],
    path: Path,
    tree: Tree,
    *,
    calendar: Callable[[], BusinessCalendar | None],
    where: Callable[[Any, Path], Condition | None],
) -> Selection | None:
    """Read what stands beside the operators on a count.

    Args:
        fact: The count.
        asked: Everything that stands there.
        path: Where.
        tree: The document; problems are noted there.
        calendar: Looks up the calendar that `within` passes in.
        where: Reads the condition on the other tickets.

    Returns:
        None when something in it is wrong.
    """
    told = len(tree.findings.problems)
    condition = where(asked[WHERE], (*path, WHERE)) if WHERE in asked else None
    same = _same(asked[SAME], (*path, SAME), tree) if SAME in asked else ()
    chosen: BusinessCalendar | None = ALWAYS
    span = None
    if WITHIN in asked:
        chosen = calendar()
        span = _span(asked[WITHIN], (*path, WITHIN), tree)
    distinct = counted_by_default(fact)
    if DISTINCT in asked:
        distinct = _distinct(asked[DISTINCT], distinct, (*path, DISTINCT), tree)
    if len(tree.findings.problems) > told or chosen is None or (WHERE in asked and condition is None):
        return None
    selection = Selection(where=condition, same=same, within=span, calendar=chosen, distinct=distinct)
    return replace(selection, told=in_words(asked, selection))


def _same(raw: Any, path: Path, tree: Tree) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw:
        hint = "write them in brackets, for example [product]"
        tree.refuse(path, "'same' takes a list of facts that the tickets share", found=raw, hint=hint)
        return ()
    for index, name in enumerate(raw):
        _check_shared(name, (*path, index), tree)
    return tuple(map(str, raw))


def _distinct(raw: Any, default: str | None, path: Path, tree: Tree) -> str | None:
    if default is not None:
        tree.refuse(path, f"different values of {default} are counted here anyway", on_key=True)
    else:
        _check_shared(raw, path, tree)
    return raw if isinstance(raw, str) else None


def _check_shared(name: Any, path: Path, tree: Tree) -> None:
    if name in _SHARED or (isinstance(name, str) and name.startswith(FIELD_PREFIX) and name != FIELD_PREFIX):
        return
    allowed = (*_SHARED, f"{FIELD_PREFIX}NAME")
    tree.refuse(path, "this is not known of the account's other tickets", found=name, allowed=allowed)


def _span(raw: Any, path: Path, tree: Tree) -> Span | None:
    try:
        return span_of(raw)
    except OperandError as error:
        tree.refuse(path, str(error), found=raw, hint=error.hint)
        return None
