"""docs/reference/history.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from rules.histories.event import EventKind, Fields, PastEvent, event_of, line_of
from rules.histories.lack import LackKind

PAGE = (Path(__file__).parents[2] / "docs/reference/history.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[str]:
    table = PAGE.partition(heading)[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_every_lack_is_described() -> None:
    assert _rows("| Lack | What is missing |") == [str(kind) for kind in LackKind]


def test_every_key_and_field_is_described() -> None:
    keys = [name if name != "kind" else "event" for name in PastEvent.__struct_fields__]
    assert sorted(_rows("| Key | Of which events | Meaning |")) == sorted(keys)
    said = PAGE.partition("Fields:")[2].partition("Keys that are")[0]
    assert [name for name in Fields.__struct_fields__ if f"`{name}`" not in said] == []


def test_the_example_is_a_history() -> None:
    example = PAGE.partition("```json\n")[2].partition("```")[0].splitlines()
    events = [event_of(line) for line in example]
    assert {event.kind for event in events} == set(EventKind)
    assert [event_of(line_of(event)) for event in events] == events
