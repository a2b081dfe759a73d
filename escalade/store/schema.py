"""The tables, as SQLAlchemy Core knows them. The migrations build the same ones; a test holds the two equal.

Tickets are keyed by the helpdesk's configured name and the vendor's immutable id. Instants are whole microseconds
since 1970-01-01T00:00Z, so that both databases keep, compare and index them alike. There are no foreign keys on
purpose: streams deliver comments, links and nudges for tickets that are not known yet.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since the epoch and given back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive datetimes: they would silently mean the machine's zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the store takes aware datetimes only; {value.isoformat()} names no time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give an aware UTC datetime back."""
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"})

_WORD = String(64)


def _keyed(name: str, *columns: Column[Any] | Index) -> Table:
    """A table clustered by its key: in SQLite that saves the second tree and orders every index by the key, too."""
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _ticket_key() -> tuple[Column[str], Column[str]]:
    return Column("helpdesk", Text, primary_key=True), Column("ticket", Text, primary_key=True)


meta = _keyed("meta", Column("name", _WORD, primary_key=True), Column("value", Text, nullable=False))

checkpoints = _keyed(
    "checkpoints",
    Column("helpdesk", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("checkpoint", Text, nullable=False),
    #: When the last page was taken in; unknown for what an older version took in.
    Column("at", Instant),
)

tickets = _keyed(
    "tickets",
    *_ticket_key(),
    Column("account_helpdesk", Text),
    Column("account", Text),
    Column("is_open", Boolean, nullable=False),
    Column("priority", _WORD),
    Column("base_priority", _WORD),
    Column("updated_at", Instant, nullable=False),
    Column("version", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
)
Index(
    "ix_tickets_open_by_account",
    tickets.c.account_helpdesk,
    tickets.c.account,
    tickets.c.base_priority,
    # Always true in this index; SQLite would look into the table for it otherwise.
    tickets.c.is_open,
    sqlite_where=tickets.c.is_open,
    postgresql_where=tickets.c.is_open,
)

timelines = _keyed("timelines", *_ticket_key(), Column("timeline", LargeBinary, nullable=False))

accounts = _keyed(
    "accounts",
    Column("helpdesk", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
)

comments = _keyed(
    "comments",
    *_ticket_key(),
    Column("comment", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("side", _WORD, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("author", Text),
    Column("ours", Boolean, nullable=False),
    #: How it is written (`rules.forms`); unknown where the text was never seen.
    Column("form", _WORD),
    #: What it asks Escalade for (`rules.commands`); of nearly all comments nothing.
    Column("commands", LargeBinary),
)

links = _keyed(
    "links",
    *_ticket_key(),
    Column("kind", _WORD, primary_key=True),
    Column("to_helpdesk", Text, primary_key=True),
    Column("to_ticket", Text, primary_key=True),
    Column("key", Text),
)
Index("ix_links_to", links.c.to_helpdesk, links.c.to_ticket)

#: What is left of the rate budgets that all processes share: one small row a bucket (`connectors.bucket`).
budgets = _keyed(
    "budgets",
    Column("helpdesk", Text, primary_key=True),
    Column("scope", _WORD, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("bucket", LargeBinary, nullable=False),
    #: From when on (seconds since the epoch, by the database's clock) the row says nothing any more.
    Column("idle_at", Double, nullable=False),
)

visits = _keyed(
    "visits",
    *_ticket_key(),
    Column("due", Instant),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("nudges", BigInteger, nullable=False),
    Column("dead", Boolean, nullable=False),
    Column("last_error", Text),
    #: The worker that is at it; NULL = nobody is.
    Column("holder", Text),
    #: Somebody told that the ticket changed: what is known of it is older than that.
    Column("look", Boolean, nullable=False, server_default=false()),
)
_is_due: ColumnElement[bool] = visits.c.due.is_not(None)
Index(
    "ix_visits_due",
    visits.c.due,
    visits.c.helpdesk,
    visits.c.ticket,
    sqlite_where=_is_due,
    postgresql_where=_is_due,
)
Index("ix_visits_dead", visits.c.helpdesk, visits.c.ticket, sqlite_where=visits.c.dead, postgresql_where=visits.c.dead)
_is_held: ColumnElement[bool] = visits.c.holder.is_not(None)
Index("ix_visits_holder", visits.c.holder, sqlite_where=_is_held, postgresql_where=_is_held)

#: The processes that carry out visits, and when each was last seen alive by the clock of the database.
workers = _keyed(
    "workers",
    Column("name", Text, primary_key=True),
    Column("seen_at", Instant, nullable=False),
    #: The number of the mark on the server that shows that it lives; none with SQLite and for older versions.
    Column("presence", BigInteger),
)

#: What is done once for all workers: when next, and by whom just now.
schedules = _keyed(
    "schedules",
    Column("name", Text, primary_key=True),
    Column("due", Instant, nullable=False),
    Column("holder", Text),
)

#: Accounts whose open tickets are to be nudged, noted by pages and spread over the visits before these are handed out.
account_nudges = _keyed(
    "account_nudges",
    Column("helpdesk", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("due", Instant, nullable=False),
)

#: Webhook deliveries that were taken in lately, by the sender's id: repeats are known by it.
deliveries = _keyed(
    "deliveries",
    Column("webhook", Text, primary_key=True),
    Column("delivery", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
Index("ix_deliveries_at", deliveries.c.at)

#: The newest deliveries that were signed right and should have named a ticket, but do not: for people to look at.
odd_deliveries = Table(
    "odd_deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("webhook", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("why", Text, nullable=False),
    #: Header names and values as JSON, without what proves anything.
    Column("headers", LargeBinary, nullable=False),
    #: Its first part; `size` is the length of the whole body in bytes.
    Column("body", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_odd_deliveries_webhook", odd_deliveries.c.webhook, odd_deliveries.c.id)

ledgers = _keyed(
    "ledgers",
    *_ticket_key(),
    Column("ledger", LargeBinary, nullable=False),
    #: The version of the policy that the running escalation follows; NULL = the ticket is not escalated.
    Column("follows", _WORD),
)
_is_climbing: ColumnElement[bool] = ledgers.c.follows.is_not(None)
Index("ix_ledgers_follows", ledgers.c.follows, sqlite_where=_is_climbing, postgresql_where=_is_climbing)

#: Every policy that ever decided, with its texts: an escalation in flight may follow an old one.
policies = _keyed(
    "policies",
    Column("hash", _WORD, primary_key=True),
    Column("files", LargeBinary, nullable=False),
    Column("first_used_at", Instant, nullable=False),
)

#: Tickets that are, or were, the record of an account's escalation, with what each says of its accounts.
records = _keyed(
    "records", *_ticket_key(), Column("state", _WORD, nullable=False), Column("standing", LargeBinary, nullable=False)
)

#: The accounts that a record is about.
record_accounts = _keyed(
    "record_accounts",
    Column("account_helpdesk", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    *_ticket_key(),
)
Index("ix_record_accounts_record", record_accounts.c.helpdesk, record_accounts.c.ticket)

#: The tickets that belong, or belonged once, to what a record is about.
record_members = _keyed(
    "record_members",
    Column("member_helpdesk", Text, primary_key=True),
    Column("member", Text, primary_key=True),
    *_ticket_key(),
)
Index("ix_record_members_record", record_members.c.helpdesk, record_members.c.ticket)

#: Records that are being opened: one write at a time for each account.
record_claims = _keyed(
    "record_claims",
    Column("account_helpdesk", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("operation", Text, nullable=False),
    #: The occasion, by which the ledger of the ticket that opens it knows the record.
    Column("key", Text, nullable=False),
    Column("helpdesk", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: The pieces of work below a ticket, kept row by row because streams deliver them apart from it.
children = _keyed(
    "children",
    *_ticket_key(),
    Column("child_helpdesk", Text, primary_key=True),
    Column("child", Text, primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
)
#: Whose work a piece is, of which a webhook tells nothing but its id.
Index("ix_children_child", children.c.child_helpdesk, children.c.child)

intents = _keyed(
    "intents",
    Column("operation", Text, primary_key=True),
    Column("helpdesk", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("state", _WORD, nullable=False),
    #: How many comments the write would post.
    Column("comments", Integer, nullable=False),
    #: What to send; dropped once the outcome is known, because it holds what was said to people.
    Column("write", LargeBinary),
    Column("intended_at", Instant, nullable=False),
)
Index("ix_intents_ticket", intents.c.helpdesk, intents.c.ticket, intents.c.intended_at)
#: For the brakes, which count what was written to lately.
Index("ix_intents_intended_at", intents.c.intended_at)

#: To whom tickets were given lately; kept until their helpdesk tells it itself.
gifts = _keyed(
    "gifts",
    *_ticket_key(),
    Column("person", Text, nullable=False),
    Column("was", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: When which channel with a limit was told something; kept for as long as that can count.
tellings = _keyed(
    "tellings",
    Column("operation", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("ix_tellings_channel", tellings.c.channel, tellings.c.at)

journal = Table(
    "journal",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("helpdesk", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("operation", Text),
    Column("policy", Text),
    sqlite_autoincrement=True,
)
Index("ix_journal_ticket", journal.c.helpdesk, journal.c.ticket, journal.c.id)
