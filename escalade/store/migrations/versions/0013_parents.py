"""An index for whose work a piece is, of which a webhook tells nothing but its id."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_children_child", "children", ["child_helpdesk", "child"])
