"""Catalogue: every fact that has a fixed name, with its meaning and the function that reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from rules.clocks.told import clock_spec
from rules.fact import ACCOUNT_FIELD_PREFIX, FIELD_PREFIX, FactSpec, FactType, Provenance, Value
from rules.ticket import LinkKind, Priority, Scalar, StatusCategory

if TYPE_CHECKING:
    from rules.facts import Facts

_PRIORITIES = tuple(Priority)
_STATUSES = tuple(StatusCategory)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One fact: its specification, and how it is read."""

    spec: FactSpec
    read: Callable[[Facts], Value]


def _fact(  # noqa: PLR0917 - the columns of a table
    name: str,
    kind: FactType,
    provenance: Provenance,
    read: Callable[[Facts], Value],
    doc: str,
    values: tuple[str, ...] | None = None,
    *,
    past: bool = True,
) -> _Entry:
    spec = FactSpec(name=name, type=kind, doc=doc, provenance=provenance, values=values, past=past)
    return _Entry(spec, read)


def _of_the_ticket() -> Iterator[_Entry]:
    kind = FactType
    source = Provenance.TICKET
    yield _fact(
        "status",
        kind.CHOICE,
        source,
        lambda facts: facts.ledger.base_status(facts.ticket)[0],
        "Where the ticket stands, in the same words for every helpdesk; a transition by Escalade is looked through.",
        _STATUSES,
    )
    yield _fact(
        "status_name",
        kind.TEXT,
        source,
        lambda facts: facts.ledger.base_status(facts.ticket)[1],
        "The helpdesk's own word for it.",
    )
    yield _fact(
        "priority",
        kind.CHOICE,
        source,
        lambda facts: facts.priority,
        "The priority as people set it: a raise by Escalade is looked through.",
        _PRIORITIES,
    )
    yield _fact(
        "priority_now",
        kind.CHOICE,
        source,
        lambda facts: facts.ticket.priority,
        "The priority as the ticket shows it, raises by Escalade included.",
        _PRIORITIES,
        past=False,
    )


def _about_the_ticket() -> Iterator[_Entry]:
    kind = FactType
    source = Provenance.TICKET
    yield _fact("type", kind.TEXT, source, lambda facts: facts.ticket.type, "The ticket's type in its helpdesk.")
    yield _fact(
        "product", kind.TEXT, source, lambda facts: facts.ticket.product, "The product that the ticket is about."
    )
    yield _fact("group", kind.TEXT, source, _group, "The owning group; an assignment by Escalade is looked through.")
    yield _fact(
        "assignee",
        kind.TEXT,
        source,
        lambda facts: facts.ledger.base_assignee(facts.ticket.assignee),
        "The assignee's id in the helpdesk; somebody whom Escalade chose is looked through.",
    )
    yield _fact(
        "requester", kind.TEXT, source, lambda facts: facts.ticket.requester, "The requester's id in the helpdesk."
    )
    yield _fact("subject", kind.TEXT, source, lambda facts: facts.ticket.subject, "The subject line.")
    yield _fact("key", kind.TEXT, source, lambda facts: facts.ticket.key, "What people call the ticket: 35, OPS-12.")
    yield _fact(
        "helpdesk", kind.TEXT, source, lambda facts: facts.ticket.ref.helpdesk, "The helpdesk's name in the settings."
    )
    yield _fact(
        "tags",
        kind.TAGS,
        source,
        lambda facts: facts.ticket.tags - facts.ledger.tags,
        "The tags (labels) that others put on; Escalade's own are left out.",
    )


def _of_the_ladder() -> Iterator[_Entry]:
    source = Provenance.LEDGER
    yield _fact(
        "tier",
        FactType.TEXT,
        source,
        _tier,
        "The tier that the ticket is in; not set when it is not escalated.",
        past=False,
    )
    yield _fact(
        "escalated",
        FactType.FLAG,
        source,
        lambda facts: _tier(facts) is not None,
        "The ticket is in some tier.",
        past=False,
    )


def _of_the_comments() -> Iterator[_Entry]:
    source = Provenance.COMMENTS
    yield _fact(
        "replies_agent",
        FactType.NUMBER,
        source,
        lambda facts: facts.silences.replies_agent,
        "Public comments by agents after the creation.",
    )
    yield _fact(
        "replies_requester",
        FactType.NUMBER,
        source,
        lambda facts: facts.silences.replies_requester,
        "Comments by the customer's side after the creation.",
    )
    yield _fact(
        "unanswered_replies",
        FactType.NUMBER,
        source,
        lambda facts: facts.silences.unanswered_replies,
        "Comments by the customer's side since an agent last answered in public; the opening text is not counted.",
    )
    yield _fact(
        "first_reply",
        FactType.FLAG,
        source,
        lambda facts: facts.silences.first_reply_at is not None,
        "An agent has answered in public.",
    )


def _of_the_links() -> Iterator[_Entry]:
    yield _fact(
        "linked",
        FactType.FLAG,
        Provenance.TICKET,
        _linked,
        "A ticket of the engineering tracker is linked.",
        past=False,
    )


def _of_the_account() -> Iterator[_Entry]:
    source = Provenance.ACCOUNT
    yield _fact(
        "account",
        FactType.TEXT,
        source,
        lambda facts: None if facts.account is None else facts.account.name,
        "The customer account's name.",
    )
    yield _fact(
        "account.tags",
        FactType.TAGS,
        source,
        lambda facts: None if facts.account is None else facts.account.tags,
        "The account's tags.",
    )
    yield _fact(
        "account.known",
        FactType.FLAG,
        source,
        lambda facts: facts.account is not None,
        "The helpdesk says which account the ticket belongs to.",
    )


def _of_the_summary() -> Iterator[_Entry]:
    source = Provenance.SUMMARY
    yield _fact(
        "account.open_tickets",
        FactType.NUMBER,
        source,
        lambda facts: None if facts.summary is None else facts.summary.open_tickets,
        "Open tickets of the account, this one included, over all helpdesk tickets that Escalade has taken in.",
        past=False,
    )
    for priority in Priority:
        yield _fact(
            f"account.open_{priority}",
            FactType.NUMBER,
            source,
            _open_at(priority),
            f"Open tickets of the account that people gave the priority {priority}.",
            past=False,
        )


def _of_the_clock() -> Iterator[_Entry]:
    yield _fact(
        "now",
        FactType.INSTANT,
        Provenance.CLOCK,
        lambda facts: facts.now,
        "The instant of the decision.",
    )
    yield _fact(
        "created",
        FactType.INSTANT,
        Provenance.TICKET,
        lambda facts: facts.ticket.created_at,
        "The instant at which the ticket was created.",
    )


def _group(facts: Facts) -> Scalar:
    ours = facts.ledger.group
    now = facts.ticket.group
    return ours.before if ours is not None and ours.ours == now else now


def _tier(facts: Facts) -> str | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.tier


def _in_tier(facts: Facts) -> datetime | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.entered_at


def _linked(facts: Facts) -> bool:
    return any(link.kind is LinkKind.TRACKED_BY for link in facts.ticket.links)


def _open_at(priority: Priority) -> Callable[[Facts], Value]:
    def read(facts: Facts) -> Value:
        return None if facts.summary is None else facts.summary.open_by_priority.get(priority, 0)

    return read


#: DURATIONs: name, where from, the instant from which it counts, meaning.
_DURATIONS: tuple[tuple[str, Provenance, Callable[[Facts], datetime | None], str], ...] = (
    ("age", Provenance.TICKET, lambda facts: facts.ticket.created_at, "Time since the ticket was created."),
    (
        "since_update",
        Provenance.COMMENTS,
        lambda facts: facts.silences.last_touch_at,
        "Time since a person on either side last commented, else since the creation. Writes by Escalade do not count.",
    ),
    (
        "agent_silence",
        Provenance.COMMENTS,
        lambda facts: facts.silences.agent_silent_since,
        "Time since an agent last commented in public, else since the creation.",
    ),
    (
        "customer_waiting",
        Provenance.COMMENTS,
        lambda facts: facts.silences.customer_waiting_since,
        "Time since the customer side's oldest comment that no agent answered in public; not set when none waits.",
    ),
    (
        "in_tier",
        Provenance.LEDGER,
        _in_tier,
        "Time since the ticket entered its tier; not set when it is not escalated.",
    ),
)

#: Facts that Escalade's own escalation changes.
OWN_STATE = frozenset({"tier", "escalated", "in_tier"})

_ENTRIES = (
    *_of_the_ticket(),
    *_about_the_ticket(),
    *_of_the_ladder(),
    *_of_the_comments(),
    *_of_the_links(),
    *_of_the_account(),
    *_of_the_summary(),
    *_of_the_clock(),
)

#: How a fact's value is read, by its name; DURATIONs are in `SINCE`.
READ: Mapping[str, Callable[[Facts], Value]] = {entry.spec.name: entry.read for entry in _ENTRIES}
#: The instant (UTC) from which a DURATION counts, by its name; None when it does not run.
SINCE: Mapping[str, Callable[[Facts], datetime | None]] = {name: since for name, _, since, _ in _DURATIONS}

#: Every fact with a fixed name. `spec_of` also knows the custom fields.
FACTS: Mapping[str, FactSpec] = MappingProxyType(
    {entry.spec.name: entry.spec for entry in _ENTRIES}
    | {
        name: FactSpec(name=name, type=FactType.DURATION, doc=doc, provenance=source, past=name not in OWN_STATE)
        for name, source, _, doc in _DURATIONS
    }
)


def spec_of(name: str) -> FactSpec | None:
    """The fact of that name, custom fields and clocks included; None when there is none."""
    if (spec := FACTS.get(name)) is not None:
        return spec
    if (spec := clock_spec(name)) is not None:
        return spec
    for prefix, source in ((FIELD_PREFIX, Provenance.TICKET), (ACCOUNT_FIELD_PREFIX, Provenance.ACCOUNT)):
        if name.startswith(prefix) and name != prefix:
            field = name.removeprefix(prefix)
            doc = f"The {source}'s custom field `{field}`, by the name that the settings give it."
            return FactSpec(name=name, type=FactType.ANY, doc=doc, provenance=source)
    return None
