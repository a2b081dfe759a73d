"""The past that a command plays: which one is asked for, where from, and how the policy calls its helpdesks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import App, open_app, read_account_facts
from escalade.backtest.played import Past
from escalade.clock import SystemClock
from escalade.histories.choosing import SETTLED, chosen, read_watched
from escalade.histories.file import read_history, write_history
from escalade.histories.rebuilt import as_seen
from escalade.policy_files import policy_sources
from escalade.settings import find_settings, load_settings
from rules.account_facts import AccountFacts
from rules.histories.event import PastEvent
from rules.histories.life import Period
from rules.replay.counted import Counted

History = Annotated[
    Path | None, typer.Option("--history", metavar="FILE", help="A history file, as 'escalade history' writes it.")
]
FromStore = Annotated[bool, typer.Option("--from-store", help="What Escalade itself saw happen; asks no helpdesk.")]
FromZendesk = Annotated[bool, typer.Option("--from-zendesk", help="What Zendesk still remembers; reads it, slowly.")]
FromJira = Annotated[bool, typer.Option("--from-jira", help="What Jira still remembers; reads it, slowly.")]
PolicyDirectory = Annotated[
    Path | None, typer.Option("--policy", metavar="DIR", help="The policy. Default: what the settings say.")
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="Count from here; what was before is played as well.")
]
End = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Count up to here (excluded), and stop.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--as", metavar="OLD=NEW", help="What the policy calls a helpdesk of the history; again for more."),
]
AsTold = Annotated[
    bool, typer.Option("--as-told", help="Leave nothing out: what the history does not tell did not happen.")
]
HtmlOut = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Also write one page with charts, complete in itself.")
]


def source_of(history: Path | None, *, store: bool, zendesk: bool, jira: bool) -> Path | list[str]:
    """The file, or what is read: the store, or every helpdesk of these vendors."""
    vendors = [word for word, is_meant in (("zendesk", zendesk), ("jira", jira)) if is_meant]
    if (history is not None) + store + bool(vendors) != 1:
        raise typer.BadParameter(
            "say which past: --history FILE, --from-store, or --from-zendesk and --from-jira (one of them, or both)"
        )
    return history or vendors


@contextmanager
def past_of(
    console: Console, source: Path | list[str], config: Path | None, counted: Counted, names: dict[str, str]
) -> Iterator[Past]:
    """The history, ready to be read more than once."""
    if isinstance(source, Path):
        yield Past(read=partial(read_history, source), names=names)
        return
    with TemporaryDirectory(prefix="escalade-") as directory:
        file = Path(directory) / "history.jsonl"
        with open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
            write_history(file, _read(console, app, source, counted))
        yield Past(read=partial(read_history, file), names=names)


def _read(console: Console, app: App, vendors: list[str], counted: Counted) -> Iterator[PastEvent]:
    """What the store saw, or what helpdesks remember: from where counting begins, with tickets as they were then."""
    now = app.clock.now()
    if not vendors:
        return as_seen(app.store.every_ticket(), Period(until=now))
    app.share_budgets()
    return read_watched(console, chosen(app.helpdesks, vendors), Period(since=counted.start, until=now - SETTLED))


def renamings(texts: list[str] | None) -> dict[str, str]:
    """What the policy calls the helpdesks of a history.

    Raises:
        typer.BadParameter: one of the texts is no renaming.
    """
    return dict(map(_renaming, texts or ()))


def _renaming(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise typer.BadParameter(f"--as {text!r} is no renaming; write for example --as servicenow=zendesk")
    return old, new


def instant(option: str, text: str | None) -> datetime | None:
    """The instant (UTC) that an option names; a date without a time is its first instant in UTC.

    Raises:
        typer.BadParameter: it is no date.
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        told = f"{option} {text!r} is no date; write for example 2026-01-01 or 2026-01-01T08:00+01:00"
        raise typer.BadParameter(told) from None
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)


def policy_of(directory: Path | None, config: Path | None) -> tuple[dict[str, str], AccountFacts]:
    """The texts of the policy, and what a file tells of accounts."""
    if directory is not None:
        return policy_sources(directory), AccountFacts()
    settings = load_settings(find_settings(config))
    return policy_sources(settings.policy, settings.path, settings.account_facts), read_account_facts(settings)
