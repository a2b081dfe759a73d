"""Acts: everything that people did about an escalation, out of a ticket's comments and its past. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time

from rules.directory import Directory
from rules.escalation.act import Act, Via
from rules.escalation.commanding import Commanding
from rules.facts import Facts
from rules.policy import Policy
from rules.ticket import Comment, Moment, Scalar, Side, State, Ticket

_NOBODY: tuple[Act, ...] = ()


def acts_of(policy: Policy, ticket: Ticket) -> tuple[Act, ...]:
    """Everything that people asked for on a ticket, by whatever way, each once.

    Args:
        policy: Gives the tags and fields of macros, and the directory that knows the people.
        ticket: With comments and timeline. Values of ours are looked through there, so nothing of ours is an act.

    Returns:
        In the order of their instants, those of one comment in the order of its lines. Neither depends on how often
        and in what order anything was delivered.
    """
    commanding = policy.commanding
    found = [
        act
        for comment in ticket.comments
        if comment.commands
        for act in _said(comment, policy.directory, ticket.ref.helpdesk)
    ]
    if commanding.tags or commanding.fields:
        found.extend(_set(commanding, ticket))
    if not found:
        return _NOBODY
    if commanding.since is not None:
        begin = datetime.combine(commanding.since, time(), UTC)
        found = [act for act in found if act.at >= begin]
    return tuple(sorted({act.key: act for act in found}.values(), key=_place))


def acts_so_far(facts: Facts) -> tuple[Act, ...]:
    """The acts on the ticket up to the instant of the facts; nothing where no policy asks. Read once."""
    return facts.once(_read)


def _read(facts: Facts) -> tuple[Act, ...]:
    if facts.policy is None:
        return ()
    return tuple(act for act in acts_of(facts.policy, facts.ticket) if act.at <= facts.now)


def _place(act: Act) -> tuple[datetime, str]:
    """Where an act stands among the others. Those of one comment keep the order of its lines."""
    return act.at, act.key.rpartition(":")[0]


def _said(comment: Comment, directory: Directory, helpdesk: str) -> Iterator[Act]:
    for number, command in enumerate(comment.commands):
        if command.by is not None:
            person = directory.people.get(command.by)
        else:
            person = None if comment.author is None else directory.person_of(helpdesk, comment.author)
        yield Act(
            key=f"comment:{comment.id}:{number}",
            at=comment.at,
            verb=command.verb,
            # A comment of ours carries commands only where the command line speaks for one of our people.
            side=Side.REQUESTER if command.phrase else Side.AGENT,
            via=Via.COMMENT if command.by is None else Via.CLI,
            text=command.text,
            options=command.options,
            public=comment.public,
            author=comment.author,
            person=None if person is None else person.id,
        )


def _set(commanding: Commanding, ticket: Ticket) -> Iterator[Act]:
    """One act for each time that a tag appeared or a field took a value. Numbers name them whenever they were seen."""
    counts: dict[str, int] = {}
    before: Mapping[str, str] = {}
    for at, state in _states(ticket):
        now = _worn(commanding, state)
        for name, verb in now.items():
            if name not in before:
                counts[name] = counts.get(name, 0) + 1
                via = Via.TAG if name.startswith("tag:") else Via.FIELD
                yield Act(key=f"{name}:{counts[name]}", at=at, verb=verb, side=Side.AGENT, via=via)
        before = now


def _states(ticket: Ticket) -> Iterator[tuple[datetime, State]]:
    moments = ticket.timeline.moments
    if not moments:
        now = State(status=ticket.status, status_name=ticket.status_name, tags=ticket.tags, fields=ticket.fields)
        moments = (Moment(ticket.created_at, now),)
    for number, moment in enumerate(moments):
        assumed = ticket.timeline.assumed_until if number == 0 else None
        # What was found at the first sight of an old ticket is taken to have been set then: nobody knows better, and
        # an old tag must not begin with clocks that ran out long ago.
        yield (moment.at if assumed is None else max(assumed, moment.at)), moment.state


def _worn(commanding: Commanding, state: State) -> dict[str, str]:
    worn = {f"tag:{tag}": verb for tag, verb in commanding.tags.items() if tag in state.tags} if state.tags else {}
    for field, values in commanding.fields.items():
        value = _word(state.fields.get(field))
        if value in values:
            worn[f"field:{field}:{value}"] = values[value]
    return worn


def _word(value: Scalar) -> str:
    return "" if value is None else str(value)
