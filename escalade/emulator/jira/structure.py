"""A parsed query as ``POST /jql/parse`` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira.grammar import Clause, Function, Keyword

if TYPE_CHECKING:
    from escalade.emulator.jira.grammar import Node, Query, Value
    from escalade.emulator.jira.model import Json


def structure(query: Query) -> Json:
    """Return the tree of a query as JSON."""
    found: Json = {}
    if query.where is not None:
        found["where"] = _node(query.where)
    if query.order:
        fields = [
            {"field": {"name": name}, "direction": "desc" if descending else "asc"} for name, descending in query.order
        ]
        found["orderBy"] = {"fields": fields}
    return found


def _node(node: Node) -> Json:
    if not isinstance(node, Clause):
        return {"operator": node.operator, "clauses": [_node(inner) for inner in node.clauses]}
    listed = node.operator in {"in", "not in"} and not isinstance(node.operands[0], Function)
    operand = {"values": [_operand(item) for item in node.operands]} if listed else _operand(node.operands[0])
    return {"field": {"name": node.field}, "operator": node.operator, "operand": operand}


def _operand(item: Value | Function | Keyword) -> Json:
    if isinstance(item, Keyword):
        return {"keyword": "empty"}
    if isinstance(item, Function):
        return {"function": item.name, "arguments": list(item.arguments)}
    return {"value": item.text}
