"""The published test vectors hold: tests/vectors/README.md says how to read them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.calendar import BusinessCalendar, Span
from rules.load import load_policy
from rules.problems import Findings
from rules.yamltext import read_yaml

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = sorted((VECTORS / "calendars").glob("*.yaml"))
RULE = "rules: [{id: r, description: R, when: {status: open}, tags: [r]}]"
#: What users of other products report as wrong about the arithmetic of time, by number.
COMPLAINTS = {5, 11, 15, 16, 18}


def document(file: Path) -> dict[str, Any]:
    tree = read_yaml(file.name, file.read_text(encoding="utf-8"), findings := Findings())
    assert not findings.problems
    assert tree is not None
    assert isinstance(tree.value, dict)
    return tree.value


def calendars_of(file: Path) -> dict[str, BusinessCalendar]:
    written = json.dumps(document(file)["calendars"])
    policy = load_policy({file.name: f"version: 1\ncalendars: {written}\n{RULE}\n"})
    return dict(policy.calendars)


CALENDARS = {file: calendars_of(file) for file in FILES}
CASES = [
    pytest.param(CALENDARS[file][case["calendar"]], case, id=f"{file.stem}: {case['name']}")
    for file in FILES
    for case in document(file)["cases"]
]


def length(text: str) -> timedelta:
    """A length without days."""
    return timedelta() if text == "0s" else timedelta(seconds=Span.parse(text).seconds)


@pytest.mark.parametrize(("calendar", "case"), CASES)
def test_the_vector_holds(calendar: BusinessCalendar, case: dict[str, Any]) -> None:
    start = datetime.fromisoformat(case["from"])
    if "to" in case:
        end = datetime.fromisoformat(case["to"])
        assert calendar.elapsed(start, end) == length(case["open"])
        assert calendar.elapsed(end, start) == -length(case["open"])
        return
    gives = datetime.fromisoformat(case["gives"])
    forward = "add" in case
    span = Span.parse(case["add" if forward else "subtract"])
    assert (calendar.add if forward else calendar.subtract)(start, span) == gives
    if not span.days:
        first, last = (start, gives) if forward else (gives, start)
        assert calendar.elapsed(first, last) == timedelta(seconds=span.seconds)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_calendar_of_the_vectors_is_used_and_every_case_is_one_question(file: Path) -> None:
    cases = document(file)["cases"]
    assert {case["calendar"] for case in cases} == set(CALENDARS[file])
    for case in cases:
        keys = set(case) - {"complaint"}
        assert keys in (
            {"name", "calendar", "from", "to", "open"},
            {"name", "calendar", "from", "add", "gives"},
            {"name", "calendar", "from", "subtract", "gives"},
        )
        assert all(datetime.fromisoformat(case[key]).tzinfo for key in {"from", "to", "gives"} & keys)


@pytest.mark.parametrize("complaint", sorted(COMPLAINTS))
def test_every_complaint_about_the_arithmetic_of_time_has_a_vector(complaint: int) -> None:
    assert [case for file in FILES for case in document(file)["cases"] if case.get("complaint") == complaint]
