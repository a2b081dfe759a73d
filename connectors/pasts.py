"""The past of a helpdesk's tickets: what it still remembers of them, for rebuilding their history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from connectors.base import CommentSeen
from rules.histories.edit import Edit
from rules.histories.lack import Lack
from rules.histories.life import Period
from rules.ticket import Ticket


class PastPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what a helpdesk remembers, in no order; one HTTP call or a few."""

    #: What is being read, for the progress.
    what: str
    #: Tickets as they are now. One may come again: the newest counts.
    tickets: tuple[Ticket, ...] = ()
    edits: tuple[Edit, ...] = ()
    comments: tuple[CommentSeen, ...] = ()
    lacks: tuple[Lack, ...] = ()
    #: Up to which instant this kind of thing is read, where it comes in the order of time.
    reached: datetime | None = None
    #: With the marks of all pages before it: from where the reading goes on behind this page. For the connector alone.
    mark: str = ""


@runtime_checkable
class PastSource(Protocol):
    """A helpdesk that remembers what its tickets went through. Not every helpdesk does."""

    def past(self, period: Period, *, texts: bool, marks: Iterable[str] = ()) -> Iterator[PastPage]:
        """Read what happened since the begin of a period, up to now, and the tickets that it happened to.

        Tickets that were open in the period and that nothing happened to belong to it.

        Args:
            period: What is asked for; later events come, too, as they are needed to undo them.
            texts: Keep the texts of comments.
            marks: Of the pages that an interrupted reading of the same period told, in their order; it goes on behind
                them, and may tell some of the last one again.

        Raises:
            ConnectorError: from any of the calls.
        """
        ...
