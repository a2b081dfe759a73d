"""A changed policy and the escalations that run: kept to the version that began them, or re-based, as the policy says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.clock import SystemClock

KEEP = "in_flight: {policy: keep}\n"


def change_policy(desk: Any, *changes: tuple[str, str]) -> str:
    """Edit the policy and start a new process, a minute later; returns the hash of the one before."""
    before: str = desk.app.policy.hash
    file = desk.directory / "rules.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    desk.write_policy(text)
    desk.restart()
    desk.pass_time()
    return before


def keeping(desk: Any) -> None:
    change_policy(desk, ("version: 1\n", "version: 1\n" + KEEP))


def escalade(desk: Any, *arguments: str) -> tuple[int, str]:
    """Run a command on the desk's settings and its clock; exit code and output, white space joined."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _: desk.now)
        patch.setenv("ZENDESK_TOKEN", "emulator-api-token")
        patch.setenv("JIRA_TOKEN", "jira-token")
        result = CliRunner().invoke(cli, [*arguments, "--config", str(desk.directory)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, re.sub(r"\s+", " ", result.output)


def follows(desk: Any, ref: Any) -> str | None:
    found: str | None = desk.app.store.load([ref])[ref].follows
    return found


RENAMED = ("tag: esc_t1,", "tag: tier_one,")
SOONER = ("timeout: 8h, note: entered}", "timeout: 4h, note: entered}")


@pytest.mark.capability("L14")
def test_an_escalation_keeps_the_version_that_began_it_and_new_ones_take_the_new(any_desk: Any) -> None:
    desk = any_desk
    keeping(desk)
    old = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, RENAMED, SOONER)
    new = desk.ticket("Refund again", "complaint", created_at=desk.now)
    desk.pass_time()
    desk.settle()
    assert desk.tags(old) == {"complaint", "esc_complaint", "esc_t1"}
    assert desk.tags(new) == {"complaint", "esc_complaint", "tier_one"}
    assert (follows(desk, old), follows(desk, new)) == (first, desk.app.policy.hash)
    desk.go_to(desk.now + timedelta(hours=5))
    desk.settle()
    assert "esc_t1" in desk.tags(old), "its time-out is still the eight hours of its own version"
    assert "esc_t2" in desk.tags(new)
    policies = {entry.policy for entry in desk.app.store.journal(old)}
    assert policies == {first}


def test_an_old_version_decides_until_the_escalation_is_over(desk: Any) -> None:
    keeping(desk)
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    change_policy(desk, RENAMED)
    desk.settle()
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.tags(ref) == {"complaint"}
    assert follows(desk, ref) is None
    desk.pass_time()
    desk.act(ref, status="open")
    desk.pass_time()
    desk.settle()
    assert desk.tags(ref) == {"complaint", "esc_complaint", "tier_one"}
    assert follows(desk, ref) == desk.app.policy.hash


def test_when_its_version_lets_a_ticket_go_the_new_one_takes_over_in_the_same_run(desk: Any) -> None:
    change_policy(desk, ("version: 1\n", f"version: 1\n{KEEP}release: {{when_nothing_holds: true}}\n"))
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    change_policy(desk, ("{contains: complaint}", "{contains: grievance}"), RENAMED)
    desk.settle()
    assert "esc_t1" in desk.tags(ref)
    desk.act(ref, tags=[*(desk.tags(ref) - {"complaint"}), "grievance"])
    desk.pass_time()
    desk.sync()
    assert desk.tags(ref) == {"grievance", "esc_complaint", "tier_one"}


def test_without_keep_the_newest_version_decides_and_the_journal_says_since_when(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, RENAMED)
    desk.sync()
    assert "tier_one" in desk.tags(ref)
    now = desk.app.policy.hash
    assert desk.journal(ref, "policy.rebased") == [
        f"follows policy {now} from now on, before that {first}: in_flight says rebase"
    ]
    desk.settle()
    assert len(desk.journal(ref, "policy.rebased")) == 1


def test_what_was_rebased_does_not_fall_back_when_a_policy_begins_to_keep(desk: Any) -> None:
    """The escalation began under the first version, but the second one took it over: the third has to keep that."""
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    change_policy(desk, RENAMED)
    desk.settle()
    second = change_policy(desk, ("version: 1\n", "version: 1\n" + KEEP), ("tag: tier_one,", "tag: first_tier,"))
    desk.settle()
    assert "tier_one" in desk.tags(ref)
    assert follows(desk, ref) == second


def test_a_dry_run_of_a_changed_policy_moves_no_ticket_onto_it(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, RENAMED)
    report = desk.sync(dry_run=True)
    assert len(report.plans) == 1
    assert follows(desk, ref) == first
    assert [version.hash for version in desk.app.store.versions()] == [first]


@pytest.mark.parametrize("loss", ["group", "texts"])
def test_a_version_that_cannot_decide_any_more_gives_way_and_the_journal_says_why(desk: Any, loss: str) -> None:
    keeping(desk)
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    file = desk.directory / "rules.yaml"
    text = file.read_text(encoding="utf-8")
    first = desk.app.policy.hash
    if loss == "group":
        # The old version names a group that the helpdesk does not have any more.
        desk.write_policy(text.replace("groups: {zendesk: Tier 1}", "groups: {zendesk: First line}"))
        with desk.world.lock:
            desk.zendesk.groups[desk.groups["Tier 1"]].name = "Tier One"
    else:
        desk.write_policy(text.replace(*RENAMED))
        with desk.app.store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM policies")
    desk.restart()
    desk.pass_time()
    desk.settle()
    why = "Tier 1" if loss == "group" else f"the texts of policy {first} are not kept here"
    (told,) = desk.journal(ref, "policy.rebased")
    assert why in told
    assert follows(desk, ref) == desk.app.policy.hash
    desk.settle()
    assert len(desk.journal(ref, "policy.rebased")) == 1


# The commands


@pytest.mark.capability("L14")
def test_rebase_shows_every_deadline_before_and_after_and_changes_nothing(desk: Any) -> None:
    keeping(desk)
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, SOONER, RENAMED)
    desk.sync()
    before = desk.writes
    code, told = escalade(desk, "rebase", str(ref))
    assert code == 0, told
    assert f"follows policy {first}, would follow {desk.app.policy.hash}" in told
    assert "tier: stays tier1" in told
    assert "timeout:tier1: due 2026-03-03 09:01 UTC → due 2026-03-02 13:01 UTC" in told
    assert "+ add tag tier_one" in told
    assert "1 tickets: due dates or tiers move on 1." in told
    assert (desk.writes, follows(desk, ref)) == (before, first)
    desk.settle()
    assert "esc_t1" in desk.tags(ref)


def test_rebase_with_apply_lets_the_next_sync_act_on_the_new_version(desk: Any) -> None:
    keeping(desk)
    refs = [desk.ticket("Refund", "complaint"), desk.ticket("Angry", "complaint")]
    desk.settle()
    first = change_policy(desk, RENAMED)
    desk.settle()
    code, told = escalade(desk, "rebase", str(refs[0]), "--apply")
    assert code == 0, told
    assert "1 tickets follow policy" in told
    desk.sync()
    assert ("tier_one" in desk.tags(refs[0]), "tier_one" in desk.tags(refs[1])) == (True, False)
    (line,) = desk.journal(refs[0], "policy.rebased")
    assert line == f"re-based from policy {first} to {desk.app.policy.hash}: no due date moves"
    code, told = escalade(desk, "policies")
    assert f"{first} │ 2026-03-02 09:01 UTC │ 1 " in told, told
    assert f"{desk.app.policy.hash} │ 2026-03-02 09:04 UTC │ 1 │ in force" in told, told
    code, told = escalade(desk, "rebase", "--all", "--apply")
    assert "1 tickets follow policy" in told
    desk.settle()
    assert "tier_one" in desk.tags(refs[1])
    assert escalade(desk, "rebase", "--all")[1].endswith("0 tickets: due dates or tiers move on 0. ")


def test_a_ticket_can_go_back_to_an_older_version(desk: Any) -> None:
    keeping(desk)
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, RENAMED)
    desk.settle()
    escalade(desk, "rebase", "--all", "--apply")
    desk.settle()
    assert "tier_one" in desk.tags(ref)
    code, told = escalade(desk, "rebase", str(ref), "--to", first[:6], "--apply", "--json", "-")
    assert code == 0, told
    desk.settle()
    assert desk.tags(ref) == {"complaint", "esc_complaint", "esc_t1"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name tickets, or say --all"),
        (("zendesk:1", "--all"), "name tickets, or say --all"),
        (("--all", "--to", "zzz"), "no version begins with 'zzz'; known are: "),
        (("35",), "a ticket reference is written helpdesk:id"),
    ],
)
def test_rebase_says_what_is_wrong_with_its_arguments(desk: Any, arguments: tuple[str, ...], told: str) -> None:
    keeping(desk)
    desk.settle()
    code, output = escalade(desk, "rebase", *arguments)
    assert code == 2
    assert told in output


def test_an_older_version_can_be_followed_only_where_versions_are_kept(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, RENAMED)
    desk.settle()
    code, told = escalade(desk, "rebase", str(ref), "--to", first)
    assert code == 2
    assert "write in_flight: {policy: keep} into it" in told


def test_a_ticket_that_is_not_escalated_has_nothing_to_rebase(desk: Any) -> None:
    keeping(desk)
    ref = desk.ticket("Just a question")
    desk.settle()
    code, told = escalade(desk, "rebase", str(ref), "--apply")
    assert code == 0
    assert f"{ref} is not escalated" in told


def test_rebase_as_json_tells_programs_the_same(desk: Any) -> None:
    keeping(desk)
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    first = change_policy(desk, SOONER)
    desk.sync()
    file = desk.directory / "rebase.json"
    assert escalade(desk, "rebase", "--all", "--json", str(file))[0] == 0
    (told,) = json.loads(file.read_text(encoding="utf-8"))
    assert (told["ref"], told["follows"], told["to"]) == (
        {"helpdesk": "zendesk", "id": ref.id},
        first,
        desk.app.policy.hash,
    )
    (time_out,) = told["time_outs"]
    assert time_out["source"] == "timeout:tier1"
    assert time_out["before"] > time_out["after"]


def test_rebase_waits_its_turn(desk: Any) -> None:
    keeping(desk)
    desk.ticket("Refund", "complaint")
    desk.settle()
    change_policy(desk, RENAMED)
    with desk.app.store.exclusive():
        code, told = escalade(desk, "rebase", "--all", "--apply")
    assert code == 1
    assert "nothing was done" in told


#: Dies by SIGKILL after the statement whose number it is given.
_REBASER = """
import os, signal, sys
from datetime import datetime, UTC
from sqlalchemy import event
from escalade.store.sql import open_store
from rules.ticket import TicketRef
from rules.journal import JournalEntry
store = open_store(sys.argv[1])
left = int(sys.argv[2])
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(store._engine, "after_cursor_execute", count)
at = datetime(2026, 3, 2, 9, tzinfo=UTC)
refs = [TicketRef.parse(text) for text in sys.argv[4:]]
entries = [JournalEntry(at=at, ref=ref, action="policy.rebased", text="re-based", policy=sys.argv[3]) for ref in refs]
store.follow(sys.argv[3], entries, at)
"""


@pytest.mark.parametrize("statement", [1, 2, 3, 99])
def test_a_rebase_that_is_killed_has_moved_all_tickets_or_none(desk: Any, statement: int) -> None:
    keeping(desk)
    refs = [desk.ticket("Refund", "complaint"), desk.ticket("Angry", "complaint")]
    desk.settle()
    first = change_policy(desk, RENAMED)
    desk.settle()
    url = f"sqlite:///{Path(desk.directory) / 'escalade.db'}"
    new = desk.app.policy.hash
    command = [sys.executable, "-c", _REBASER, url, str(statement), new, *map(str, refs)]
    done = subprocess.run(command, env=dict(os.environ), timeout=60, check=False)
    killed = done.returncode == -signal.SIGKILL
    assert killed is (statement != 99)
    assert {follows(desk, ref) for ref in refs} == {first if killed else new}
    assert [len(desk.journal(ref, "policy.rebased")) for ref in refs] == [0 if killed else 1] * 2
    desk.settle()
    assert all(("tier_one" in desk.tags(ref)) is not killed for ref in refs)
