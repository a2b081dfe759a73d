"""The command that tells what a change of the rules does, for whoever reviews it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import App, open_app
from escalade.backtest.played import with_stands
from escalade.clock import SystemClock
from escalade.commands.digest import zone_of
from escalade.commands.options import Config
from escalade.commands.pasts import FromJira, FromStore, FromZendesk, History, Names, past_of, renamings, source_of
from escalade.failures import explained
from escalade.policy_files import policy_sources
from escalade.progress import progress_on
from escalade.revisions import policy_at
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from escalade.store.horizon import Horizon
from rules.facts import facts_of
from rules.load import load_policy
from rules.policy import Policy
from rules.replay.comparing import compared
from rules.replay.counted import ALL, Counted
from rules.replay.edits import edits
from rules.replay.impact import Impact, Stand, impact_of, stand_of
from rules.replay.machine import json_text
from rules.replay.replay import Setting
from rules.replay.sheet_of_impact import impact_sheet
from rules.reports.written import Form

_BATCH = 200


class ImpactForm(StrEnum):
    """How the impact is told."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


Before = Annotated[
    str, typer.Argument(metavar="OLD", help="The policy as it is: a directory, or git:REVISION:DIRECTORY.")
]
After = Annotated[
    str, typer.Argument(metavar="NEW", help="The policy as it would be: a directory, or git:REVISION:DIRECTORY.")
]
Days = Annotated[int, typer.Option("--days", min=1, help="Play so many days before the end of the past.")]
Top = Annotated[int, typer.Option("--top", min=1, help="Tell so many tickets of each list; JSON has all of them.")]
Told = Annotated[
    ImpactForm, typer.Option("--format", help="How it is told; markdown is for a comment of a pull request.")
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="End with 1 when anything changes.")]


def impact(
    before: Before,
    after: After,
    history: History = None,
    from_store: FromStore = False,
    from_zendesk: FromZendesk = False,
    from_jira: FromJira = False,
    days: Days = 30,
    top: Top = 10,
    form: Told = ImpactForm.TEXT,
    exit_code: ExitCode = False,
    names: Names = None,
    config: Config = None,
) -> None:
    """Tell what a change of the rules does: to the tickets that are open now, and in the days before.

    Both policies are asked about the same tickets and play the same past with the engine that decides in earnest. With
    a history, its end is "now". Equal input gives equal output, so that it can stand below a pull request. No words of
    customers are in it. docs/howto/review-a-change.md has a workflow for it.

    Exit codes: 0 told; 1 something changes, with --exit-code; 2 a mistake in a policy, the past or the options.
    """
    console = Console(stderr=True)
    source = source_of(history, store=from_store, zendesk=from_zendesk, jira=from_jira)
    with explained(console), ExitStack() as stack:
        texts = [policy_sources(stack.enter_context(policy_at(each))) for each in (before, after)]
        policies = [load_policy(each) for each in texts]
        past = stack.enter_context(past_of(console, source, config, ALL, renamings(names)))
        with progress_on(console) as progress:
            end = past.survey(progress).ends
            if end is None:
                raise ValueError("the history holds no events")
            setting = Setting(counted=Counted(start=end - timedelta(days=days)), zone=zone_of(policies[0]))
            found = with_stands(past, policies, setting, progress)
        at, stands = _in_store(config, policies) if from_store else (end, [one for _, one in found])
        played = compared(*(one for one, _ in found))
        told = impact_of((stands[0], stands[1]), at, days, played, edits(*texts))
        _say(told, form, top)
    if exit_code and not told.is_none:
        raise typer.Exit(1)


def _say(found: Impact, form: ImpactForm, top: int) -> None:
    if form is ImpactForm.JSON:
        sys.stdout.write(json_text(found))
    else:
        show_sheet(impact_sheet(found, top), Form(form.value))


def _in_store(config: Path | None, policies: list[Policy]) -> tuple[datetime, list[tuple[Stand, ...]]]:
    """How the open tickets of the store stand, under each of the policies, with everything that is known of them."""
    with open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        app.store.watch(Horizon(siblings=True, account_tickets=True, linked=True, records=True))
        now = app.clock.now()
        return now, [tuple(_stands(app, policy, now)) for policy in policies]


def _stands(app: App, policy: Policy, now: datetime) -> Iterator[Stand]:
    for helpdesk in sorted(app.settings.helpdesks):
        last = ""
        while refs := app.store.open_refs(helpdesk, last, _BATCH):
            last = refs[-1].id
            for known in app.store.load(refs).values():
                account = app.visitor.account_facts.told(known.account)
                facts = facts_of(known.ticket, account, known.summary, known.ledger, now, known.linked)
                escalation = app.visitor.followed(policy, known, now).plan.ledger.escalation
                yield stand_of(policy, facts, None if escalation is None else escalation.tier)
