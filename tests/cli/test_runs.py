"""`escalade sync`, `plan`, `apply` and `journal` against real APIs."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from escalade.store.sql import open_store

_SECONDS = 120


def test_a_run_reads_decides_and_writes_and_ends_with_0(place: Any) -> None:
    ended = place.escalade("sync", "--once", "--force")
    assert ended.code == 0, ended
    assert "Tickets read: " in ended.out
    assert "12 from zendesk" in ended.out
    assert place.writes > 0


def test_the_script_does_what_the_command_does(place: Any, process: Any) -> None:
    ended = process(sys.executable, "sync.py", "--force", "--config", str(place.directory), **place.secrets)
    assert ended.code == 0, ended
    before = place.writes
    assert before > 0
    again = place.escalade("sync")
    assert "0 writes to 0 tickets" in again.out
    assert place.writes == before


def test_without_a_terminal_progress_is_plain_lines(place: Any, process: Any, program: str) -> None:
    ended = process(program, "sync", "--dry-run", "--config", str(place.directory), **place.secrets)
    assert "Reading tickets of zendesk: 12\n" in ended.out
    assert "\x1b[" not in ended.out
    assert "\r" not in ended.out


def test_a_dry_run_shows_the_plan_and_writes_nothing(place: Any) -> None:
    ended = place.escalade("sync", "--dry-run")
    assert ended.code == 0
    assert "Would be written" in ended.out
    assert "nothing written (dry run)" in ended.out
    assert place.writes == 0


def test_the_summary_for_programs_is_json_on_standard_output_alone(place: Any) -> None:
    ended = place.escalade("sync", "--force", "--json", "-")
    found = json.loads(ended.out)
    assert (found["exit_code"], found["dry_run"], found["parked"], found["troubled"]) == (0, False, {}, {})
    assert sum(found["writes"].values()) == place.writes
    assert "Tickets read" in ended.err


def test_the_summary_can_go_to_a_file(place: Any, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    ended = place.escalade("plan", "--json", str(file))
    assert "Would be written" in ended.out
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["dry_run"] is True
    assert found["planned_tickets"] > 0


def test_a_plan_is_saved_reviewed_and_carried_out(place: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    planned = place.escalade("plan", "--out", str(file))
    assert planned.code == 0
    assert f"escalade apply {file}" in planned.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    count = len(json.loads(file.read_text(encoding="utf-8"))["plans"])
    assert place.writes == 0
    applied = place.escalade("apply", "--yes", "--force", "--json", "-", str(file))
    assert applied.code == 0, applied
    assert json.loads(applied.out)["written_tickets"] == count
    assert not (place.directory.parent / "-").exists()


def test_reviewed_tickets_are_written_to_even_when_they_are_not_due_any_more(place: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    place.escalade("plan", "--out", str(file))
    with open_store(f"sqlite:///{place.directory / 'escalade.db'}") as store:
        store.finish_all([(visit, None, "asleep") for visit in store.due(datetime.now(UTC), 1000)])
    place.escalade("apply", "--yes", "--force", str(file))
    assert place.writes > 0


def test_apply_without_a_file_plans_shows_and_asks(place: Any) -> None:
    refused = place.escalade("apply", "--force", stdin="n\n")
    assert refused.code == 0
    assert "Would be written" in refused.out
    assert place.writes == 0
    place.escalade("apply", "--force", stdin="y\n")
    assert place.writes > 0


def test_apply_writes_nothing_when_nobody_is_there_to_ask(place: Any) -> None:
    assert place.escalade("apply", "--force").code == 1
    assert place.writes == 0


def test_the_journal_tells_what_was_done_and_why(place: Any) -> None:
    unknown = place.escalade("journal", "zendesk:1")
    assert (unknown.code, "the store does not know zendesk:1" in unknown.err) == (2, True)
    found = json.loads(place.escalade("sync", "--dry-run", "--json", "-").out)
    assert found["planned_tickets"]
    place.escalade("sync", "--force")
    ticket = next(one for one in place.emulator.world.zendesk.tickets.values() if "esc_t" in " ".join(one.tags))
    told = place.escalade("journal", f"zendesk:{ticket.id}")
    assert "write.applied" in told.out
    assert " — " in told.out


def test_a_run_over_the_brakes_ends_with_1_and_says_how_to_go_on(place: Any) -> None:
    (place.directory / "brakes.yaml").write_text("version: 1\nbrakes: {max_tickets: 1}\n", encoding="utf-8")
    ended = place.escalade("sync")
    assert ended.code == 1
    assert "--force" in ended.err
    assert place.writes == 0


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_repeated_runs_go_on_until_told_to_end(how: signal.Signals, code: int, place: Any, program: str) -> None:
    command = [program, "sync", "--every", "1h", "--config", str(place.directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert any("Tickets read" in line for line in process.stdout)
        process.send_signal(how)
        _, err = process.communicate(timeout=_SECONDS)
        assert process.returncode == code
        assert "Traceback" not in err
    finally:
        process.kill()
        process.communicate()
