"""Scheduled runs in one process, driven by the `schedule` library, for those who want neither cron nor a service."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import schedule

_UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_interval(text: str) -> timedelta:
    """Read `30s`, `5m` or `1h`.

    Raises:
        ValueError: on any other form, or on less than one second.
    """
    match = re.fullmatch(r"(\d+)([smh])", text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"an interval is a number and s, m or h, for example 30s, 5m or 1h; found {text!r}")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def run_every(interval: timedelta, job: Callable[[], None], stop: Event) -> None:
    """Run the job now and then every `interval` until `stop` is set; runs never overlap."""
    plan = schedule.Scheduler()
    plan.every(int(interval.total_seconds())).seconds.do(job)
    plan.run_all()
    # The library reckons in local wall time, which stands still for an hour in autumn: wait by the steady clock.
    while not stop.wait(interval.total_seconds()):
        plan.run_all()
