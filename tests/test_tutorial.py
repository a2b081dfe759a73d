"""The tutorial, word for word: files are saved as it says, commands run as they stand, and say what it says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from newcomer import MINUTES, PAGE, READING, Newcomer, blocks


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    somebody = Newcomer(tmp_path)
    yield somebody
    somebody.leave()


def flat(text: str) -> str:
    """Words alone: tables break lines where they are narrow."""
    return " ".join(re.sub(r"[│┃]", " ", text).split())


def missing(expected: str, said: str) -> list[str]:
    """Lines that were not said in this order; `…` stands for anything."""
    rest, lacking = flat(said), []
    for line in expected.splitlines():
        pattern = ".*?".join(re.escape(flat(part)) for part in line.split("…"))
        found = re.search(pattern, rest)
        if found is None:
            lacking.append(line)
        else:
            rest = rest[found.end() :]
    return lacking


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.capability("D12")
def test_the_tutorial_works_word_for_word_in_less_than_ten_minutes(newcomer: Newcomer, tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    began, said = time.monotonic(), ""
    for block in blocks(page):
        if block.language == "yaml":
            assert block.file is not None, f"line {block.line}: nothing says where to save it"
            newcomer.save(block.file, block.text)
        elif block.language == "sh" and block.is_elsewhere:
            newcomer.type_elsewhere(block.text)
        elif block.language == "sh":
            said = newcomer.type(block.text)
        else:
            assert missing(block.text, said) == [], f"line {block.line}; it said:\n{said}"
    minutes = (time.monotonic() - began) / 60
    reading = len(page.split()) / READING
    assert minutes + reading < MINUTES, f"{minutes:.1f} min of commands and {reading:.1f} of reading"
    handbook = (tmp_path / "handbook.html").read_text(encoding="utf-8")
    assert "A report shows wrong figures" in handbook


def test_the_page_says_what_to_do_with_every_block() -> None:
    found = list(blocks(PAGE.read_text(encoding="utf-8")))
    assert {block.language for block in found} == {"sh", "text", "yaml"}
    assert [block.file for block in found if block.language == "yaml"] == [
        "my-desk/my-rule.yaml",
        "my-desk/tests/my-rule.yaml",
    ]
    assert sum(block.is_elsewhere for block in found) == 1


@pytest.mark.parametrize(
    ("expected", "lacking"),
    [
        ("a b\n", []),
        ("a … d\n", []),
        ("b\na\n", ["a"]),
        ("x\n", ["x"]),
    ],
)
def test_what_the_page_expects_is_looked_for_in_order(expected: str, lacking: list[str]) -> None:
    assert missing(expected, "│ a   b │\n│ c d │") == lacking
