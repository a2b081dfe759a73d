"""What has to be right before work may be sent to this process."""

from __future__ import annotations

from datetime import timedelta

from escalade.receiver.admin import Check
from escalade.store.sql import SqlStore
from sync import Clock

#: A stream whose last page is older than this is behind: polls come every few minutes.
_PATIENCE = timedelta(minutes=30)


def store_check(store: SqlStore, clock: Clock) -> Check:
    """Whether the database answers."""

    def check() -> str | None:
        store.figures(clock.now())
        return None

    return check


def helpdesk_check(store: SqlStore, clock: Clock, helpdesk: str, patience: timedelta = _PATIENCE) -> Check:
    """Whether something was taken in from a helpdesk lately: credentials, network and polls are all right then."""

    def check() -> str | None:
        lags = [lag for (name, _), lag in store.figures(clock.now()).lag.items() if name == helpdesk]
        if not lags:
            return "nothing was ever taken in from it"
        longest = max(lags)
        if longest > patience:
            return f"nothing was taken in from it for {longest.total_seconds():.0f} s"
        return None

    return check
