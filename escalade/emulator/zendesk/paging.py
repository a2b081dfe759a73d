"""Zendesk's two ways of paging a list: cursor (`page[size]`) and offset (`page`, `per_page`)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from escalade.emulator.zendesk.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from escalade.emulator.routing import Req

PAGE_SIZE = 100
MAX_OFFSET_ROWS = 10_000  # "first 100 pages / 10,000 rows, then HTTP 400"

Row = TypeVar("Row")


def paged(
    req: Req,
    name: str,
    rows: Sequence[Row],
    show: Callable[[Row], Any],
    *,
    key: Callable[[Row], object],
    limit: int = PAGE_SIZE,
) -> dict[str, Any]:
    """Return one page of `rows` under `name`.

    Args:
        req: The request; `page[size]` chooses cursor paging, anything else is offset paging.
        name: The key of the list in the answer.
        rows: The whole list in its order.
        show: Makes the JSON of a row.
        key: What the cursor remembers of the last row; unique in the list.
        limit: The largest (and default) page.

    Raises:
        RejectedError: 400 for a malformed cursor or a page past 10,000 rows.
    """
    if req.query("page[size]") is None:
        return _offset_page(req, name, rows, show, limit)
    return _cursor_page(req, name, rows, show, key=key, limit=limit)


def _cursor_page(
    req: Req,
    name: str,
    rows: Sequence[Row],
    show: Callable[[Row], Any],
    *,
    key: Callable[[Row], object],
    limit: int,
) -> dict[str, Any]:
    size = _size(req.query("page[size]"), limit)
    first, after, before = 0, req.query("page[after]"), req.query("page[before]")
    if after:
        first = _position(rows, key, after) + 1
    elif before:
        first = max(0, _position(rows, key, before) - size)
    chosen = rows[first : first + size]
    more = first + size < len(rows)
    after_cursor = _cursor(key(chosen[-1])) if chosen else None
    before_cursor = _cursor(key(chosen[0])) if chosen else None
    return {
        name: [show(row) for row in chosen],
        "meta": {"has_more": more, "after_cursor": after_cursor, "before_cursor": before_cursor},
        "links": {
            "next": _link(req, {"page[after]": after_cursor, "page[size]": size}) if more else None,
            "prev": _link(req, {"page[before]": before_cursor, "page[size]": size}) if first else None,
        },
    }


def _offset_page(req: Req, name: str, rows: Sequence[Row], show: Callable[[Row], Any], limit: int) -> dict[str, Any]:
    size = _size(req.query("per_page"), limit)
    number = max(1, int(req.query("page") or 1))
    first = (number - 1) * size
    if first >= MAX_OFFSET_ROWS:
        raise bad_request("InvalidPaginationDepth", "Number of pages exceeds the limit; use cursor pagination")
    last = first + size
    return {
        name: [show(row) for row in rows[first:last]],
        "next_page": _link(req, {"page": number + 1, "per_page": size}) if last < len(rows) else None,
        "previous_page": _link(req, {"page": number - 1, "per_page": size}) if number > 1 else None,
        "count": len(rows),
    }


def _size(raw: str | None, limit: int) -> int:
    if raw is None:
        return limit
    if not raw.isdigit() or int(raw) < 1:
        raise bad_request("InvalidPaginationParameter", f"{raw!r} is not a page size")
    return min(int(raw), limit)


def _position(rows: Sequence[Row], key: Callable[[Row], object], cursor: str) -> int:
    try:
        wanted = base64.urlsafe_b64decode(cursor).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_request("InvalidPaginationParameter", "page[after] is not a cursor") from error
    for position, row in enumerate(rows):
        if str(key(row)) == wanted:
            return position
    return len(rows)


def _cursor(key: object) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode()


def _link(req: Req, changed: dict[str, Any]) -> str:
    kept = [(name, value) for name, value in req.query_all() if name not in {*changed, "page[after]", "page[before]"}]
    return f"{req.base_url}{req.path}?{urlencode([*kept, *changed.items()])}"
