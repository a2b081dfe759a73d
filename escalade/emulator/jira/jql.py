"""What a JQL query means: its tree compiled to a predicate over issues, and its order to a sort."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from escalade.emulator.jira import operands, sla
from escalade.emulator.jira.grammar import Clause, Compound, Function, JqlError, Keyword, Query, Value, parse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.grammar import Node
    from escalade.emulator.jira.model import FieldDef, Issue

Predicate = Callable[["Issue"], bool]
_DATES = {
    "updated": "updated",
    "updateddate": "updated",
    "created": "created",
    "createddate": "created",
    "due": "duedate",
    "duedate": "duedate",
}
_SPAN = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60}
_FORMATS = "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
}


def compile_query(call: Call, text: str, *, bounded: bool = False) -> tuple[Predicate, Query]:
    """Return the predicate and the parsed form of a query, read with the eyes of the caller.

    Raises:
        JqlError: The query is not understood, names what does not exist, or is unbounded although ``bounded``.
    """
    query = parse(text)
    if query.where is None:
        if bounded:
            raise JqlError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
        return lambda _: True, query
    return _compile(call, query.where), query


def matches(call: Call, text: str, issue: Issue) -> bool:
    """Whether an issue, as it is now, fits a query; an invalid query fits nothing."""
    try:
        return compile_query(call, text)[0](issue)
    except JqlError:
        return False


def _compile(call: Call, node: Node) -> Predicate:
    if isinstance(node, Clause):
        return _clause(call, node)
    return _combined(node, [_compile(call, inner) for inner in node.clauses])


def _combined(node: Compound, parts: list[Predicate]) -> Predicate:
    if node.operator == "not":
        (inner,) = parts
        return lambda issue: not inner(issue)
    if node.operator == "or":
        return lambda issue: any(part(issue) for part in parts)
    if len(parts) == 2:
        first, second = parts
        return lambda issue: first(issue) and second(issue)
    return lambda issue: all(part(issue) for part in parts)


def _clause(call: Call, node: Clause) -> Predicate:
    name = node.field.lower()
    if name in _DATES:
        return _date_clause(call, node, _DATES[name])
    if name in operands.TEXTS:
        return _text_clause(node, operands.TEXTS[name])
    keyed = operands.KEYED.get(name)
    if name == "resolution":
        node = replace(node, operands=tuple(_resolved_or_empty(item) for item in node.operands))
    if keyed is not None:
        return _keyed_clause(call, node, keyed)
    return _custom_clause(call, node, operands.custom_field(call, node.field))


def _resolved_or_empty(item: Value | Function | Keyword) -> Value | Function | Keyword:
    unresolved = isinstance(item, Value) and item.text.lower() == "unresolved"
    return Keyword() if unresolved else item


def _custom_clause(call: Call, node: Clause, row: FieldDef) -> Predicate:
    if row.kind in {"string", "text"}:
        return _text_clause(node, lambda issue: issue.fields.get(row.id) or "")
    if row.kind == "sla":
        return _sla_clause(call, node, row)
    if row.kind == "number":
        return _number_clause(node, row)
    keyed = operands.custom_keys(row)
    if keyed is None:
        raise JqlError(f"The field '{node.field}' cannot be searched here.")
    return _keyed_clause(call, node, keyed)


def _one(node: Clause) -> Value | Function | Keyword:
    if len(node.operands) != 1 or node.operator in {"in", "not in"}:
        raise JqlError(f"The operator '{node.operator}' is not supported by the '{node.field}' field.")
    return node.operands[0]


def _unsupported(node: Clause) -> JqlError:
    return JqlError(f"The operator '{node.operator}' is not supported by the '{node.field}' field.")


def _keyed_clause(call: Call, node: Clause, keyed: operands.Keyed) -> Predicate:
    read = keyed.read
    empty = any(isinstance(item, Keyword) for item in node.operands)
    if node.operator in {"is", "is not"} and not empty:
        raise JqlError(f"The operator '{node.operator}' needs EMPTY or NULL.")
    if node.operator in {"<", "<=", ">", ">="}:
        return _ranked_clause(call, node, keyed)
    if node.operator in {"~", "!~"}:
        raise _unsupported(node)
    wanted = frozenset(
        key for item in node.operands if not isinstance(item, Keyword) for key in keyed.resolve(call, item, node.field)
    )
    if node.operator in {"=", "in", "is"}:
        return lambda issue: _holds(read(issue), wanted, empty=empty)
    # A negation never finds the issues that have no value, unless EMPTY itself is negated.
    return lambda issue: (keys := read(issue)) != () and wanted.isdisjoint(keys)


def _holds(keys: tuple[Any, ...], wanted: frozenset[Any], *, empty: bool) -> bool:
    return not wanted.isdisjoint(keys) or (empty and not keys)


def _ranked_clause(call: Call, node: Clause, keyed: operands.Keyed) -> Predicate:
    item = _one(node)
    if keyed.rank is None or isinstance(item, Keyword):
        raise _unsupported(node)
    rank = keyed.rank
    limit = rank(call, next(iter(keyed.resolve(call, item, node.field))))
    compare, read = _COMPARE[node.operator], keyed.read
    return lambda issue: any(compare(rank(call, key), limit) for key in read(issue))


def _text_clause(node: Clause, read: Callable[[Issue], str]) -> Predicate:
    item = _one(node)
    if isinstance(item, Keyword) and node.operator in {"is", "is not"}:
        wanted = node.operator == "is"
        return lambda issue: (not read(issue)) is wanted
    if not isinstance(item, Value) or node.operator not in {"~", "!~"}:
        raise _unsupported(node)
    words = [word.strip('*"').lower() for word in item.text.split()]
    found = node.operator == "~"
    return lambda issue: all(word in read(issue).lower() for word in words) is found


def _number_clause(node: Clause, row: FieldDef) -> Predicate:
    item = _one(node)
    if isinstance(item, Keyword):
        wanted = node.operator in {"is", "="}
        return lambda issue: (issue.fields.get(row.id) is None) is wanted
    if not isinstance(item, Value) or node.operator not in _COMPARE:
        raise _unsupported(node)
    try:
        limit = float(item.text)
    except ValueError:
        raise JqlError(f"The value '{item.text}' for field '{node.field}' is not a number.") from None
    compare = _COMPARE[node.operator]
    return lambda issue: (kept := issue.fields.get(row.id)) is not None and compare(kept, limit)


def _sla_clause(call: Call, node: Clause, row: FieldDef) -> Predicate:
    item, metric = _one(node), next(sla for sla in call.site.slas.values() if sla.field_id == row.id)
    tests: dict[str, Callable[[list[sla.Cycle]], bool]] = {
        "breached": lambda found: found[-1].breached,
        "everbreached": lambda found: any(cycle.breached for cycle in found),
        "paused": lambda found: found[-1].paused,
        "running": lambda found: found[-1].stopped_at is None and not found[-1].paused,
        "completed": lambda found: found[-1].stopped_at is not None,
    }
    if not isinstance(item, Function) or item.name.lower() not in tests or node.operator not in {"=", "!="}:
        raise _unsupported(node)
    test, wanted, site = tests[item.name.lower()], node.operator == "=", call.site

    def holds(issue: Issue) -> bool:
        if issue.project != metric.project:
            return False
        found = sla.cycles(site, metric, issue, site.now())
        return bool(found) and test(found) is wanted

    return holds


def _date_clause(call: Call, node: Clause, field_id: str) -> Predicate:
    item = _one(node)
    if isinstance(item, Keyword):
        if field_id != "duedate":
            return lambda _: node.operator in {"is not", "!="}
        wanted = node.operator in {"is", "="}
        return lambda issue: (issue.fields.get("duedate") is None) is wanted
    if node.operator not in _COMPARE:
        raise _unsupported(node)
    limit, compare = instant(call, item, node.field), _COMPARE[node.operator]
    if field_id == "updated":
        return lambda issue: compare(issue.updated, limit)
    if field_id == "created":
        return lambda issue: compare(issue.created, limit)
    day = limit.astimezone(_zone(call)).date().isoformat()
    return lambda issue: (due := issue.fields.get("duedate")) is not None and compare(due, day)


def _zone(call: Call) -> ZoneInfo:
    return ZoneInfo(call.caller.time_zone) if call.caller else call.site.zone


def instant(call: Call, item: Value | Function | Keyword, field: str) -> datetime:
    """Return the instant that an operand means.

    An unquoted number is milliseconds since 1970; ``"-15m"`` is relative to now; a date and time is read in the
    profile zone of the caller and has the granularity of a minute.

    Raises:
        JqlError: It is none of these.
    """
    now = call.site.now()
    if isinstance(item, Function):
        if item.name.lower() == "now":
            return now
        if item.name.lower() == "startofday":
            return now.astimezone(_zone(call)).replace(hour=0, minute=0, second=0, microsecond=0)
        raise JqlError(f"Unable to find JQL function '{item.name}()'.")
    text = item.text if isinstance(item, Value) else ""
    if isinstance(item, Value) and not item.quoted and re.fullmatch(r"-?\d{5,}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if re.fullmatch(r"\s*[+-]?\s*(\d+[wdhm]\s*)+", text):
        seconds = sum(int(count) * _SPAN[unit] for count, unit in re.findall(r"(\d+)([wdhm])", text))
        return now + timedelta(seconds=-seconds if text.strip().startswith("-") else seconds)
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=_zone(call)).astimezone(UTC)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm',"
        " 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )


def sort_key(call: Call, name: str) -> Callable[[Issue], Any]:
    """Return the sort key of an ORDER BY field.

    Raises:
        JqlError: The field is unknown.
    """
    field = operands.ALIASES.get(name.lower(), _DATES.get(name.lower(), name.lower()))
    projects = call.site.projects
    ranks = {row.id: -number for number, row in enumerate(call.site.priorities)}
    keys: dict[str, Callable[[Issue], Any]] = {
        "updated": lambda row: row.updated,
        "created": lambda row: row.created,
        "id": lambda row: row.id,
        "key": lambda row: (projects[row.project].key, int(row.key.rpartition("-")[2])),
        "priority": lambda row: ranks.get(row.fields["priority"], -99),
        "status": lambda row: row.fields["status"],
        "summary": lambda row: row.fields["summary"].lower(),
        "duedate": lambda row: row.fields.get("duedate") or "9999",
        "project": lambda row: projects[row.project].key,
    }
    if field not in keys:
        raise JqlError(f"Not able to sort using field '{name}'.")
    return keys[field]
