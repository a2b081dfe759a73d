"""What comments ask for. Comments that are known already ask for nothing until they are read afresh."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("comments", sa.Column("commands", sa.LargeBinary()))
