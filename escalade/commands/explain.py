"""Why a ticket is where it is, why it is nowhere else, and what happens next. Writes nothing, anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from escalade.commands.check import sources_of
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless, harmless_lines
from escalade.subject import Subject, of_rule_test, of_ticket
from rules.explaining.explain import explain as explain_ticket
from rules.explaining.explanation import Explanation, explanation_json
from rules.explaining.line import Line, Tone, as_markdown, as_text
from rules.explaining.outline import outline
from rules.load import load_policy

#: How files of rule tests end; all others are histories.
_YAML = frozenset({".yaml", ".yml"})
#: Columns of text that goes into a file or a pipe.
_COLUMNS = 80
_STYLES = {
    Tone.HEADING: "bold underline",
    Tone.ANSWER: "bold",
    Tone.YES: "green",
    Tone.NO: "yellow",
    Tone.ASIDE: "dim",
}


class Form(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def explain(
    what: Annotated[
        str, typer.Argument(metavar="TICKET", help="The ticket as helpdesk:id, a file of rule tests, or a history.")
    ],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Another instant than now, for example 2026-03-02T09:00Z.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", metavar="FORM", help="`text`, `markdown` or `json`.")] = Form.TEXT,
    rule: Annotated[
        str | None, typer.Option(metavar="ID", help="Of what is asked, tell this rule, clock or tier alone, but whole.")
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Let this directory's policy decide, not the one in use."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Read the ticket from its helpdesk first.")] = False,
    case: Annotated[str, typer.Option(metavar="WORD", help="Of a file: the test with these letters in its name.")] = "",
    ticket: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of a file: which ticket (of a history: helpdesk:id)."),
    ] = None,
    config: Config = None,
) -> None:
    """Explain a ticket: why it is in its tier, why nothing else holds, what its clocks count, what happens next.

    Told from what the store knows; only with --live its helpdesk is asked. Nothing is written anywhere. With --at in
    the past the ticket is explained as it was, as far as that is known; in the future, as it will be if nobody acts.
    Of a rule test the end is explained, or the instant of --at; a history is played up to it with the policy.
    """
    console = Console(stderr=form is not Form.TEXT)
    with explained(console):
        instant = None if at is None else _instant(at)
        file = Path(what)
        if not file.is_file():
            subject = of_ticket(what, policy, config, live=live)
        elif file.suffix in _YAML:
            subject = of_rule_test(file, policy, case, ticket, instant)
        else:
            subject = _of_history(file, policy, ticket, instant, config)
        told = explain_ticket(subject.policy, subject.known, subject.now, instant)
        told = replace(told, unknown=(*told.unknown, *subject.unknown))
        _show(_about(told, rule), form)


def _of_history(
    file: Path, directory: Path | None, ticket: str | None, at: datetime | None, config: Path | None
) -> Subject:
    from escalade.past_subject import of_history  # noqa: PLC0415 - only histories are played

    return of_history(file, load_policy(sources_of(directory, config)), ticket, at)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is no instant; write for example 2026-03-02T09:00Z")
    return at.astimezone(UTC)


def _about(told: Explanation, rule: str | None) -> Explanation:
    """The explanation with one rule, clock or tier alone."""
    if rule is None:
        return told
    sources = [one.source for one in (*told.holds, *told.not_held)]
    named = {source for source in sources if rule in {source, source.partition(":")[2]}}
    clocks = tuple(one for one in told.clocks if one.clock == rule)
    if not named and not clocks:
        raise ValueError(f"nothing that is asked of this ticket is called {rule!r}; there are: {', '.join(sources)}")
    return replace(
        told,
        holds=tuple(one for one in told.holds if one.source in named),
        not_held=tuple(one for one in told.not_held if one.source in named),
        clocks=clocks,
        lost=tuple(one for one in told.lost if {one.by, one.winner} & named),
    )


def _show(told: Explanation, form: Form) -> None:
    if form is Form.JSON:
        sys.stdout.write(explanation_json(told))
        return
    lines = [replace(line, text=harmless(line.text)) for line in outline(told)]
    console = Console(highlight=False)
    if form is Form.MARKDOWN:
        sys.stdout.write(as_markdown(lines))
    elif console.is_terminal:
        _paint(console, lines)
    else:
        sys.stdout.write(harmless_lines(as_text(lines, _COLUMNS)) + "\n")


def _paint(console: Console, lines: Iterable[Line]) -> None:
    for line in lines:
        text = Text(line.text, style=_STYLES.get(line.tone, ""))
        above = 1 if line.tone is Tone.HEADING else 0
        console.print(Padding(text, (above, 0, 0, 2 * line.depth)))
