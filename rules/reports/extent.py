"""Extent: what a plan comes to: what happens to how many tickets and why, who hears of it, and what it costs. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    Notify,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.ownership import RELEASE
from rules.plan import Plan
from rules.reports.sheet import Section, Sheet, table_of
from rules.ticket import TicketRef
from rules.words import counted

#: Tickets that are named of each group, and reasons.
_EXAMPLES = 5
_TIER = "tier:"


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing that happens, to all tickets to which it happens."""

    what: str
    tickets: int
    #: Some of them, by what people call them.
    examples: tuple[str, ...]
    #: Reason → on how many tickets, the most frequent first.
    reasons: dict[str, int]


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan comes to."""

    tickets: int
    #: Customers whose tickets these are.
    accounts: int
    #: What customers read, and what only agents do.
    public_comments: int
    internal_notes: int
    #: Channel → notices.
    notices: dict[str, int]
    #: People and groups who are given tickets.
    given_to: dict[str, int]
    #: Helpdesk or channel → write requests.
    calls: dict[str, int]
    #: Helpdesk → minutes that its rate budgets let requests and fresh reads take; 0 = less than one.
    minutes: dict[str, int]
    #: What happens, in the order in which people ask for it.
    effects: tuple[Effect, ...]


def extent_of(
    plans: Sequence[Plan], accounts: Mapping[TicketRef, str], calls: Mapping[str, int], minutes: Mapping[str, int]
) -> Extent:
    """Sum plans up.

    Args:
        plans: One for each ticket that is written to.
        accounts: The customer of each ticket, as far as it is known.
        calls: Helpdesk or channel → write requests that carry the plans out.
        minutes: Helpdesk → minutes that its rate budgets let that take.
    """
    changes = [change for plan in plans for change in plan.changes]
    said = [change for change in changes if isinstance(change, PostComment)]
    given = Counter(change.group for change in changes if isinstance(change, Assign))
    given.update(change.person for change in changes if isinstance(change, AssignPerson))
    return Extent(
        tickets=len(plans),
        accounts=len({accounts[plan.ref] for plan in plans if plan.ref in accounts}),
        public_comments=sum(change.public for change in said),
        internal_notes=sum(not change.public for change in said) + sum(isinstance(one, KeepNote) for one in changes),
        notices=dict(Counter(change.channel for change in changes if isinstance(change, Notify)).most_common()),
        given_to=dict(given.most_common()),
        calls=dict(calls),
        minutes=dict(minutes),
        effects=tuple(_effects(plans)),
    )


def _effects(plans: Iterable[Plan]) -> Iterator[Effect]:
    keys: defaultdict[tuple[int, str], dict[TicketRef, str]] = defaultdict(dict)
    reasons: defaultdict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for plan in plans:
        for change in plan.changes:
            what = _what(change)
            if plan.ref not in keys[what]:
                reasons[what][change.because] += 1
            keys[what][plan.ref] = plan.key
    for what, tickets in sorted(keys.items()):
        yield Effect(
            what=what[1],
            tickets=len(tickets),
            examples=tuple(list(tickets.values())[:_EXAMPLES]),
            reasons=dict(reasons[what].most_common(_EXAMPLES)),
        )


def _what(change: Change) -> tuple[int, str]:
    """Where an effect stands in the list, and its name."""
    if change.rule == RELEASE:
        return 9, "taken back, since nothing asks for it any more"
    if isinstance(change, AddTags) and change.rule.startswith(_TIER):
        return 0, f"enters the tier {change.rule.removeprefix(_TIER)}"
    if isinstance(change, PostComment) and change.public:
        return 2, "public comment, which the customer reads"
    order, name = _KINDS[type(change)]
    return order, name(change)


#: Kind of change → where it stands in the list, and its name.
_KINDS: Mapping[type, tuple[int, Callable[[Any], str]]] = MappingProxyType(
    {
        SetPriority: (1, lambda change: f"priority {change.priority}"),
        Notify: (3, lambda change: f"notice to the channel {change.channel}"),
        Assign: (4, lambda change: f"given to {change.group}"),
        AssignPerson: (4, lambda change: f"given to person {change.person}"),
        Transition: (5, lambda change: f"status {change.status}"),
        OpenLinked: (6, lambda change: f"opens a ticket in {change.helpdesk}, project {change.project}"),
        CreateRemediation: (6, lambda change: f"creates work in {change.on.helpdesk}"),
        CompleteWork: (6, lambda change: f"closes work in {change.on.helpdesk}"),
        LinkTicket: (6, lambda change: f"links to {change.to.helpdesk}"),
        PostComment: (7, lambda _: "internal note"),
        KeepNote: (7, lambda _: "internal note"),
        SetField: (8, lambda change: f"field {change.field}"),
        AddTags: (8, lambda _: "tags"),
        RemoveTags: (8, lambda _: "tags"),
    }
)


def extent_sentences(extent: Extent) -> tuple[str, ...]:
    """Whom it reaches, in sentences."""
    if not (extent.tickets or extent.minutes):
        return ("Nothing would be written: every ticket is as the policy wants it.",)
    whose = f" of {counted(extent.accounts, 'account')}" if extent.accounts else ""
    reads = f"Customers read {counted(extent.public_comments, 'public comment')}"
    notes = counted(extent.internal_notes, "internal note")
    notices = sum(extent.notices.values())
    channels = f" on {', '.join(extent.notices)}" if notices else ""
    calls = ", ".join(f"{count:,} to {target}" for target, count in sorted(extent.calls.items())) or "none"
    return (
        f"{counted(extent.tickets, 'ticket')}{whose} would be written to.",
        f"{reads}; agents read {notes}; {counted(notices, 'notice')} would go out{channels}.",
        f"Write requests: {calls}.{_pace(extent.minutes)}",
    )


def _pace(minutes: Mapping[str, int]) -> str:
    """How long that takes at the helpdesks' rate limits; helpdesks are written to side by side."""
    longest = max(minutes.values(), default=None)
    if longest is None:
        return ""
    if longest == 0:
        return " Rate limits let that through within a minute."
    slowest = " and ".join(sorted(name for name, count in minutes.items() if count == longest))
    hours, rest = divmod(longest, 60)
    told = " ".join(counted(number, noun) for number, noun in ((hours, "hour"), (rest, "minute")) if number)
    return f" At our share of the rate limits of {slowest} that takes about {told}."


def extent_sheet(extent: Extent, title: str) -> Sheet:
    """The plan for a reviewer: whom it reaches, then what happens and why."""
    rows = [
        (
            one.what,
            f"{one.tickets:,}",
            "; ".join(whys(one)),
            _some(one),
        )
        for one in extent.effects
    ]
    given = [(name, f"{count:,}") for name, count in extent.given_to.items()]
    sections = [Section(heading="What would happen", table=table_of(("what", "tickets", "why", "for example"), rows))]
    if given:
        sections.append(Section(heading="Who would get tickets", table=table_of(("who", "tickets"), given)))
    return Sheet(title=title, sentences=extent_sentences(extent), sections=tuple(sections) if rows else ())


def whys(effect: Effect, most: int = _EXAMPLES) -> tuple[str, ...]:
    """The most frequent reasons with their tickets, and for how many tickets there were others."""
    told = list(effect.reasons.items())[:most]
    others = effect.tickets - sum(count for _, count in told)
    more = (f"other reasons ({others:,})",) if others > 0 else ()
    return (*(f"{why} ({count:,})" for why, count in told), *more)


def _some(effect: Effect) -> str:
    more = effect.tickets - len(effect.examples)
    return ", ".join(effect.examples) + (f" and {more:,} more" if more > 0 else "")
