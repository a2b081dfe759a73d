"""Retry-After: how long a helpdesk asks to be left alone, in seconds or until a date."""

from __future__ import annotations

import time

import pytest

from connectors.failures import retry_after_seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("12", 12.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("Sun, 15 Jun 2025 15:07:10 GMT", 30.0),
        ("Sun, 15 Jun 2025 15:00:00 GMT", 0.0),
        # Dates that do not say their zone are in UTC, wherever this machine is.
        ("Sun Jun 15 15:07:10 2025", 30.0),
        ("Sun, 15 Jun 2025 15:07:10 -0000", 30.0),
        ("soon", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert retry_after_seconds(header, 1_750_000_000.0) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("fast", [-3600.0, 0.0, 3600.0])
def test_a_date_to_come_back_at_is_right_by_a_clock_that_is_wrong(fast: float) -> None:
    told_at, until = "Sun, 15 Jun 2025 15:06:40 GMT", "Sun, 15 Jun 2025 15:07:10 GMT"
    assert retry_after_seconds(until, 1_750_000_000.0 + fast, told_at) == 30.0
    assert retry_after_seconds(until, 1_750_000_000.0, "today") == 30.0
