"""The command `adopt`: how Escalade begins on helpdesks that were there before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from escalade.adopting import Noted
from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.progress import progress_on
from escalade.settings import find_settings, load_settings
from rules.problems import did_you_mean
from rules.reports.run import Report

#: Sources that are listed of each helpdesk.
_MOST = 20


def adopt(
    helpdesks: Annotated[list[str] | None, typer.Argument(help="Names from the settings; default: all.")] = None,
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be taken note of; keep nothing.")] = False,
    no_baseline: Annotated[
        bool,
        typer.Option("--no-baseline", help="Begin as if every ticket came in now; the brakes of the policy hold."),
    ] = False,
) -> None:
    """Take note of all open tickets as they are, in silence, and act from now on on what comes later.

    What would have been done before now counts as past: nothing is written and nobody is told. Needed once for each
    helpdesk that had open tickets before Escalade. Asks the helpdesks, writes to none.

    Exit codes: 0 done; 1 a helpdesk could not be read; 2 settings, credentials or policy.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock()) as app:
        names = _names(app, helpdesks or list(app.helpdesks))
        new = [name for name in names if app.starting.of(name) is None]
        for name in names:
            if name not in new:
                console.print(f"Escalade acts on {name} already.", highlight=False, markup=False)
        report = Report(started_at=app.clock.now(), troubled={name: str(why) for name, why in app.absent.items()})
        _read(app, [name for name in new if name not in report.troubled], report, console)
        for name in new:
            if name in report.troubled:
                _tell(console, f"{name} could not be read, so it does not begin: {report.troubled[name]}")
            elif no_baseline:
                _tell(console, f"{name} begins with everything that the policy asks for. Next: escalade sync")
                if not dry_run:
                    app.starting.begin(name, app.clock.now())
            else:
                _show(console, app.adopt(name, keep=not dry_run), dry_run=dry_run)
        raise typer.Exit(1 if any(name in report.troubled for name in new) else 0)


def _names(app: App, asked: Sequence[str]) -> Sequence[str]:
    for name in asked:
        if name not in app.helpdesks:
            meant = did_you_mean(name, app.helpdesks)
            hint = f"; did you mean {meant!r}?" if meant else ""
            raise ValueError(f"the settings have no helpdesk {name!r}, but {', '.join(app.helpdesks)}{hint}")
    return asked


def _read(app: App, names: Sequence[str], report: Report, console: Console) -> None:
    """Take in what is new; where a service works on the store, it does that."""
    with app.store.exclusive() as ours:
        if not ours:
            _tell(console, "Another Escalade reads these helpdesks; what it has read by now is taken note of.")
            return
        with progress_on(console) as progress:
            app.sync(progress).read(names, report)


def _show(console: Console, noted: Noted, *, dry_run: bool) -> None:
    verb = "Would take note of" if dry_run else "Took note of"
    held = f"on {noted.held:,} of them something holds, and nothing follows"
    _tell(console, f"{verb} the {noted.tickets:,} open tickets of {noted.helpdesk}: {held}.")
    ranked = sorted(noted.sources.items(), key=lambda pair: (-pair[1], pair[0]))
    for source, count in ranked[:_MOST]:
        _tell(console, f"  {count:>7,}  {source}")
    if len(ranked) > _MOST:
        _tell(console, f"  … and {len(ranked) - _MOST:,} more")


def _tell(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
