"""Sheet: a back-test, or two of them side by side, for a page with charts; each chart has its numbers in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rules.replay.backtest import Backtest
from rules.replay.climbed import Climbed
from rules.replay.gap import Gap
from rules.replay.report import length, part_of, receiver_name
from rules.replay.score import RuleScore, TruthScore
from rules.replay.spread import Spread
from rules.replay.stretches import Stretch, stretches
from rules.replay.told import HourLoad, ReceiverLoad
from rules.reports.chart import Chart, ChartKind, Series
from rules.reports.sheet import Section, Sheet, table_of
from rules.words import counted, minute

#: Rows of a table that nobody reads to its end.
_MOST = 100
_MOST_BARS = 15
_HOURS = tuple(range(24))
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR = timedelta(hours=1)


def backtest_sheet(found: Backtest) -> Sheet:
    """One back-test: what would have happened, how good that is, what it costs, and what nobody can tell."""
    makers = (_over_time, _by_the_hour, _tiers, _parts, _sooner, _people, _receivers, _calls, _climbs)
    sections = [section for maker in makers for section in maker(found)]
    return Sheet(
        title=f"Back-test of policy {found.policy}",
        sentences=tuple(headline(found)),
        sections=(*sections, *gaps_told(found.gaps)),
    )


def headline(found: Backtest) -> Iterator[str]:
    """What was played, and what that comes to, in sentences."""
    played, share = found.played, part_of(found.escalated_tickets, found.played.open_tickets)
    yield (
        f"Played: {counted(played.events, 'event')} of {counted(played.tickets, 'ticket')}; "
        f"counted from {minute(played.counted_from)} to {minute(played.counted_to)}."
    )
    yield (
        f"{found.escalated_tickets:,} of {counted(played.open_tickets, 'ticket')} ({share}) would have been escalated, "
        f"{counted(found.escalations, 'time')}."
    )
    late = found.breaches
    if late.tickets:
        yield (
            f"On {counted(late.tickets, 'ticket')} a service-level clock was late: "
            f"{late.before:,} were escalated before, {late.after:,} then or later, {late.never:,} never."
        )


def gaps_told(gaps: Sequence[Gap]) -> Iterator[Section]:
    """What the history does not tell, as a section; nothing where it tells everything."""
    if gaps:
        rows = [(gap.what, gap.because, ", ".join(gap.concerns), "left out" if gap.left_out else "") for gap in gaps]
        yield Section(
            heading="What this history does not tell",
            sentences=(
                "It is not guessed. What was left out was not played at all; the rest may have come out otherwise.",
            ),
            table=table_of(("missing", "what that means", "parts of the policy", "played"), rows),
        )


def _over_time(found: Backtest) -> Iterator[Section]:
    """Escalations and alerts by day, week or month."""
    parts = stretches(found.told.days)
    if not parts:
        return
    labels = tuple(one.label for one in parts)
    climbed = Series(name="escalations", values=tuple(float(one.escalations) for one in parts))
    yield Section(
        heading="Escalations over time",
        chart=Chart(title=f"Escalations a {parts[0].unit}", kind=ChartKind.COLUMNS, labels=labels, series=(climbed,)),
    )
    yield Section(
        heading="Alerts over time",
        sentences=(
            "An alert asks for somebody's attention: a message on a channel, an internal note, a ticket handed over.",
        ),
        chart=Chart(title=f"Alerts a {parts[0].unit}", kind=ChartKind.COLUMNS, labels=labels, series=_alerts(parts)),
        table=table_of(
            (
                parts[0].unit,
                "escalations",
                "alerts",
                "messages on channels",
                "internal notes",
                "handed over",
                "public notes",
            ),
            [_stretch(one) for one in parts],
        ),
    )


def _alerts(parts: Sequence[Stretch]) -> tuple[Series, ...]:
    return (
        Series(name="messages on channels", values=tuple(float(one.notices) for one in parts)),
        Series(name="internal notes", values=tuple(float(one.notes) for one in parts)),
        Series(name="handed over", values=tuple(float(one.handed) for one in parts)),
    )


def _stretch(one: Stretch) -> tuple[str, ...]:
    counts = (one.escalations, one.alerts, one.notices, one.notes, one.handed, one.public_notes)
    return (one.label, *(f"{count:,}" for count in counts))


def _by_the_hour(found: Backtest) -> Iterator[Section]:
    if not found.told.hours:
        return
    counts = {(one.weekday, one.hour): one.alerts for one in found.told.hours}
    rows = [[counts.get((day, hour), 0) for hour in _HOURS] for day in range(len(_WEEKDAYS))]
    yield Section(
        heading="Alerts by the hour of the week",
        sentences=(f"Local time ({found.told.zone}), all weeks together. {_at_night(found.told.hours)}",),
        chart=Chart(
            title="Alerts by weekday and hour: the darker, the more",
            kind=ChartKind.HEAT,
            labels=tuple(f"{hour:02}" for hour in _HOURS),
            series=tuple(
                Series(name=name, values=tuple(map(float, row))) for name, row in zip(_WEEKDAYS, rows, strict=True)
            ),
        ),
        table=table_of(
            ("day", *(f"{hour:02}" for hour in _HOURS)),
            [
                (name, *(f"{count:,}" if count else "" for count in row))
                for name, row in zip(_WEEKDAYS, rows, strict=True)
            ],
        ),
    )


def _at_night(hours: Sequence[HourLoad]) -> str:
    """How much comes when nobody is at work, as a rule."""
    off = sum(one.alerts for one in hours if one.weekday > 4 or not 8 <= one.hour < 18)  # noqa: PLR2004 - 8 to 18, Mon to Fri
    return f"{part_of(off, sum(one.alerts for one in hours))} of them between 18:00 and 8:00 or at a weekend."


def _tiers(found: Backtest) -> Iterator[Section]:
    if found.tiers:
        rows = [(one.tier, f"{one.entries:,}", f"{one.tickets:,}", f"{one.at_end:,}") for one in found.tiers]
        yield Section(heading="Tiers", table=table_of(("tier", "entered", "tickets", "there at the end"), rows))


def _parts(found: Backtest) -> Iterator[Section]:
    """The scoreboard: each part of the policy with what it would have brought about."""
    scores = [one for one in found.rules if one.fired or one.source.startswith(("rule", "sla"))]
    if not scores:
        return
    fired = sorted((one for one in scores if one.tickets), key=lambda one: (-one.tickets, one.source))[:_MOST_BARS]
    heads = (
        "part",
        "fired",
        "tickets",
        "escalations begun",
        "alerts",
        "people, too",
        "in time",
        "people never",
        "precision",
    )
    yield Section(
        heading="Scoreboard of the policy's parts",
        chart=Chart(
            title="Tickets on which a part of the policy held",
            kind=ChartKind.BARS,
            labels=tuple(one.source for one in fired),
            series=_true_and_false(fired),
            unit="tickets",
        ),
        table=table_of(heads, [_score(one) for one in scores]),
    )


def _true_and_false(scores: Sequence[RuleScore]) -> tuple[Series, ...]:
    if all(one.true is None for one in scores):
        return (Series(name="tickets", values=tuple(float(one.tickets) for one in scores)),)
    return (
        Series(name="people escalated them, too", values=tuple(float(one.true or 0) for one in scores)),
        Series(name="people did not", values=tuple(float(one.false or 0) for one in scores)),
    )


def _score(one: RuleScore) -> tuple[str, ...]:
    known = ["" if count is None else f"{count:,}" for count in (one.true, one.in_time, one.false)]
    counts = (f"{count:,}" for count in (one.fired, one.tickets, one.climbs, one.alerts))
    return (one.source, *counts, *known, "" if one.precision is None else f"{one.precision:.0%}")


def _sooner(found: Backtest) -> Iterator[Section]:
    """How much sooner than a broken promise, and than people."""
    against = (
        ("a late clock", "before its first clock was late", [(one.source, one.before_breach) for one in found.rules]),
        ("people", "before people escalated the ticket", [(one.source, one.before_truth) for one in found.rules]),
    )
    for whom, said, all_spreads in against:
        spreads = [(name, spread) for name, spread in all_spreads if spread.count]
        if spreads:
            yield Section(
                heading=f"How much sooner than {whom}",
                sentences=(
                    f"From when a part first held on a ticket until {said.removeprefix('before ')}; below 0: later.",
                ),
                chart=_spans(f"Hours {said}: from a tenth to nine tenths of the tickets, and the middle one", spreads),
                table=table_of(
                    ("part", "tickets", "a tenth below", "in the middle", "a tenth above"), _lengths(spreads)
                ),
            )


def _spans(title: str, spreads: Sequence[tuple[str, Spread]]) -> Chart:
    columns = [
        Series(name=name, values=tuple(_hours(getattr(spread, name)) for _, spread in spreads))
        for name in ("tenth", "median", "ninetieth")
    ]
    labels = tuple(name for name, _ in spreads)
    return Chart(title=title, kind=ChartKind.SPANS, labels=labels, series=tuple(columns), unit="hours")


def _hours(duration: timedelta | None) -> float | None:
    return None if duration is None else duration / _HOUR


def _lengths(spreads: Sequence[tuple[str, Spread]]) -> Iterator[tuple[str, ...]]:
    for name, spread in spreads:
        told = (spread.tenth, spread.median, spread.ninetieth)
        yield (name, f"{spread.count:,}", *("" if one is None else length(one) for one in told))


def _people(found: Backtest) -> Iterator[Section]:
    if found.truth is not None:
        truth = found.truth
        yield Section(
            heading="Compared with what people did",
            sentences=(f"People escalated a ticket where this held: {truth.expression}",),
            table=table_of(("", "tickets"), _against(truth)),
            points=tuple(f"missed: {ref}" for ref in truth.missed_tickets[:_MOST_BARS]),
        )


def _against(truth: TruthScore) -> Iterator[tuple[str, str]]:
    yield "escalated by people", f"{truth.tickets:,}"
    yield "escalated by the policy", f"{truth.escalated:,}"
    yield "by both", f"{truth.true:,}"
    yield "by both, the policy no later than people", f"{truth.in_time:,}"
    yield "by the policy alone", f"{truth.false:,}"
    yield "by people alone", f"{truth.missed:,}"
    shares = (("precision", truth.precision), ("recall", truth.recall), ("F1", truth.f1))
    yield from ((name, f"{share:.0%}") for name, share in shares if share is not None)


def _receivers(found: Backtest) -> Iterator[Section]:
    told = found.told.receivers
    if told:
        top = told[:_MOST_BARS]
        counts = Series(name="alerts", values=tuple(float(one.alerts) for one in top))
        labels = tuple(receiver_name(one) for one in top)
        yield Section(
            heading="Who would have been told",
            chart=Chart(
                title="Alerts, the busiest first", kind=ChartKind.BARS, labels=labels, series=(counts,), unit="alerts"
            ),
            table=table_of(("who", "alerts", "days", "most a day", "that was"), map(_receiver, told[:_MOST])),
            points=(f"and {len(told) - _MOST:,} more",) if len(told) > _MOST else (),
        )


def _receiver(one: ReceiverLoad) -> tuple[str, ...]:
    return receiver_name(one), f"{one.alerts:,}", f"{one.days:,}", f"{one.fullest:,}", f"{one.fullest_day}"


def _calls(found: Backtest) -> Iterator[Section]:
    cost = found.cost
    rows = [
        (
            one.target,
            f"{one.reads:,}",
            f"{one.writes:,}",
            f"{one.busiest:,}",
            minute(one.busiest_at) if one.busiest_at else "",
        )
        for one in cost.targets
    ]
    yield Section(
        heading="Calls",
        sentences=(f"{cost.decisions:,} decisions; {cost.written:,} of them would have written something.",),
        table=table_of(("to", "reads at most", "writes", "busiest hour", "that was"), rows) if rows else None,
    )


def _climbs(found: Backtest) -> Iterator[Section]:
    if found.climbs:
        rest = found.escalations - len(found.climbs[:_MOST])
        yield Section(
            heading="The escalations",
            table=table_of(
                ("ticket", "when", "because", "tier", "highest", "until", "first late", "people"),
                map(_climb, found.climbs[:_MOST]),
            ),
            points=(f"and {rest:,} more (JSON has all of them)",) if rest else (),
        )


def _climb(one: Climbed) -> tuple[str, ...]:
    until = "" if one.until is None else minute(one.until)
    late = "" if one.breached_at is None else f"{minute(one.breached_at)} ({one.breached})"
    people = "" if one.truth_at is None else minute(one.truth_at)
    return str(one.ticket), minute(one.at), one.because, one.tier, one.highest, until, late, people
