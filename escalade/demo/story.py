"""The story of the demo: plan, apply, run again, let time pass, look at the tickets."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.rule import Rule

from escalade.app import App, open_app
from escalade.demo.agentview import show_calls, show_tickets
from escalade.demo.cast import Cast
from escalade.demo.desk import DemoSecrets, demo_settings
from escalade.demo.stage import Stage, StageClock, StageError, world_of
from escalade.progress import progress_on
from escalade.render import show_plans, totals
from escalade.schedule import run_every
from escalade.settings import load_settings
from rules.ticket import TicketRef
from sync import Report

#: The export hides the most recent minute; a run that shall see its own echo waits longer than that.
_ECHO = timedelta(seconds=90)
_SHOWN_PLANS = 4


@dataclass(slots=True)
class _Story:
    """What the narrator keeps in mind."""

    console: Console
    stage: Stage
    clock: StageClock
    app: App
    cast: Cast
    #: Tickets written to so far, in the order of the first write.
    touched: dict[TicketRef, int] = field(default_factory=dict)

    def chapter(self, title: str) -> None:
        now = self.clock.now()
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/]  ·  {now:%A %d %B %Y, %H:%M} UTC", align="left"))

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)

    def sync(self, *, dry_run: bool = False) -> Report:
        with progress_on(self.console) as progress:
            report = self.app.sync(progress).once(dry_run=dry_run, force=True)
        for plan in [] if dry_run else report.plans:
            self.touched[plan.ref] = self.touched.get(plan.ref, 0) + len(plan.changes)
        for name, why in {**report.parked, **report.troubled, **report.unreadable}.items():
            self.console.print(f"  needs a look: {name}: {why}", style="yellow", highlight=False, markup=False)
        return report

    def pass_time(self, span: timedelta) -> None:
        self.clock.set(self.stage.advance(span))


def run_demo(console: Console, *, keep: bool, history: Path | None) -> int:
    """Tell the story; returns the exit code.

    Raises:
        StageError: the emulator could not be started or refused something.
    """
    began = time.monotonic()
    console.print(Rule("[bold]Escalade: the demo[/]"))
    console.print("Starting a local Zendesk and Jira (nothing of yours is touched) …", highlight=False)
    try:
        with Stage(world_of(history)) as stage, _opened(stage) as (clock, app):
            cast = Cast.of(stage)
            story = _Story(console=console, stage=stage, clock=clock, app=app, cast=cast)
            _tell(story, lively=history is None)
            show_tickets(console, stage, app, _remarkable(story))
            show_calls(console, stage.calls())
            _farewell(console, time.monotonic() - began)
            if keep:
                _keep(story)
    except StageError as error:
        console.print(f"The demo cannot go on: {error}", style="red", markup=False)
        return 1
    return 0


@contextmanager
def _opened(stage: Stage) -> Iterator[tuple[StageClock, App]]:
    with tempfile.TemporaryDirectory(prefix="escalade-demo-") as directory:
        clock = StageClock(stage)
        settings = load_settings(demo_settings(Path(directory), stage.url))
        with open_app(settings, clock, secrets=DemoSecrets()) as app:
            yield clock, app


def _tell(story: _Story, *, lively: bool) -> None:
    story.chapter("1. The plan: what would be written, and why")
    planned = story.sync(dry_run=True)
    show_plans(story.console, planned.plans, most=_SHOWN_PLANS)
    story.chapter("2. Apply it")
    applied = story.sync()
    story.say(f"{totals(applied.plans)}; {sum(applied.writes.values()):,} write requests in all.")
    story.chapter("3. Run again: nothing to do")
    story.pass_time(_ECHO)
    before = story.stage.writes()
    story.sync()
    count = story.stage.writes() - before
    verdict = "[green]the second run wrote nothing[/]" if count == 0 else f"[red]the second run wrote {count} times[/]"
    story.say(f"By the helpdesks' own count, {verdict}.")
    for title, span, act in _chapters(story.cast if lively else None):
        story.pass_time(span)
        story.chapter(title)
        if act is not None:
            for line in act(story.clock.now()):
                story.say(f"[dim]{line}[/]")
            story.pass_time(_ECHO)
        report = story.sync()
        show_plans(story.console, report.plans, most=_SHOWN_PLANS, applied=True)


Act = Callable[[datetime], list[str]]


def _chapters(cast: Cast | None) -> list[tuple[str, timedelta, Act | None]]:
    """Title, how much time passes before it, and what people do in it."""
    return [
        ("4. Four hours later", timedelta(hours=4), cast.agents_answer if cast else None),
        ("5. The next morning", timedelta(hours=20), cast.people_disagree if cast else None),
        ("6. After a weekend: business time stood still", timedelta(days=4), None),
        ("7. Three days more: problems get solved", timedelta(days=3), cast.tickets_are_solved if cast else None),
    ]


def _remarkable(story: _Story) -> list[TicketRef]:
    """Three tickets with much to see: one with remediation work, one that people overruled, one more."""
    chosen = [ref for ref in story.cast.overruled if ref in story.touched][:1]
    by_changes = sorted(story.touched, key=lambda ref: (-story.touched[ref], ref))
    zendesk = [ref for ref in by_changes if ref.helpdesk == "zendesk" and ref not in chosen]
    with_work = [ref for ref in zendesk if story.app.store.load([ref])[ref].ledger.remediation]
    chosen = [*with_work[:1], *chosen, *[ref for ref in zendesk if ref not in with_work]]
    return chosen[:3]


def _farewell(console: Console, seconds: float) -> None:
    console.print()
    console.print(Rule(f"[bold]Done in {seconds:.0f} s[/]"))
    console.print(
        "Next: point it at a real helpdesk.\n"
        "  escalade init my-desk            copies the starter policy and settings\n"
        "  $EDITOR my-desk/escalade.yaml    say which helpdesks, and which variables hold the secrets\n"
        "  escalade plan -c my-desk         see what would be written, and why; writes nothing",
        highlight=False,
        markup=False,
    )


def _keep(story: _Story) -> None:
    """Leave the emulator and the syncing running until Ctrl-C; virtual time runs on, one minute every ten seconds."""
    story.say(f"\nZendesk and Jira keep running at {story.stage.url} (state: {story.stage.url}/_emulator/state).")
    story.say("Escalade syncs every 10 s; a virtual minute passes each time. Ctrl-C ends it.")

    def job() -> None:
        story.pass_time(timedelta(minutes=1))
        report = story.sync()
        if report.plans:
            show_plans(story.console, report.plans, most=_SHOWN_PLANS, applied=True)

    run_every(timedelta(seconds=10), job, Event())
