"""Many tickets of one account ask for its record: one of them opens it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from connectors.base import Intent, IntentState, Write, WriteKind
from escalade.store.claims import LEASE
from escalade.store.errors import ClaimedError
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore
from rules.change import OpenLinked
from rules.escalation.standing import RECORD_TAG, AccountState, account_tag
from rules.ledger import Ledger
from rules.ticket import TicketRef

RECORD = TicketRef("jira", "900")


@pytest.fixture
def asked(store: SqlStore, desk: Any) -> SqlStore:
    """A store with twelve open tickets of one account."""
    store.watch(Horizon(records=True))
    store.take_in("zendesk", desk.page(*(desk.ticket(number) for number in range(1, 13))), desk.at(0))
    return store


def _intent(desk: Any, number: int, operation: str, at: datetime | None = None) -> Intent:
    ref, account = desk.ref(number), desk.account_ref(7)
    change = OpenLinked(
        on=ref,
        because="many tickets",
        rule="account_escalations",
        key=f"record:{account}",
        helpdesk="jira",
        project="ESC",
        type="Task",
        subject="ACME",
        body="",
        account=account,
    )
    write = Write(kind=WriteKind.OPEN, ticket=ref, changes=(change,))
    return Intent(operation=operation, write=write, intended_at=at or desk.at(1))


def _begin(store: SqlStore, desk: Any, number: int, operation: str, at: datetime | None = None) -> bool:
    try:
        store.begin(Ledger(ref=desk.ref(number)), [_intent(desk, number, operation, at)], ())
    except ClaimedError:
        return False
    return True


def test_of_tickets_that_ask_at_the_same_time_one_may_write(asked: SqlStore, desk: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda number: _begin(asked, desk, number, f"op-{number}"), range(1, 13)))
    assert begun.count(True) == 1
    assert sum(len(asked.load([desk.ref(n)])[desk.ref(n)].open_intents) for n in range(1, 13)) == 1


def test_who_comes_second_is_told_until_when_to_wait_and_nothing_of_it_is_kept(asked: SqlStore, desk: Any) -> None:
    assert _begin(asked, desk, 1, "op-1")
    with pytest.raises(ClaimedError) as caught:
        asked.begin(Ledger(ref=desk.ref(2), episodes=5), [_intent(desk, 2, "op-2")], ())
    assert caught.value.until == desk.at(1) + LEASE
    assert asked.load([desk.ref(2)])[desk.ref(2)].ledger.episodes == 0


def test_the_holder_may_try_again_after_its_write_was_lost(asked: SqlStore, desk: Any) -> None:
    assert _begin(asked, desk, 1, "op-1")
    asked.settle("op-1", IntentState.LOST, Ledger(ref=desk.ref(1)), ())
    assert not _begin(asked, desk, 2, "op-2")
    assert _begin(asked, desk, 1, "op-3")


def test_the_claim_of_a_ticket_that_is_gone_is_taken_over(asked: SqlStore, desk: Any) -> None:
    assert _begin(asked, desk, 1, "op-1")
    asked.forget(desk.ref(1), desk.at(2))
    assert _begin(asked, desk, 2, "op-2")
    assert not _begin(asked, desk, 3, "op-3")


def test_a_claim_of_which_nothing_came_runs_out_but_not_while_its_write_may_still_take_effect(
    asked: SqlStore, desk: Any
) -> None:
    assert _begin(asked, desk, 1, "op-1")
    later = desk.at(1) + LEASE
    assert not _begin(asked, desk, 2, "op-2", later)
    asked.settle("op-1", IntentState.REFUSED, Ledger(ref=desk.ref(1)), ())
    assert not _begin(asked, desk, 2, "op-3", desk.at(30))
    assert _begin(asked, desk, 2, "op-4", later)


def test_a_record_that_was_opened_is_the_accounts_record_before_it_is_read(asked: SqlStore, desk: Any) -> None:
    assert _begin(asked, desk, 1, "op-1")
    key = f"record:{desk.account_ref(7)}"
    asked.settle("op-1", IntentState.APPLIED, Ledger(ref=desk.ref(1), opened={key: RECORD}), ())
    standing = asked.load([desk.ref(2)])[desk.ref(2)].around.standing
    assert standing is not None
    assert (standing.record, standing.state) == (RECORD, AccountState.PROPOSED)
    with pytest.raises(ClaimedError) as caught:
        asked.begin(Ledger(ref=desk.ref(2)), [_intent(desk, 2, "op-2")], ())
    assert caught.value.until is None
    assert len(asked.due(desk.at(9), 100)) == 12, "all of the account's tickets learn of it"


def test_a_record_that_people_opened_themselves_ends_every_claim(asked: SqlStore, desk: Any) -> None:
    assert _begin(asked, desk, 1, "op-1")
    tags = frozenset({RECORD_TAG, account_tag(desk.account_ref(7))})
    asked.take_in("jira", desk.page(desk.ticket(900, ref=RECORD, account=None, tags=tags)), desk.at(2))
    with pytest.raises(ClaimedError) as caught:
        asked.begin(Ledger(ref=desk.ref(1)), [_intent(desk, 1, "op-2")], ())
    assert caught.value.until is None


def test_once_a_record_is_over_the_next_one_may_be_opened(asked: SqlStore, desk: Any) -> None:
    assert _begin(asked, desk, 1, "op-1")
    asked.settle(
        "op-1", IntentState.APPLIED, Ledger(ref=desk.ref(1), opened={f"record:{desk.account_ref(7)}": RECORD}), ()
    )
    asked.forget(RECORD, desk.at(5))
    assert _begin(asked, desk, 2, "op-2")
