"""Sayings: every command that people may say, what it does, what it needs, where it leads, and who may."""

from __future__ import annotations

from collections.abc import Iterator

from rules.escalation.commanding import OPEN_VERBS
from rules.escalation.record import fold
from rules.escalation.transitions import TRANSITIONS
from rules.policy import Policy
from rules.reports.sheet import Section, table_of
from rules.verbs import VERBS

_HEADERS = ("command", "what it does", "needs", "leads to", "who may", "on")


def command_sections(policy: Policy) -> Iterator[Section]:
    """The table of commands."""
    rows = [
        (f"#{verb}", does, _needs(verb), _leads_to(verb), _who(policy, verb), _on(verb)) for verb, does in VERBS.items()
    ]
    told = "A command is a line of an internal comment that begins with # and the word; it is answered once."
    yield Section(heading="Every command", level=3, sentences=(told,), table=table_of(_HEADERS, rows))


def _needs(verb: str) -> str:
    return ", ".join(dict.fromkeys(str(need) for row in TRANSITIONS if row.verb == verb for need in row.needs))


def _leads_to(verb: str) -> str:
    return ", ".join(dict.fromkeys(str(row.to) for row in TRANSITIONS if row.verb == verb and row.to is not None))


def _who(policy: Policy, verb: str) -> str:
    if verb in OPEN_VERBS:
        return "everybody of ours"
    allowed = policy.commanding.allow.get(verb)
    return "whom the directory knows" if allowed is None else ", ".join(allowed)


def _on(verb: str) -> str:
    places = (
        ("tickets", any(row.verb == verb for row in TRANSITIONS)),
        ("records of accounts", verb in fold.TRANSITIONS),
    )
    return ", ".join(name for name, is_there in places if is_there) or "anything"
