"""Who holds which visit, which tickets are to be looked at, who is at work, and what is done once for all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that an older version leaves alone, and two tables that it does not know."""
    op.add_column("visits", sa.Column("holder", sa.Text))
    op.add_column("visits", sa.Column("look", sa.Boolean, nullable=False, server_default=sa.false()))
    held = sa.text("holder IS NOT NULL")
    op.create_index("ix_visits_holder", "visits", ["holder"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "workers",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_workers"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_schedules"),
        sqlite_with_rowid=False,
    )
