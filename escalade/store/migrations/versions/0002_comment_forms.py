"""The form of comments: whether they begin with a date line. Comments that are known already have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("comments", sa.Column("form", sa.String(64)))
