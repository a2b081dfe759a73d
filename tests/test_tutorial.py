"""The tutorial, word for word: files are saved as it says, commands run as they stand, and say what it says."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial" / "your-first-rule.md"
#: What a newcomer has; reading takes most of it.
MINUTES = 10
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SAVED = re.compile(r"Save this as `([^`]+)`:\n\n\Z")
#: Words that a person reads in a minute.
_READING = 200


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block with what stands right before it."""

    language: str
    text: str
    before: str
    line: int

    @property
    def is_elsewhere(self) -> bool:
        """Typed into the second terminal."""
        return self.before.endswith("<!-- second terminal -->\n")

    @property
    def file(self) -> str | None:
        """The file that it is saved as."""
        found = _SAVED.search(self.before)
        return None if found is None else found[1]


def blocks(page: str) -> Iterator[Block]:
    steps = page[page.index("## 1.") :]
    for found in _FENCED.finditer(steps):
        yield Block(found[1], found[2], steps[: found.start()], page[: page.index(found[0])].count("\n") + 1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Newcomer:
    """Somebody in an empty folder who types what the page says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._exports: list[str] = []
        self._elsewhere: list[subprocess.Popen[str]] = []
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESCALADE_", "DEMO_"))}
        programs = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        self._environment = {**kept, "PATH": programs, "COLUMNS": "100"}

    def type_elsewhere(self, text: str) -> None:
        """Start something that goes on, on a port of its own: tests run side by side."""
        arguments = [*text.split(), "--port", str(self._port)]
        process = subprocess.Popen(
            arguments, cwd=self._folder, env=self._environment, stdout=subprocess.PIPE, text=True
        )
        self._elsewhere.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        settings = self._folder / "my-desk" / "escalade.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace(":8787", f":{self._port}"), encoding="utf-8")

    def type(self, text: str) -> str:
        """Type a block of commands; returns everything that was said."""
        self._exports += [line for line in text.splitlines() if line.startswith("export ")]
        script = "\n".join([*self._exports, text])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
            check=False,
        )
        assert "Traceback" not in done.stdout
        return done.stdout

    def save(self, file: str, text: str) -> None:
        path = self._folder / file
        assert path.parent.is_dir(), f"nothing made {path.parent}"
        path.write_text(text, encoding="utf-8")

    def leave(self) -> None:
        for process in self._elsewhere:
            process.terminate()
            process.wait(timeout=30)
            if process.stdout is not None:
                process.stdout.close()


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
    reading = len(page.split()) / _READING
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
