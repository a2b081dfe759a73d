"""The story of the demo: plan, apply, run again, let time pass, look at the tickets."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.rule import Rule

from escalade.app import App, open_app
from escalade.clock import ManualClock
from escalade.demo.agentview import show_calls, show_tickets
from escalade.demo.cast import Cast
from escalade.demo.desk import DemoSecrets, demo_settings
from escalade.demo.stage import Stage, StageError, world_of
from escalade.progress import QuietProgress, progress_on
from escalade.render import show_plans, totals
from escalade.schedule import run_every
from escalade.settings import load_settings
from rules.reports.run import Report
from rules.ticket import TicketRef

#: The export hides the most recent minute; a run that shall see its own echo waits longer than that.
_ECHO = timedelta(seconds=90)
_DAY = timedelta(days=1)
_SHOWN_PLANS = 4


@dataclass(slots=True)
class _Story:
    """What the narrator keeps in mind."""

    console: Console
    stage: Stage
    clock: ManualClock
    app: App
    cast: Cast
    #: A whole history at once is more than the policy's brakes let pass.
    force: bool
    #: Tickets written to so far, in the order of the first write.
    touched: dict[TicketRef, int] = field(default_factory=dict)

    def chapter(self, title: str) -> None:
        now = self.clock.now()
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/]  ·  {now:%a %d %b %Y, %H:%M} UTC", align="left"))

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)

    def sync(self, *, dry_run: bool = False) -> Report:
        with progress_on(self.console) as progress:
            report = self.app.sync(progress).once(dry_run=dry_run, force=self.force)
        if not dry_run:
            self.remember(report)
        for name, why in {**report.parked, **report.troubled, **report.unreadable}.items():
            self.console.print(f"  needs a look: {name}: {why}", style="yellow", highlight=False, markup=False)
        return report

    def pass_time(self, span: timedelta) -> None:
        self.clock.set(self.stage.advance(span))

    def live_through(self, span: timedelta) -> None:
        """Let time pass with a run a day, as cron would do it, told in a line each."""
        while span > _DAY:
            self.pass_time(_DAY)
            span -= _DAY
            report = self.app.sync(QuietProgress()).once(force=self.force)
            self.remember(report)
            self.say(f"[dim]{self.clock.now():%A}: written to {len(report.plans):,} tickets[/]")
        self.pass_time(span)

    def remember(self, report: Report) -> None:
        for plan in report.plans:
            self.touched[plan.ref] = self.touched.get(plan.ref, 0) + len(plan.changes)


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
            story = _Story(console=console, stage=stage, clock=clock, app=app, cast=cast, force=history is not None)
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
def _opened(stage: Stage) -> Iterator[tuple[ManualClock, App]]:
    with tempfile.TemporaryDirectory(prefix="escalade-demo-") as directory:
        clock = ManualClock(stage.now())
        settings = load_settings(demo_settings(Path(directory), stage.url))
        # Whatever the environment says: the store of the demo is its own.
        settings = replace(settings, store=f"sqlite:///{Path(directory) / 'escalade.db'}")
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
    if lively:  # in a history, time brings events: there the second run follows at once
        story.pass_time(_ECHO)
    before = story.stage.writes()
    story.sync()
    count = story.stage.writes() - before
    verdict = "[green]the second run wrote nothing[/]" if count == 0 else f"[red]the second run wrote {count} times[/]"
    story.say(f"By the helpdesks' own count, {verdict}.")
    for title, span, act in _chapters(story.cast) if lively else _HISTORY_CHAPTERS:
        story.live_through(span)
        story.chapter(title)
        if act is not None:
            for line in act(story.clock.now()):
                story.say(f"[dim]{line}[/]")
            story.pass_time(_ECHO)
        report = story.sync()
        show_plans(story.console, report.plans, most=_SHOWN_PLANS, applied=True)


Act = Callable[[datetime], list[str]]


def _chapters(cast: Cast) -> list[tuple[str, timedelta, Act | None]]:
    """Title, how much time passes before it, and what people do in it."""
    return [
        ("4. Four hours later", timedelta(hours=4), cast.agents_answer),
        ("5. The next morning", timedelta(hours=20), cast.people_disagree),
        ("6. After a weekend: business time stood still", timedelta(days=4), cast.work_goes_on),
        ("7. Three days more: problems get solved", timedelta(days=3), cast.tickets_are_solved),
    ]


#: In a history, its own events are what people do.
_HISTORY_CHAPTERS: list[tuple[str, timedelta, Act | None]] = [
    ("4. Four hours later", timedelta(hours=4), None),
    ("5. The next morning", timedelta(hours=20), None),
]


def _remarkable(story: _Story) -> list[TicketRef]:
    """Three tickets with much to see: one with remediation work, one that people overruled, one that was solved."""
    by_changes = sorted(story.touched, key=lambda ref: (-story.touched[ref], ref))
    zendesk = [ref for ref in by_changes if ref.helpdesk == "zendesk"]
    known = story.app.store.load(zendesk)
    with_work = [ref for ref in zendesk if ref in known and known[ref].ledger.remediation]
    solved = [ref for ref in zendesk if ref in story.cast.solved]
    overruled = [ref for ref in zendesk if ref in story.cast.overruled]
    working = [ref for ref in with_work if ref not in solved] or with_work
    return list(dict.fromkeys([*working[:1], *overruled[:1], *solved[:1], *zendesk]))[:3]


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
