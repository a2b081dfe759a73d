"""Reads: how generated code gets at a fact. Where nothing is said here, it asks the facts by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rules.catalogue.registry import READ
from rules.facts import ACCOUNT_FIELD_PREFIX, FIELD_PREFIX
from rules.ticket import Priority

#: Gives the name under which generated code finds a value.
Name = Callable[[object], str]

#: Facts that are always set.
ALWAYS_SET = frozenset({"helpdesk", "status", "tags"})
#: Facts with several values at once.
TAGS = ("tags", "account.tags")
#: Facts with few values each, over all tickets; so have most custom fields.
_FEW = frozenset(
    {
        *("helpdesk", "status", "priority", "priority_now", "type", "product", "group", "tier", "escalated"),
        *("replies_agent", "replies_requester", "unanswered_replies", "first_reply"),
        *("account.known", "account.tags", "account.open_tickets"),
        *(f"account.open_{priority}" for priority in Priority),
    }
)

#: Fact → its value, with `facts`, `ticket` and `ledger` at hand.
_READ: Mapping[str, str] = {
    "status": "(ticket.status if ledger.status is None else facts.value('status'))",
    "status_name": "(ticket.status_name if ledger.status is None else facts.value('status_name'))",
    "priority": "(ticket.priority if ledger.priority is None else facts.priority)",
    "priority_now": "ticket.priority",
    "type": "ticket.type",
    "product": "ticket.product",
    "group": "(ticket.group if ledger.group is None else facts.value('group'))",
    "assignee": "(ticket.assignee if ledger.assignee is None else facts.value('assignee'))",
    "requester": "ticket.requester",
    "subject": "ticket.subject",
    "key": "ticket.key",
    "helpdesk": "ticket.ref.helpdesk",
    "tags": "(ticket.tags - ledger.tags if ledger.tags else ticket.tags)",
    "tier": "(None if ledger.escalation is None else ledger.escalation.tier)",
    "escalated": "(ledger.escalation is not None)",
    "linked": "(facts.value('linked') if ticket.links else False)",
    "replies_agent": "facts.silences.replies_agent",
    "replies_requester": "facts.silences.replies_requester",
    "unanswered_replies": "facts.silences.unanswered_replies",
    "first_reply": "(facts.silences.first_reply_at is not None)",
    "account": "(None if facts.account is None else facts.account.name)",
    "account.tags": "(None if facts.account is None else facts.account.tags)",
    "account.known": "(facts.account is not None)",
    "account.open_tickets": "(None if facts.summary is None else facts.summary.open_tickets)",
    **{
        f"account.open_{priority}": (
            f"(None if facts.summary is None else facts.summary.open_by_priority.get({str(priority)!r}, 0))"
        )
        for priority in Priority
    },
}
_SINCE: Mapping[str, str] = {
    "age": "ticket.created_at",
    "agent_silence": "facts.silences.agent_silent_since",
    "customer_waiting": "facts.silences.customer_waiting_since",
    "since_update": "facts.silences.last_touch_at",
}


def read(fact: str, name: Name) -> str:
    """Source text of a fact's value."""
    if (text := _READ.get(fact)) is not None:
        return text
    if fact.startswith(FIELD_PREFIX):
        key = name(fact.removeprefix(FIELD_PREFIX))
        return f"facts.fields.get({key})"
    if fact.startswith(ACCOUNT_FIELD_PREFIX):
        key = name(fact.removeprefix(ACCOUNT_FIELD_PREFIX))
        return f"(None if facts.account is None else facts.account.fields.get({key}))"
    return f"facts.value({name(fact)})" if (known := READ.get(fact)) is None else f"{name(known)}(facts)"


def since(fact: str, name: Name) -> str:
    """Source text of the instant that a length of time counts from."""
    return _SINCE.get(fact) or f"facts.since({name(fact)})"


def always_runs(fact: str) -> bool:
    """Whether the instant that a length of time counts from is there for every ticket."""
    return fact in {"age", "agent_silence", "since_update"}


def is_cheap(fact: str) -> bool:
    """Whether reading costs so little that it is not put off: a glance at the ticket or at its account."""
    return is_field(fact) or (fact in _READ and "silences" not in _READ[fact])


def is_field(fact: str) -> bool:
    """Whether a fact is a custom field, which may hold values of any kind."""
    return fact.startswith((FIELD_PREFIX, ACCOUNT_FIELD_PREFIX))


def is_at_hand(fact: str) -> bool:
    """Whether a fact is an attribute of the ticket."""
    return _READ.get(fact, "").startswith(("ticket.", "(ticket."))


def home(fact: str) -> str:
    """What is looked at to read a fact that has few values: such facts cost less together."""
    if fact.startswith(FIELD_PREFIX):
        return "facts.fields"
    text = _READ.get(fact, "facts.account" if fact.startswith(ACCOUNT_FIELD_PREFIX) else "")
    return next((place for place in ("facts.account", "facts.summary", "facts.silences") if place in text), "ticket")


def has_few(fact: str) -> bool:
    """Whether a fact is taken to have few values over all tickets."""
    return fact in _FEW or is_field(fact)
