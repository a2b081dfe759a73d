"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table and index."""
    _create_progress()
    _create_snapshots()
    _create_threads()
    _create_visits()
    _create_writes()
    _create_journal()


def _keyed(name: str, keys: tuple[str, ...], *columns: sa.Column[object]) -> None:
    parts = [sa.Column(key, sa.Text(), nullable=False) for key in keys]
    op.create_table(name, *parts, *columns, sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"), sqlite_with_rowid=False)


def _create_progress() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
        sqlite_with_rowid=False,
    )
    _keyed("checkpoints", ("helpdesk", "stream"), sa.Column("checkpoint", sa.Text(), nullable=False))


def _create_snapshots() -> None:
    _keyed(
        "tickets",
        ("helpdesk", "ticket"),
        sa.Column("account_helpdesk", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(64)),
        sa.Column("base_priority", sa.String(64)),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
    )
    op.create_index(
        "ix_tickets_open_by_account",
        "tickets",
        ["account_helpdesk", "account", "base_priority", "is_open"],
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
    _keyed("accounts", ("helpdesk", "account"), sa.Column("snapshot", sa.LargeBinary(), nullable=False))


def _create_threads() -> None:
    _keyed(
        "comments",
        ("helpdesk", "ticket", "comment"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(64), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("ours", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "links",
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("to_helpdesk", sa.Text(), nullable=False),
        sa.Column("to_ticket", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.PrimaryKeyConstraint("helpdesk", "ticket", "kind", "to_helpdesk", "to_ticket", name="pk_links"),
        sqlite_with_rowid=False,
    )


def _create_visits() -> None:
    _keyed(
        "visits",
        ("helpdesk", "ticket"),
        sa.Column("due", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("nudges", sa.BigInteger(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text()),
    )
    is_due = sa.text("due IS NOT NULL")
    op.create_index(
        "ix_visits_due", "visits", ["due", "helpdesk", "ticket"], sqlite_where=is_due, postgresql_where=is_due
    )
    op.create_index(
        "ix_visits_dead",
        "visits",
        ["helpdesk", "ticket"],
        sqlite_where=sa.text("dead = 1"),
        postgresql_where=sa.text("dead"),
    )
    _keyed("account_nudges", ("helpdesk", "account"), sa.Column("due", sa.BigInteger(), nullable=False))


def _create_writes() -> None:
    _keyed("ledgers", ("helpdesk", "ticket"), sa.Column("ledger", sa.LargeBinary(), nullable=False))
    _keyed(
        "intents",
        ("operation",),
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("write", sa.LargeBinary()),
        sa.Column("intended_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_intents_ticket", "intents", ["helpdesk", "ticket", "intended_at"])


def _create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text()),
        sa.Column("policy", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_ticket", "journal", ["helpdesk", "ticket", "id"])
