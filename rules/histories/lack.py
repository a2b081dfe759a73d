"""Lack: something that a history does not tell. It is named, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class LackKind(StrEnum):
    """What may be missing in a history; the value is the word of files and reports."""

    #: Texts of comments were left out.
    BODIES = "bodies"
    #: Comments as a whole: the source does not have them all.
    COMMENTS = "comments"
    #: Links are told as they are at the end: the source does not tell when they came.
    LINKS = "links"
    #: Fields of accounts are not part of a history: they are read as they are now.
    ACCOUNT_FIELDS = "account_fields"
    #: Deleted tickets of which the source tells nothing any more, or not all.
    DELETED = "deleted"
    #: Values changed, and no event says when.
    UNTOLD_CHANGES = "untold_changes"
    #: Values before the begin of what the source remembers.
    BEGINNING = "beginning"
    #: Names behind ids that are gone: a deleted group, a renamed status, a field.
    NAMES = "names"
    #: Tickets that the source shows in a way that is not understood.
    UNREADABLE = "unreadable"
    #: Tickets that were merged into others: what they became is told there.
    MERGED = "merged"


class Lack(msgspec.Struct, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """One kind of thing that is missing."""

    kind: LackKind
    #: A sentence without its full stop.
    told: str
    #: Of how many tickets; 0 = of all.
    tickets: int = 0


def summed(lacks: Iterable[Lack]) -> tuple[Lack, ...]:
    """Each lack once, with its tickets counted together; in a fixed order."""
    counts: dict[tuple[LackKind, str], int] = {}
    for lack in lacks:
        key = (lack.kind, lack.told)
        counts[key] = counts.get(key, 0) + lack.tickets
    return tuple(sorted(Lack(kind=kind, told=told, tickets=count) for (kind, told), count in counts.items()))


def lack_text(lack: Lack) -> str:
    """One lack as people read it."""
    if not lack.tickets:
        return f"{lack.kind}: {lack.told}"
    of = "1 ticket" if lack.tickets == 1 else f"{lack.tickets:,} tickets"
    return f"{lack.kind}: {lack.told} ({of})"
