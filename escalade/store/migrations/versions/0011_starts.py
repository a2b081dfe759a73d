"""Since when Escalade acts on which helpdesk: on those that were read before, it has done so all along."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep a start for every helpdesk that was read."""
    connection = op.get_bind()
    read = sa.table("checkpoints", sa.column("helpdesk"))
    helpdesks = sorted(connection.scalars(sa.select(read.c.helpdesk).distinct()))
    if not helpdesks:
        return
    starts = {name: {"at": "1970-01-01T00:00:00Z", "baseline": False} for name in helpdesks}
    meta = sa.table("meta", sa.column("name"), sa.column("value"))
    connection.execute(meta.insert().values(name="starts", value=json.dumps(starts)))
