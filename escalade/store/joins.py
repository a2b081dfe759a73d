"""Joins: when rows of two tables are about the same record."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, and_

from escalade.store.schema import records


def same(table: Table) -> ColumnElement[bool]:
    """The row of the record that a row of another table names."""
    return and_(records.c.helpdesk == table.c.helpdesk, records.c.ticket == table.c.ticket)
