"""`escalade history export` that was interrupted goes on where it was, and writes the same bytes in the end."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from escalade.commands import history
from escalade.histories.kept import part_of

KILLS = 6


class Export:
    """One export of both helpdesks, in many small pages."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.file: Path = place.directory / "history.jsonl.gz"
        self.part = part_of(self.file)
        self.until = (place.emulator.world.clock.now() - timedelta(hours=1)).isoformat()
        self.arguments = ("history", "export", "-o", str(self.file), "--from", "zendesk", "--from", "jira")
        settings = place.directory / "escalade.yaml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("    url:", "    page_size: 2\n    url:"), encoding="utf-8")

    def run(self, *more: str) -> Any:
        return self.place.escalade(*self.arguments, "--until", self.until, *more)

    def calls(self) -> int:
        return int(sum(self.place.emulator.world.calls.counts().values()))

    def interrupted(self, monkeypatch: pytest.MonkeyPatch) -> bytes:
        """What is kept when everything is read and nothing is written yet."""

        def fail(*_: Any) -> int:
            raise ValueError("this is the end")

        with monkeypatch.context() as patch:
            patch.setattr(history, "write_history", lambda path, events: fail(path, list(events)))
            ended = self.run()
        assert ended.code != 0
        assert not self.file.exists()
        return self.part.read_bytes()


@pytest.fixture
def export(place: Any) -> Export:
    """An export of a small desk."""
    return Export(place)


@pytest.fixture
def whole(export: Export) -> Iterator[bytes]:
    """What an export writes that nobody interrupts."""
    assert export.run().code == 0
    assert not export.part.exists()
    yield export.file.read_bytes()
    assert list(export.file.parent.glob(".*.part")) == []


def test_wherever_it_ended_the_same_command_ends_with_the_same_bytes(
    export: Export, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    export.file.unlink()
    kept = export.interrupted(monkeypatch)
    chance = random.Random(1)
    spent: dict[int, int] = {}
    for end in (0, 3, len(kept), *sorted(chance.randrange(len(kept)) for _ in range(12))):
        export.file.unlink(missing_ok=True)
        export.part.write_bytes(kept[:end])
        before = export.calls()
        ended = export.run()
        assert ended.code == 0, ended.err
        assert export.file.read_bytes() == whole, f"interrupted after {end} bytes"
        assert not export.part.exists()
        spent[end] = export.calls() - before
    # What was kept is not asked for again.
    assert spent[len(kept)] < spent[0] / 3
    assert [spent[end] for end in sorted(spent)] == sorted(spent.values(), reverse=True)


def test_an_export_that_is_killed_again_and_again_ends_with_the_same_bytes(
    export: Export, whole: bytes, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    export.file.unlink()
    size = len(export.interrupted(monkeypatch))
    export.part.unlink()
    chance = random.Random(2)
    environment = {**os.environ, **export.place.secrets, "ESCALADE_CONFIG": str(export.place.directory)}
    command = [program, *export.arguments, "--until", export.until]
    kills = 0
    for enough in sorted(chance.randrange(size) for _ in range(KILLS)):
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and not (export.part.exists() and export.part.stat().st_size > enough):
                time.sleep(0.002)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
    assert kills > 1
    if not export.file.exists():
        assert export.run().code == 0
    assert export.file.read_bytes() == whole
    assert not export.part.exists()


def test_what_changed_since_the_interruption_is_as_it_was_at_the_end_of_the_period(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without --until the end of the period is that of the first try.
    export.until = (export.place.emulator.world.clock.now() - timedelta(minutes=5)).isoformat()
    export.interrupted(monkeypatch)
    ended = export.run()
    assert ended.code == 0
    assert "Going on where an export up to " in ended.out


def test_what_is_kept_is_for_its_owner_only_and_is_not_left_behind_for_nothing(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    export.interrupted(monkeypatch)
    assert export.part.stat().st_mode & 0o777 == 0o600
    export.part.unlink()
    export.place.emulator.world.zendesk.bot.role = "agent"
    assert export.run().code == 1
    assert not export.part.exists()


def test_where_nothing_happened_nothing_is_kept(export: Export) -> None:
    export.until = "1999-01-02"
    assert export.run("--since", "1999-01-01").code == 2
    assert not export.part.exists()


@pytest.mark.parametrize(
    ("more", "named"),
    [(("--with-text",), "--with-text"), (("--since", "2020-01-01"), "--since")],
)
def test_what_was_read_for_something_else_is_not_gone_on_with(
    more: tuple[str, ...], named: str, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = export.interrupted(monkeypatch)
    ended = export.run(*more)
    assert ended.code == 2
    told = " ".join(ended.err.replace("│", " ").split())
    assert f"with another value of {named}; ask for the same again to finish it, or remove that file" in told
    assert export.part.read_bytes() == kept


def test_other_settings_are_told(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    export.interrupted(monkeypatch)
    settings = export.place.directory / "escalade.yaml"
    text = settings.read_text(encoding="utf-8").replace("projects: [OPS, SUP]", "projects: [OPS]")
    settings.write_text(text, encoding="utf-8")
    ended = export.run()
    assert ended.code == 2
    assert "helpdesks in the settings" in " ".join(ended.err.split())


def test_two_exports_into_one_file_are_refused(export: Export) -> None:
    with export.part.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        ended = export.run()
    assert ended.code == 2
    assert "another export is writing" in " ".join(ended.err.split())
