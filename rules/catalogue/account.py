"""Facts about the customer account: what is known of it, and what its open tickets add up to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rules.catalogue.entry import Source
from rules.fact import Provenance, Value
from rules.numbers import number_of
from rules.ticket import Priority

if TYPE_CHECKING:
    from rules.facts import Facts

_account = Source(Provenance.ACCOUNT)
_summary = Source(Provenance.SUMMARY, past=False)


def _field(name: str) -> Callable[[Facts], Value]:
    def read(facts: Facts) -> Value:
        value = None if facts.account is None else facts.account.fields.get(name)
        return value if value is None else str(value)

    return read


def _arr(facts: Facts) -> Value:
    return None if facts.account is None else number_of(facts.account.fields.get("arr"))


def _open_at(priority: Priority) -> Callable[[Facts], Value]:
    def read(facts: Facts) -> Value:
        return None if facts.summary is None else facts.summary.open_by_priority.get(priority, 0)

    return read


def _requesters(facts: Facts) -> Value:
    others = facts.neighbours
    if others is None:
        return None
    tickets = (facts, *others) if facts.ticket.status.is_open else others
    return len({one.ticket.requester for one in tickets} - {None})


ENTRIES = (
    _account.text(
        "account", lambda facts: None if facts.account is None else facts.account.name, "The customer account's name."
    ),
    _account.text(
        "account.id",
        lambda facts: None if facts.account is None else facts.account.ref.id,
        "The account's id in its helpdesk.",
    ),
    _account.tags(
        "account.tags", lambda facts: None if facts.account is None else facts.account.tags, "The account's tags."
    ),
    _account.flag(
        "account.known",
        lambda facts: facts.account is not None,
        "The helpdesk says which account the ticket belongs to.",
    ),
    _account.text("account.tier", _field("tier"), "The account's tier or plan: its field `tier`."),
    _account.number("account.arr", _arr, "Its annual recurring revenue: its field `arr`, as a number."),
    _account.date(
        "account.renewal_date", _field("renewal_date"), "When its contract is up for renewal: its field `renewal_date`."
    ),
    _account.text("account.csm", _field("csm"), "Its customer success manager: its field `csm`."),
    _account.text("account.region", _field("region"), "Its region: its field `region`."),
    _account.text(
        "account.executive_sponsor",
        _field("executive_sponsor"),
        "Who sponsors it on our side: its field `executive_sponsor`.",
    ),
    _summary.number(
        "account.open_tickets",
        lambda facts: None if facts.summary is None else facts.summary.open_tickets,
        "Open tickets of the account, this one included, over all helpdesk tickets that Escalade has taken in.",
    ),
    *(
        _summary.number(
            f"account.open_{priority}",
            _open_at(priority),
            f"Open tickets of the account that people gave the priority {priority}.",
        )
        for priority in Priority
    ),
    _summary.count(
        "account.tickets",
        lambda facts: None if facts.summary is None else facts.summary.open_tickets,
        "Open tickets of the account, this one included, that fit `where`, `same` and `within`.",
    ),
    _summary.count(
        "account.requesters", _requesters, "People of the account who have such tickets open; each counts once."
    ),
)
