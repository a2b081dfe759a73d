"""Mistakes in rule tests: all at once, each with its place, what was found, what is allowed, and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.load import load_document
from rules.problems import PolicyErrors, render
from rules.testing.load import load_rule_tests

HERE = Path(__file__).parent
POLICY = {"policy.yaml": (HERE / "policy.yaml").read_text(encoding="utf-8")}
CASES = sorted((HERE / "errors").glob("*.yaml"))


def told(case: Path) -> str:
    sources = {case.name: case.read_text(encoding="utf-8")}
    with pytest.raises(PolicyErrors) as refused:
        load_rule_tests(sources, load_document(POLICY), POLICY)
    return render(refused.value.problems, sources)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_is_told_exactly_like_this(case: Path) -> None:
    assert told(case) == case.with_suffix(".err").read_text(encoding="utf-8")


def test_every_expected_message_belongs_to_a_case() -> None:
    assert len(CASES) >= 10
    assert {path.stem for path in (HERE / "errors").glob("*.err")} == {case.stem for case in CASES}
