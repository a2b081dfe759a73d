"""The past of tickets, and the way back along links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of timelines and the index of the links' other ends."""
    op.create_table(
        "timelines",
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("timeline", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("helpdesk", "ticket", name="pk_timelines"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_links_to", "links", ["to_helpdesk", "to_ticket"])
