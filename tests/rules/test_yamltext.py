"""Strict YAML: what a scalar means does not depend on luck, and no document can hurt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules import yamltext
from rules.problems import Findings
from rules.yamltext import MAX_CHARACTERS, Node, read_yaml


def value_of(text: str) -> Any:
    findings = Findings()
    tree = read_yaml("a.yaml", text, findings)
    assert tree is not None
    assert findings.problems == []
    return tree.value


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("9:00", "9:00"),
        ("on", "on"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("2026-01-01", "2026-01-01"),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-3", -3),
        ("", None),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("'5'", "5"),
        ('"true"', "true"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1" * 40, "1" * 40),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(written: str, meaning: Any) -> None:
    found = value_of(f"a: {written}")["a"]
    assert found == meaning
    assert type(found) is type(meaning)


def test_keys_are_always_text() -> None:
    assert value_of("{1: a, true: b, null: c}") == {"1": "a", "true": "b", "null": "c"}


def test_every_part_knows_where_it_stood() -> None:
    tree = read_yaml("a.yaml", "a:\n  b: [x, {c: y}]\nd: 1\n", Findings())
    assert tree is not None
    places = {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", "b"): (2, 6),
        ("a", "b", 0): (2, 7),
        ("a", "b", 1): (2, 10),
        ("a", "b", 1, "c"): (2, 14),
        ("d",): (3, 4),
    }
    for path, (line, column) in places.items():
        assert (tree.at(path).line, tree.at(path).column) == (line, column)
    assert (tree.key_at(("a", "b")).line, tree.key_at(("a", "b")).column) == (2, 3)
    assert tree.at(("a", "b", 7, "nowhere")) == tree.at(("a", "b"))
    assert tree.key_at(("a", "b", 7)) == tree.key_at(("a", "b", "nowhere")) == tree.at(("a", "b"))
    assert tree.key_at(("a", "b", 1)) == tree.at(("a", "b", 1))


CONFIG = sorted((Path(__file__).parents[2] / "config").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIG, ids=lambda path: path.stem)
def test_without_the_parser_in_c_a_file_reads_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def places(node: Node) -> Any:
        inside = [(key, *at, places(value)) for key, *at, value in node.pairs or ()]
        return node.line, node.column, node.value, inside, [places(item) for item in node.items or ()]

    text = path.read_text(encoding="utf-8")
    quick = read_yaml(path.name, text, Findings())
    monkeypatch.setattr(yamltext, "LOADER", yaml.SafeLoader)
    slow = read_yaml(path.name, text, Findings())
    assert quick is not None
    assert slow is not None
    assert quick.value == slow.value
    assert quick.root is not None
    assert slow.root is not None
    assert places(quick.root) == places(slow.root)


def test_a_file_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    findings = Findings()
    assert read_yaml("a.yaml", "a" * (MAX_CHARACTERS + 1), findings) is None
    assert "larger than" in findings.problems[0].message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "- ? "])
def test_endless_nesting_is_refused_and_does_not_exhaust_the_stack(opening: str) -> None:
    findings = Findings()
    assert read_yaml("a.yaml", opening * 50_000, findings) is None
    assert findings.problems


def test_a_control_character_is_told_with_its_place() -> None:
    findings = Findings()
    assert read_yaml("a.yaml", "a: b\nc: \x00", findings) is None
    assert (findings.problems[0].line, findings.problems[0].column) == (2, 4)


@given(text=st.text(max_size=60))
def test_whatever_the_text_is_it_is_read_or_a_finding_says_why_not(text: str) -> None:
    findings = Findings()
    tree = read_yaml("a.yaml", text, findings)
    assert tree is not None or findings.problems


LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abc :#-'\"\n{}[]&*!", max_size=8)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
)


@given(document=DOCUMENTS)
def test_what_another_writer_wrote_is_read_back_unchanged(document: Any) -> None:
    assert value_of(yaml.safe_dump(document, allow_unicode=True)) == document
