"""Sheet of a tuning: what other values trade for what, in words, in a table and as a curve."""

from __future__ import annotations

from collections.abc import Iterator

from rules.replay.report import length
from rules.replay.sheet import gaps_told
from rules.replay.tuning import Trade, Tried, Tuning
from rules.reports.chart import Chart, ChartKind, Series
from rules.reports.sheet import Section, Sheet, table_of
from rules.words import minute

_HEADS = ("values", "tickets", "true", "false", "missed", "precision", "recall", "F1", "sooner by", "alerts a day", "")


def tuning_sheet(found: Tuning) -> Sheet:
    """The sweep for people."""
    labels = tuple(map(_label, found.tried))
    shares = (
        Series(name="precision", values=tuple(one.judged.precision for one in found.tried)),
        Series(name="recall", values=tuple(one.judged.recall for one in found.tried)),
        Series(name="F1", values=tuple(one.judged.f1 for one in found.tried)),
        Series(name="F1 later", values=tuple(one.later.f1 for one in found.tried)),
    )
    alerts = (
        Series(name="judged", values=tuple(one.judged.alerts for one in found.tried)),
        Series(name="later", values=tuple(one.later.alerts for one in found.tried)),
    )
    return Sheet(
        title=f"Other values of {' and '.join(found.paths)}",
        sentences=tuple(_sentences(found)),
        sections=(
            Section(
                heading="Judged",
                sentences=(f"{minute(found.begins)} to {minute(found.split)}: what the judgement rests on.",),
                chart=Chart(
                    title="Precision, recall and F1 by value", kind=ChartKind.LINES, labels=labels, series=shares
                ),
                table=table_of(_HEADS, [_row(one, one.judged) for one in found.tried]),
            ),
            Section(
                heading="Tried later",
                sentences=(f"{minute(found.split)} to {minute(found.ends)}: the same values on what came then.",),
                chart=Chart(
                    title="Alerts a day by value: as judged, and later",
                    kind=ChartKind.LINES,
                    labels=labels,
                    series=alerts,
                ),
                table=table_of(_HEADS, [_row(one, one.later) for one in found.tried]),
            ),
            *gaps_told(found.gaps),
        ),
    )


def _sentences(found: Tuning) -> Iterator[str]:
    what = "the whole policy" if found.source is None else found.source
    yield f"Measured: {what}, against the {found.positives:,} tickets that people escalated ({found.truth})."
    best = found.best
    if best is None:
        yield (
            f"Nothing is recommended: with fewer than {found.needed:,} such tickets, a better figure would be chance "
            "(--least changes that)."
        )
        return
    yield f"Best: {_label(best)}, {_merits(best.judged)}."
    today = next((one for one in found.tried if one.is_today), None)
    if today is not None and today is not best:
        yield f"Today: {_label(today)}, {_merits(today.judged)}."
    if found.is_luck:
        yield f"Beware: on what came later its F1 is {_share(best.later.f1)}. It may be best by chance."
    else:
        yield f"On what came later: {_merits(best.later)}."


def _merits(trade: Trade) -> str:
    lead = "" if trade.lead is None else f", {_sooner(trade)}"
    shares = tuple(map(_share, (trade.recall, trade.precision, trade.f1)))
    found = f"{shares[0]} of them found and {shares[1]} of its tickets right (F1 {shares[2]})"
    return f"{found}{lead}, {trade.alerts:g} alerts a day"


def _sooner(trade: Trade) -> str:
    if not trade.lead:
        return "as soon as people"
    told = length(abs(trade.lead))
    return f"{told} later than people" if trade.lead.total_seconds() < 0 else f"{told} sooner than people"


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"


def _label(one: Tried) -> str:
    return ", ".join(one.values)


def _row(one: Tried, trade: Trade) -> tuple[str, ...]:
    counts = (f"{count:,}" for count in (trade.tickets, trade.true, trade.false, trade.missed))
    lead = "" if trade.lead is None else length(trade.lead)
    remark = ", ".join(filter(None, ("today" * one.is_today, "beaten" * one.is_beaten)))
    shares = (_share(share) for share in (trade.precision, trade.recall, trade.f1))
    return (_label(one), *counts, *shares, lead, f"{trade.alerts:g}", remark)


def tuning_csv_rows(found: Tuning) -> Iterator[tuple[object, ...]]:
    """The sweep for programs that read tables: a head, then two rows for each variant."""
    names = ("tickets", "true", "false", "missed", "precision", "recall", "f1", "lead_seconds", "alerts_a_day")
    yield (*found.paths, "stretch", *names)
    for one in found.tried:
        for stretch, trade in (("judged", one.judged), ("later", one.later)):
            lead = None if trade.lead is None else int(trade.lead.total_seconds())
            figures = (trade.tickets, trade.true, trade.false, trade.missed, trade.precision, trade.recall, trade.f1)
            yield (*one.values, stretch, *figures, lead, trade.alerts)
