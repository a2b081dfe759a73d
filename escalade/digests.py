"""Digests on their way: each edition goes out once, in the hours of its channel, also after a restart.

What became of an edition is in the journal, under the digest and the day: `escalade journal digest:ID:DAY`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from connectors.channel import FINAL, Letter
from connectors.errors import ConnectorError
from escalade.app import App
from escalade.escalations import running
from rules.change import channel_target
from rules.digests import Digest, Edition
from rules.journal import JournalEntry
from rules.reports.digest import Scope, daily, weekly
from rules.reports.escalated import Escalated
from rules.reports.unattended import Unattended, with_unattended
from rules.reports.written import written
from rules.start import Backlog
from rules.ticket import TicketRef

#: An edition that could not go out for so long is not worth reading any more: the next one tells more.
_FRESH = timedelta(days=1)
#: A channel in trouble is tried again after so long.
_PATIENCE = timedelta(minutes=10)

_INTENDED, _SENT, _FAILED = "digest.intended", "digest.sent", "digest.failed"
_REFUSED, _UNSURE = "digest.refused", "digest.unsure"
_OVER = frozenset({_SENT, _REFUSED, _UNSURE})


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an edition just now."""

    digest: str
    text: str
    sent: bool


def letter_of(digest: Digest, rows: Sequence[Escalated], unattended: Sequence[Unattended], now: datetime) -> Letter:
    """A digest as it reads at an instant (UTC); the one for executives leaves out what operators have to mend."""
    scope = Scope(title=digest.title, zone=digest.calendar.zone, region=digest.region, level=digest.level)
    sheet = weekly(rows, scope, now) if digest.roll_up else with_unattended(daily(rows, scope, now), unattended, now)
    return Letter(title=sheet.title, body=written(sheet, digest.form), form=digest.form)


def deliver(app: App) -> list[Dispatch]:
    """Send every edition that is due and did not go out yet. Nothing happens while another process is at it."""
    now = app.clock.now()
    if not any(_is_waiting(app, digest, now) for digest in app.policy.digests):
        return []
    with app.store.exclusive() as ours:
        return deliver_alone(app) if ours else []


def deliver_alone(app: App) -> list[Dispatch]:
    """Send every edition that is due and did not go out yet; the caller makes sure that nobody else does so."""
    now = app.clock.now()
    if app.starting.backlog is Backlog.ASK and app.starting.quiet() == set(app.helpdesks):
        # Nobody is told anything before somebody has said how to begin.
        return []
    waiting = [digest for digest in app.policy.digests if _is_waiting(app, digest, now)]
    rows = list(running(app, now)) if waiting else []
    return [_dispatch(app, digest, rows, now) for digest in waiting]


def _place(digest: Digest, edition: Edition) -> TicketRef:
    """Where the journal of an edition stands; no ticket of any helpdesk has such an id."""
    return TicketRef("digest", f"{digest.id}:{edition.day.isoformat()}")


def _is_waiting(app: App, digest: Digest, now: datetime) -> bool:
    """Whether the latest edition should go out now."""
    edition = digest.latest(now)
    if digest.is_quiet(now) or now - digest.readable_at(edition) > _FRESH:
        return False
    entries = app.store.journal(_place(digest, edition))
    if any(entry.action in _OVER for entry in entries):
        return False
    return not entries or entries[-1].action != _FAILED or now - entries[-1].at >= _PATIENCE


def _dispatch(app: App, digest: Digest, rows: Sequence[Escalated], now: datetime) -> Dispatch:
    edition = digest.latest(now)
    place, room = _place(digest, edition), digest.channel
    entries = app.store.journal(place)
    if entries and entries[-1].action == _INTENDED and not room.repeat_when_unsure:
        return _noted(app, digest, _UNSURE, f"whether {room.name} got it is not known", now)
    _noted(app, digest, _INTENDED, f"send to {room.name}", now)
    try:
        app.channels[channel_target(room.name)].publish(letter_of(digest, rows, app.store.letters(), now), f"{place}")
    except ConnectorError as error:
        unsure = error.ambiguous and not room.repeat_when_unsure
        action = _UNSURE if unsure else _REFUSED if error.kind in FINAL and not error.ambiguous else _FAILED
        return _noted(app, digest, action, str(error), now)
    return _noted(app, digest, _SENT, f"sent to {room.name}", now)


def _noted(app: App, digest: Digest, action: str, text: str, now: datetime) -> Dispatch:
    edition = digest.latest(now)
    entry = JournalEntry(at=app.clock.now(), ref=_place(digest, edition), action=action, text=text)
    app.store.note([entry])
    return Dispatch(digest=digest.id, text=text, sent=action == _SENT)
