"""Sheet of two: two policies on the same history, side by side, for a page with charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.replay.backtest import Comparison
from rules.replay.climbed import Climbed
from rules.replay.report import figures, receiver_name
from rules.replay.sheet import gaps_told, headline
from rules.replay.stretches import stretches
from rules.reports.chart import Chart, ChartKind, Series
from rules.reports.sheet import Section, Sheet, table_of
from rules.words import minute

_MOST = 100
_MOST_BARS = 12


def comparison_sheet(found: Comparison) -> Sheet:
    """What another policy would have done otherwise."""
    before, after = found.before, found.after
    gone = sum(one.after is None for one in found.moved)
    new = sum(one.before is None for one in found.moved)
    makers = (_figures, _over_time, receivers_told, parts_told, moved_told)
    return Sheet(
        title=f"Policies {before.policy} and {after.policy} on the same past",
        sentences=(
            f"{len(found.moved):,} tickets are treated otherwise: {new:,} more are escalated, {gone:,} no more.",
            f"Before: {' '.join(headline(before))}",
            f"After: {' '.join(headline(after))}",
        ),
        sections=(*(section for maker in makers for section in maker(found)), *gaps_told(after.gaps)),
    )


def _figures(found: Comparison) -> Iterator[Section]:
    rows = list(figures(found.before, found.after))
    yield Section(heading="Side by side", table=table_of(("", "before", "after"), rows))


def _over_time(found: Comparison) -> Iterator[Section]:
    old, new = stretches(found.before.told.days), stretches(found.after.told.days)
    if not old or [one.label for one in old] != [one.label for one in new]:
        return
    labels = tuple(one.label for one in old)
    for what in ("escalations", "alerts"):
        counts = [[getattr(one, what) for one in parts] for parts in (old, new)]
        yield Section(
            heading=f"{what.capitalize()} over time",
            chart=_lines(f"{what.capitalize()} a {old[0].unit}", labels, *counts),
            table=table_of(
                (old[0].unit, "before", "after"),
                [(label, f"{was:,}", f"{now:,}") for label, was, now in zip(labels, *counts, strict=True)],
            ),
        )


def _lines(title: str, labels: tuple[str, ...], before: Sequence[int], after: Sequence[int]) -> Chart:
    series = (
        Series(name="before", values=tuple(map(float, before))),
        Series(name="after", values=tuple(map(float, after))),
    )
    return Chart(title=title, kind=ChartKind.LINES, labels=labels, series=series)


def receivers_told(found: Comparison, most: int = _MOST) -> Iterator[Section]:
    """Whom the change concerns most."""
    old = {receiver_name(one): one.alerts for one in found.before.told.receivers}
    new = {receiver_name(one): one.alerts for one in found.after.told.receivers}
    changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name, 0) != new.get(name, 0)]
    changed.sort(key=lambda name: -abs(new.get(name, 0) - old.get(name, 0)))
    if changed:
        rows = [(name, f"{old.get(name, 0):,}", f"{new.get(name, 0):,}") for name in changed[:most]]
        more = Series(
            name="alerts more", values=tuple(max(0.0, new.get(n, 0) - old.get(n, 0)) for n in changed[:_MOST_BARS])
        )
        less = Series(
            name="alerts fewer", values=tuple(max(0.0, old.get(n, 0) - new.get(n, 0)) for n in changed[:_MOST_BARS])
        )
        yield Section(
            heading="Who is told more or less",
            chart=Chart(
                title="Alerts more and fewer, the greatest change first",
                kind=ChartKind.BARS,
                labels=tuple(changed[:_MOST_BARS]),
                series=(more, less),
                unit="alerts",
            ),
            table=table_of(("who", "before", "after"), rows),
        )


def parts_told(found: Comparison) -> Iterator[Section]:
    """On how many tickets each part of the one and the other policy held, where that changes."""
    old = {one.source: one.tickets for one in found.before.rules}
    new = {one.source: one.tickets for one in found.after.rules}
    names = dict.fromkeys((*old, *new))
    held = [name for name in names if old.get(name) or new.get(name)]
    rows = [(name, _count(old, name), _count(new, name)) for name in held if old.get(name) != new.get(name)]
    same = len(held) - len(rows)
    if rows:
        yield Section(
            heading="Tickets by part of the policy",
            table=table_of(("part", "before", "after"), rows),
            points=(f"{same:,} more: as many as before",) if same else (),
        )


def _count(counts: dict[str, int], name: str) -> str:
    return f"{counts[name]:,}" if name in counts else "not there"


def moved_told(found: Comparison, most: int = _MOST) -> Iterator[Section]:
    """The tickets that are treated otherwise."""
    if found.moved:
        rest = len(found.moved) - most
        rows = [(str(one.ticket), _told(one.before), _told(one.after)) for one in found.moved[:most]]
        yield Section(
            heading="Tickets that are treated otherwise",
            table=table_of(("ticket", "before", "after"), rows),
            points=(f"and {rest:,} more (JSON has all of them)",) if rest > 0 else (),
        )


def _told(one: Climbed | None) -> str:
    return "not escalated" if one is None else f"{one.highest}, {minute(one.at)}, {one.because}"
