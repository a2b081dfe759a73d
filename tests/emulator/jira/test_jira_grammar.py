"""The grammar of JQL takes every text: it understands it or says why not."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from escalade.emulator.jira.grammar import Clause, Compound, JqlError, Node, Query, Value, parse

WORDS = [
    "project",
    "=",
    "!=",
    "in",
    "not",
    "(",
    ")",
    ",",
    "and",
    "or",
    "OPS",
    '"a b"',
    "empty",
    "is",
    "order",
    "by",
    "~",
]
FIELD = st.sampled_from(["project", "labels", "status", "Impact"])
CLAUSE = st.one_of(
    st.builds(lambda f, o, v: Clause(f, o, (Value(v),)), FIELD, st.sampled_from(["=", "!=", ">=", "~"]), st.text()),
    st.builds(
        lambda f, o, v: Clause(f, o, tuple(Value(item) for item in v)),
        FIELD,
        st.sampled_from(["in", "not in"]),
        st.lists(st.text(), min_size=1, max_size=3),
    ),
)
NODE: st.SearchStrategy[Node] = st.recursive(
    CLAUSE,
    lambda inner: st.one_of(
        st.builds(
            lambda o, c: Compound(o, tuple(c)), st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)
        ),
        st.builds(lambda c: Compound("not", (c,)), inner),
    ),
    max_leaves=6,
)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written(node: Node) -> str:
    if isinstance(node, Clause):
        values = [quoted(item.text) for item in node.operands if isinstance(item, Value)]
        operand = f"({', '.join(values)})" if node.operator in {"in", "not in"} else values[0]
        return f"{node.field} {node.operator} {operand}"
    if node.operator == "not":
        return f"not ({written(node.clauses[0])})"
    return f" {node.operator} ".join(f"({written(inner)})" for inner in node.clauses)


@given(NODE)
def test_a_written_query_is_read_back_as_it_was_meant(node: Node) -> None:
    assert parse(written(node)) == Query(where=node, order=())


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(JqlError):
        assert isinstance(parse(text), Query)
