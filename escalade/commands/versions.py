"""The versions of the policy: which there are, which tickets follow them, and bringing tickets onto another one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from escalade.app import App, open_app
from escalade.asked_for import ticket_asked_for
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless
from escalade.policies import VersionError
from escalade.settings import find_settings, load_settings
from escalade.store.horizon import Horizon
from escalade.store.policies import Version
from rules.facts import facts_of
from rules.journal import JournalEntry
from rules.policy import InFlight, Policy
from rules.rebase import Rebase, compare_versions, rebase_summary, rebase_text
from rules.ticket import TicketRef
from sync import AlreadyRunningError

#: Tickets loaded at once.
_BATCH = 100


def policies(config: Config = None) -> None:
    """List every version of the policy that ever decided, and how many escalated tickets follow each."""
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        headers = ("Policy", "First used", "Escalated tickets", "")
        table = Table(*(Column(header, overflow="fold") for header in headers))
        known = app.store.versions()
        for version in known:
            first = f"{version.first_used_at:%Y-%m-%d %H:%M} UTC"
            table.add_row(version.hash, first, f"{version.in_flight:,}", _remark(app, version))
        if app.policy.hash not in {version.hash for version in known}:
            table.add_row(app.policy.hash, "not yet", "0", "in force")
        console.print(table)
        console.print(_FOLLOWED[app.policy.in_flight], highlight=False)


_FOLLOWED = {
    InFlight.KEEP: "in_flight says keep: an escalation follows the version that began it until it is over or re-based.",
    InFlight.REBASE: "in_flight says rebase: from the next sync on, every escalation follows the policy in force.",
}


def rebase(
    tickets: Annotated[list[str] | None, typer.Argument(help="Tickets as helpdesk:id, for example zendesk:35.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All escalated tickets that follow another version.")] = False,
    to: Annotated[
        str | None, typer.Option(metavar="HASH", help="The version to follow; default: the policy in force.")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Let the tickets follow it; the next sync acts on it.")
    ] = False,
    show: Annotated[int, typer.Option(min=0, help="How many tickets to show.")] = 20,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write all of it as JSON to this file ('-' = standard output).")
    ] = None,
    config: Config = None,
) -> None:
    """Show what another version of the policy would mean for escalated tickets: every due date before and after.

    Judged from what the store knows; no helpdesk is asked, and none is written to. With --apply the tickets follow that
    version from now on, which their journals tell.
    """
    console = Console(stderr=json_out is not None and str(json_out) == "-")
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        if bool(tickets) == every:
            raise typer.BadParameter("name tickets, or say --all")
        target = _target(app, to)
        asked = None if every else [ticket_asked_for(app, ticket) for ticket in tickets or ()]
        if not apply:
            _show(console, _rebases(app, target, _followers(app, target, asked, console)), show, json_out)
            return
        with app.store.exclusive() as ours:
            if not ours:
                raise AlreadyRunningError
            done = list(_rebases(app, target, _followers(app, target, asked, console)))
            _carry_out(app, target, done)
        _show(console, iter(done), show, json_out)
        told = f"{len(done):,} tickets follow policy {target.hash} from now on. Next: escalade sync"
        console.print(told, highlight=False, soft_wrap=True)


def _remark(app: App, version: Version) -> str:
    """Whether it is in force; why it cannot decide any more, where that matters to some ticket."""
    if version.hash == app.policy.hash:
        return "in force"
    try:
        if version.in_flight:
            app.policies.version(version.hash)
    except VersionError as error:
        return harmless(str(error))
    return ""


def _target(app: App, wanted: str | None) -> Policy:
    """The version to follow.

    Raises:
        VersionError: there is none, or more than one, whose hash begins so; or it cannot decide any more.
        ValueError: the policy in force lets nothing follow an older version.
    """
    if wanted is None:
        return app.policy
    known = dict.fromkeys([app.policy.hash, *(version.hash for version in app.store.versions())])
    fitting = [version for version in known if version.startswith(wanted)]
    if len(fitting) != 1:
        problem = "more than one version begins" if fitting else "no version begins"
        raise VersionError(f"{problem} with {wanted!r}; known are: {', '.join(known)} (see escalade policies)")
    if fitting[0] != app.policy.hash and app.policy.in_flight is InFlight.REBASE:
        raise ValueError(
            "the policy in force says in_flight: {policy: rebase}, so every escalation follows it; "
            "write in_flight: {policy: keep} into it to let tickets follow an older version"
        )
    return app.policies.version(fitting[0])


def _followers(
    app: App, target: Policy, asked: Sequence[TicketRef] | None, console: Console
) -> Mapping[TicketRef, str]:
    """The tickets that would change their version, and which one each follows; says why others are left out."""
    following = app.store.followers(refs=asked)
    for ref in asked or ():
        if ref not in following:
            console.print(f"{ref} is not escalated, so the policy in force decides on it.", highlight=False)
        elif following[ref] == target.hash:
            console.print(f"{ref} follows policy {target.hash} already.", highlight=False)
    return {ref: version for ref, version in following.items() if version != target.hash}


def _rebases(app: App, target: Policy, following: Mapping[TicketRef, str]) -> Iterator[Rebase]:
    """Compare the two versions for each ticket that is known, a batch at a time."""
    # Either version may look further than those that decide now.
    app.store.watch(Horizon(siblings=True, account_tickets=True, linked=True, records=True))
    now = app.clock.now()
    waiting = iter(following)
    while batch := list(islice(waiting, _BATCH)):
        for ref, known in app.store.load(batch).items():
            account = app.visitor.account_facts.told(known.account)
            facts = facts_of(known.ticket, account, known.summary, known.ledger, now, known.linked)
            after = app.visitor.followed(target, known, now)
            try:
                before = app.visitor.followed(app.policies.version(following[ref]), known, now)
            except VersionError as error:
                yield compare_versions(facts, following[ref], None, after, lost=str(error))
            else:
                yield compare_versions(facts, following[ref], before, after)


def _carry_out(app: App, target: Policy, rebases: Sequence[Rebase]) -> None:
    now = app.clock.now()
    if target is app.policy:
        app.store.keep_policy(target.hash, app.policies.texts, now)
    entries = [
        JournalEntry(at=now, ref=one.ref, action="policy.rebased", text=rebase_summary(one), policy=target.hash)
        for one in rebases
    ]
    app.store.follow(target.hash, entries, now)


def _show(console: Console, rebases: Iterator[Rebase], most: int, json_out: Path | None) -> None:
    """Print the first ones and count them all; as JSON, tell all of them."""
    total = moving = 0
    told: list[Rebase] = []
    for one in rebases:
        total += 1
        moving += one.moves
        if total <= most:
            console.print(harmless(rebase_text(one)), highlight=False, markup=False, soft_wrap=True)
        if json_out is not None:
            told.append(one)
    more = f" ({total - most:,} of them not shown)" if total > most else ""
    console.print(f"{total:,} tickets{more}: due dates or tiers move on {moving:,}.", highlight=False)
    if json_out is not None:
        text = msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"
        if str(json_out) == "-":
            sys.stdout.write(text.decode())
        else:
            json_out.write_bytes(text)
