"""Dead letters: tickets whose visit failed too often; listed, looked into, begun anew or put away."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import FAILED, explained
from escalade.harmless import harmless
from escalade.settings import find_settings, load_settings
from rules.journal import JournalEntry
from rules.reports.unattended import Unattended
from rules.ticket import TicketRef

#: Lines of the journal that `show` tells.
_LINES = 12
_DONE = {
    "replayed": "is visited by the next run, or by the service at once",
    "dropped": "is put away: only something new on the ticket brings it back",
}


class Action(StrEnum):
    """What is to be done about dead letters."""

    LIST = "list"
    SHOW = "show"
    REPLAY = "replay"
    DROP = "drop"


def dead(
    action: Annotated[Action, typer.Argument(help="list, show, replay (visit anew) or drop (put away).")] = Action.LIST,
    ticket: Annotated[
        list[str] | None, typer.Argument(help="The tickets as helpdesk:id, for example zendesk:35.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay or drop all of them.")] = False,
    json_out: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: Config = None,
) -> None:
    """Show tickets whose visit failed too often, and begin them anew or put them away.

    Something new on such a ticket (a comment, an edit, a new policy) begins it anew by itself. No helpdesk is asked.
    Ends with 1 when a named ticket is no dead letter.
    """
    with explained(Console()):
        refs = [TicketRef.parse(one) for one in ticket or ()]
        _check(action, refs, everything=everything)
        with open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
            letters = app.store.letters()
            chosen = [letter for letter in letters if not refs or letter.ref in refs]
            if action in {Action.LIST, Action.SHOW}:
                told = _shown(app, chosen, whole=action is Action.SHOW, as_json=json_out)
            else:
                told = _moved(app, action, chosen, as_json=json_out)
            sys.stdout.write(told)
            raise typer.Exit(_alive(refs, letters))


def _check(action: Action, refs: Sequence[TicketRef], *, everything: bool) -> None:
    if action is Action.LIST and (refs or everything):
        raise typer.BadParameter("list shows all of them; name tickets with show")
    if action is Action.SHOW and (not refs or everything):
        raise typer.BadParameter("name the tickets to show, for example: escalade dead show zendesk:35")
    if action in {Action.REPLAY, Action.DROP} and bool(refs) is everything:
        raise typer.BadParameter(f"name the tickets to {action}, or say --all")


def _alive(refs: Sequence[TicketRef], letters: Sequence[Unattended]) -> int:
    alive = [ref for ref in refs if ref not in {letter.ref for letter in letters}]
    for ref in alive:
        sys.stderr.write(f"{ref} is no dead letter; escalade journal {ref} says how it stands\n")
    return FAILED if alive else 0


def _shown(app: App, letters: Sequence[Unattended], *, whole: bool, as_json: bool) -> str:
    if as_json:
        return _json({"dead": [_plain(app, letter, whole=whole) for letter in letters]})
    if not letters:
        return "" if whole else "No visit was given up.\n"
    lines: list[str] = []
    for letter in letters:
        lines.append(f"{letter.ref}  {_since(letter)}{letter.attempts} attempts  {harmless(letter.error)}")
        if whole:
            lines += [f"  {_stamp(entry)}  {entry.action:<18} {harmless(entry.text)}" for entry in _last(app, letter)]
    lines.append("Mend what the error names, then: escalade dead replay TICKET (or --all).")
    return "\n".join(lines) + "\n"


def _moved(app: App, action: Action, letters: Sequence[Unattended], *, as_json: bool) -> str:
    word = "replayed" if action is Action.REPLAY else "dropped"
    now = app.clock.now()
    entries = [
        JournalEntry(at=now, ref=one.ref, action=f"dead.{word}", text=f"from the command line, after: {one.error}")
        for one in letters
    ]
    moved = app.store.replay(entries, now) if action is Action.REPLAY else app.store.drop(entries)
    if as_json:
        return _json({word: [str(ref) for ref in moved]})
    return "".join(f"{ref} {_DONE[word]}\n" for ref in moved) or "Nothing was done: there is no dead letter.\n"


def _plain(app: App, letter: Unattended, *, whole: bool) -> dict[str, Any]:
    plain = {**msgspec.to_builtins(letter), "ref": str(letter.ref)}
    if whole:
        plain["journal"] = [
            {"at": entry.at, "action": entry.action, "text": entry.text} for entry in _last(app, letter)
        ]
    return plain


def _last(app: App, letter: Unattended) -> Sequence[JournalEntry]:
    return app.store.journal(letter.ref)[-_LINES:]


def _since(letter: Unattended) -> str:
    return "" if letter.since is None else f"since {letter.since.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}  "


def _stamp(entry: JournalEntry) -> str:
    return f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _json(plain: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n"
