"""The history of tickets as a file: what helpdesks, or the store, can still tell of the past."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from connectors.base import Helpdesk
from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless_lines
from escalade.histories.choosing import SETTLED, chosen, read_watched
from escalade.histories.file import write_history
from escalade.histories.kept import Asked, Kept, keeping, part_of
from escalade.histories.rebuilt import as_seen
from escalade.settings import find_settings, load_settings
from rules.histories.event import PastEvent
from rules.histories.lack import lack_text
from rules.histories.life import Period
from rules.histories.pseudonyms import Pseudonyms
from rules.words import minute

_STORE = "store"


class Action(StrEnum):
    """What is to be done with a history."""

    EXPORT = "export"


def history(
    action: Annotated[Action, typer.Argument(help="export: write a history file.")],  # noqa: ARG001 - the only one yet
    source: Annotated[
        list[str],
        typer.Option(
            "--from", help="A helpdesk, by its name in the settings or its vendor; again for more; or else: store."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file; packed where it ends in .gz.")],
    since: Annotated[
        str | None, typer.Option(help="From when, for example 2026-01-01 (UTC). Default: all that is remembered.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Up to when (excluded). Default: some minutes ago.")] = None,
    with_text: Annotated[bool, typer.Option("--with-text", help="With the texts of comments.")] = False,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="People and accounts as numbers; no subjects, no texts.")
    ] = False,
    config: Config = None,
) -> None:
    """Write what happened to tickets as a history file, rebuilt from what helpdesks or the store still know.

    Each ticket is folded back from how it is now through everything that Zendesk's event export or Jira's changelogs
    tell. What they do not tell is listed, and written into the file; nothing is guessed. Calls wait behind everything
    else that needs the rate budgets. The store tells what Escalade saw, and asks no helpdesk.

    The file appears when it is complete; docs/reference/history.md describes it. What customers wrote stays out of it
    unless you say --with-text. Until then FILE.part, for you alone, keeps what was read: after an interruption the same
    command goes on there. Exit codes: 0 written; 1 a helpdesk cannot be read; 2 nothing to write, settings, usage.
    """
    console = Console()
    if with_text and pseudonyms:
        raise typer.BadParameter("texts name people: --with-text and --pseudonyms cannot both be")
    with (
        explained(console),
        open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app,
        ExitStack() as stack,
    ):
        period = _period(app, since, until)
        if source == [_STORE]:
            events = _seen(app, period, texts=with_text)
        else:
            helpdesks = chosen(app.helpdesks, source, _STORE)
            asked = _asked(app, helpdesks, since, until, texts=with_text)
            kept = stack.enter_context(keeping(output, asked, period))
            events = _remembered(console, app, helpdesks, kept, texts=with_text)
        _write(console, output, events, pseudonyms=pseudonyms)


def _write(console: Console, output: Path, events: Iterator[PastEvent], *, pseudonyms: bool) -> None:
    first = next(events, None)
    if first is None:
        # There is nothing to go on with.
        part_of(output).unlink(missing_ok=True)
        raise ValueError("nothing happened in that time, or the helpdesks do not tell: no file was written")
    told = itertools.chain([first], events)
    tickets: set[str] = set()
    count = write_history(output, _noted(map(Pseudonyms().masked, told) if pseudonyms else told, tickets))
    _tell(console, output, count, len(tickets), first)


def _seen(app: App, period: Period, *, texts: bool) -> Iterator[PastEvent]:
    if texts:
        raise typer.BadParameter("the store keeps no texts of comments: leave --with-text out")
    return as_seen(app.store.every_ticket(), period)


def _remembered(
    console: Console, app: App, helpdesks: Mapping[str, Helpdesk], kept: Kept, *, texts: bool
) -> Iterator[PastEvent]:
    if kept.goes_on:
        told = f"Going on where an export up to {minute(kept.period.until)} was interrupted."
        console.print(told, highlight=False, markup=False, soft_wrap=True)
    app.share_budgets()
    return read_watched(console, helpdesks, kept.period, texts=texts, kept=kept)


def _asked(app: App, helpdesks: Iterable[str], since: str | None, until: str | None, *, texts: bool) -> Asked:
    names = tuple(helpdesks)
    blocks = msgspec.json.encode({name: app.settings.helpdesks[name] for name in names}, order="deterministic")
    return Asked(helpdesks=names, settings=sha256(blocks).hexdigest(), since=since, until=until, texts=texts)


def _period(app: App, since: str | None, until: str | None) -> Period:
    now = app.clock.now()
    end = now - SETTLED if until is None else min(_instant("--until", until), now - SETTLED)
    begin = None if since is None else _instant("--since", since)
    if begin is not None and begin >= end:
        raise typer.BadParameter(f"--since {since} is not before the end ({end:%Y-%m-%d %H:%M} UTC)")
    return Period(since=begin, until=end)


def _instant(option: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        told = f"{option} {text!r} is no date; write for example 2026-01-01 or 2026-01-01T08:00+01:00"
        raise typer.BadParameter(told) from None
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)


def _noted(events: Iterable[PastEvent], tickets: set[str]) -> Iterator[PastEvent]:
    for event in events:
        tickets.add(event.ticket)
        yield event


def _tell(console: Console, output: Path, count: int, tickets: int, first: PastEvent) -> None:
    lines = [f"Wrote {count:,} events of {tickets:,} tickets to {output}."]
    if first.about is not None and first.about.lacks:
        lines.append("Not in it:")
        lines += [f"  {lack_text(lack)}" for lack in first.about.lacks]
    console.print(harmless_lines("\n".join(lines)), highlight=False, markup=False, soft_wrap=True)
