"""Build: the table of what a comment counts as, and whether anything counts as what the clocks wait for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rules.build import Ground, listing
from rules.responses import DEFAULT_RESPONSES, KINDS, After, ResponseRow, ResponseTable
from rules.schema.clocks import ResponseShape
from rules.shapes import shaped
from rules.sla import SlaTarget
from rules.ticket import Side
from rules.yamltext import Path


def build_responses(ground: Ground, clocks: Iterable[SlaTarget]) -> ResponseTable:
    """The table as far as it could be built; without the section, common sense.

    Args:
        ground: Where mistakes are noted: clocks that wait for what no comment counts as could never be met.
        clocks: The clocks that wait.
    """
    parts = listing(ground.tree, "responses")
    rows = tuple(
        row for index, part in enumerate(parts) if (row := _row(ground, part, ("responses", index))) is not None
    )
    table = ResponseTable(rows) if parts else DEFAULT_RESPONSES
    if len(rows) == len(parts):
        _check_awaited(ground, table, clocks)
    return table


def _row(ground: Ground, part: Any, path: Path) -> ResponseRow | None:
    shape = shaped(ResponseShape, part, path, ground.tree)
    if shape is None:
        return None
    known = (*KINDS, *_awaited(ground))
    unknown = [(index, word) for index, word in enumerate(shape.counts_as) if word not in known]
    for index, word in unknown:
        ground.tree.refuse((*path, "counts_as", index), "nothing waits for this word", found=word, allowed=known)
    if unknown:
        return None
    return ResponseRow(
        by=Side(shape.by),
        counts_as=frozenset(shape.counts_as),
        public=shape.public,
        authors=frozenset(shape.authors),
        after=None if shape.after is None else After(shape.after),
    )


def _check_awaited(ground: Ground, table: ResponseTable, clocks: Iterable[SlaTarget]) -> None:
    counted = sorted({word for row in table.rows for word in row.counts_as})
    document: Any = ground.tree.value
    for clock in clocks:
        if clock.until and clock.until not in counted:
            parts = enumerate(document["sla"])
            index = next(i for i, part in parts if isinstance(part, dict) and part.get("id") == clock.id)
            hint = f"add a row to responses: with counts_as: [{clock.until}]"
            message = f"no comment counts as {clock.until!r}, which this clock waits for"
            ground.tree.refuse(("sla", index), message, allowed=counted, hint=hint)


def _awaited(ground: Ground) -> tuple[str, ...]:
    """The words of their own that clocks and cadences wait for."""
    words = [part.get("until") for part in _parts(ground, "sla")]
    updates = [part.get("update") for part in _parts(ground, "cadences")]
    words += [update.get("counts") for update in updates if isinstance(update, dict)]
    return tuple(dict.fromkeys(word for word in words if isinstance(word, str)))


def _parts(ground: Ground, section: str) -> list[dict[str, Any]]:
    document: Any = ground.tree.value
    parts = document.get(section) if isinstance(document, dict) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
