"""The demo as a newcomer runs it: a process that tells its story, keeps its promise and ends by itself."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ESCALADE = str(Path(sys.executable).with_name("escalade"))
REFERENCE = Path(os.environ.get("ESCALADE_SHARED") or ROOT.parent / "shared") / "material" / "tickets"
MONDAY = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
_SECONDS = 240
_TICKETS_OF_THE_REFERENCE = 300


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESCALADE_")}
    return {**kept, "COLUMNS": "120"}


def told(folder: Path, *arguments: str) -> str:
    """Everything that a demo prints; it has to end by itself, with 0."""
    done = subprocess.run(
        [ESCALADE, "demo", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def write_history(file: Path, events: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(event) + "\n" for event in events)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def a_history(tickets: int) -> list[dict[str, Any]]:
    """Tickets that come in every two hours, every third urgent; every second one is solved after three days."""
    events = []
    for number in range(tickets):
        at, ticket = MONDAY + timedelta(hours=2 * number), f"desk:{number}"
        fields = {
            "subject": f"Problem {number}",
            "status": "open",
            "priority": ("urgent", "normal", "low")[number % 3],
            "account": f"Company {number % 4}",
            "requester": f"person-{number % 7}",
            "group": "Support",
            "tags": ["outage"] if number % 5 == 0 else [],
            "custom": {"impact": 1 + number % 3, "urgency": 1 + number % 2},
        }
        events.append({"at": at.isoformat(), "ticket": ticket, "event": "created", "fields": fields})
        if number % 2:
            done = at + timedelta(days=3)
            events.append(
                {"at": done.isoformat(), "ticket": ticket, "event": "changed", "fields": {"status": "solved"}}
            )
    return sorted(events, key=lambda event: str(event["at"]))


@pytest.fixture
def small_history(tmp_path: Path) -> Path:
    return write_history(tmp_path / "history.jsonl.gz", a_history(30))


def assert_is_a_demo(story: str) -> None:
    assert "Would be written" in story
    assert "By the helpdesks' own count, the second run wrote nothing." in story
    assert "3 tickets as an agent sees them in the helpdesk" in story
    assert len(re.findall(r"^╭─ Zendesk #\d+", story, re.MULTILINE)) == 3
    assert story.count("What Escalade did, and why") == 3
    assert "needs a look" not in story


@pytest.mark.slow
def test_the_demo_tells_its_story_and_ends_by_itself(tmp_path: Path) -> None:
    story = told(tmp_path)
    assert_is_a_demo(story)
    assert "internal note:" in story
    assert re.search(r"^│ OPS-\d+ .*\n│   └ OPS-\d+ ", story, re.MULTILINE), "no remediation work is shown"
    assert "somebody" in story, "nobody overruled Escalade"
    assert "API calls, counted by the helpdesks" in story
    calls = [int(count.replace(",", "")) for count in re.findall(r"│ (?:GET|POST|PUT) \S+ +│ +([\d,]+) │", story)]
    assert len(calls) > 5
    assert re.search(rf"│ all +│ +{sum(calls):,} │", story), "the sum of the calls is not the sum"
    assert "escalade init my-desk" in story
    assert "escalade plan -c my-desk" in story
    assert list(tmp_path.iterdir()) == [], "the demo leaves something behind"


@pytest.mark.slow
def test_a_ticket_history_becomes_the_world_of_the_demo(small_history: Path) -> None:
    story = told(small_history.parent, "--history", str(small_history))
    assert_is_a_demo(story)
    assert re.search(r"Zendesk #\d+ Problem \d+ ", story)


@pytest.mark.slow
def test_the_first_tickets_of_a_real_history_run_through(tmp_path: Path) -> None:
    files = sorted(REFERENCE.glob("*.jsonl.gz")) if REFERENCE.is_dir() else []
    if not files:
        pytest.skip("the reference folder is not there (../shared, or ESCALADE_SHARED)")
    chosen: set[str] = set()
    kept = []
    with gzip.open(files[0], "rt", encoding="utf-8") as lines:
        for line in lines:
            ticket = json.loads(line)["ticket"]
            if ticket not in chosen and len(chosen) == _TICKETS_OF_THE_REFERENCE:
                continue
            chosen.add(ticket)
            kept.append(json.loads(line))
    file = write_history(tmp_path / "reference.jsonl.gz", kept)
    assert_is_a_demo(told(tmp_path, "--history", str(file)))


def test_a_file_that_is_no_history_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text('{"at": "2026-02-02T08:00:00Z"}\n', encoding="utf-8")
    command = [ESCALADE, "demo", "--history", str(file)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 1
    assert f"{file}:1: not an event" in done.stderr
    assert "The demo cannot go on" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_kept_running_ends_when_told_and_takes_its_emulator_with_it(
    how: signal.Signals, small_history: Path
) -> None:
    command = [ESCALADE, "demo", "--keep", "--history", str(small_history)]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=small_history.parent
    )
    watchdog = threading.Timer(_SECONDS, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        address = ""
        for line in process.stdout:
            found = re.search(r"keep running at (http://127\.0\.0\.1:\d+)", line)
            address = found[1] if found else address
            if "Ctrl-C ends it" in line:
                break
        assert address, "the demo did not say where it runs"
        process.send_signal(how)
        _, errors = process.communicate(timeout=_SECONDS)
        assert "Traceback" not in errors
        assert process.returncode in {0, 130, 143}
        assert not _answers(address)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def _answers(address: str) -> bool:
    import requests

    try:
        return requests.get(f"{address}/_emulator/health", timeout=5).ok
    except requests.ConnectionError:
        return False
