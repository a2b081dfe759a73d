"""StoreError: the database cannot be opened or used, said so that a tired person knows what to do."""

from __future__ import annotations


class StoreError(Exception):
    """The store failed. The text says what to do; it holds neither passwords nor ticket content."""
