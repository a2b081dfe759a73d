"""Blocks: pieces of generated code that narrow the rows that are left, put in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.compile.source import Source

#: What blocks look at, the local that holds it, and how it is fetched; blocks come in the order of this table. All of
#: it is fetched before the first block: tickets lie far apart in memory, and a processor that asks for several things
#: at once waits for them together.
_FETCHED = {
    "ticket.ref": ("ref", "ticket.ref"),
    "ticket.subject": ("subject", "ticket.subject"),
    "ticket.tags": ("tags", "ticket.tags"),
    "ticket.created_at": ("created_at", "ticket.created_at"),
    "facts.fields": ("fields", "facts.fields if ledger.fields else ticket.fields"),
    "facts.account": ("account", "facts.account"),
    "facts.summary": ("summary", "facts.summary"),
    "facts.silences": ("counted", "facts.counted"),
}
_PLACES = re.compile("|".join(rf"\b{re.escape(place)}\b" for place in _FETCHED))
#: The last of them may have to be worked out, which costs more than all the rest: only where some row asks.
_LATE = "facts.silences"
#: A block that one row of so many asks for is looked at whatever is left.
_MANY = 6


class Block(NamedTuple):
    """Generated code that narrows `left`."""

    #: The rows, as bits, that it can rule out.
    rows: int
    lines: list[str]


def laid_out(blocks: Iterable[Block], rows: int, source: Source) -> list[str]:
    """Generated code of all blocks, with `facts`, `ticket` and `ledger` at hand.

    Args:
        blocks: The blocks.
        rows: How many rows there are.
        source: Where names are given.
    """
    ordered = sorted(blocks, key=_place)
    looked_at = {found for block in ordered for found in _PLACES.findall("\n".join(block.lines))}
    lines = [f"{local} = {fetch}" for place, (local, fetch) in _FETCHED.items() if place in looked_at]
    late = [block for block in ordered if _LATE in "\n".join(block.lines)]
    for block in ordered[: len(ordered) - len(late)]:
        # Of rows that are many some are left nearly always.
        many = block.rows.bit_count() * _MANY >= rows
        lines += _told(block) if many else _guarded(block.rows, _told(block), source)
    if late:
        inner = [line for block in late for line in _guarded(block.rows, _told(block), source)]
        lines += _guarded(
            united(block.rows for block in late), [f"if counted is None: counted = {_LATE}", *inner], source
        )
    return lines


def united(bits: Iterable[int]) -> int:
    """All bits of some numbers."""
    found = 0
    for some in bits:
        found |= some
    return found


def _place(block: Block) -> int:
    text = "\n".join(block.lines)
    return max((number for number, place in enumerate(_FETCHED) if place in text), default=0)


def _told(block: Block) -> list[str]:
    return [_PLACES.sub(lambda found: _FETCHED[found[0]][0], line) for line in block.lines]


def _guarded(rows: int, lines: Sequence[str], source: Source) -> list[str]:
    return [f"if left & {source.name(rows)}:", *(f"    {line}" for line in lines)]
