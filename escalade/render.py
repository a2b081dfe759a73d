"""What people see of plans and runs: tables for the terminal, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from escalade.harmless import harmless, harmless_lines
from rules.change import Change
from rules.explain import describe
from rules.plan import Plan
from rules.reports.extent import Extent, extent_sentences, whys
from rules.reports.run import Report

#: Reasons shown for one effect before the rest is counted.
_SHOWN_REASONS = 3

#: Reasons shown of one ticket, and changes of one of them, before the rest is counted.
_SHOWN_REASONS_OF_ONE = 6
_SHOWN_CHANGES = 6


def show_plans(console: Console, plans: Sequence[Plan], *, most: int = 20, applied: bool = False) -> None:
    """A table of tickets, what is written to each, and why; those with the most changes first."""
    if not plans:
        console.print("Nothing to write: every ticket is as the policy wants it.")
        return
    verb = "Written" if applied else "Would be written"
    table = Table(title=None, expand=True)
    table.add_column("Ticket", overflow="fold")
    table.add_column(verb, ratio=3, overflow="fold")
    table.add_column("Why", ratio=3, overflow="fold")
    for plan in sorted(plans, key=lambda one: -len(one.changes))[:most]:
        name = f"{escape(plan.ref.helpdesk)}\n[bold]{escape(harmless(plan.key))}[/]"
        rows = list(_by_reason(plan))
        for row, (changes, reason) in enumerate(rows):
            cells = (escape(harmless(changes)), escape(harmless(reason)))
            table.add_row("" if row else name, *cells, end_section=row == len(rows) - 1)
    console.print(table)
    if len(plans) > most:
        console.print(f"… and {len(plans) - most:,} more tickets (all of them with: escalade plan --out FILE)")
    console.print(totals(plans), highlight=False)


def _by_reason(plan: Plan) -> Iterator[tuple[str, str]]:
    """What is written to a ticket, each part beside the reason that it has; of much the first."""
    reasons: dict[str, list[Change]] = {}
    for change in plan.changes:
        reasons.setdefault(change.because, []).append(change)
    told = 0
    for reason, changes in list(reasons.items())[:_SHOWN_REASONS_OF_ONE]:
        shown = changes[:_SHOWN_CHANGES]
        told += len(shown)
        yield "\n".join(f"• {describe(change)}" for change in shown), reason
    if told < len(plan.changes):
        yield f"… and {len(plan.changes) - told:,} more", ""


def show_extent(console: Console, extent: Extent) -> None:
    """What a plan comes to: effects with the number of tickets and the reasons, then whom it reaches."""
    if not extent.effects:
        return
    table = Table(expand=True)
    for header, ratio in (("Effect", 3), ("Tickets", 1), ("Why", 4)):
        table.add_column(header, ratio=ratio, overflow="fold")
    for effect in extent.effects:
        why = "\n".join(whys(effect, _SHOWN_REASONS))
        table.add_row(escape(harmless(effect.what)), f"{effect.tickets:,}", escape(harmless_lines(why)))
    console.print(table)
    for sentence in extent_sentences(extent):
        console.print(harmless(sentence), highlight=False, markup=False, soft_wrap=True)


def totals(plans: Sequence[Plan]) -> str:
    """One line that counts the changes by kind."""
    kinds: Counter[str] = Counter()
    for plan in plans:
        kinds.update(_NAMES.get(type(change).__name__, type(change).__name__) for change in plan.changes)
    parts = ", ".join(f"{count:,} {name}" for name, count in kinds.most_common())
    return f"{len(plans):,} tickets: {parts}" if plans else "0 tickets"


_NAMES = {
    "AddTags": "tag additions",
    "RemoveTags": "tag removals",
    "SetPriority": "priority changes",
    "Assign": "group changes",
    "SetField": "field changes",
    "PostComment": "notes",
    "KeepNote": "kept notes",
    "CreateRemediation": "remediation plans",
    "CompleteWork": "pieces of work closed",
    "OpenLinked": "tracker tickets",
    "LinkTicket": "links",
}


def show_report(console: Console, report: Report, *, dry_run: bool) -> None:
    """The summary line, then what needs a person."""
    read = ", ".join(f"{count:,} from {name}" for name, count in sorted(report.tickets_read.items())) or "none"
    writes = sum(report.writes.values())
    done = "nothing written (dry run)" if dry_run else f"{writes:,} writes to {report.written_tickets:,} tickets"
    summary = f"Tickets read: {read}; decided: {report.surveyed:,}; {done}; parked: {len(report.parked):,}."
    # One line stays one line in a cron mail; a terminal wraps it by itself.
    console.print(summary, highlight=False, soft_wrap=True)
    for heading, items in (
        ("Parked, tried again by the next run", report.parked),
        ("Helpdesks in trouble", report.troubled),
        ("Nothing is written yet", report.waiting),
        ("Rows that could not be understood", report.unreadable),
    ):
        for name, why in list(items.items())[:20]:
            told = f"  {heading}: {escape(name)}: {escape(harmless(why))}"
            console.print(told, highlight=False, style="yellow", soft_wrap=True)
        if len(items) > 20:  # noqa: PLR2004 - as many as fit a screen
            console.print(f"  … and {len(items) - 20:,} more", style="yellow")


def report_json(report: Report, *, dry_run: bool, exit_code: int) -> dict[str, Any]:
    """The run as JSON for programs: counts, and everything that needs a person."""
    return {
        "started_at": report.started_at.isoformat(),
        "dry_run": dry_run,
        "exit_code": exit_code,
        "pages": dict(report.pages),
        "tickets_read": dict(report.tickets_read),
        "tickets_changed": report.changed,
        "decided": report.surveyed,
        "planned_tickets": len(report.plans) if dry_run else None,
        "written_tickets": report.written_tickets,
        "writes": dict(report.writes),
        "gone": report.gone,
        "parked": report.parked,
        "troubled": report.troubled,
        "waiting": report.waiting,
        "unreadable": report.unreadable,
    }


def show_skew(console: Console, skewed: Mapping[str, float]) -> None:
    """Warn where a helpdesk's clock and ours disagree."""
    for name, skew in skewed.items():
        way, cause = ("ahead of", "late") if skew > 0 else ("behind", "early")
        text = (
            f"The clock of {name} is {abs(skew):,.0f} s {way} this machine's: escalations will be as much too {cause}. "
            "Set this machine's clock (NTP)."
        )
        console.print(text, style="yellow", highlight=False, markup=False, soft_wrap=True)
