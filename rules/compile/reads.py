"""Reads: how generated code gets at a fact. Where nothing is said here, it asks the facts by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rules.facts import ACCOUNT_FIELD_PREFIX, FIELD_PREFIX

#: Gives the name under which generated code finds a value.
Name = Callable[[object], str]

#: Facts that are always set.
ALWAYS_SET = frozenset({"helpdesk", "status", "tags"})
#: Facts that few values are known of, and that cost next to nothing: what is left of the rules is worked out once for
#: every combination that comes up.
FEW_VALUES = ("helpdesk", "status", "priority", "priority_now", "type", "tier", "escalated")

#: Fact → its value, with `facts`, `ticket` and `ledger` at hand.
_READ: Mapping[str, str] = {
    "status": "(ticket.status if ledger.status is None else facts.value('status'))",
    "status_name": "(ticket.status_name if ledger.status is None else facts.value('status_name'))",
    "priority": "(ticket.priority if ledger.priority is None else facts.priority)",
    "priority_now": "ticket.priority",
    "type": "ticket.type",
    "product": "ticket.product",
    "assignee": "(ticket.assignee if ledger.assignee is None else facts.value('assignee'))",
    "requester": "ticket.requester",
    "subject": "ticket.subject",
    "key": "ticket.key",
    "helpdesk": "ticket.ref.helpdesk",
    "tags": "(ticket.tags - ledger.tags if ledger.tags else ticket.tags)",
    "tier": "(None if ledger.escalation is None else ledger.escalation.tier)",
    "escalated": "(ledger.escalation is not None)",
    "replies_agent": "facts.silences.replies_agent",
    "replies_requester": "facts.silences.replies_requester",
    "unanswered_replies": "facts.silences.unanswered_replies",
}
_SINCE: Mapping[str, str] = {
    "age": "ticket.created_at",
    "agent_silence": "facts.silences.agent_silent_since",
    "customer_waiting": "facts.silences.customer_waiting_since",
    "since_update": "facts.silences.last_touch_at",
}
_COSTLY = "facts."


def read(fact: str, name: Name) -> str:
    """Source text of a fact's value."""
    if (known := _READ.get(fact)) is not None:
        return known
    if fact.startswith(FIELD_PREFIX):
        key = name(fact.removeprefix(FIELD_PREFIX))
        return f"(facts.value({name(fact)}) if ledger.fields else ticket.fields.get({key}))"
    if fact.startswith(ACCOUNT_FIELD_PREFIX):
        key = name(fact.removeprefix(ACCOUNT_FIELD_PREFIX))
        return f"(None if facts.account is None else facts.account.fields.get({key}))"
    return f"facts.value({name(fact)})"


def since(fact: str, name: Name) -> str:
    """Source text of the instant that a length of time counts from."""
    return _SINCE.get(fact) or f"facts.since({name(fact)})"


def is_cheap(fact: str) -> bool:
    """Whether reading costs so little that it is not put off."""
    return not _READ.get(fact, _COSTLY).startswith(_COSTLY) or fact.startswith(FIELD_PREFIX)
