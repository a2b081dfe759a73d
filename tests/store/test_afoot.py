"""Where an escalation may run: every trace by itself is enough, and a ticket without any is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.base import CommentSeen, Page
from escalade.store.afoot import Traces
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore
from rules.commands import Command
from rules.escalation.standing import AccountState, Standing
from rules.ledger import Climb, Escalation, Ledger
from rules.ticket import Comment, Side, StatusCategory

TRACES = Traces(conducts=True, tags=frozenset({"asked"}), fields={"wish": frozenset({"take it"})})


@pytest.fixture
def rested(store: SqlStore, desk: Any) -> SqlStore:
    """One open ticket of ours whose visit rests."""
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    store.begin(Ledger(ref=desk.ref(1), tags=frozenset({"ours"})), (), ())
    rest(store, desk)
    return store


def rest(store: SqlStore, desk: Any) -> None:
    while due := store.due(desk.at(60), 100):
        store.finish_all([(visit, desk.at(600), "timer") for visit in due])


def climb(store: SqlStore, desk: Any) -> None:
    at = desk.at(0)
    escalation = Escalation(tier="t1", entered_at=at, since=at, because="rule:x", policy="p1")
    store.begin(Ledger(ref=desk.ref(1), escalation=escalation), (), ())


def climbed_before(store: SqlStore, desk: Any) -> None:
    store.begin(Ledger(ref=desk.ref(1), climbs=(Climb(since=desk.at(-5), until=desk.at(0)),)), (), ())


def is_a_record(store: SqlStore, desk: Any) -> None:
    standing = Standing(
        record=desk.ref(1), key="1", url="", accounts=(), state=AccountState.IN_PROGRESS, colour="red", since=desk.at(0)
    )
    store.begin(Ledger(ref=desk.ref(1), standing=standing), (), ())


def asks_in_a_comment(store: SqlStore, desk: Any) -> None:
    said = Comment(id="9", at=desk.at(1), side=Side.AGENT, public=False, commands=(Command(verb="escalate"),))
    page = Page(stream="events", checkpoint="2", comments=(CommentSeen(on=desk.ref(1), comment=said),))
    store.take_in("zendesk", page, desk.at(1))


def wears_the_tag_of_a_macro(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, tags=frozenset({"asked"}), version="v2")), desk.at(1))


def wore_the_tag_of_a_macro(store: SqlStore, desk: Any) -> None:
    wears_the_tag_of_a_macro(store, desk)
    store.take_in("zendesk", desk.page(desk.ticket(1, version="v3")), desk.at(2))


def bears_the_value_of_a_macro(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, fields={"wish": "take it"}, version="v2")), desk.at(1))


STORIES = (
    climb,
    climbed_before,
    is_a_record,
    asks_in_a_comment,
    wears_the_tag_of_a_macro,
    wore_the_tag_of_a_macro,
    bears_the_value_of_a_macro,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_trace_is_enough_although_the_visit_rests(
    rested: SqlStore, desk: Any, story: Callable[[SqlStore, Any], None]
) -> None:
    story(rested, desk)
    rest(rested, desk)
    assert list(rested.afoot(desk.at(61), TRACES)) == [desk.ref(1)]


def test_without_a_trace_it_is_left_out(rested: SqlStore, desk: Any) -> None:
    assert list(rested.touched()) == [desk.ref(1)]
    assert list(rested.afoot(desk.at(61), TRACES)) == []


def test_a_visit_that_is_due_could_decide_otherwise(rested: SqlStore, desk: Any) -> None:
    assert list(rested.afoot(desk.at(600), TRACES)) == [desk.ref(1)]
    rested.nudge([desk.ref(1)], desk.at(62), "polled")
    assert list(rested.afoot(desk.at(61), TRACES)) == []
    assert list(rested.afoot(desk.at(62), TRACES)) == [desk.ref(1)]


def test_a_visit_that_failed_did_not_carry_its_decision_out(rested: SqlStore, desk: Any) -> None:
    rested.nudge([desk.ref(1)], desk.at(61), "polled")
    (due,) = rested.due(desk.at(61), 10)
    rested.park(due, desk.at(300), "it failed", ())
    assert list(rested.afoot(desk.at(62), TRACES)) == [desk.ref(1)]


def test_news_of_a_sibling_that_nobody_passed_on_yet_could_change_the_decision(store: SqlStore, desk: Any) -> None:
    store.watch(Horizon(siblings=True))
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    store.begin(Ledger(ref=desk.ref(1), tags=frozenset({"ours"})), (), ())
    rest(store, desk)
    assert list(store.afoot(desk.at(61), TRACES)) == []
    store.take_in("zendesk", desk.page(desk.ticket(2)), desk.at(61))
    assert list(store.afoot(desk.at(61), TRACES)) == [desk.ref(1)]


def test_a_ticket_that_is_solved_is_left_out(rested: SqlStore, desk: Any) -> None:
    climb(rested, desk)
    solved = desk.ticket(1, status=StatusCategory.SOLVED, version="v2")
    rested.take_in("zendesk", desk.page(solved), desk.at(1))
    assert list(rested.afoot(desk.at(61), TRACES)) == []


def test_where_no_policy_conducts_escalations_what_people_ask_for_is_not_looked_for(
    rested: SqlStore, desk: Any
) -> None:
    asks_in_a_comment(rested, desk)
    rest(rested, desk)
    assert list(rested.afoot(desk.at(61), Traces())) == []


def test_a_long_past_is_read_although_it_is_compressed(rested: SqlStore, desk: Any) -> None:
    wore_the_tag_of_a_macro(rested, desk)
    for number in range(60):
        changed = desk.ticket(1, status_name=f"word {number}", version=f"w{number}")
        rested.take_in("zendesk", desk.page(changed), desk.at(10 + number))
    rest(rested, desk)
    assert list(rested.afoot(desk.at(100), TRACES)) == [desk.ref(1)]
