"""Drills: scenarios that are played on the local emulator."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.drill.catalogue import load_scenario, scenario_files
from escalade.drill.player import Performance
from escalade.drill.scenario import Scenario
from escalade.drill.score import Score
from escalade.drill.stage import open_stage
from escalade.drill.telling import Narrator
from escalade.drill.told_as_json import score_as_json
from escalade.drill.trainee import ConsoleTrainee
from escalade.failures import FAILED, explained
from escalade.progress import QuietProgress, progress_on
from sync import Progress


def drill(
    scenario: Annotated[
        str | None, typer.Argument(help="Name of a scenario, or a file of your own. Left out: lists the scenarios.")
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="The directory of the policy to play it with. Default: the starter policy."),
    ] = None,
    trainee: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Play this person: you are asked for their commands.")
    ] = None,
    json_out: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Play a scenario on a local Zendesk and Jira with a virtual clock, and score it. Touches nothing of yours.

    Every step says what has to be so after it; the score counts what is. Ends with 1 when something was missed.
    With --as you are asked on standard input what your person writes; `skip` shows what would be right.
    """
    console = Console(stderr=json_out)
    with explained(console):
        if scenario is None:
            _list(Console())
            return
        chosen = load_scenario(scenario)
        if trainee is not None and not chosen.tasks_of(trainee):
            able = ", ".join(who for who in chosen.cast.people if chosen.tasks_of(who))
            raise ValueError(f"nobody is asked anything as {trainee!r} in {chosen.name}; there are {able}")
        score = _played(chosen, directory, trainee, console)
        if json_out:
            sys.stdout.write(json.dumps(score_as_json(chosen, score), indent=2, ensure_ascii=False) + "\n")
        if not score.is_good:
            raise typer.Exit(FAILED)


def _played(scenario: Scenario, directory: Path | None, trainee: str | None, console: Console) -> Score:
    with ExitStack() as stack:
        # A moving bar would stand in the way of somebody who types.
        bar = progress_on(console)
        progress: Progress = QuietProgress() if trainee is not None else bar
        if trainee is None:
            stack.enter_context(bar)
        narrator = Narrator(console, progress)
        narrator.begins(scenario)
        stage = stack.enter_context(open_stage(scenario, directory))
        asked = None if trainee is None else ConsoleTrainee(console, stage, trainee, sys.stdin.readline)
        score = Score(chapters=tuple(Performance(stage=stage, audience=narrator, trainee=asked).play()))
    narrator.ends(score)
    return score


def _list(console: Console) -> None:
    for name in scenario_files():
        one = load_scenario(name)
        able = ", ".join(who for who in one.cast.people if one.tasks_of(who))
        console.print(f"[bold]{name}[/]  {one.title} ({len(one.chapters)} chapters; --as {able})", highlight=False)
        console.print(f"  {' '.join(one.tells.split())}", highlight=False, markup=False)
