"""Settings and policies that cannot be used: each mistake is told with its place, and nothing is written."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def desk(make_bench: Callable[..., Any]) -> Any:
    return make_bench(tickets=8, linked=1)


def _line(file: Path, words: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, text in enumerate(lines, 1) if words in text)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("escalade.yaml", "vendor: zendesk", "vendor: zendesc", ["zendesc", "zendesk"]),
        ("escalade.yaml", "tracker: jira", "trakcer: jira", ["there is no such option; did you mean tracker?"]),
        ("escalade.yaml", "budget: {share: 1}", "budget: {share: 7}", ["less than or equal to 1"]),
        ("escalade.yaml", "vendor: jira", "vendor: jira\n    page_size: many", ["page_size", "integer"]),
        ("escalade.yaml", "impact: impact", "impact: impct", ["impct", "Did you mean 'impact'?"]),
        ("rules.yaml", "field.impact: high", "field.impakt: high", ["did you mean 'impact'?"]),
        ("rules.yaml", "priority: urgent", "priority: urgnt", ["urgnt", "did you mean 'urgent'?"]),
        ("rules.yaml", "escalate_to: tier3", "escalate_to: tier9", ["tier9", "tier3"]),
        ("tiers.yaml", "zendesk: Tier 1 Support", "zendesk: Tier 1 Suport", ["did you mean 'Tier 1 Support'?"]),
        ("tiers.yaml", "zendesk: {escalation_tier: tier1}", "zendesk: {escalation_teir: tier1}", ["escalation_tier"]),
        ("tiers.yaml", "project: OPS", "project: OPSS", ["OPSS", "did you mean 'OPS'?"]),
        ("tiers.yaml", "type: Task", "type: Tsk", ["did you mean 'Task'?"]),
        ("tiers.yaml", "tracker: jira", "tracker: jirra", ["did you mean 'jira'?"]),
        ("rules.yaml", "rules:", "rules: [", ["rules.yaml:"]),
    ],
)
def test_a_wrong_word_is_told_with_file_line_and_column_and_what_would_be_right(
    desk: Any, file: str, old: str, new: str, said: list[str]
) -> None:
    path = desk.directory / file
    before = path.read_text(encoding="utf-8")
    desk.edit(file, old, new)
    code, output = desk.call()
    assert code == 2, output
    found = re.search(rf"{re.escape(file)}:(\d+):(\d+): ", output)
    assert found, output
    if old != "rules:":
        assert abs(int(found[1]) - _line(path, new.splitlines()[-1])) <= 1, output
    assert all(words in output for words in said), output
    assert "Nothing was changed." in output
    assert desk.writes == 0
    path.write_text(before, encoding="utf-8")
    assert desk.call()[0] == 0


def test_a_field_or_project_in_the_settings_that_jira_does_not_have_is_named(desk: Any) -> None:
    desk.edit("escalade.yaml", "fields: {impact: Impact,", "fields: {impact: Impakt,")
    code, output = desk.call()
    assert code == 2
    assert "'Impakt' (did you mean 'Impact'?)" in output
    desk.edit("escalade.yaml", "Impakt", "Impact")
    desk.edit("escalade.yaml", "projects: [OPS, SUP]", "projects: [OPS, SUPP]")
    code, output = desk.call()
    assert code == 2
    assert "'SUPP' (did you mean 'SUP'?)" in output


@pytest.mark.parametrize("file", ["escalade.yaml", "rules.yaml"])
@pytest.mark.parametrize("content", ["", "- a\n- list\n", "version: 1\nversion: 1\n"], ids=["empty", "list", "twice"])
def test_a_file_of_no_use_is_named_and_nothing_is_asked_or_written(desk: Any, file: str, content: str) -> None:
    (desk.directory / file).write_text(content, encoding="utf-8")
    code, output = desk.call()
    assert code == 2, output
    assert re.search(rf"{re.escape(file)}:\d+:\d+: ", output), output
    assert desk.control("GET", "/calls")["total"] == 0


def test_no_settings_and_no_rules_lead_to_the_starter(desk: Any) -> None:
    settings = desk.directory / "escalade.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.unlink()
    code, output = desk.call()
    assert code == 2
    assert "no settings file at" in output
    assert "escalade init" in output
    settings.write_text(text.replace("policy: .", "policy: rules"), encoding="utf-8")
    (desk.directory / "rules").mkdir()
    code, output = desk.call()
    assert code == 2
    assert "no rule files (*.yaml) in the policy directory" in output


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("sqlite:////proc/escalade/escalade.db", "does not exist"),
        ("sqlite:///rules.yaml", "not a database"),
        ("sqlite:///folder", "cannot be opened for writing"),
        ("sqlite://", "cannot be kept in memory"),
        ("mysql://somewhere/escalade", "sqlite"),
        ("postgresql://nobody:hush-hush@127.0.0.1:1/escalade", "127.0.0.1"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_and_no_helpdesk_is_written_to(desk: Any, store: str, said: str) -> None:
    (desk.directory / "folder").mkdir()
    desk.edit("escalade.yaml", "store: sqlite:///escalade.db", f"store: {store}")
    code, output = desk.call()
    assert code == 2, output
    assert said in output, output
    assert "hush-hush" not in output + desk.log
    assert desk.writes == 0


def test_a_store_of_a_newer_version_is_left_as_it_is(desk: Any) -> None:
    assert desk.call()[0] == 0
    file = desk.directory / "escalade.db"
    ours = _set_revision(file, "9999", needs="9998")
    writes = desk.writes
    code, output = desk.call()
    assert (code, desk.writes) == (2, writes)
    assert "made by a newer Escalade" in output
    assert "install that version again, or restore a backup" in output
    _set_revision(file, ours)
    code, output = desk.call()
    assert code == 0, output


def _set_revision(file: Path, revision: str, needs: str = "") -> str:
    """Mark the store as one of another version, which needs one that knows `needs`; returns the version that it had."""
    store = sqlite3.connect(file)
    with store:
        before: str = store.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        store.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        store.execute("UPDATE meta SET value = ? WHERE name = 'needed_schema'", (needs,))
    store.close()
    return before


def test_of_two_runs_at_once_the_second_does_nothing_and_says_so(desk: Any) -> None:
    desk.fault("hold_before", "GET", "/incremental/tickets")
    first = desk.start("sync", "--once", "--force")
    assert desk.wait_until_held(first)
    code, output = desk.call()
    assert code == 1
    assert "Another Escalade is syncing with this store right now; nothing was done." in output
    assert desk.writes == 0
    desk.control("POST", "/release", {})
    printed, _ = first.communicate(timeout=60)
    assert first.returncode == 0, printed
    desk.pass_minutes(2)
    before = desk.writes
    assert desk.call()[0] == 0
    assert desk.writes == before


@pytest.mark.parametrize("trouble", ["settings", "credentials", "store", "refusal"])
def test_a_process_of_its_own_ends_in_words_too(desk: Any, trouble: str) -> None:
    if trouble == "settings":
        desk.edit("escalade.yaml", "vendor: zendesk", "vendor: zendesc")
    elif trouble == "credentials":
        desk.environment["DEMO_ZENDESK_TOKEN"] = "not-this-one"
    elif trouble == "store":
        desk.environment["ESCALADE_STORE"] = "sqlite:////proc/escalade/escalade.db"
    else:
        desk.fault("status", "PUT", "/api/v2/tickets/", status=422)
    code, output = desk.sync()
    assert code == (1 if trouble == "refusal" else 2), output
    assert len(output.splitlines()) < 25, output
    assert "not-this-one" not in output + desk.log
