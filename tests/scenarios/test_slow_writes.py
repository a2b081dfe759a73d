"""Writes that take long: how old each of them is counts from when it was begun, not from when the visit was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.base import Applied, Write


def test_a_write_is_as_old_as_itself_however_long_those_before_it_took(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether a write of unknown outcome is still to be waited for is judged by its age: one that seems older than it is
    # would be believed lost, and be repeated, while the helpdesk is still carrying it out.
    ages: list[timedelta] = []
    for helpdesk in desk.app.helpdesks.values():
        monkeypatch.setattr(helpdesk.sink, "apply", _slow(desk, helpdesk.sink.apply, ages))
    desk.sync()
    ref = desk.ticket("Production is down", "outage")
    desk.pass_time()
    desk.sync()
    assert len(desk.issues()) == 4
    assert desk.seen(ref).tags >= {"esc_t3"}
    assert len(ages) >= 3
    assert set(ages) == {timedelta(0)}


def _slow(desk: Any, apply: Any, ages: list[timedelta]) -> Any:
    def slowly(write: Write, operation: str) -> Applied:
        (known,) = desk.app.store.load([write.ticket]).values()
        ages.extend(desk.now - intent.intended_at for intent in known.open_intents if intent.operation == operation)
        desk.pass_time(timedelta(seconds=50))
        return apply(write, operation)

    return slowly
