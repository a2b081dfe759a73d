"""Acting: what somebody asks for on the command line, said on the ticket in their name like any other comment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from uuid import uuid4

from escalade.app import App
from escalade.books import Books
from escalade.engine.names import worker_name
from escalade.parking import ParkError
from escalade.store.crew import Crew
from escalade.writer import StaleError
from rules.change import PostComment
from rules.commands import OPTIONS, Command, commands_in
from rules.directory import Person
from rules.escalation.act import Act, Via
from rules.escalation.acts import acts_of
from rules.escalation.permission import refusal
from rules.hearing import spoken_for
from rules.policy import Policy
from rules.problems import did_you_mean
from rules.restraint import ANSWER, SPOKEN
from rules.ticket import Side, Ticket, TicketRef
from sync import AlreadyRunningError, Known, Progress

#: Times that a run that is going on is waited for, and how long each (seconds).
_PATIENCE = 60
_PAUSE = 0.5


class NotActedError(Exception):
    """Nothing was said on the ticket; the text tells why."""


def act(app: App, ref: TicketRef, text: str, person: str, progress: Progress) -> tuple[str, ...]:
    """Say commands on a ticket in the name of somebody, and have the ticket decided on.

    Args:
        app: Everything wired up.
        ref: The ticket.
        text: One or more commands, each beginning a line.
        person: The id of somebody in the policy's directory.
        progress: Of the run that answers.

    Returns:
        The answers, as they stand on the ticket now; empty when they come with a later run.

    Raises:
        NotActedError: something of it would not count, or the ticket takes no comment. Nothing was written.
        ValueError: there is no such person, ticket or command.
        AlreadyRunningError: a run that does not end.
        ConnectorError: the helpdesk cannot be read.
    """
    app.policies.meet(app.clock.now())
    somebody = _person(app.policy, person)
    commands = _commands(text)
    _conducts(app.policy)
    with _admitted(app, ref) as alone:
        ticket = _fresh(app, ref)
        _refuse(app.policy, ticket, commands, somebody, app)
        # First: also a write of unknown outcome has to be looked for.
        app.store.nudge([ref], app.clock.now(), "commanded")
        _say(app, ticket, text, somebody)
    if not alone:
        # The service visits the ticket at once.
        return ()
    report = app.sync(progress).once(only={ref})
    said = (change for plan in report.plans for change in plan.changes if isinstance(change, PostComment))
    return tuple(change.body for change in said if change.key.startswith(ANSWER))


def _person(policy: Policy, name: str) -> Person:
    found = policy.directory.people.get(name)
    if found is None:
        people = policy.directory.people
        meant = did_you_mean(name, people)
        hint = f"; did you mean {meant!r}?" if meant else ""
        raise ValueError(f"the directory of the policy knows nobody as {name!r}{hint}")
    return found


def _commands(text: str) -> tuple[Command, ...]:
    commands = commands_in(text, OPTIONS)
    if not commands:
        raise ValueError("there is no command in this; write for example: '#accept we take it'")
    return commands


def _conducts(policy: Policy) -> None:
    if policy.process is None and policy.accounts is None:
        raise ValueError("the policy has no section escalation: or account_escalations:, so nothing would come of it")


@contextmanager
def _admitted(app: App, ref: TicketRef) -> Iterator[bool]:
    """Wait until nobody else is at the ticket; yields whether nobody else works on the store at all."""
    for _ in range(_PATIENCE):
        with app.store.exclusive() as ours:
            if ours:
                yield True
                return
        with _beside(app, ref) as held:
            if held:
                yield False
                return
        Event().wait(_PAUSE)
    raise AlreadyRunningError


@contextmanager
def _beside(app: App, ref: TicketRef) -> Iterator[bool]:
    """Hold the ticket beside a service, as its workers do; False when there is none, or it is at the ticket."""
    crew = Crew(app.store)
    if not crew.names():
        yield False
        return
    name = worker_name()
    crew.join(name)
    try:
        app.store.nudge([ref], app.clock.now(), "commanded")
        yield crew.claim_one(name, ref)
    finally:
        crew.leave(name)
        app.store.work_as(None)


def _fresh(app: App, ref: TicketRef) -> Ticket:
    helpdesk = app.helpdesks.get(ref.helpdesk)
    if helpdesk is None:
        raise ValueError(f"there is no helpdesk {ref.helpdesk!r}; the settings have {', '.join(app.helpdesks)}")
    ticket = helpdesk.source.read([ref]).get(ref)
    if ticket is None:
        raise ValueError(f"{helpdesk.vendor.capitalize()} has no ticket {ref}, or our user may not see it")
    if ticket.frozen_because is not None:
        raise NotActedError(f"nothing can be said on {ref}: {ticket.frozen_because}")
    app.store.refresh([ticket], app.clock.now())
    return _known(app, ref).ticket


def _known(app: App, ref: TicketRef) -> Known:
    return app.store.load([ref])[ref]


def _refuse(policy: Policy, ticket: Ticket, commands: tuple[Command, ...], person: Person, app: App) -> None:
    """All or nothing: half of what somebody meant is worse than to ask them again."""
    earlier = acts_of(policy, ticket)
    asked = [
        Act(
            key=f"here:{number}",
            at=app.clock.now(),
            verb=command.verb,
            side=Side.AGENT,
            via=Via.CLI,
            text=command.text,
            options=command.options,
            person=person.id,
        )
        for number, command in enumerate(commands)
    ]
    told = [refusal(policy, one, (*earlier, *asked[:number])) for number, one in enumerate(asked)]
    if refused := [why for why in told if why is not None]:
        raise NotActedError("\n".join(refused))


def _say(app: App, ticket: Ticket, text: str, person: Person) -> None:
    change = PostComment(
        on=ticket.ref,
        because=f"{person.name} asked for it on the command line",
        rule="commands",
        key=f"{SPOKEN}{uuid4().hex}",
        body=spoken_for(person.id, text.splitlines()),
        public=False,
    )
    known = _known(app, ticket.ref)
    books = Books(ticket, known.ledger, policy=app.policies.edition(app.policy.hash))
    try:
        app.visitor.writer.say(change, books)
    except (ParkError, StaleError) as error:
        # One whose outcome is unknown is looked for by the next run, and counts if it is there.
        raise NotActedError(str(error) or "the ticket was edited meanwhile; try again") from error
