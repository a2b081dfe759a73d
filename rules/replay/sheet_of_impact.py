"""Sheet of an impact: what a change of the rules does, for whoever reviews it. No words of customers are in it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime

from rules.replay.impact import DueMove, Impact, Shift
from rules.replay.report import figures
from rules.replay.sheet import gaps_told
from rules.replay.sheet_of_two import moved_told, parts_told, receivers_told
from rules.reports.sheet import Section, Sheet, table_of
from rules.words import minute

_TITLE = "What this change of the rules does"
#: Longer values, such as whole templates, are cut where the eye has seen enough.
_LONGEST = 120


def impact_sheet(found: Impact, top: int) -> Sheet:
    """The impact, with so many tickets of each list."""
    if found.is_none:
        said: tuple[str, ...] = (
            f"Nothing: {found.open_tickets:,} open tickets stand as before, and so did the last {found.days} days.",
        )
        return Sheet(title=_TITLE, sentences=said, sections=tuple(_edits(found, top)))
    return Sheet(
        title=_TITLE,
        sentences=tuple(_sentences(found)),
        sections=(
            *_edits(found, top),
            *_open_now(found, top),
            Section(
                heading=f"The last {found.days} days",
                table=table_of(("", "before", "after"), figures(found.past.before, found.past.after)),
            ),
            *receivers_told(found.past, top),
            *parts_told(found.past),
            *moved_told(found.past, top),
            *gaps_told(found.past.after.gaps),
        ),
    )


def _sentences(found: Impact) -> Iterator[str]:
    tickets = "ticket" if found.open_tickets == 1 else "tickets"
    dates = "due date" if found.due_dates == 1 else "due dates"
    yield (
        f"Of {found.open_tickets:,} open {tickets} it moves {found.up:,} up and {found.down:,} down, and changes "
        f"{found.due_dates:,} {dates} (as of {minute(found.at)})."
    )
    gone = sum(one.after is None for one in found.past.moved)
    new = sum(one.before is None for one in found.past.moved)
    other = len(found.past.moved) - gone - new
    yield (
        f"In the last {found.days} days {new:,} more {'ticket' if new == 1 else 'tickets'} would have been escalated, "
        f"{gone:,} no more, and {other:,} at another time or to another tier."
    )


def _edits(found: Impact, top: int) -> Iterator[Section]:
    if found.edits:
        rest = len(found.edits) - top
        rows = [(one.path, _value(one.before), _value(one.after)) for one in found.edits[:top]]
        yield Section(
            heading="What the rules say otherwise",
            table=table_of(("what", "before", "after"), rows),
            points=(f"and {rest:,} more",) if rest > 0 else (),
        )


def _value(text: str | None) -> str:
    return "not there" if text is None else textwrap.shorten(text, _LONGEST, placeholder=" …")


def _open_now(found: Impact, top: int) -> Iterator[Section]:
    if found.shifts:
        rest = len(found.shifts) - top
        yield Section(
            heading="Open tickets that move",
            table=table_of(("ticket", "tier", "due dates"), map(_row, found.shifts[:top])),
            points=(f"and {rest:,} more",) if rest > 0 else (),
        )


def _row(shift: Shift) -> tuple[str, str, str]:
    before, after = (tier or "none" for tier in (shift.tier_before, shift.tier_after))
    tier = f"{before} → {after}" if shift.steps else f"stays {after}"
    return str(shift.ticket), tier, "; ".join(map(_due, shift.due))


def _due(move: DueMove) -> str:
    return f"{move.clock}: {_at(move.before)} → {_at(move.after)}"


def _at(instant: datetime | None) -> str:
    return "none" if instant is None else minute(instant)
