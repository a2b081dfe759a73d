"""Reviewed plans: what was looked at is what is written, word for word, and nothing when something has changed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.base import WriteKind
from connectors.zendesk.pace import calls_of
from escalade.planfile import Origin, PlanFileError, read_plan_file, write_plan_file

HERE = Origin(policy="p", store="s", helpdesks={"zendesk": "https://one.example"})


def saved(desk: Any, file: Path) -> Path:
    report = desk.sync(dry_run=True)
    write_plan_file(file, report.plans, desk.app.origin, desk.app.store.plan_key(), report.started_at)
    return file


def reviewed(desk: Any, file: Path, *, edited: bool = False) -> Any:
    return read_plan_file(file, desk.app.origin, desk.app.store.plan_key(), edited=edited).plans


def test_a_plan_that_was_edited_is_refused_unless_somebody_answers_for_it_and_then_carried_out_with_exactly_its_words(
    any_desk: Any, tmp_path: Path
) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    file.write_text(
        file.read_text(encoding="utf-8").replace("Escalated to Tier 1", "Looked at and escalated to Tier 1")
    )
    with pytest.raises(PlanFileError, match=r"was changed since it was written.*make the plan again, or say --edited"):
        reviewed(desk, file)
    report = desk.apply(reviewed(desk, file, edited=True))
    assert (report.written_tickets, report.parked) == (1, {})
    assert desk.seen(ref).notes[0][1].startswith("Looked at and escalated to Tier 1")
    assert "esc_t1" in desk.tags(ref)


@pytest.mark.capability("L3")
def test_only_the_tickets_of_the_plan_are_written_to(desk: Any, tmp_path: Path) -> None:
    ref = desk.ticket("Refund", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    late = desk.ticket("Later", "complaint", created_at=desk.now)
    desk.pass_time()
    desk.sync(dry_run=True)
    desk.apply(reviewed(desk, file))
    assert "esc_t1" in desk.tags(ref)
    assert desk.tags(late) == {"complaint"}


def test_a_plan_with_remediation_work_is_carried_out_to_its_end(desk: Any, tmp_path: Path) -> None:
    desk.ticket("Down", "outage")
    report = desk.apply(reviewed(desk, saved(desk, tmp_path / "plan.json")))
    assert report.parked == {}
    assert len(desk.issues()) == 4
    before = desk.writes
    desk.pass_time()
    desk.sync()
    assert desk.writes == before


@pytest.mark.capability("L3")
def test_a_ticket_that_changed_since_the_review_is_left_alone(desk: Any, tmp_path: Path) -> None:
    ref, other = desk.ticket("Refund", "complaint"), desk.ticket("Other", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    desk.pass_time()
    desk.act(ref, comment={"body": "I have a look.", "public": False})
    report = desk.apply(reviewed(desk, file))
    assert report.parked == {str(ref): "the ticket has changed since the plan was made; review a new plan"}
    assert desk.tags(ref) == {"complaint"}
    assert "esc_t1" in desk.tags(other)


def test_applying_the_same_plan_twice_writes_once(desk: Any, tmp_path: Path) -> None:
    desk.ticket("Refund", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    desk.apply(reviewed(desk, file))
    before = desk.writes
    desk.apply(reviewed(desk, file))
    assert desk.writes == before


def test_a_ticket_for_which_another_one_did_it_is_told(desk: Any, tmp_path: Path) -> None:
    # Both want a ticket for the same outage, which needs opening once.
    kept = desk.ticket("Refund", "complaint")
    gone = desk.ticket("Late", "complaint")
    file = tmp_path / "plan.json"
    assert desk.command("plan", "--out", str(file))[0] == 0
    assert "needed nothing any more" not in desk.command("apply", str(file), "--yes")[1]
    again = desk.command("apply", str(file), "--yes")[1]
    assert "2 of the planned tickets needed nothing any more" in again
    assert "esc_t1" in desk.tags(kept) & desk.tags(gone)


def test_a_plan_of_another_policy_is_refused(desk: Any, tmp_path: Path) -> None:
    desk.ticket("Refund", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    desk.write_policy(text.replace("timeout: 8h", "timeout: 9h"))
    desk.restart()
    with pytest.raises(PlanFileError, match="the rules changed since the review; make the plan again"):
        reviewed(desk, file)


def test_a_comment_in_the_policy_does_not_make_it_another_one(desk: Any, tmp_path: Path) -> None:
    desk.ticket("Refund", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    desk.write_policy("# looked at today\n" + (desk.directory / "rules.yaml").read_text(encoding="utf-8"))
    desk.restart()
    assert len(reviewed(desk, file)) == 1


def test_a_plan_file_is_for_its_owner_only(desk: Any, tmp_path: Path) -> None:
    """It quotes what customers wrote."""
    desk.ticket("Refund", "complaint")
    assert saved(desk, tmp_path / "plan.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is not a plan file of escalade plan --out"),
        ("{}", "is not a plan file of escalade plan --out"),
        ("[1, 2]", "is not a plan file of escalade plan --out"),
        ('{"form": 1, "policy": "p", "made_at": "2026-03-02T09:00:00Z", "plans": []}', "has form 1"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_with_advice(content: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PlanFileError, match=told):
        read_plan_file(file, HERE, "key")


def test_a_missing_plan_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match=r"cannot read the plan file .*plan\.json: No such file"):
        read_plan_file(tmp_path / "plan.json", HERE, "key")


@pytest.mark.parametrize(
    ("here", "told"),
    [
        (msgspec.structs.replace(HERE, store="other"), "was made on another database"),
        (
            msgspec.structs.replace(HERE, helpdesks={"zendesk": "https://two.example"}),
            "was made for zendesk at https://one.example, which is at https://two.example here",
        ),
        (msgspec.structs.replace(HERE, helpdesks={}), "which is not in the settings"),
    ],
)
def test_a_plan_for_another_place_is_refused(here: Origin, told: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan_file(file, [], HERE, "key", datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert read_plan_file(file, HERE, "key").plans == ()
    with pytest.raises(PlanFileError, match=told):
        read_plan_file(file, here, "key", edited=True)


@pytest.mark.capability("L3")
@pytest.mark.parametrize("old", ['"made_at": "2026', '"policy": "p', '"seal": "'])
def test_a_change_of_any_part_is_noticed(old: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan_file(file, [], HERE, "key", datetime(2026, 3, 2, 9, tzinfo=UTC))
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, f"{old[:-1]}{'3' if old[-1] != '3' else '4'}" if old[-1] != '"' else f"{old}0"))
    with pytest.raises(PlanFileError):
        read_plan_file(file, HERE, "key")


def test_nobody_without_the_database_can_seal_a_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan_file(file, [], HERE, "a guess", datetime(2026, 3, 2, 9, tzinfo=UTC))
    with pytest.raises(PlanFileError, match="was changed since it was written"):
        read_plan_file(file, HERE, "key")


def test_the_plan_says_what_it_comes_to(desk: Any) -> None:
    desk.ticket("Refund", "complaint")
    desk.ticket("Down", "outage")
    code, told = desk.command("plan", "--format", "markdown")
    assert code == 0
    assert "2 tickets of 1 account would be written to." in told
    assert "Customers read 0 public comments; agents read 2 internal notes; 0 notices would go out." in told
    assert "Write requests: 1 to jira, 2 to zendesk. Rate limits let that through within a minute." in told
    assert "| enters the tier tier3 | 1 | " in told
    assert "| given to Tier 1 | 1 | " in told
    assert "| opens a ticket in jira, project OPS | 1 | " in told
    assert desk.writes == 0


def test_the_plan_says_how_long_the_rate_limits_let_it_take(desk: Any, tmp_path: Path) -> None:
    settings = desk.directory / "escalade.yaml"
    text = settings.read_text(encoding="utf-8").replace("share: 100%", "share: 50%")
    settings.write_text(text.replace("updates_per_minute: 10000", "updates_per_minute: 4"), encoding="utf-8")
    for number in range(5):
        desk.ticket(f"Refund {number}", "complaint")
    assert "At our share of the rate limits of zendesk that takes about 2 minutes." in desk.command("plan")[1]
    file = tmp_path / "plan.json"
    assert desk.command("plan", "--json", str(file))[0] == 0
    assert msgspec.json.decode(file.read_bytes())["extent"]["minutes"] == {"zendesk": 2}


def test_the_time_is_reckoned_from_the_calls_that_carrying_it_out_sends(desk: Any) -> None:
    for subject in ("Refund", "Late"):
        desk.ticket(subject, "complaint")
    plans = desk.sync(dry_run=True).plans
    before = calls_sent(desk)
    desk.apply(plans)
    reckoned = calls_of(len(plans), {WriteKind.UPDATE: len(plans)}, with_links=True)
    told = Counter({f"{method} {path}": count for (method, path), count in reckoned.items()})
    assert calls_sent(desk) - before - told == {"GET /api/v2/tickets/show_many": 1}
    assert told <= calls_sent(desk) - before


def calls_sent(desk: Any) -> Counter[str]:
    """The calls to both helpdesks by their templates."""
    return Counter({call: count for one in desk.app.helpdesks.values() for call, count in one.calls().items()})


def test_the_plan_for_programs_has_the_same(desk: Any, tmp_path: Path) -> None:
    desk.ticket("Refund", "complaint")
    file = tmp_path / "plan.json"
    assert desk.command("plan", "--json", str(file))[0] == 0
    extent = msgspec.json.decode(file.read_bytes())["extent"]
    assert (extent["tickets"], extent["public_comments"], extent["calls"]) == (1, 0, {"zendesk": 1})
    assert extent["given_to"] == {"Tier 1": 1}
    assert extent["effects"][0]["what"] == "enters the tier tier1"
