"""The commands that run: sync, plan and apply."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from escalade.app import App, is_refused, open_app
from escalade.clock import SystemClock
from escalade.commands.digest import show_dispatches
from escalade.commands.options import Config
from escalade.digests import deliver
from escalade.extents import measured
from escalade.failures import explained
from escalade.logs import log
from escalade.planfile import read_plan_file, write_plan_file
from escalade.progress import progress_on
from escalade.render import report_json, show_extent, show_plans, show_report, show_skew
from escalade.schedule import parse_interval, run_every
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from rules.brakes import raise_if_unsafe
from rules.plan import Plan
from rules.reports.extent import extent_sheet
from rules.reports.run import Report
from rules.reports.written import Form
from rules.ticket import TicketRef

JsonOut = Annotated[
    Path | None,
    typer.Option("--json", help="Also write the run's summary as JSON to this file ('-' = standard output)."),
]
Force = Annotated[bool, typer.Option("--force", help="Go on where the brakes of the policy would stop the run.")]


def sync(
    config: Config = None,
    once: Annotated[bool, typer.Option("--once", help="One run, then exit (for cron). This is the default.")] = False,
    every: Annotated[
        str | None, typer.Option(metavar="INTERVAL", help="Keep running: one run every 30s, 5m, 1h, … until Ctrl-C.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and decide; write nothing to any helpdesk.")] = False,
    force: Force = False,
    json_out: JsonOut = None,
) -> None:
    """Read what changed, decide, and write it back: each act once.

    Exit codes: 0 done; 1 something failed and is parked for the next run; 2 settings, credentials or policy.
    """
    console = _console(json_out)
    with explained(console):
        if once and every:
            raise typer.BadParameter("--once and --every exclude each other")
        interval = parse_interval(every) if every else None
        with open_app(load_settings(find_settings(config)), SystemClock()) as app:
            if interval is None:
                report = _run(app, console, dry_run=dry_run, force=force, json_out=json_out)
                if dry_run:
                    show_plans(console, report.plans)
                show_report(console, report, dry_run=dry_run)
                show_dispatches(console, [] if dry_run else deliver(app))
                raise typer.Exit(_exit_code(app, report))

            def job() -> None:
                with explained(console, stay=True):
                    report = _run(app, console, dry_run=dry_run, force=force, json_out=json_out)
                    show_report(console, report, dry_run=dry_run)
                    show_dispatches(console, [] if dry_run else deliver(app))

            run_every(interval, job, Event())


def plan(
    config: Config = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Save the whole plan for 'escalade apply FILE'.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="How many tickets to show.")] = 20,
    form: Annotated[
        Form | None, typer.Option("--format", help="Only the summary, for a review: text, markdown or html.")
    ] = None,
    json_out: JsonOut = None,
) -> None:
    """Show what would be written and why, judged on freshly read tickets. Writes nothing to any helpdesk.

    First what it comes to: which effects on how many tickets and why, what customers would read, who would be told or
    given tickets, and how many write requests that takes; then the tickets.
    """
    console = Console(stderr=True) if form is not None else _console(json_out)
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock()) as app:
        report = _run(app, console, dry_run=True, force=True, json_out=json_out)
        extent = measured(app, report.plans)
        if form is None:
            show_plans(console, report.plans, most=show)
            show_extent(console, extent)
        else:
            show_sheet(extent_sheet(extent, "What would be written"), form)
        show_report(console, report, dry_run=True)
        if out is not None:
            write_plan_file(out, report.plans, app.origin, app.store.plan_key(), report.started_at)
            told = f"Saved to {out}. Carry out exactly this plan with: escalade apply {out}"
            console.print(told, highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(_exit_code(app, report))


def apply(
    file: Annotated[Path | None, typer.Argument(help="A plan saved by 'escalade plan --out'.")] = None,
    config: Config = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Force = False,
    edited: Annotated[bool, typer.Option("--edited", help="Take FILE although it was changed after the plan.")] = False,
    json_out: JsonOut = None,
) -> None:
    """Carry out a reviewed plan, exactly; a ticket that changed since the review is left alone.

    Without FILE: plan now, show it, ask, and carry it out.
    """
    console = _console(json_out)
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock()) as app:
        if file is not None:
            reviewed = read_plan_file(file, app.origin, app.store.plan_key(), edited=edited)
            report = Report(started_at=app.clock.now(), plans=list(reviewed.plans))
        else:
            report = _run(app, console, dry_run=True, force=True, json_out=None)
        plans = report.plans
        show_plans(console, plans)
        show_extent(console, measured(app, plans))
        if not plans:
            _write_json(app, json_out, report, dry_run=False)
            show_report(console, report, dry_run=True)
            raise typer.Exit(_exit_code(app, report))
        if not yes and not typer.confirm(f"Write to {len(plans)} tickets?", err=console.stderr):
            raise typer.Exit(0)
        report = _apply(app, console, {plan.ref: plan for plan in plans}, force=force)
        _write_json(app, json_out, report, dry_run=False)
        show_report(console, report, dry_run=False)
        _show_spared(console, len(plans), report)
        raise typer.Exit(_exit_code(app, report))


def _show_spared(console: Console, planned: int, report: Report) -> None:
    """Tickets of the plan that were looked at and not written to."""
    spared = planned - report.written_tickets - report.gone - len(report.parked)
    if spared > 0 and not report.left_alone:
        told = f"{spared:,} of the planned tickets needed nothing any more, as writing to others had done it."
        console.print(told, highlight=False)


def _apply(app: App, console: Console, plans: dict[TicketRef, Plan], *, force: bool) -> Report:
    if not force:
        raise_if_unsafe(len(plans), app.policy.brakes, app.store.open_tickets())
    # Who reviewed what would be written has said how to begin.
    for helpdesk in app.starting.quiet():
        app.starting.begin(helpdesk, app.clock.now())
    # Whatever the store says of when they are due: somebody decided that it is now.
    app.store.nudge(list(plans), app.clock.now(), "reviewed")
    with progress_on(console) as progress:
        run = replace(app.sync(progress), visitor=replace(app.visitor, reviewed=plans))
        return run.once(only=plans)


def _run(app: App, console: Console, *, dry_run: bool, force: bool, json_out: Path | None) -> Report:
    show_skew(console, app.skewed)
    with progress_on(console) as progress:
        report = app.sync(progress, keep_plans=dry_run).once(dry_run=dry_run, force=force)
    if not dry_run:
        _note_troubles(app, report)
    _write_json(app, json_out, report, dry_run=dry_run)
    return report


def _note_troubles(app: App, report: Report) -> None:
    """Log a helpdesk's first failure and its recovery, however many runs lie in between."""
    before = app.store.keep_troubled(report.troubled)
    for name, why in report.troubled.items():
        if name not in before:
            log.warning("helpdesk.troubled", helpdesk=name, why=why)
    for name in sorted(set(before) - report.troubled.keys()):
        log.info("helpdesk.recovered", helpdesk=name)


def _write_json(app: App, file: Path | None, report: Report, *, dry_run: bool) -> None:
    if file is None:
        return
    summary = report_json(report, dry_run=dry_run, exit_code=_exit_code(app, report))
    if dry_run:
        summary["extent"] = msgspec.to_builtins(measured(app, report.plans))
    text = msgspec.json.format(msgspec.json.encode(summary), indent=2)
    if str(file) == "-":
        sys.stdout.write(text.decode() + "\n")
    else:
        file.write_bytes(text + b"\n")


def _exit_code(app: App, report: Report) -> int:
    refused = any(is_refused(error) for error in app.absent.values())
    return 2 if refused else report.exit_code


def _console(json_out: Path | None = None) -> Console:
    """People read standard output, unless a program reads JSON there."""
    return Console(stderr=json_out is not None and str(json_out) == "-")
