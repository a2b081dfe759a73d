"""What a change of the rules says otherwise stands first in its impact: value by value, whatever file it stands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.replay.edits import Edit, edits

BEFORE = """\
version: 1
rules:
  - id: old
    when: {all: [{status: {in: [new, open]}}, {age: {at_least: 4h}}]}
    escalate_to: tier1
  - {id: loud, tags: [loud]}
"""


def edit(path: str, before: str | None, after: str | None) -> Edit:
    return Edit(path=path, before=before, after=after)


@pytest.mark.capability("L2")
def test_one_value_is_told_with_the_way_to_it_and_a_list_of_words_as_one() -> None:
    after = BEFORE.replace("4h", "2h").replace("[new, open]", "[new, open, hold]")
    assert edits({"a.yaml": BEFORE}, {"a.yaml": after}) == (
        edit("rules.old.when.all.0.status.in", "[new, open]", "[new, open, hold]"),
        edit("rules.old.when.all.1.age.at_least", "4h", "2h"),
    )


@pytest.mark.capability("L2")
def test_an_entry_that_is_new_or_gone_is_one_edit_with_all_it_says() -> None:
    after = BEFORE.replace("{id: loud, tags: [loud]}", "{id: calm, tags: [calm], mode: shadow}")
    assert edits({"a.yaml": BEFORE}, {"a.yaml": after}) == (
        edit("rules.calm", None, "id: calm; tags: [calm]; mode: shadow"),
        edit("rules.loud", "id: loud; tags: [loud]", None),
    )


@pytest.mark.capability("L2")
def test_files_layout_remarks_and_order_say_nothing() -> None:
    loud, old = BEFORE.index("  - {id: loud"), BEFORE.index("  - id: old")
    moved = {
        "loud.yaml": f"# apart\nversion: 1\nrules:\n{BEFORE[loud:]}",
        "old.yaml": f"version: 1\nrules:\n{BEFORE[old:loud]}",
        "holidays.ics": "BEGIN:VCALENDAR",
    }
    assert edits({"a.yaml": BEFORE}, moved) == ()


@given(st.text("abc", min_size=1), st.text("abc", min_size=1))
def test_a_value_is_told_exactly_when_it_is_another(before: str, after: str) -> None:
    found = edits(*({"a.yaml": f'templates: {{hello: "{text}"}}'} for text in (before, after)))
    assert found == (() if before == after else (edit("templates.hello", before, after),))
