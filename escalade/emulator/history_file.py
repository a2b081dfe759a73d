"""Ticket history files, format version 1: one JSON object a line, ordered by `at`."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVENTS = frozenset({"created", "changed", "comment"})
_DONE = frozenset({"solved", "closed", "deleted"})
_FALLBACK_SHARE = 0.6


class BadHistoryError(ValueError):
    """A history file that cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line: what happened to which ticket (helpdesk:id) at which instant (UTC)."""

    at: datetime
    ticket: str
    event: str
    raw: dict[str, Any]


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a file (gzip or plain), one line in memory at a time.

    Raises:
        BadHistoryError: A line is not an event, or the lines are not ordered by `at`.
        OSError: The file cannot be read.
    """
    last = datetime.min.replace(tzinfo=UTC)
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            event = _event(line, f"{path}:{number}")
            if event.at < last:
                raise BadHistoryError(f"{path}:{number}: {event.at} comes before the line above; sort by `at`")
            last = event.at
            yield event


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _event(line: bytes, place: str) -> Event:
    try:
        raw = msgspec.json.decode(line)
        at = datetime.fromisoformat(raw["at"])
        event = Event(at=at.astimezone(UTC), ticket=str(raw["ticket"]), event=raw["event"], raw=raw)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadHistoryError(f"{place}: not an event with at, ticket and event ({error})") from error
    if event.event not in EVENTS or at.tzinfo is None:
        raise BadHistoryError(f"{place}: event must be one of {', '.join(sorted(EVENTS))}, at must have a zone")
    return event


def busiest_instant(path: Path) -> tuple[datetime, datetime]:
    """Return the first instant of a file and the one with the most open tickets.

    When the busiest is the last one, 60 % of the span is returned, so that something is still to come.

    Raises:
        BadHistoryError: The file is empty or not in the format.
    """
    is_open: dict[str, bool] = {}
    first = last = best = None
    count = most = 0
    for event in read_events(path):
        first, last = first or event.at, event.at
        status = (event.raw.get("fields") or {}).get("status")
        if status is not None:
            was, now = is_open.get(event.ticket, False), status not in _DONE
            is_open[event.ticket] = now
            count += now - was
        if count > most:
            most, best = count, event.at
    if first is None or last is None:
        raise BadHistoryError(f"{path}: the file holds no events")
    if best is None or best == last:
        best = first + (last - first) * _FALLBACK_SHARE
    return first, best
