"""Fact: what a policy may ask about a ticket, by name, with its type, its meaning and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.ticket import Scalar

Value = Scalar | frozenset[str] | datetime

#: The prefixes of custom fields.
FIELD_PREFIX = "field."
ACCOUNT_FIELD_PREFIX = "account.field."


class FactType(StrEnum):
    """What kind of value a fact has, and so which operators may ask about it."""

    TEXT = "text"
    #: One of a fixed set of words.
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    TAGS = "tags"
    #: Time since an instant, measured in a calendar.
    DURATION = "duration"
    #: Open time that a service-level clock has counted or has left.
    OPEN_TIME = "open time"
    #: A point on the time line.
    INSTANT = "instant"
    #: A day of the almanac, or an instant, as text.
    DATE = "date"
    #: How many tickets fit what stands beside the operator.
    COUNT = "count"
    #: A custom field: the helpdesk decides.
    ANY = "any"


class Provenance(StrEnum):
    """Where a fact's value comes from."""

    TICKET = "ticket"
    COMMENTS = "comments"
    #: The states that people put the ticket through.
    TIMELINE = "timeline"
    #: What Escalade itself did.
    LEDGER = "ledger"
    #: The tickets at the other ends of its links.
    LINKS = "linked tickets"
    ACCOUNT = "account"
    #: The account's open tickets.
    SUMMARY = "open tickets of the account"
    CLOCK = "clock"
    #: What people did on the record of an account's escalation, and the tickets that it is about.
    RECORD = "record of the account's escalation"
    #: What that record says, on the account's tickets.
    STANDING = "escalation of the account"
    #: The escalation of the ticket, as people conduct it.
    CASE = "escalation"
    #: What the policy itself adds up.
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSpec:
    """One fact as policies name it."""

    name: str
    type: FactType
    doc: str
    provenance: Provenance
    #: The allowed words of a CHOICE, and of TAGS that are no free words.
    values: tuple[str, ...] | None = None
    #: How high each of them stands, where their order is not that of `values`.
    ranks: Mapping[str, int] | None = None
    #: Its value at an instant in the past can be told (or is taken to be today's, as for what hardly ever changes).
    #: Without it, nobody can say since when a condition on it has held.
    past: bool = True
