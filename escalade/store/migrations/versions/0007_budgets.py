"""When each stream was taken in last; and the rate budgets that all processes share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("checkpoints", sa.Column("at", sa.BigInteger()))
    op.create_table(
        "budgets",
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bucket", sa.LargeBinary(), nullable=False),
        sa.Column("idle_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("helpdesk", "scope", "name", name="pk_budgets"),
        sqlite_with_rowid=False,
    )
