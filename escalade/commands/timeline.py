"""The timeline of one ticket: both helpdesks' comments, what people changed and what Escalade did, as one story."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from connectors.base import read_with_work
from escalade.app import App, open_app
from escalade.asked_for import ticket_asked_for
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless_lines
from escalade.settings import find_settings, load_settings
from rules.policy import Policy
from rules.reports.case_study import case_study
from rules.reports.happening import Happening
from rules.reports.story_words import story_text
from rules.reports.storyline import storyline
from rules.reports.written import Form, written
from rules.ticket import Ticket, TicketRef
from sync import Known


def timeline(
    ticket: Annotated[str, typer.Argument(help="The ticket as helpdesk:id, for example zendesk:35.")],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask the helpdesks, which have the words of comments; the store has none.")
    ] = False,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="As a case study: without names, words, keys and dates. For training.")
    ] = False,
    json_out: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
    config: Config = None,
) -> None:
    """Tell what happened around a ticket, in order: comments of both helpdesks, people's changes, and our own acts.

    The tickets that it is linked to belong to the story, and so do the work below it and, of an account's record, the
    account's tickets.
    """
    console = Console(stderr=json_out)
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        ref, now = ticket_asked_for(app, ticket), app.clock.now()
        known = app.store.load([ref])[ref]
        told = (_read if fresh else _stored)(app, _around(known))
        story = storyline(list(told.values()), {one: app.store.journal(one) for one in told}, now)
        if anonymous:
            sys.stdout.write(written(case_study(story, _harmless_words(app.policy, told)), Form.MARKDOWN))
        elif json_out:
            sys.stdout.write(_json(ref, now, told, story))
        else:
            console.print(harmless_lines(story_text(story)), highlight=False, markup=False, soft_wrap=True)


def _harmless_words(policy: Policy, told: Mapping[TicketRef, Ticket]) -> frozenset[str]:
    """What may be told of anybody's case: the policy's own tags, and the names of the helpdesks' statuses."""
    tags = {tier.tag for tier in policy.tiers} | {tag for rule in policy.rules for tag in rule.tags}
    states = [moment.state.status_name for ticket in told.values() for moment in ticket.timeline.moments]
    return frozenset({*tags, *states})


def _around(known: Known) -> list[TicketRef]:
    """The ticket and those that belong to its story."""
    ticket, ledger = known.ticket, known.ledger
    refs = [ticket.ref, *(link.to for link in ticket.links), *(child.ref for child in ticket.children)]
    refs += [*ledger.opened.values(), *ledger.remediation.values()]
    refs += [member.ref for member in known.around.members]
    return list(dict.fromkeys(refs))


def _read(app: App, refs: Sequence[TicketRef]) -> dict[TicketRef, Ticket]:
    """These tickets with the words of their comments, in their order.

    One that is gone is as it was known; work below a ticket is known to its helpdesk alone.
    """
    found = _stored(app, refs)
    for name in sorted({ref.helpdesk for ref in refs} & app.helpdesks.keys()):
        source = app.helpdesks[name].source
        for ref, ticket in read_with_work(source, [ref for ref in refs if ref.helpdesk == name]).items():
            if ticket is not None:
                past = found[ref].timeline if ref in found else ticket.timeline
                found[ref] = msgspec.structs.replace(ticket, timeline=past)
    return {ref: found[ref] for ref in refs if ref in found}


def _stored(app: App, refs: Sequence[TicketRef]) -> dict[TicketRef, Ticket]:
    """Those of these tickets that the store knows, in their order."""
    found = app.store.load(refs)
    return {ref: found[ref].ticket for ref in refs if ref in found}


def _json(ref: TicketRef, now: datetime, told: Mapping[TicketRef, Ticket], story: Sequence[Happening]) -> str:
    tickets = [
        {
            "ticket": str(one.ref),
            "key": one.key,
            "url": one.url,
            "subject": one.subject,
            "past_assumed_until": one.timeline.assumed_until,
        }
        for one in told.values()
    ]
    happenings = [{**msgspec.to_builtins(one, builtin_types=(datetime,)), "on": str(one.on)} for one in story]
    content: dict[str, Any] = {"ticket": str(ref), "at": now, "tickets": tickets, "happenings": happenings}
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"
