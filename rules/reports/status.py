"""Status: how many escalations there are where, and all of them in a list; also as figures for monitoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from rules.reports.digest import COLUMNS, Scope, cells_of, covered, instant_of, summary_of
from rules.reports.escalated import Escalated
from rules.reports.sheet import Cell, Section, Sheet, Table, table_of

_BY: dict[str, Callable[[Escalated], str]] = {
    "Tier": lambda row: row.tier,
    "Stage": lambda row: row.stage,
    "Colour": lambda row: row.colour,
}


def status_sheet(rows: Iterable[Escalated], scope: Scope, now: datetime) -> Sheet:
    """Counts by tier, stage and colour, then every escalation; what is late for longest comes first."""
    shown = covered(rows, scope, now)
    sections = [
        Section(heading=f"By {name.lower()}", table=_counted(name, part, shown, now))
        for name, part in _BY.items()
        if any(part(row) for row in shown)
    ]
    if shown:
        listed = table_of(COLUMNS, (cells_of(row, scope.zone, now) for row in shown))
        sections.append(Section(heading="All of them", table=listed))
    sentences = (instant_of(scope, now), summary_of(shown, now))
    return Sheet(title=scope.title, sentences=sentences, sections=tuple(sections))


def exposition(rows: Iterable[Escalated], now: datetime) -> str:
    """The same as figures in the text format of Prometheus, with a series for every combination that occurs."""
    counts: Counter[tuple[tuple[str, str], ...]] = Counter()
    late: Counter[tuple[tuple[str, str], ...]] = Counter()
    for row in rows:
        labels = tuple((name.lower(), part(row)) for name, part in _BY.items())
        series = (("level", row.level.value), *labels)
        counts[series] += 1
        late[series] += bool(row.late(now))
    lines = [*_figures("escalade_escalations", "Running escalations.", counts)]
    lines += _figures("escalade_escalations_late", "Running escalations with something overdue.", late)
    return "\n".join(lines) + "\n"


def _figures(name: str, told: str, counts: Counter[tuple[tuple[str, str], ...]]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
    for series, count in sorted(counts.items()):
        labels = ",".join(f'{label}="{_escaped(value)}"' for label, value in series)
        yield f"{name}{{{labels}}} {count}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _counted(name: str, part: Callable[[Escalated], str], rows: Sequence[Escalated], now: datetime) -> Table:
    """How many there are of each, how many of them are late, the most frequent first."""
    counts = Counter(part(row) for row in rows)
    late = Counter(part(row) for row in rows if row.late(now))
    return table_of(
        (name, "Escalations", "Late"),
        (
            (value or "none", str(count), Cell(str(late[value]) if late[value] else "", alarming=True))
            for value, count in counts.most_common()
        ),
    )
