"""Life: the events of one ticket, folded back from what it is now and from what its helpdesk remembers. Pure.

Every edit is undone, the last one first, until the values of the creation are left; told forward again they are the
ticket's history. What does not fit together is named, and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from rules.histories.edit import CUSTOM, Edit, Value, Values, values_of
from rules.histories.event import Author, EventKind, Fields, PastEvent
from rules.histories.lack import Lack, LackKind
from rules.ticket import Comment, State, Ticket

_UNTOLD = Lack(
    kind=LackKind.UNTOLD_CHANGES,
    told="values changed without an event that says when; the next event of the field, or the last update, tells them",
    tickets=1,
)
_LINKS = Lack(kind=LackKind.LINKS, told="links of which nothing tells when they came are left out", tickets=1)
_BEGINNING = Lack(
    kind=LackKind.BEGINNING,
    told="the ticket is older than the history: it begins as the ticket was then, without its comments from before",
    tickets=1,
)
_ASSUMED = Lack(
    kind=LackKind.BEGINNING,
    told="the ticket had a past when it was first seen: until then it is taken to have been as it was found",
    tickets=1,
)


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one ticket within a period, in order; empty when nothing of it lies in there."""

    events: tuple[PastEvent, ...] = ()
    lacks: tuple[Lack, ...] = ()


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` (included; None = from the beginning) to `until` (excluded), UTC."""

    since: datetime | None = None
    until: datetime


class _Step(msgspec.Struct, frozen=True):
    """One edit with all values after it."""

    edit: Edit
    values: Values


def life_of(ticket: Ticket, edits: Iterable[Edit], comments: Iterable[Comment], period: Period) -> Life:
    """The history of a ticket out of what its helpdesk remembers.

    Args:
        ticket: As it is now, or was after all of `edits`.
        edits: All its updates since the begin of the period, or since its creation, in any order.
        comments: Its comments, with or without their texts, in any order.
        period: What of it is told.
    """
    # What was edited while it was read is not in the values that are undone.
    within = [edit for edit in edits if edit.at <= ticket.updated_at or edit.at < period.until]
    beginning, steps, sound = _undone(ticket, sorted(within, key=lambda edit: (edit.at, edit.order)))
    lacks = [] if sound else [_UNTOLD]
    if beginning.get("links"):
        lacks.append(_LINKS)
        beginning, steps = _without_links(beginning, steps)
    events = [_created(ticket, beginning)]
    events += [_changed(ticket, step) for step in steps if not step.edit.creates]
    if last := _last_gap(ticket, steps[-1].values if steps else beginning, steps):
        events.append(last)
    events += _comments(ticket, comments)
    return _within(ticket, events, lacks, period)


def life_as_seen(ticket: Ticket, period: Period) -> Life:
    """The history of a ticket as Escalade saw it, sight by sight: what people made of it, without Escalade's writes."""
    moments = ticket.timeline.moments
    if not moments:
        return life_of(ticket, (), ticket.comments, period)
    values = [values_of(_as_in(ticket, moment.state)) for moment in moments]
    lacks = [] if ticket.timeline.assumed_until is None else [_ASSUMED]
    if values[0].pop("links"):
        lacks.append(_LINKS)
    events = [_created(ticket, values[0])]
    for moment, before, now in zip(moments[1:], values, values[1:], strict=False):
        names = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)} - {"links"}
        events.append(_event(ticket, moment.at, EventKind.CHANGED, _fields(now, names)))
    events += _comments(ticket, ticket.comments)
    return _within(ticket, events, lacks, period)


def _as_in(ticket: Ticket, state: State) -> Ticket:
    return replace(ticket, **msgspec.structs.asdict(state))


def _undone(ticket: Ticket, edits: Sequence[Edit]) -> tuple[Values, list[_Step], bool]:
    """The values of the beginning, every edit with the values after it, and whether all of it fits together."""
    values, sound = values_of(ticket), True
    if not ticket.links_complete:
        # Links that come by themselves: what is there now is what came and did not leave.
        values["links"] = _came(edits)
    steps: list[_Step] = []
    for edit in reversed(edits):
        after = _with(values, edit)
        known = {name: value for name, value in after.items() if name in values or name.startswith(CUSTOM)}
        sound = sound and all(values.get(name) == value for name, value in known.items())
        steps.append(_Step(edit, after))
        values = _before(after, edit)
    return values, steps[::-1], sound


def _came(edits: Sequence[Edit]) -> tuple[str, ...]:
    links: frozenset[str] = frozenset()
    for edit in edits:
        links = (links | edit.added.get("links", frozenset())) - edit.removed.get("links", frozenset())
    return tuple(sorted(links))


def _with(values: Values, edit: Edit) -> Values:
    """All values right after an edit."""
    after = values | edit.after
    for name in edit.added.keys() | edit.removed.keys():
        kept = _set(after.get(name)) - edit.removed.get(name, frozenset())
        after[name] = tuple(sorted(kept | edit.added.get(name, frozenset())))
    return after


def _before(after: Values, edit: Edit) -> Values:
    """All values right before an edit, as far as they are known."""
    if edit.creates:
        return after
    values = {name: value for name, value in after.items() if name not in edit.after} | edit.before
    for name in edit.added.keys() | edit.removed.keys():
        left = _set(after.get(name)) - edit.added.get(name, frozenset())
        values[name] = tuple(sorted(left | edit.removed.get(name, frozenset())))
    return values


def _set(value: Value) -> frozenset[str]:
    return frozenset(value) if isinstance(value, tuple) else frozenset()


def _without_links(beginning: Values, steps: Sequence[_Step]) -> tuple[Values, list[_Step]]:
    """The same without the links that were there from the beginning: nothing says since when."""
    untold = _set(beginning["links"])

    def told(values: Values) -> Values:
        return values | {"links": tuple(sorted(_set(values.get("links")) - untold))}

    return told(beginning), [_Step(step.edit, told(step.values)) for step in steps]


def _last_gap(ticket: Ticket, values: Values, steps: Sequence[_Step]) -> PastEvent | None:
    """What is different now from what the last edit left behind, at the last update: helpdesks tell no more."""
    now = values_of(ticket) | {"links": values.get("links", ())}
    names = {name for name in now.keys() | values.keys() if now.get(name) != values.get(name)}
    if not names:
        return None
    at = max([ticket.updated_at, ticket.created_at, *(step.edit.at for step in steps[-1:])])
    return _event(ticket, at, EventKind.CHANGED, _fields(now, names))


def _created(ticket: Ticket, values: Values) -> PastEvent:
    return _event(ticket, ticket.created_at, EventKind.CREATED, _fields(values, values.keys() | {CUSTOM}))


def _changed(ticket: Ticket, step: _Step) -> PastEvent:
    names = step.edit.after.keys() | step.edit.added.keys() | step.edit.removed.keys()
    return _event(ticket, step.edit.at, EventKind.CHANGED, _fields(step.values, names), ours=step.edit.ours)


def _event(ticket: Ticket, at: datetime, kind: EventKind, fields: Fields, *, ours: bool = False) -> PastEvent:
    return PastEvent(at=at, ticket=str(ticket.ref), kind=kind, fields=fields, ours=ours)


def _fields(values: Values, names: Iterable[str]) -> Fields:
    """These values as an event tells them: custom fields as a whole, whichever of them is named."""
    told: dict[str, Any] = {}
    for name in names:
        if name.startswith(CUSTOM):
            told["custom"] = _custom(values)
        elif name in values:
            told[name] = values[name]
    return msgspec.convert(told, Fields)


def _custom(values: Values) -> dict[str, Value]:
    return {
        name.removeprefix(CUSTOM): value
        for name, value in sorted(values.items())
        if name.startswith(CUSTOM) and value is not None
    }


def _comments(ticket: Ticket, comments: Iterable[Comment]) -> Iterator[PastEvent]:
    for comment in sorted(comments, key=lambda comment: comment.at):
        yield PastEvent(
            at=comment.at,
            ticket=str(ticket.ref),
            kind=EventKind.COMMENT,
            author=Author(id=comment.author, role=comment.side),
            public=comment.public,
            body=comment.body,
            ours=comment.ours,
        )


def _within(ticket: Ticket, events: Iterable[PastEvent], lacks: Sequence[Lack], period: Period) -> Life:
    """What of a ticket's events lies in the period; an older ticket begins with it, as it was then."""
    first, *rest = sorted(events, key=lambda event: event.at)
    since = period.since
    if since is not None and first.at < since:
        for event in rest:
            if event.at < since and event.kind is EventKind.CHANGED:
                first = replace(first, fields=_overlaid(first.fields, event.fields))
        first = replace(first, at=since, born=ticket.created_at)
        rest = [event for event in rest if event.at >= since]
        lacks = [*lacks, _BEGINNING]
    told = tuple(event for event in [first, *rest] if event.at < period.until)
    return Life(events=told, lacks=tuple(lacks) if told else ())


def _overlaid(fields: Fields, newer: Fields) -> Fields:
    told = {name: value for name, value in msgspec.structs.asdict(newer).items() if value is not msgspec.UNSET}
    return replace(fields, **told)
