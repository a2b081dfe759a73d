"""Notes that would be too many wait, and for no longer than they have to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.change import PostComment
from rules.policy import Brakes
from rules.restraint import Restrained, restrain
from rules.ticket import TicketRef

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTE = PostComment(on=TicketRef("zendesk", "35"), because="", rule="", key="rule:any:1", body="x")


def held(said: dict[str, datetime], now: datetime, most: int) -> Restrained:
    recent = sum(at > now - HOUR for at in said.values())
    return restrain([NOTE], Brakes(max_comments_per_hour=most), said=said, last_hour=recent, now=now)


def test_a_note_waits_until_the_oldest_of_the_hour_is_an_hour_old() -> None:
    said = {"a": NOON - timedelta(minutes=50), "b": NOON - timedelta(minutes=20), "c": NOON - timedelta(minutes=5)}

    assert held(said, NOON, most=3).again_at == NOON + timedelta(minutes=10)
    assert held(said, NOON, most=2).again_at == NOON + timedelta(minutes=40)


def test_where_nobody_knows_when_notes_were_said_it_waits_an_hour() -> None:
    waiting = restrain([NOTE], Brakes(max_comments_per_hour=3), said={}, last_hour=3, now=NOON)

    assert waiting.again_at == NOON + HOUR


def test_a_policy_that_allows_no_notes_looks_again_in_an_hour() -> None:
    assert held({"a": NOON - timedelta(minutes=50)}, NOON, most=0).again_at == NOON + HOUR


@given(
    ages=st.lists(st.integers(min_value=0, max_value=90), max_size=8),
    most=st.integers(min_value=1, max_value=4),
)
def test_when_it_looks_again_there_is_room_and_a_moment_before_there_was_none(ages: list[int], most: int) -> None:
    said = {f"rule:{number}": NOON - timedelta(minutes=age) for number, age in enumerate(ages)}

    again = held(said, NOON, most).again_at

    if again is None:
        assert sum(at > NOON - HOUR for at in said.values()) < most
        return
    assert held(said, again, most).again_at is None
    assert held(said, again - timedelta(microseconds=1), most).again_at == again
