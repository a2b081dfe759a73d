"""From an empty folder to a dry run on real tickets: the starter policy, two addresses, two tokens, and one command."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from escalade.demo.desk import LOCAL
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator

#: What an admin edits: addresses and credentials. Half an hour is what the process allows; a minute is what we do.
MOST_SECONDS = 60


def edited(text: str, url: str) -> str:
    """The starter's settings with a desk's own addresses and tokens."""
    text = re.sub(r"https://example\.(zendesk\.com|atlassian\.net)", url, text)
    tokens = "auth:\n      email: escalation.bot@example.com\n      token_env: DESK_ZENDESK_TOKEN\n"
    text = re.sub(r"auth:\n(?:\s+#.*\n)*\s+client_id_env: .*\n\s+client_secret_env: .*\n", tokens, text)
    return text.replace("ESCALADE_JIRA_TOKEN", "DESK_JIRA_TOKEN")


@pytest.mark.capability("D26")
def test_a_working_policy_and_a_dry_run_on_real_tickets_take_three_steps(
    tmp_path: Path, escalade: Callable[..., Any]
) -> None:
    tokens = {"DESK_ZENDESK_TOKEN": "emulator-api-token", "DESK_JIRA_TOKEN": "jira-token"}
    with RunningEmulator(
        build_desk(seed=3, start=datetime.now(UTC), tickets=12, organizations=4, linked=2)
    ) as emulator:
        began = time.monotonic()
        assert escalade("init", str(tmp_path / "desk")).code == 0
        settings = tmp_path / "desk" / "escalade.yaml"
        settings.write_text(edited(settings.read_text(encoding="utf-8"), emulator.url), encoding="utf-8")
        writes = emulator.world.calls.writes
        planned = escalade("plan", "-c", str(tmp_path / "desk"), **tokens)
        taken = time.monotonic() - began
        assert planned.code == 0, planned.out + planned.err
        assert emulator.world.calls.writes == writes
    assert "Would be written" in planned.out
    assert re.search(r"Tickets read: \d+ from jira, \d+ from zendesk", planned.out)
    assert taken < MOST_SECONDS


def test_the_settings_for_the_local_helpdesks_need_no_editing(tmp_path: Path, escalade: Callable[..., Any]) -> None:
    folder = tmp_path / "desk"
    with RunningEmulator(
        build_desk(seed=3, start=datetime.now(UTC), tickets=12, organizations=4, linked=2)
    ) as emulator:
        made = escalade("init", str(folder), "--demo")
        settings = folder / "escalade.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace(LOCAL, emulator.url), encoding="utf-8")
        (line,) = [line for line in made.out.splitlines() if line.startswith("export ")]
        keys = dict(word.split("=") for word in line.split()[1:])
        done = escalade("sync", "-c", str(folder), **keys)
        assert done.code == 0, done.out + done.err
        assert "parked: 0" in done.out
        assert "uses a Zendesk API token" not in done.out + done.err
        assert emulator.world.calls.writes > 0
