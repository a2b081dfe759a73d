"""The audit of pauses by the command: what waited although the customer had answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


@pytest.mark.capability("L11")
def test_a_pause_that_outlasted_the_customer_s_answer_is_told_without_a_call(desk: Any) -> None:
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    clock = "sla:\n  - {id: solved, metric: resolution, targets: {normal: 90h}, pause: {when: {status: pending}}}\n"
    desk.write_policy(f"{text}{clock}")
    desk.restart()
    ref = desk.ticket("Export fails", "plain")
    desk.settle()
    desk.act(ref, status="pending")
    desk.pass_time(timedelta(hours=2))
    desk.settle()
    before = desk.world.calls.counts()
    code, output = desk.command("pauses", "--format", "text")
    assert code == 0, output
    assert "1 pause on 1 ticket: " in output
    assert "solved" in output
    assert desk.world.calls.counts() == before


def test_where_no_clock_stood_still_it_says_so(desk: Any) -> None:
    desk.ticket("Export fails", "plain")
    desk.settle()
    code, output = desk.command("pauses", "--format", "text")
    assert code == 0, output
    assert "No clock stood still." in output
