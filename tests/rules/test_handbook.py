"""The handbook says everything that the policy says, in words, and nothing that it does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from rules.escalation.stage import Stage
from rules.escalation.standing import AccountState
from rules.escalation.transitions import TRANSITIONS
from rules.load import Loaded, load_document
from rules.problems import Findings
from rules.reports.conditions_told import condition_told
from rules.reports.drawing import Drawing
from rules.reports.handbook import handbook
from rules.reports.sheet import Sheet
from rules.reports.written import Form, written
from rules.verbs import VERBS
from rules.yamltext import read_yaml

ROOT = Path(__file__).parents[2]
STARTER = {
    file.name: file.read_text(encoding="utf-8") for file in (ROOT / "config").glob("*.yaml") if file.stem != "escalade"
}


def told(files: dict[str, str]) -> str:
    return written(handbook(load_document(files)), Form.TEXT)


def leaves(value: Any) -> Iterator[str]:
    """Every plain value of a document, in one line as the handbook writes it."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key != "version":
                yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif not isinstance(value, bool) and value is not None:
        yield " ".join(str(value).split())


@pytest.mark.capability("C6", "D8", "D12")
@pytest.mark.parametrize("file", sorted(STARTER))
def test_every_word_of_the_starter_policy_stands_in_the_handbook(file: str) -> None:
    text = " ".join(told(STARTER).split())
    document = load_document(STARTER).tree.value
    own = read_yaml(file, STARTER[file], Findings())
    assert own is not None
    part = {key: value for key, value in document.items() if key in own.value}
    assert [leaf for leaf in leaves(part) if leaf not in text] == []


@pytest.mark.capability("C6", "D8")
def test_whatever_changes_in_the_policy_changes_the_handbook(ladder_text: str) -> None:
    document = yaml.safe_load(ladder_text)
    before = told({"p.yaml": ladder_text}).split("\n", 3)[-1]
    changed = 0
    for path in (["tiers", 0, "timeout"], ["rules", 1, "when", "age", "at_least"], ["sla", 0, "targets", "high"]):
        other = copy.deepcopy(document)
        spot: Any = other
        for step in path[:-1]:
            spot = spot[step]
        spot[path[-1]] = "7h"
        after = told({"p.yaml": yaml.safe_dump(other, sort_keys=False)}).split("\n", 3)[-1]
        assert after != before
        assert "7h" in after
        changed += 1
    assert changed == 3


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every plain value of a document stands."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))
    else:
        yield path


def body(sheet: Sheet) -> str:
    """What a sheet says below its first sentences, which name the version."""
    return written(msgspec.structs.replace(sheet, sentences=()), Form.TEXT)


def changed(loaded: Loaded, place: tuple[Any, ...]) -> Loaded:
    """The same policy with another value in one place of its document."""
    document = copy.deepcopy(loaded.tree.value)
    spot: Any = document
    for step in place[:-1]:
        spot = spot[step]
    old = spot[place[-1]]
    spot[place[-1]] = not old if isinstance(old, bool) else 17 if isinstance(old, int | float) else f"{old} otherwise"
    return replace(loaded, tree=replace(loaded.tree, value=document))


@pytest.mark.capability("C6", "D8")
def test_no_value_of_the_starter_policy_could_change_without_the_handbook_changing() -> None:
    loaded = load_document(STARTER)
    before = body(handbook(loaded))
    where = [place for place in places(loaded.tree.value) if place[0] not in {"version", "default_calendar"}]
    assert len(where) > 450
    unseen = [place for place in where if body(handbook(changed(loaded, place))) == before]
    assert unseen == []


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("", "500"),
        ("brakes: {max_tickets: 77}", "77"),
        ("", "the newest version decides on every ticket"),
        ("in_flight: {policy: keep}", "the version that began an escalation decides until it is over"),
        ("", "A ticket leaves the ladder when it is solved."),
        ("release: {when_nothing_holds: true}", "solved or when nothing holds it there any more"),
        ("", "requester   any       customer reply"),
        ("responses: [{by: agent, counts_as: [response]}]", "agent       any   response"),
        (
            "commands: {allow: {accept: [boss]}}\ndirectory: {teams: {all: {members: [{id: ann, name: Ann}]}}, roles: {boss: {members: [ann]}}}",
            "boss",
        ),
    ],
)
def test_what_the_files_leave_to_escalade_is_told_as_it_is_in_force(ladder_text: str, policy: str, words: str) -> None:
    assert words in told({"p.yaml": ladder_text, "q.yaml": f"version: 1\n{policy}\n"})


def test_every_command_is_told_with_those_who_may() -> None:
    sheet = handbook(load_document(STARTER))
    (section,) = [part for part in sheet.sections if part.heading == "Every command"]
    assert section.table is not None
    rows = {row[0].text: {cell.text for cell in row} for row in section.table.rows}
    assert rows.keys() == {f"#{verb}" for verb in VERBS}
    assert "regional_manager, duty_manager" in rows["#accept"]
    assert "everybody of ours" in rows["#concern"]
    assert "whom the directory knows" in rows["#promise"]


def test_the_days_off_are_told_by_date_and_name() -> None:
    sheet = handbook(load_document(STARTER), years=[2026])
    (days,) = [part for part in sheet.sections if part.heading == "Days off: support"]
    assert days.table is not None
    rows = [tuple(cell.text for cell in row) for row in days.table.rows]
    assert ("2026-05-01", "Friday", "Labor Day") in rows
    assert ("2026-12-24", "Thursday") in [row[:2] for row in rows]
    assert {row[0][:4] for row in rows} == {"2026"}


# Pictures


def drawings(files: dict[str, str]) -> dict[str, Drawing]:
    sections = handbook(load_document(files)).sections
    return {part.heading: part.drawing for part in sections if part.drawing is not None}


def test_a_ladder_is_drawn_with_what_leads_in_and_on(ladder_text: str) -> None:
    ladder = drawings({"p.yaml": ladder_text})["The way up"]
    assert list(ladder.in_words()) == [
        "stale → Tier 1",
        "Tier 1 → Tier 2: after 8h",
        "down → Tier 2",
    ]
    assert [box.end for box in ladder.boxes if not box.note] == [False, True]


def test_a_tier_without_a_time_is_left_when_somebody_asks(ladder_text: str) -> None:
    ladder = drawings({"p.yaml": ladder_text.replace(", timeout: 8h", "")})["The way up"]
    assert "Tier 1 → Tier 2: when asked for" in ladder.in_words()


def test_a_rule_in_shadow_leads_nowhere(ladder_text: str) -> None:
    shadow = ladder_text.replace("description: Open for a working day,", "description: Open, mode: shadow,")
    assert "stale → Tier 1" not in drawings({"p.yaml": shadow})["The way up"].in_words()
    assert "mode: shadow" in told({"p.yaml": shadow})


def test_each_path_has_a_picture_of_its_own() -> None:
    policy = """
version: 1
tiers: [{id: a1, name: A1, tag: a1}, {id: a2, name: A2, tag: a2}, {id: b1, name: B1, tag: b1}]
paths:
  - {id: line, name: The line, tiers: [a1, a2]}
  - {id: field, name: The field, kind: functional, tiers: [b1]}
rules: [{id: r, description: R, when: {status: open}, escalate_to: a1}]
"""
    found = drawings({"p.yaml": policy})
    assert [title for title in found if "The" in title] == [
        "The line (hierarchical, internal)",
        "The field (functional, internal)",
    ]
    assert "B1" in list(found["The field (functional, internal)"].in_words())


def test_many_reasons_for_one_tier_are_counted(ladder_text: str) -> None:
    more = "\n".join(
        f"  - {{id: r{number}, description: R, when: {{status: open}}, escalate_to: tier1}}" for number in range(7)
    )
    ladder = drawings({"p.yaml": ladder_text.replace("rules:", f"rules:\n{more}")})["The way up"]
    (note,) = [box for box in ladder.boxes if box.id == "to tier1"]
    assert note.lines == ("r0", "r1", "r2", "r3", "r4", "r5", "and 2 more")


@pytest.mark.capability("C6")
def test_the_picture_of_the_stages_and_the_words_below_it_hold_every_transition() -> None:
    (section,) = [
        part for part in handbook(load_document(STARTER)).sections if part.heading == "The stages of an escalation"
    ]
    assert section.drawing is not None
    said = [*section.drawing.in_words(), *section.points]
    for row in TRANSITIONS:
        for source in row.sources:
            if row.to is not None:
                start = "a ticket like any other" if source is Stage.NONE else source
                drawn = f"{start} → {row.to}: #{row.verb}" in said
                told = any(one.startswith(f"#{row.verb} also leads to {row.to}") and source in one for one in said)
                assert drawn != told, (row.verb, source)


def test_every_state_of_an_account_is_in_its_picture() -> None:
    account = drawings(STARTER)["The stages of an account's escalation"]
    assert {str(state) for state in AccountState} <= {box.lines[0] for box in account.boxes}
    ways = list(account.in_words())
    assert "proposed → declared: #declare, red at first" in ways
    assert all(any(str(state) in way for way in ways) for state in AccountState)


@pytest.fixture
def ladder_text() -> str:
    return """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, scope: General questions, tag: esc_t1, timeout: 8h}
  - {id: tier2, name: Tier 2, tag: esc_t2}
rules:
  - {id: down, description: Production is down, when: {tags: {contains: down}}, escalate_to: tier2}
  - {id: stale, description: Open for a working day, when: {age: {at_least: 1d}}, escalate_to: tier1}
sla:
  - {id: answer, metric: first_response, targets: {normal: 4h, high: 2h}, breach_tag: late}
"""


@pytest.mark.capability("C6", "D1")
def test_a_tier_is_told_with_its_scope_and_its_time(ladder_text: str) -> None:
    sheet = handbook(load_document({"p.yaml": ladder_text}))
    (tier,) = [part for part in sheet.sections if part.heading == "Tier 1"]
    assert tier.points == ("id: tier1", "name: Tier 1", "scope: General questions", "tag: esc_t1", "timeout: 8h")


def test_the_handbook_names_the_version_that_decides(ladder_text: str) -> None:
    loaded = load_document({"p.yaml": ladder_text})
    assert f"This is policy {loaded.policy.hash}, as it decides." in handbook(loaded).sentences


def test_the_matrix_is_a_table_with_every_cell() -> None:
    (matrix,) = [part for part in handbook(load_document(STARTER)).sections if part.heading == "Decision matrix"]
    assert matrix.table is not None
    assert len(matrix.table.rows) == len(load_document(STARTER).tree.value["matrix"]["cells"]) ** 2


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"status": "open"}, "status is open"),
        ({"status": {"in": ["new", "open"]}}, "status is one of new, open"),
        ({"age": {"at_least": "3d", "calendar": "support"}}, "age is at least 3d, calendar support"),
        ({"any": [{"tags": {"contains": "a"}}, {"priority": "high"}]}, "any of (tags has a or priority is high)"),
        ({"none": [{"priority": "high"}]}, "none of (priority is high)"),
        ({"all": [{"priority": "high"}]}, "priority is high"),
        ({"not": {"priority": "high"}}, "not (priority is high)"),
        ({"condition": "vip"}, "the condition vip"),
        ({"account.tier": {"in": {"set": "big"}}}, "account.tier is one of the set big"),
        ({"status": "open", "field.impact": None}, "status is open and field.impact is not set"),
        ({}, "always"),
    ],
)
def test_a_condition_is_told_in_words(condition: Any, words: str) -> None:
    assert condition_told(condition) == words
