"""Case study: a storyline from which nobody can tell whose it was: for training, and to play it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

from rules.reports.happening import Happening, HappeningKind
from rules.reports.sheet import Section, Sheet, table_of
from rules.ticket import Priority, Side

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_MOVED = re.compile(r"(status|priority): (.*) → (.*)")
_TAGS = re.compile(r"tags? (?:(added|removed): )?(.*)")
_ALWAYS = frozenset({*Priority, "not set"})
#: How a line of the journal begins → what is told of it.
_ACTS = {
    "add tag": "puts on",
    "remove tag": "takes off",
    "set priority": "sets the priority",
    "set field": "sets a field",
    "assign to group": "gives it to another group",
    "assign to person": "gives it to somebody",
    "move to status": "moves it to another status",
    "create": "creates work",
    "open a": "opens a ticket of the tracker",
    "link": "links two tickets",
    "tell the channel": "tells a channel",
    "post a public reply": "answers the customer",
    "post an internal note": "leaves a note",
}


def case_study(story: Sequence[Happening], known: frozenset[str], title: str = "Case study") -> Sheet:
    """The story without names, words, keys or dates.

    Args:
        story: What happened, in order.
        known: Words that tell nothing of a customer: the policy's own tags, the names of statuses. No other word of the
            story is told.
        title: The heading.
    """
    told = _Masks(story, known)
    rows = (
        (_spelled(one.at - story[0].at), told.ticket(one), told.who(one), told.what(one), told.seen(one))
        for one in story
    )
    sections = (Section(heading="What happened", table=table_of(("After", "Where", "Who", "What", "Seen by"), rows)),)
    return Sheet(title=title, sections=sections if story else ())


class _Masks:
    """Who and what is called how: the first ticket is ticket 1, whatever it was called."""

    def __init__(self, story: Sequence[Happening], known: frozenset[str]) -> None:
        self._known = known | _ALWAYS
        tickets, people = count(1), count(1)
        self._tickets = {ref: f"ticket {next(tickets)}" for ref in dict.fromkeys(one.on for one in story)}
        named = dict.fromkeys((one.on.helpdesk, one.author) for one in story if _is_somebody(one))
        self._people = {one: next(people) for one in named}

    def ticket(self, one: Happening) -> str:
        return self._tickets[one.on]

    def who(self, one: Happening) -> str:
        if one.ours:
            return "Escalade"
        if one.kind is not HappeningKind.COMMENT:
            return "somebody"
        side = "customer" if one.side is Side.REQUESTER else "agent" if one.side is Side.AGENT else "machine"
        number = self._people.get((one.on.helpdesk, one.author))
        return side if number is None else f"{side} {number}"

    def what(self, one: Happening) -> str:
        if one.kind is HappeningKind.CREATED:
            return "the ticket comes in"
        if one.kind is HappeningKind.CHANGE:
            return "; ".join(self._changes(one.text)) or "changes something"
        if one.kind is HappeningKind.COMMENT:
            return "leaves a note" if one.ours and not one.public else "writes"
        return self._act(one)

    def seen(self, one: Happening) -> str:
        return "" if one.public is None else "the customer" if one.public else "us"

    def _changes(self, text: str) -> Iterator[str]:
        for part in text.split("; "):
            moved, tags = _MOVED.fullmatch(part), _TAGS.fullmatch(part)
            if moved is not None and moved[2] in self._known and moved[3] in self._known:
                yield part
            elif tags is not None and tags[1] is not None and (kept := self._tags(tags[2])):
                yield f"tags {tags[1]}: {kept}"

    def _act(self, one: Happening) -> str:
        if one.source == "override.seen":
            return "sees that a person took something back, and leaves it so"
        said = next((told for words, told in _ACTS.items() if one.text.startswith(words)), "notes something")
        tags = _TAGS.fullmatch(one.text.partition(" ")[2]) if said in {"puts on", "takes off"} else None
        kept = "" if tags is None else self._tags(tags[2])
        return f"{said} {kept or 'a tag'}" if tags is not None else said

    def _tags(self, text: str) -> str:
        return ", ".join(tag for tag in text.split(", ") if tag in self._known)


def _is_somebody(one: Happening) -> bool:
    return one.kind is HappeningKind.COMMENT and one.author is not None and not one.ours


def _spelled(span: timedelta) -> str:
    return f"{span // _DAY}d {span % _DAY // _HOUR}h {span % _HOUR // _MINUTE}m"
