"""Rank: what goes first when a rate budget is short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum


class Rank(IntEnum):
    """How urgent a call is; a smaller number goes first."""

    #: What people wait for: a tier, a note, an answer, the work of an escalation.
    FIRST = 0
    #: Reading a ticket that is due, and everything that nobody ranked.
    USUAL = 1
    #: What may as well happen later: sweeps, taking tags away, keeping a note current.
    LAST = 2


_RANK: ContextVar[Rank] = ContextVar("escalade_rank", default=Rank.USUAL)


def current_rank() -> Rank:
    """The rank of what this thread is doing."""
    return _RANK.get()


@contextmanager
def ranked(rank: Rank) -> Iterator[None]:
    """Give every call in the block this rank (in this thread)."""
    token = _RANK.set(rank)
    try:
        yield
    finally:
        _RANK.reset(token)
