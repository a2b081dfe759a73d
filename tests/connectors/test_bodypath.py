"""BodyPath: the way to one value in a JSON body."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bodypath import BodyPath

BODY = {"ticket": {"id": 35, "the id": "36", "tags": [{"n": "a"}, {"n": "b"}]}, "a-b": True, "é": 1.5, "none": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.ticket.id", 35),
        ('$.ticket["the id"]', "36"),
        ("$['ticket']['the id']", "36"),
        ("$.ticket.tags[1].n", "b"),
        ("$.ticket.tags[2].n", None),
        ("$.ticket.tags.n", None),
        ("$.ticket[0]", None),
        ("$.ticket", None),
        ("$.a-b", None),
        ('$["é"]', None),
        ("$.none", None),
        ("$.nothing.there", None),
    ],
)
def test_a_path_leads_to_a_text_or_a_whole_number_or_to_nothing(path: str, found: Any) -> None:
    assert BodyPath.parse(path).find(BODY) == found


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "begins with"),
        ("ticket.id", "begins with"),
        ("$", "whole body"),
        ("$ticket", "sign 2"),
        ("$.ticket..id", "sign 9"),
        ("$.ticket[x]", "sign 9"),
        ("$.ticket[-1]", "sign 9"),
        ("$.ticket.*", "sign 9"),
        ("$.ticket.id ", "sign 12"),
        ("$" + ".a" * 21, "at most 20"),
    ],
)
def test_a_path_that_cannot_be_read_says_from_where_on(path: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        BodyPath.parse(path)


_NAME = st.text(min_size=1, max_size=8).filter(lambda name: '"' not in name and "\\" not in name)
_STEPS = st.lists(st.integers(0, 5) | _NAME, min_size=1, max_size=6)


@given(_STEPS, st.integers() | st.text())
def test_what_stands_at_a_path_is_found_there(steps: list[str | int], value: str | int) -> None:
    body: Any = value
    for step in reversed(steps):
        body = {step: body} if isinstance(step, str) else [*[None] * step, body]
    path = BodyPath(tuple(steps))
    assert path.find(body) == value
    assert BodyPath.parse(str(path)) == path


@given(
    st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(_NAME, inner))
)
def test_no_body_upsets_a_path(body: Any) -> None:
    assert BodyPath.parse("$.a[0].b").find(body) is None or isinstance(body, dict)
