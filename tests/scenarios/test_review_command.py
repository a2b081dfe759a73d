"""The review by the command: what this desk's escalations of the last month say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


@pytest.mark.capability("B1", "C10", "D19")
def test_the_review_tells_what_fired_who_came_again_and_what_was_solved_where(desk: Any) -> None:
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    dated = text.replace("    tags: [esc_complaint]\n", "    tags: [esc_complaint]\n    review_by: 2026-03-01\n")
    desk.write_policy(f"{dated}commands: {{}}\nescalation: {{}}\n")
    desk.restart()
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(2)]
    desk.settle()
    desk.solve(refs[0])
    desk.pass_time(timedelta(minutes=5))
    desk.settle()
    before = desk.world.calls.counts()
    code, output = desk.command("review", "--format", "text")
    assert code == 0, output
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert "2 escalations began, 0 in the period before (+2)." in lines
    assert "rule:complaint 2 100% 0 +2" in lines
    assert "Acme 2 1, 2" in lines
    assert "tier1 1 1" in lines
    assert any(line.startswith("rule:outage Production is down never") for line in lines)
    assert "- rule complaint: by 2026-03-01" in lines
    assert desk.world.calls.counts() == before


@pytest.mark.capability("C10")
def test_feedback_from_the_helpdesk_is_in_the_scores_of_the_rule(desk: Any) -> None:
    """By an internal comment and by a macro's tag, under a policy that conducts no escalations."""
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(3)]
    desk.settle()
    desk.act(refs[0], comment={"body": "#feedback too early, they had an answer", "public": False})
    desk.act(refs[1], tags=[*desk.tags(refs[1]), "feedback_useful"])
    desk.pass_time()
    before = desk.writes
    desk.settle()
    desk.solve(refs[2])
    desk.pass_time()
    desk.settle()
    code, output = desk.command("review", "--format", "text")
    assert code == 0, output
    (line,) = [" ".join(line.split()) for line in output.splitlines() if "The customer complained" in line]
    assert line == "rule:complaint The customer complained 3 1 1"
    assert desk.writes > before


def test_a_month_that_is_none_is_refused(desk: Any) -> None:
    code, output = desk.command("review", "--month", "2026-13")
    assert code == 2
    assert "is no month" in output
