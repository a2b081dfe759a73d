"""Reviewed plans: what was looked at is what is written, word for word, and nothing when something has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from escalade.planfile import PlanFileError, read_plan_file, write_plan_file


def saved(desk: Any, file: Path) -> Path:
    report = desk.sync(dry_run=True)
    write_plan_file(file, report.plans, desk.app.policy.hash, report.started_at)
    return file


def reviewed(desk: Any, file: Path) -> Any:
    return read_plan_file(file, desk.app.policy.hash).plans


def test_a_reviewed_plan_is_carried_out_with_exactly_its_words(any_desk: Any, tmp_path: Path) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "complaint")
    file = saved(desk, tmp_path / "plan.json")
    file.write_text(
        file.read_text(encoding="utf-8").replace("Escalated to Tier 1", "Looked at and escalated to Tier 1")
    )
    report = desk.apply(reviewed(desk, file))
    assert (report.written_tickets, report.parked) == (1, {})
    assert desk.seen(ref).notes[0][1].startswith("Looked at and escalated to Tier 1")
    assert "esc_t1" in desk.tags(ref)


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
        ('{"form": 2, "policy": "p", "made_at": "2026-03-02T09:00:00Z", "plans": []}', "has form 2"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_with_advice(content: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PlanFileError, match=told):
        read_plan_file(file, "p")


def test_a_missing_plan_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match=r"cannot read the plan file .*plan\.json: No such file"):
        read_plan_file(tmp_path / "plan.json", "p")
