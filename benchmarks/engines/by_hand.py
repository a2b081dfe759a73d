"""Closures specialised by hand: they are given the facts that our own engine is given, and read them by themselves.

What makes one faster was tried, and is in all of them: questions stand in the order of what they cost, so that a
pattern is run only where all else holds; a question reads what it needs and nothing before; constants stand in place;
enumerations are compared by identity. What made them slower was left out: keeping lengths of time and folded texts for
a ticket (most rules end before they ask for one), and handing over the parts of a ticket one by one.

They read a ticket as it is. Ours also looks through what we wrote to it ourselves, which takes a look at the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import product
from typing import Any, NamedTuple

import re2

from engines.contenders import Conditions
from engines.languages import PYTHON, Group, Node, Question
from rules.calendar import BusinessCalendar
from rules.facts import Facts
from rules.literals import required_words
from rules.ticket import Priority, StatusCategory

#: Facts → numbers of the rules that hold.
Decider = Callable[[Facts], list[int]]

#: Fact → how it is read, with the facts as `f`.
_READ: Mapping[str, str] = {
    "helpdesk": "f.ticket.ref.helpdesk",
    **{name: f"f.ticket.{name}" for name in ("status", "priority", "product", "group", "type", "key", "tags")},
    "subject": "f.ticket.subject",
    "subject_folded": "f.ticket.subject.casefold()",
    **{name: f"f.ticket.fields[{name!r}]" for name in ("impact", "urgency", "region", "seats")},
    "account_tags": "f.account.tags",
    "account_tier": "f.account.fields['tier']",
    "account_open_tickets": "f.summary.open_tickets",
    "account_open_urgent": "f.summary.open_by_priority['urgent']",
    **{name: f"f.counted.{name}" for name in ("replies_agent", "replies_requester", "unanswered_replies")},
    "first_reply": "f.counted.first_reply_at is not None",
    "linked": "f.ticket.links",
    "escalated": "f.ledger.escalation is not None",
}
#: Length of time → the instant that it counts from.
_SINCE: Mapping[str, str] = {
    "age": "f.ticket.created_at",
    "since_update": "f.counted.last_touch_at",
    "agent_silence": "f.counted.agent_silent_since",
    "customer_waiting": "f.counted.customer_waiting_since",
}
#: An instant that not every ticket has.
_MAY_BE_MISSING = "customer_waiting"
_ENUMERATIONS: Mapping[str, type[StatusCategory | Priority]] = {"status": StatusCategory, "priority": Priority}
#: Rough costs in hundredths of a microsecond.
_COSTS = {"matches": 100, "phrase": 15, "any_tag": 6, "tags": 6}
_BUSINESS_COST, _LENGTH_COST, _READ_COST = 60, 15, 4


class Kind(NamedTuple):
    """One way to write closures."""

    #: A closure for each question and each group, made for its number of parts; else one for a whole rule.
    apart: bool
    #: A pattern is only run on texts that have one of the words which it needs.
    words: bool
    #: Patterns are run by RE2, as ours are, which no text can stall; else by `re`, which is quicker with short texts.
    safe: bool

    @property
    def name(self) -> str:
        """What it is called in the table."""
        made = "closures, arity-specialised" if self.apart else "closures, a whole rule each"
        looks = ", words before patterns" if self.words else ""
        return f"{made}, given the same facts{looks}{'' if self.safe else ', patterns by `re`'}"


KINDS = tuple(Kind(apart, words, safe) for apart, words, safe in product((True, False), (False, True), (True, False)))


def by_hand(conditions: Conditions, support: BusinessCalendar, kind: Kind) -> Decider:
    """What tells the numbers of the rules that hold, lowest first.

    Args:
        conditions: The rules, as questions to plain facts.
        support: The calendar of that name.
        kind: How the closures are written.
    """
    desk = _Desk(support, kind)
    numbered = [(number, (desk.apart if kind.apart else desk.whole)(node)) for number, node in enumerate(conditions)]

    def decide(facts: Facts) -> list[int]:
        if facts.counted is None:
            _ = facts.silences
        return [number for number, ask in numbered if ask(facts)]

    return decide


class _Desk:
    """Where closures are written: each as a person would type it."""

    def __init__(self, support: BusinessCalendar, kind: Kind) -> None:
        self._kind = kind
        self._names: dict[str, Any] = {"elapsed": support.elapsed}

    def apart(self, node: Node) -> Callable[[Facts], Any]:
        """One closure for each question, and one around those of a group."""
        if isinstance(node, Question):
            return self._closure(self._question(node))
        parts = [self.apart(part) for part in _cheap_first(node)]
        names = [f"part{place}" for place in range(len(parts))]
        text = _joined(node, [f"{name}(f)" for name in names])
        made: Callable[[Facts], Any] = eval(f"lambda {', '.join(names)}: lambda f: {text}")(*parts)  # noqa: S307
        return made

    def whole(self, node: Node) -> Callable[[Facts], Any]:
        """One closure for all of it."""
        return self._closure(self._written(node))

    def _closure(self, text: str) -> Callable[[Facts], Any]:
        made: Callable[[Facts], Any] = eval(f"lambda f: {text}", self._names)  # noqa: S307 - our own rules
        return made

    def _written(self, node: Node) -> str:
        if isinstance(node, Question):
            return self._question(node)
        return _joined(node, [self._written(part) for part in _cheap_first(node)])

    def _question(self, asked: Question) -> str:
        if asked.asks == "matches":
            return self._pattern(asked)
        if (length := _length(asked)) is not None:
            return self._passed(*length, asked)
        read, value = _READ[asked.fact], asked.value
        if isinstance(value, bool):
            return f"({read})" if value else f"(not {read})"
        if asked.fact in _ENUMERATIONS and asked.asks == "is":
            return f"{read} is {self._name(_ENUMERATIONS[asked.fact](value))}"
        # The same text as for plain values, with the reading in place of the look-up.
        return PYTHON.question(asked).replace(f"f[{asked.fact!r}]", read)

    def _passed(self, since: str, calendar: str, asked: Question) -> str:
        length = f"f.now - {since}" if calendar == "always" else f"elapsed({since}, f.now)"
        text = f"{length} {asked.sign} {self._name(timedelta(seconds=asked.value))}"
        return f"({since} is not None and {text})" if asked.fact.startswith(_MAY_BE_MISSING) else text

    def _pattern(self, asked: Question) -> str:
        read, compiled = _READ[asked.fact], re2.compile if self._kind.safe else re.compile
        search = f"{self._name(compiled(asked.value).search)}({read})"
        words = (required_words(asked.value) if self._kind.words else None) or ()
        found = [f"{word!r} in {'low' if place else f'(low := {read}.casefold())'}" for place, word in enumerate(words)]
        return f"(({' or '.join(found)}) and {search})" if found else search

    def _name(self, value: object) -> str:
        name = f"c{len(self._names)}"
        self._names[name] = value
        return name


def _joined(group: Group, parts: list[str]) -> str:
    text = f"({(' and ' if group.kind == 'all' else ' or ').join(parts)})"
    return f"(not {text})" if group.kind == "none" else text


def _cheap_first(group: Group) -> list[Node]:
    return sorted(group.parts, key=_cost)


def _cost(node: Node) -> int:
    if isinstance(node, Group):
        return sum(map(_cost, node.parts))
    if (length := _length(node)) is not None:
        return _LENGTH_COST if length[1] == "always" else _BUSINESS_COST
    return _COSTS.get(node.asks, _READ_COST)


def _length(asked: Question) -> tuple[str, str] | None:
    """Where a length of time counts from, and in which calendar; None for other facts."""
    fact, _, calendar = asked.fact.rpartition("_")
    return (_SINCE[fact], calendar) if fact in _SINCE else None
