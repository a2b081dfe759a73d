"""Ranks: what goes first when a rate budget is short: everything that people wait for before what only tidies up."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.rank import Rank
from rules.change import Change, KeepNote, RemoveTags


def rank_of(changes: Sequence[Change]) -> Rank:
    """How urgent some changes are together; where there are none, somebody only wants to look."""
    if not changes:
        return Rank.USUAL
    return Rank.LAST if all(_can_wait(change) for change in changes) else Rank.FIRST


def _can_wait(change: Change) -> bool:
    """Whether it takes something away, or says what was said before in newer words."""
    if isinstance(change, KeepNote):
        return change.comment is not None or change.since is not None
    return isinstance(change, RemoveTags)
