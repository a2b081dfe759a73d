"""The pages about webhooks tell what is so: the example is run, the answers are all of them, the named tests exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from escalade.receiver import answers
from escalade.receiver.answers import Answer
from escalade.store.sql import SqlStore
from rules.ticket import TicketRef

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "howto" / "receive-webhooks.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")


def example(language: str, holding: str) -> str:
    found = [
        text for text in re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE) if holding in text
    ]
    assert len(found) == 1
    return str(found[0])


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="needs openssl and curl")
def test_the_example_signs_as_zendesk_does(store: SqlStore, serving: Callable[..., Any], wire: Any) -> None:
    settings = example("yaml", "webhooks:").replace("ZENDESK_TRIGGER_SECRET", "TRIGGERS")
    with serving(store, settings=settings) as hooks:
        hooks.clock.set(datetime.now(UTC))
        environment = {**os.environ, "ZENDESK_TRIGGER_SECRET": wire.secrets["TRIGGERS"], "ESCALADE": hooks.url}
        command = ["bash", "-euc", example("sh", "openssl")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stdout) == (0, '{"status":"accepted"}'), done.stderr
        assert hooks.due() == [TicketRef("zendesk", "35")]


def test_every_answer_is_explained_with_its_status() -> None:
    told: dict[str, str] = {}
    for statuses, outcomes in re.findall(r"^\| ([\d, ]+) \| ([^|]+) \|", PAGE, re.MULTILINE):
        told.update(zip(re.findall(r"`(\w+)`", outcomes), statuses.split(", "), strict=True))
    known = {one.outcome: str(one.status.value) for one in vars(answers).values() if isinstance(one, Answer)}
    assert told == known


def test_the_threat_model_names_tests_that_exist() -> None:
    named = set(re.findall(r"test_\w+\.py", THREATS))
    assert len(named) > 8
    assert named <= {file.name for file in (ROOT / "tests").rglob("test_*.py")}
    rows = re.findall(r"^\| (?!-|Threat)(.+) \|$", THREATS, re.MULTILINE)
    assert all("test_" in row.split(" | ")[-1] for row in rows)
