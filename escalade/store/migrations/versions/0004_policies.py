"""The versions of the policy, and which of them each running escalation follows."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of policies; escalations that run follow the version that brought them into their tier."""
    op.create_table(
        "policies",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_policies"),
        sqlite_with_rowid=False,
    )
    op.add_column("ledgers", sa.Column("follows", sa.String(64)))
    climbing = sa.text("follows IS NOT NULL")
    op.create_index("ix_ledgers_follows", "ledgers", ["follows"], sqlite_where=climbing, postgresql_where=climbing)
    _follow()


def _follow() -> None:
    ledgers = sa.table("ledgers", *(sa.column(name) for name in ("helpdesk", "ticket", "ledger", "follows")))
    connection = op.get_bind()
    rows = []
    for row in connection.execute(sa.select(ledgers.c.helpdesk, ledgers.c.ticket, ledgers.c.ledger)):
        escalation = msgspec.msgpack.decode(row.ledger).get("escalation") or {}
        if escalation.get("policy"):
            rows.append({"of": row.helpdesk, "id": row.ticket, "version": escalation["policy"]})
    if rows:
        this = sa.and_(ledgers.c.helpdesk == sa.bindparam("of"), ledgers.c.ticket == sa.bindparam("id"))
        connection.execute(sa.update(ledgers).where(this).values(follows=sa.bindparam("version")), rows)
