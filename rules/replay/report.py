"""Report: a back-test for a terminal of 80 columns: what would have happened, how good that is, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from textwrap import wrap

from rules.replay.backtest import Backtest, Comparison
from rules.replay.climbed import Climbed
from rules.replay.score import RuleScore, TruthScore
from rules.replay.spread import Spread
from rules.replay.told import DayLoad, HourLoad, ReceiverKind, ReceiverLoad
from rules.span import spell
from rules.words import counted, minute

_WIDTH = 80
_SHADES = " .:-=+*#%@"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Receivers and tickets that are told.
_MOST = 10
_HOURS = 24


def backtest_text(found: Backtest) -> str:
    """A back-test as people read it."""
    tellers = (_head, _ladder, _breaches, _truth, _load, _scores, _calls, _gaps)
    blocks = (list(teller(found)) for teller in tellers)
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def comparison_text(found: Comparison) -> str:
    """Two back-tests side by side, then the tickets that are treated otherwise."""
    before, after = found.before, found.after
    rows = [("", before.policy, after.policy), *figures(before, after)]
    lines = [*_table(rows), ""]
    gone = sum(one.after is None for one in found.moved)
    new = sum(one.before is None for one in found.moved)
    lines += [f"Treated otherwise: {counted(len(found.moved), 'ticket')}; {new:,} more escalated, {gone:,} no more."]
    told = [(str(one.ticket), _climb(one.before), _climb(one.after)) for one in found.moved[:_MOST]]
    lines += _table([("ticket", "before", "after"), *told]) if told else []
    if len(found.moved) > _MOST:
        lines.append(f"… and {len(found.moved) - _MOST:,} more (all of them with --json)")
    return "\n".join([*lines, "", *_gaps(after)]) + "\n"


def _climb(climbed: Climbed | None) -> str:
    return "not escalated" if climbed is None else f"{climbed.highest}, {minute(climbed.at)}"


def figures(before: Backtest, after: Backtest) -> Iterator[tuple[str, str, str]]:
    """The figures of two back-tests side by side: what, before, after."""

    def row(name: str, old: object, new: object) -> tuple[str, str, str]:
        return name, _said(old), _said(new)

    yield row("escalations", before.escalations, after.escalations)
    yield row("tickets escalated", before.escalated_tickets, after.escalated_tickets)
    yield row("alerts a day", _daily(before.told.days), _daily(after.told.days))
    yield row("late, escalated before", before.breaches.before, after.breaches.before)
    if before.truth is not None and after.truth is not None:
        yield row("precision", _share(before.truth.precision), _share(after.truth.precision))
        yield row("recall", _share(before.truth.recall), _share(after.truth.recall))
    yield row("tickets written", before.cost.written, after.cost.written)


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _head(found: Backtest) -> Iterator[str]:
    played = found.played
    yield f"Back-test of policy {found.policy}"
    size = f"{counted(played.events, 'event')}, {counted(played.tickets, 'ticket')}"
    yield f"{minute(played.begins)} to {minute(played.ends)}: {size}"
    if (played.counted_from, played.counted_to) != (played.begins, played.ends):
        yield f"counted: {minute(played.counted_from)} to {minute(played.counted_to)}"
    yield ""
    share = part_of(found.escalated_tickets, played.open_tickets)
    escalated = f"{found.escalated_tickets:,} of {counted(played.open_tickets, 'ticket')} ({share})"
    yield f"{escalated} would have been escalated, in {counted(found.escalations, 'climb')}."


def part_of(count: int, whole: int) -> str:
    """A count as a part of a whole, in percent."""
    return f"{count / whole if whole else 0:.1%}"


def _ladder(found: Backtest) -> Iterator[str]:
    if found.tiers:
        rows = [(one.tier, f"{one.entries:,}", f"{one.tickets:,}", f"{one.at_end:,}") for one in found.tiers]
        yield from _table([("tier", "entered", "tickets", "at the end"), *rows])


def _breaches(found: Backtest) -> Iterator[str]:
    score = found.breaches
    if not score.tickets:
        yield "No service-level clock was late."
        return
    yield f"On {counted(score.tickets, 'ticket')} a service-level clock was late:"
    yield f"  {score.before:,} escalated before, {score.after:,} then or later, {score.never:,} never"
    yield from _lead("  from the escalation to that", score.lead)


def _truth(found: Backtest) -> Iterator[str]:
    score = found.truth
    if score is None:
        return
    yield from wrap(f"People escalated {counted(score.tickets, 'ticket')}, as `{score.expression}` says:", _WIDTH)
    yield f"  {score.true:,} the policy, too ({score.in_time:,} no later than people); {score.missed:,} missed"
    yield f"  {score.false:,} by the policy alone"
    yield f"  precision {_share(score.precision)}, recall {_share(score.recall)}, F1 {_f1(score)}"
    yield from _lead("  the policy was sooner by", score.lead)
    if score.missed_tickets:
        told = ", ".join(map(str, score.missed_tickets[:_MOST]))
        more = f", … ({score.missed:,} in all)" if score.missed > _MOST else ""
        yield from wrap(f"missed: {told}{more}", _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _f1(score: TruthScore) -> str:
    return "unknown" if score.f1 is None else f"{score.f1:.2f}"


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _lead(said: str, spread: Spread) -> Iterator[str]:
    if spread.median is not None and spread.tenth is not None and spread.ninetieth is not None:
        middle = f"{length(spread.median)} in the middle"
        yield f"{said}: {middle} ({length(spread.tenth)} to {length(spread.ninetieth)})"


def length(duration: timedelta) -> str:
    """A length of time with days; below zero it is too late."""
    return f"-{spell(-duration, days=True)}" if duration < timedelta() else spell(duration, days=True)


def _load(found: Backtest) -> Iterator[str]:
    told = found.told
    alerts = sum(day.alerts for day in told.days)
    if not alerts:
        yield "Nobody would have been told anything."
        return
    fullest = max(told.days, key=lambda day: (day.alerts, -day.day.toordinal()))
    most = f"at most {fullest.alerts:,} on {fullest.day}"
    yield f"{counted(alerts, 'alert')} ({told.zone}): {_daily(told.days)} a day, {most}"
    rows = [_receiver(one) for one in told.receivers[:_MOST]]
    yield from _table([("told", "alerts", "days", "most a day"), *rows])
    if len(told.receivers) > _MOST:
        yield f"… and {len(told.receivers) - _MOST:,} more"
    yield ""
    yield "By the hour     0     3     6     9    12    15    18    21"
    yield from _heat(told.hours)


def _daily(days: Sequence[DayLoad]) -> str:
    return f"{sum(day.alerts for day in days) / len(days):.1f}" if days else "0"


def _receiver(one: ReceiverLoad) -> tuple[str, str, str, str]:
    return receiver_name(one), f"{one.alerts:,}", f"{one.days:,}", f"{one.fullest:,}"


def receiver_name(one: ReceiverLoad) -> str:
    """What sort of receiver it is, and its name."""
    known = {ReceiverKind.CUSTOMER: "customers", ReceiverKind.NOBODY: "nobody (no owner)"}
    return known.get(one.kind, f"{one.kind} {one.name}")


def _heat(hours: Iterable[HourLoad]) -> Iterator[str]:
    """A row for each day, two columns an hour: the darker, the more."""
    counts = {(one.weekday, one.hour): one.alerts for one in hours}
    most = max(counts.values(), default=1)
    for weekday, name in enumerate(_WEEKDAYS):
        row = (counts.get((weekday, hour), 0) for hour in range(_HOURS))
        yield f"  {name}         {''.join(2 * _shade(count, most) for count in row)}".rstrip()


def _shade(count: int, most: int) -> str:
    return _SHADES[-(-count * (len(_SHADES) - 1) // most)]


def _scores(found: Backtest) -> Iterator[str]:
    judged = found.truth is not None
    head = ("part of the policy", "fired", "tickets", "climbs", "alerts")
    more = ("true", "false", "lead") if judged else ()
    rows = [_score(one, judged=judged) for one in found.rules if one.fired or one.source.startswith(("rule", "sla"))]
    yield from _table([(*head, *more), *rows])


def _score(one: RuleScore, *, judged: bool) -> tuple[str, ...]:
    cells = (one.source, f"{one.fired:,}", f"{one.tickets:,}", f"{one.climbs:,}", f"{one.alerts:,}")
    if not judged:
        return cells
    lead = one.before_truth.median
    return (*cells, f"{one.true:,}", f"{one.false:,}", "" if lead is None else length(lead))


def _calls(found: Backtest) -> Iterator[str]:
    cost = found.cost
    yield f"{counted(cost.decisions, 'decision')}; {cost.written:,} of them would have written something."
    rows = [
        (one.target, f"{one.reads:,}", f"{one.writes:,}", f"{one.busiest:,}", "" if at is None else minute(at))
        for one in cost.targets
        for at in (one.busiest_at,)
    ]
    if rows:
        yield from _table([("calls to", "reads", "writes", "busiest hour", "that was"), *rows])


def _gaps(found: Backtest) -> Iterator[str]:
    if not found.gaps:
        return
    yield "What this history does not tell:"
    for gap in found.gaps:
        yield from wrap(f"{gap.what}: {gap.because}", _WIDTH, initial_indent="- ", subsequent_indent="  ")
        if gap.concerns:
            said = "left out" if gap.left_out else "concerns"
            yield from wrap(f"{said}: {', '.join(gap.concerns)}", _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns apart by two blanks, numbers to the right; the first column gives way where the rest needs the room."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    widths[0] = max(min(widths[0], _WIDTH - 2 - sum(width + 2 for width in widths[1:])), len(rows[0][0]), 1)
    for row in rows:
        first = row[0] if len(row[0]) <= widths[0] else f"{row[0][: widths[0] - 1]}…"
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  " + "  ".join([first.ljust(widths[0]), *cells]).rstrip()
