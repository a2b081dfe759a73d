"""What an explanation promises of the next change, tried at instants: before it nothing changes, at it something does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rules.explaining.ahead import settled
from rules.explaining.difference import essence
from rules.explaining.explain import Next
from rules.policy import Policy
from rules.testing.surroundings import Surroundings

#: How far is looked where no change is promised.
FAR = timedelta(days=400)
_LAST_BEFORE = timedelta(microseconds=1)


def end_of(coming: Next, now: datetime) -> datetime:
    """Until when nothing may change."""
    return coming.at or now + FAR


def keeps_its_word(
    policy: Policy, known: Surroundings, now: datetime, coming: Next, between: Iterable[datetime]
) -> None:
    """Look at instants before the promised change, at the last one before it, and at it."""
    present = settled(policy, known, now)
    for instant in (*between, end_of(coming, now) - _LAST_BEFORE):
        then = settled(policy, present.known, instant)
        assert essence(then.decision) == essence(present.decision)
        assert not any(todo.changes for todo in then.plans)
    if coming.at is not None and coming.certain:
        then = settled(policy, present.known, coming.at)
        assert any(todo.changes for todo in then.plans) or essence(then.decision) != essence(present.decision)
        assert coming.because
