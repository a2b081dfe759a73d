"""StoreError: the database cannot be opened or used, said so that a tired person knows what to do."""

from __future__ import annotations

from datetime import datetime


class ClaimedError(Exception):
    """Another ticket is opening the record of the account, or has opened it; nothing was kept of what was begun.

    `until` (UTC) is when the claim runs out if nothing comes of it; None = there is a record already.
    """

    def __init__(self, text: str, until: datetime | None) -> None:
        super().__init__(text)
        self.until = until


class FullError(Exception):
    """The channel was told enough; nothing was kept of what was begun. From `until` (UTC) on there is room."""

    def __init__(self, text: str, until: datetime) -> None:
        super().__init__(text)
        self.until = until


class StoreError(Exception):
    """The store failed. The text says what to do; it holds neither passwords nor ticket content."""


class PassingStoreError(StoreError):
    """The database could not do it now: that says nothing of what was asked of it, and may be over at once.

    It went away in the middle, or ended one of several transactions that waited for each other in a circle.
    """


class UnreadableError(StoreError):
    """What is kept of something cannot be read: a newer version wrote it, or it is damaged. Other tickets are fine."""


class TablesBusyError(StoreError):
    """An upgrade of the schema did not get the tables to itself; nothing was done, and it may go well in a moment."""


class LeaseLostError(StoreError):
    """The worker was taken for dead, and what it had in hand is in other hands: it may write nothing more of it."""
