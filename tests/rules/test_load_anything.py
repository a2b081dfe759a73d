"""Whatever an admin does to a policy, the loader answers with a policy or with problems, never with a traceback."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.load import load_policy
from rules.problems import Findings, PolicyErrors, Problem, render
from rules.yamltext import Path as Place
from rules.yamltext import read_yaml

CONFIG = Path(__file__).parents[2] / "config"


def starter() -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for file in sorted(CONFIG.glob("*.yaml")):
        tree = read_yaml(file.name, file.read_text(encoding="utf-8"), Findings())
        if file.name != "escalade.yaml" and tree is not None and isinstance(tree.value, dict):
            whole |= tree.value
    return whole


def places(value: Any, path: Place = ()) -> list[Place]:
    inner: list[Place] = []
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        inner += [(*path, key), *places(part, (*path, key))]
    return inner


STARTER = starter()
PLACES = places(STARTER)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", " ", "tier1", "high", "4h", "-4h", "9" * 30 + "d", "always", "{{ x }}", "{% if %}", "(", "é\u2028"]
    ),
    st.text(max_size=5),
    st.sampled_from([[], {}, [[]], {"": {}}, {"all": []}, {"any": {}}, [None], {"status": None}, {"in": [{}]}]),
)


def changed(path: Place, odd: Any, how: str) -> dict[str, Any]:
    document = copy.deepcopy(STARTER)
    parent: Any = document
    for part in path[:-1]:
        parent = parent[part]
    if how == "remove":
        del parent[path[-1]]
    elif how == "add" and isinstance(parent, dict):
        parent[f"{path[-1]}x"] = odd
    else:
        parent[path[-1]] = odd
    return document


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(PLACES), odd=ODD, how=st.sampled_from(["replace", "replace", "remove", "add"]))
def test_a_policy_with_one_odd_value_is_loaded_or_explained(path: Place, odd: Any, how: str) -> None:
    # JSON is YAML 1.2: what is written here is read with the same meaning.
    text = json.dumps(changed(path, odd, how), indent=1, ensure_ascii=False)
    problems = problems_of(text)
    assert all(problem.message and 0 < problem.line <= text.count("\n") + 1 for problem in problems)
    assert render(problems, {"p.yaml": text})


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        load_policy({"p.yaml": text})
    except PolicyErrors as refused:
        return refused.problems
    return ()


# `fields` maps whatever names to whatever names, so nonsense fits there until the helpdesks are asked.
@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from([path for path in PLACES if path[-1] != "fields"]))
def test_no_value_of_the_policy_may_be_a_mapping_of_nonsense(path: Place) -> None:
    text = json.dumps(changed(path, {"nonsense": {"nonsense": 1}}, "replace"), indent=1)
    with pytest.raises(PolicyErrors):
        load_policy({"p.yaml": text})
