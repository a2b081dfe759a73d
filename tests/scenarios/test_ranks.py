"""What goes first when the rate budget is short, by what a write does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from connectors.rank import Rank, current_rank, ranked
from escalade.ranks import rank_of
from rules.change import AddTags, Change, KeepNote, RemoveTags, SetPriority
from rules.ticket import Priority, TicketRef

REF = TicketRef("zendesk", "1")
TIDY = RemoveTags(on=REF, because="x", rule="r", tags=("esc_t1",))
ENTER = AddTags(on=REF, because="x", rule="r", tags=("esc_t2",))
RAISE = SetPriority(on=REF, because="x", rule="r", priority=Priority.HIGH, was=None)
NOTE = KeepNote(on=REF, because="x", rule="r", key="record", body="How it stands", essence="red")


@pytest.mark.parametrize(
    ("changes", "rank"),
    [
        ((ENTER,), Rank.FIRST),
        ((TIDY, ENTER), Rank.FIRST),
        ((RAISE,), Rank.FIRST),
        ((NOTE,), Rank.FIRST),
        ((TIDY,), Rank.LAST),
        ((replace(NOTE, comment="7"),), Rank.LAST),
        ((replace(NOTE, since=datetime(2026, 3, 2, tzinfo=UTC)),), Rank.LAST),
    ],
)
def test_entering_a_tier_goes_before_taking_tags_away(changes: tuple[Change, ...], rank: Rank) -> None:
    assert rank_of(changes) is rank


def test_a_rank_holds_for_its_block_alone() -> None:
    with ranked(Rank.FIRST), ranked(Rank.LAST):
        assert current_rank() is Rank.LAST
    assert current_rank() is Rank.USUAL
