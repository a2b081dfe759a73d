"""The command that sweeps over values of the policy and tells what they trade for what."""

from __future__ import annotations

import csv
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from escalade.backtest.played import Past
from escalade.backtest.trying import Trial, tried
from escalade.commands import pasts
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.pages import write_page
from escalade.progress import progress_on
from escalade.sheets import show_sheet
from rules.load import load_policy
from rules.replay.counted import Counted
from rules.replay.machine import json_text
from rules.replay.sheet_of_tuning import tuning_csv_rows, tuning_sheet
from rules.replay.tuning import Tried, Tuning, trade_of, with_the_beaten
from rules.replay.variants import Knob, knob_of, value_at, variants
from rules.reports.written import Form
from sync import Progress


class TuningForm(StrEnum):
    """How the sweep is told."""

    TEXT = "text"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


Vary = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="PATH=VALUES",
        help="What to try: rules.too-old.when.age.at_least=4h,8h,1d or …=2h..12h/2h; twice for every combination.",
    ),
]
Truth = Annotated[
    str, typer.Option("--truth", metavar="EXPR", help="A condition that tells that people escalated a ticket.")
]
Of = Annotated[
    str | None,
    typer.Option(
        "--of", metavar="PART", help="What to measure: rule:ID, sla:ID, or 'policy'. Default: the part varied."
    ),
]
Later = Annotated[
    float, typer.Option("--later", min=0.05, max=0.9, help="So much of the past is kept to try the values on.")
]
Least = Annotated[int, typer.Option("--least", min=1, help="Escalations by people that a recommendation needs.")]
Told = Annotated[TuningForm, typer.Option("--format", help="How it is told.")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="So many at a time. Default: one a processor.")]


def tune(
    vary: Vary,
    truth: Truth,
    history: pasts.History = None,
    from_store: pasts.FromStore = False,
    from_zendesk: pasts.FromZendesk = False,
    from_jira: pasts.FromJira = False,
    policy: pasts.PolicyDirectory = None,
    of: Of = None,
    later: Later = 0.3,
    least: Least = 20,
    start: pasts.Start = None,
    end: pasts.End = None,
    names: pasts.Names = None,
    as_told: pasts.AsTold = False,
    form: Told = TuningForm.TEXT,
    html_out: pasts.HtmlOut = None,
    jobs: Jobs = None,
    config: Config = None,
) -> None:
    """Try other values of the policy on the past, and tell what they trade: found, false, sooner, alerts a day.

    Every variant plays the same past. The earlier part judges it, the later one shows whether that was chance. With too
    few escalations by people nothing is recommended. The policy itself is not changed.

    Exit codes: 0 told; 2 a mistake in the policy, the past or the options.
    """
    console = Console(stderr=form is not TuningForm.TEXT)
    source = pasts.source_of(history, store=from_store, zendesk=from_zendesk, jira=from_jira)
    with explained(console):
        texts, _ = pasts.policy_of(policy, config)
        load_policy(texts)
        knobs = [knob_of(text) for text in vary]
        counted = Counted(pasts.instant("--from", start), pasts.instant("--to", end))
        with (
            pasts.past_of(console, source, config, counted, pasts.renamings(names)) as past,
            progress_on(console) as progress,
        ):
            trial = _trial(past, truth, counted, later, progress, as_told=as_told)
            found = _tuning(trial, knobs, texts, of, least, progress, jobs)
        if html_out is not None:
            write_page(html_out, tuning_sheet(found), console)
        _tell(found, form)


def _trial(
    past: Past,
    truth: str,
    counted: Counted,
    later: float,
    progress: Progress,
    *,
    as_told: bool,
) -> Trial:
    survey = past.survey(progress)
    first, last = counted.start or survey.begins, counted.end or survey.ends
    if first is None or last is None or not first < last:
        raise ValueError("the history holds no events in that time")
    split = first + (last - first) * (1 - later)
    return Trial(past=past, truth=truth, begins=first, split=split, ends=counted.end, as_told=as_told)


def _tuning(
    trial: Trial,
    knobs: list[Knob],
    texts: dict[str, str],
    of: str | None,
    least: int,
    progress: Progress,
    jobs: int | None,
) -> Tuning:
    today = tuple(value_at(texts, knob.path) for knob in knobs)
    sources = {knob.source for knob in knobs}
    source = next(iter(sources)) if of is None and len(sources) == 1 else of if of != "policy" else None
    chosen = variants(texts, knobs)
    for one in chosen:
        # Before anything is played: a mistake in the last variant should not cost the time of the others.
        load_policy(one.texts)
    results = list(tried(trial, chosen, progress, workers=jobs))
    rows = [
        Tried(
            values=one.values,
            is_today=one.values == today,
            judged=trade_of(judged, source),
            later=trade_of(after, source),
        )
        for one, (judged, after) in zip(chosen, results, strict=True)
    ]
    first = results[0][0]
    return Tuning(
        paths=tuple(knob.path for knob in knobs),
        source=source,
        truth=trial.truth,
        begins=trial.begins,
        split=trial.split,
        ends=results[0][1].played.counted_to,
        tried=with_the_beaten(rows),
        positives=0 if first.truth is None else first.truth.tickets,
        needed=least,
        gaps=first.gaps,
    )


def _tell(found: Tuning, form: TuningForm) -> None:
    match form:
        case TuningForm.JSON:
            sys.stdout.write(json_text(found))
        case TuningForm.CSV:
            csv.writer(sys.stdout, lineterminator="\n").writerows(tuning_csv_rows(found))
        case _:
            show_sheet(tuning_sheet(found), Form(form.value))
