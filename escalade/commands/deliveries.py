"""Odd deliveries: webhooks that were signed right and should have named a ticket, but do not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from escalade.commands.options import Config
from escalade.failures import FAILED, explained
from escalade.harmless import harmless
from escalade.settings import find_settings, load_settings
from escalade.store.deliveries import MOST_ODD, OddDelivery
from escalade.store.sql import open_store


class Action(StrEnum):
    """What is wanted of odd deliveries."""

    LIST = "list"
    SHOW = "show"


def deliveries(
    action: Annotated[Action, typer.Argument(help="list, or show (one of them as it came).")] = Action.LIST,
    number: Annotated[int | None, typer.Argument(metavar="ID", help="Which one to show.")] = None,
    json_out: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: Config = None,
) -> None:
    """Show webhook deliveries that were signed right and should have named a ticket, but do not.

    The newest 200 of each webhook are kept for two weeks, without what proves anything. `show` prints the body, which
    may hold what customers wrote. Ends with 1 when there is no such delivery.
    """
    with explained(Console()):
        if (action is Action.SHOW) is (number is None):
            raise typer.BadParameter("say which one to show, for example: escalade deliveries show 12")
        with open_store(load_settings(find_settings(config)).store) as store:
            found = store.odd_deliveries(MOST_ODD) if number is None else [store.odd_delivery(number)]
        kept = [one for one in found if one is not None]
        if number is not None and not kept:
            sys.stderr.write(f"there is no odd delivery {number}, or not any more; escalade deliveries lists them\n")
            raise typer.Exit(FAILED)
        sys.stdout.write(_json(kept, whole=action is Action.SHOW) if json_out else _text(kept, action))


def _text(kept: Sequence[OddDelivery], action: Action) -> str:
    if action is Action.SHOW:
        return "".join(map(_whole, kept))
    if not kept:
        return "No odd delivery is kept.\n"
    lines = [f"{one.id:>6}  {_stamp(one)}  {one.webhook:<16} {one.event:<24} {one.why}" for one in kept]
    return "\n".join([*lines, "As it came: escalade deliveries show ID."]) + "\n"


def _whole(one: OddDelivery) -> str:
    headers = [f"{harmless(name)}: {harmless(value)}" for name, value in one.headers.items()]
    cut = f"  (the first {len(one.body):,} of {one.size:,} bytes)" if one.size > len(one.body) else ""
    about = f"{one.id}  {_stamp(one)}  {one.webhook}  {one.event}: {one.why}"
    body = [harmless(line) for line in _body(one).splitlines()]
    return "\n".join([about, "", *headers, "", *body]) + f"\n{cut}".rstrip() + "\n"


def _body(one: OddDelivery) -> str:
    try:
        return msgspec.json.format(one.body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return one.body.decode("utf-8", errors="replace")


def _json(kept: Sequence[OddDelivery], *, whole: bool) -> str:
    plain: list[dict[str, Any]] = []
    for one in kept:
        row = msgspec.to_builtins(one) | {"at": one.at, "body": one.body.decode("utf-8", errors="replace")}
        plain.append(row if whole else {key: value for key, value in row.items() if key not in {"body", "headers"}})
    return msgspec.json.format(msgspec.json.encode({"deliveries": plain}), indent=2).decode() + "\n"


def _stamp(one: OddDelivery) -> str:
    return f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
