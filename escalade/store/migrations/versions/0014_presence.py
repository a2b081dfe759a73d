"""By what mark on the server a worker is known to live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; workers of older versions have none, and are known by their heartbeat alone."""
    op.add_column("workers", sa.Column("presence", sa.BigInteger(), nullable=True))
