"""The command that plays a policy on what happened in the past."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import App, open_app, read_account_facts
from escalade.backtest.played import Past, played
from escalade.clock import SystemClock
from escalade.commands.digest import zone_of
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.histories.choosing import SETTLED, chosen, read_watched
from escalade.histories.file import read_history, write_history
from escalade.histories.rebuilt import as_seen
from escalade.pages import write_page
from escalade.policy_files import policy_sources
from escalade.progress import progress_on
from escalade.render import harmless_lines
from escalade.settings import find_settings, load_settings
from rules.account_facts import AccountFacts
from rules.histories.event import PastEvent
from rules.histories.life import Period
from rules.load import load_policy
from rules.policy import Policy
from rules.replay.backtest import Backtest
from rules.replay.comparing import compared
from rules.replay.counted import Counted
from rules.replay.machine import json_text
from rules.replay.replay import Setting
from rules.replay.report import backtest_text, comparison_text
from rules.replay.sheet import backtest_sheet
from rules.replay.sheet_of_two import comparison_sheet
from rules.replay.truth import truth_of

History = Annotated[
    Path | None, typer.Option("--history", metavar="FILE", help="A history file, as 'escalade history' writes it.")
]
FromStore = Annotated[bool, typer.Option("--from-store", help="What Escalade itself saw happen; asks no helpdesk.")]
FromZendesk = Annotated[bool, typer.Option("--from-zendesk", help="What Zendesk still remembers; reads it, slowly.")]
FromJira = Annotated[bool, typer.Option("--from-jira", help="What Jira still remembers; reads it, slowly.")]
PolicyDirectory = Annotated[
    Path | None, typer.Option("--policy", metavar="DIR", help="The policy. Default: what the settings say.")
]
Other = Annotated[
    Path | None, typer.Option("--compare", metavar="DIR", help="Another policy, to see what it would do otherwise.")
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="Count from here; what was before is played as well.")
]
End = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Count up to here (excluded), and stop.")]
Expression = Annotated[
    str | None,
    typer.Option(
        metavar="EXPR", help="A condition that tells that people escalated a ticket, such as 'priority: urgent'."
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--as", metavar="OLD=NEW", help="What the policy calls a helpdesk of the history; again for more."),
]
AsTold = Annotated[
    bool, typer.Option("--as-told", help="Leave nothing out: what the history does not tell did not happen.")
]
JsonOut = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write everything as JSON ('-' = only that).")
]
HtmlOut = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Also write one page with charts, complete in itself.")
]


def backtest(
    history: History = None,
    from_store: FromStore = False,
    from_zendesk: FromZendesk = False,
    from_jira: FromJira = False,
    policy: PolicyDirectory = None,
    compare: Other = None,
    start: Start = None,
    end: End = None,
    truth: Expression = None,
    names: Names = None,
    as_told: AsTold = False,
    json_out: JsonOut = None,
    html_out: HtmlOut = None,
    config: Config = None,
) -> None:
    """Play a policy on what happened in the past, and tell what it would have done. Writes to no helpdesk.

    The engine is the one that decides in earnest, with the clock of the history: which tickets would have been
    escalated, when and how high, how much sooner than a broken promise and than people (--truth), whom it would have
    told how often, and how many calls that takes. Each rule is scored. What the history does not tell is named, and
    what depends on it is left out; docs/howto/backtest-a-policy.md shows how to read it.

    Exit codes: 0 played; 2 a mistake in the policy, the history, the settings or the options.
    """
    console = Console(stderr=json_out == Path("-"))
    source = _source(history, store=from_store, zendesk=from_zendesk, jira=from_jira)
    called = dict(map(_renaming, names or ()))
    counted = Counted(_instant("--from", start), _instant("--to", end))
    with explained(console):
        texts, facts = _policy(policy, config)
        policies = [load_policy(each) for each in (texts, compare and policy_sources(compare)) if each]
        said = None if truth is None else truth_of(texts, truth)
        zone = zone_of(policies[0])
        setting = Setting(truth=said, counted=counted, zone=zone, account_facts=facts, as_told=as_told)
        with _past(console, source, config, counted, called) as past:
            _tell(console, past, policies, setting, json_out, html_out)


def _tell(
    console: Console,
    past: Past,
    policies: list[Policy],
    setting: Setting,
    json_out: Path | None,
    html_out: Path | None,
) -> None:
    with progress_on(console) as progress:
        found = played(past, policies, setting, progress)
    value = found[0] if len(found) == 1 else compared(*found)
    if html_out is not None:
        sheet = backtest_sheet(value) if isinstance(value, Backtest) else comparison_sheet(value)
        write_page(html_out, sheet, console)
    if json_out == Path("-"):
        sys.stdout.write(json_text(value))
        return
    if json_out is not None:
        json_out.write_text(json_text(value), encoding="utf-8")
    text = backtest_text(value) if isinstance(value, Backtest) else comparison_text(value)
    sys.stdout.write(harmless_lines(text) + "\n")


def _policy(directory: Path | None, config: Path | None) -> tuple[dict[str, str], AccountFacts]:
    """The texts of the policy, and what a file tells of accounts."""
    if directory is not None:
        return policy_sources(directory), AccountFacts()
    settings = load_settings(find_settings(config))
    return policy_sources(settings.policy, settings.path, settings.account_facts), read_account_facts(settings)


def _source(history: Path | None, *, store: bool, zendesk: bool, jira: bool) -> Path | list[str]:
    """The file, or what is read: the store, or every helpdesk of these vendors."""
    vendors = [word for word, is_meant in (("zendesk", zendesk), ("jira", jira)) if is_meant]
    if (history is not None) + store + bool(vendors) != 1:
        raise typer.BadParameter(
            "say which past: --history FILE, --from-store, or --from-zendesk and --from-jira (one of them, or both)"
        )
    return history or vendors


@contextmanager
def _past(
    console: Console, source: Path | list[str], config: Path | None, counted: Counted, names: dict[str, str]
) -> Iterator[Past]:
    """The history, ready to be read more than once."""
    if isinstance(source, Path):
        yield Past(read=lambda: read_history(source), names=names)
        return
    with TemporaryDirectory(prefix="escalade-") as directory:
        file = Path(directory) / "history.jsonl"
        with open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
            write_history(file, _read(console, app, source, counted))
        yield Past(read=lambda: read_history(file), names=names)


def _read(console: Console, app: App, vendors: list[str], counted: Counted) -> Iterator[PastEvent]:
    """What the store saw, or what helpdesks remember: from where counting begins, with tickets as they were then."""
    now = app.clock.now()
    if not vendors:
        return as_seen(app.store.every_ticket(), Period(until=now))
    app.share_budgets()
    return read_watched(console, chosen(app.helpdesks, vendors), Period(since=counted.start, until=now - SETTLED))


def _renaming(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise typer.BadParameter(f"--as {text!r} is no renaming; write for example --as servicenow=zendesk")
    return old, new


def _instant(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        told = f"{option} {text!r} is no date; write for example 2026-01-01 or 2026-01-01T08:00+01:00"
        raise typer.BadParameter(told) from None
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
