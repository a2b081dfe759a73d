"""Which tickets are records of accounts' escalations, which tickets these are about, and the work below tickets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OF_TICKET = ("helpdesk", "ticket")
_OF_ACCOUNT = ("account_helpdesk", "account")


def upgrade() -> None:
    """Create the tables; they fill as tickets are taken in."""
    state = sa.Column("state", sa.String(64), nullable=False)
    _create("records", _OF_TICKET, state, sa.Column("standing", sa.LargeBinary, nullable=False))
    _create("record_accounts", (*_OF_ACCOUNT, *_OF_TICKET))
    op.create_index("ix_record_accounts_record", "record_accounts", [*_OF_TICKET])
    _create("record_members", ("member_helpdesk", "member", *_OF_TICKET))
    op.create_index("ix_record_members_record", "record_members", [*_OF_TICKET])
    claim = [sa.Column(name, sa.Text, nullable=False) for name in ("operation", "key", *_OF_TICKET)]
    _create("record_claims", _OF_ACCOUNT, *claim, sa.Column("at", sa.BigInteger, nullable=False))
    child = ("child_helpdesk", "child")
    _create("children", (*_OF_TICKET, *child), sa.Column("snapshot", sa.LargeBinary, nullable=False))


def _create(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    parts = [sa.Column(part, sa.Text, nullable=False) for part in key]
    constraint = sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")
    op.create_table(name, *parts, *columns, constraint, sqlite_with_rowid=False)
