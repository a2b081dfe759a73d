"""The export's order: tickets by generated_timestamp, then id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class GeneratedIndex:
    """A sorted list of (generated_timestamp, ticket id) that is cheap to seed and cheap to page."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int]] = []
        self._sorted = True
        self._stamps: dict[int, int] = {}

    def place_of(self, ticket_id: int) -> tuple[int, int]:
        """Return a ticket's place."""
        return self._stamps[ticket_id], ticket_id

    def put(self, ticket_id: int, generated: int) -> None:
        """Set a ticket's place."""
        before = self._stamps.get(ticket_id)
        self._stamps[ticket_id] = generated
        if before is not None:
            self._sort()
            at = bisect_left(self._rows, (before, ticket_id))
            if at < len(self._rows) and self._rows[at] == (before, ticket_id):
                del self._rows[at]
        row = (generated, ticket_id)
        self._sorted = self._sorted and (not self._rows or self._rows[-1] <= row)
        self._rows.append(row)

    def after(self, place: tuple[int, int], limit: int, *, until: int) -> tuple[list[int], bool]:
        """Return up to `limit` ids after a place and no later than `until`, and whether more follow."""
        self._sort()
        first = bisect_right(self._rows, place)
        last = bisect_right(self._rows, (until, 1 << 62))
        rows = self._rows[first : min(last, first + limit)]
        return [ticket_id for _generated, ticket_id in rows], first + limit < last

    def _sort(self) -> None:
        if not self._sorted:
            self._rows.sort()
            self._sorted = True
