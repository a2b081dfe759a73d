"""The command `shadow`: how rules do that are tried without effect, and making them live."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.commands.sheet_options import SheetForm
from escalade.escalations import facts_of_all
from escalade.failures import explained
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from rules.policy import Policy, Rule
from rules.problems import did_you_mean
from rules.reports.tried import tried_of, tried_sheet
from rules.reports.written import Form

_MODE = re.compile(r"(mode['\"]?\s*:\s*)(['\"]?)shadow\2")


def shadow(
    rule: Annotated[str | None, typer.Argument(help="The id of a rule: also list its tickets.")] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make the rule live: writes mode: live into its file.")
    ] = False,
    form: SheetForm = Form.MARKDOWN,
    config: Config = None,
) -> None:
    """Show how rules in shadow do: how often they would have acted, on which tickets, and what people did there.

    Judged from what the store knows; no helpdesk is asked. With --promote the rule's file is changed at that one word,
    and everything else in it stays as it is.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        if promote:
            if rule is None:
                raise typer.BadParameter("name the rule to promote")
            told = promoted(_in_shadow(app.policy, rule))
            console.print(told, highlight=False, markup=False, soft_wrap=True)
            return
        now = app.clock.now()
        tried = [one for facts in facts_of_all(app, now) for one in tried_of(facts, app.policy)]
        if rule is not None and all(one.rule != rule for one in tried):
            _named(app.policy, rule)
        sheet = tried_sheet(tried, app.policy, now, rule)
        show_sheet(sheet, form)


def _in_shadow(policy: Policy, name: str) -> Rule:
    found = _named(policy, name)
    if not found.in_shadow:
        raise ValueError(f"the rule {name!r} is live already")
    return found


def _named(policy: Policy, name: str) -> Rule:
    found = next((one for one in policy.rules if one.id == name), None)
    if found is None:
        meant = did_you_mean(name, [one.id for one in policy.rules])
        hint = f"; did you mean {meant!r}?" if meant else ""
        raise ValueError(f"the policy has no rule {name!r}{hint}")
    return found


def promoted(rule: Rule) -> str:
    """Write `mode: live` where a rule says `mode: shadow`; returns what was done.

    Raises:
        ValueError: the word does not stand where it was read.
    """
    at = rule.shadow_at
    if at is None:
        raise ValueError(f"the rule {rule.id!r} is live already")
    file = Path(at.file)
    with file.open(encoding="utf-8", newline="") as opened:
        lines = opened.read().splitlines(keepends=True)
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    head, tail = line[: at.column - 1], line[at.column - 1 :]
    changed, times = _MODE.subn(r"\1live", tail, count=1)
    if times != 1:
        raise ValueError(f"{file}:{at.line} does not say mode: shadow here; change it by hand to mode: live")
    lines[at.line - 1] = head + changed
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.write("".join(lines))
    return f"{file}:{at.line} says mode: live now. See what the rule will write: escalade plan"
