"""The command that plays a policy on what happened in the past."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.backtest.played import Past, played
from escalade.commands import pasts
from escalade.commands.digest import zone_of
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless_lines
from escalade.pages import write_page
from escalade.policy_files import policy_sources
from escalade.progress import progress_on
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

Other = Annotated[
    Path | None, typer.Option("--compare", metavar="DIR", help="Another policy, to see what it would do otherwise.")
]
Expression = Annotated[
    str | None,
    typer.Option(
        metavar="EXPR", help="A condition that tells that people escalated a ticket, such as 'priority: urgent'."
    ),
]
JsonOut = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write everything as JSON ('-' = only that).")
]


def backtest(
    history: pasts.History = None,
    from_store: pasts.FromStore = False,
    from_zendesk: pasts.FromZendesk = False,
    from_jira: pasts.FromJira = False,
    policy: pasts.PolicyDirectory = None,
    compare: Other = None,
    start: pasts.Start = None,
    end: pasts.End = None,
    truth: Expression = None,
    names: pasts.Names = None,
    as_told: pasts.AsTold = False,
    json_out: JsonOut = None,
    html_out: pasts.HtmlOut = None,
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
    source = pasts.source_of(history, store=from_store, zendesk=from_zendesk, jira=from_jira)
    called = pasts.renamings(names)
    counted = Counted(pasts.instant("--from", start), pasts.instant("--to", end))
    with explained(console):
        texts, facts = pasts.policy_of(policy, config)
        policies = [load_policy(each) for each in (texts, compare and policy_sources(compare)) if each]
        said = None if truth is None else truth_of(texts, truth)
        zone = zone_of(policies[0])
        setting = Setting(truth=said, counted=counted, zone=zone, account_facts=facts, as_told=as_told)
        with pasts.past_of(console, source, config, counted, called) as past:
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
