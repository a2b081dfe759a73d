"""Newcomer: somebody in an empty folder who does what the tutorial says, for its test and its benchmark."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "your-first-rule.md"
#: What a newcomer has; reading takes most of it.
MINUTES = 10
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SAVED = re.compile(r"Save this as `([^`]+)`:\n\n\Z")
#: Words that a person reads in a minute.
READING = 200


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block with what stands right before it."""

    language: str
    text: str
    before: str
    line: int
    #: The heading of its step.
    step: str

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
    """The fenced blocks of the page's steps."""
    steps = page[page.index("## 1.") :]
    for found in _FENCED.finditer(steps):
        before = steps[: found.start()]
        step = before[before.rindex("## ") :].partition("\n")[0].removeprefix("## ")
        yield Block(found[1], found[2], before, page[: page.index(found[0])].count("\n") + 1, step)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Newcomer:
    """Somebody in an empty folder who types what the page says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
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
        """Save a block as a file of the folder."""
        path = self._folder / file
        assert path.parent.is_dir(), f"nothing made {path.parent}"
        path.write_text(text, encoding="utf-8")

    def leave(self) -> None:
        """Stop what still runs elsewhere."""
        for process in self._elsewhere:
            process.terminate()
            process.wait(timeout=30)
            if process.stdout is not None:
                process.stdout.close()
