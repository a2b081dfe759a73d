"""A ticket that belongs to no account shows the escalations of every account beside which it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from rules.decide import decide
from rules.decision import Decision
from rules.escalation.standing import AccountState, Around, Standing
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import StatusCategory, Ticket, TicketRef

StandingOf = Callable[..., Standing]


@pytest.fixture
def second(standing_of: StandingOf) -> Standing:
    """What the record of another account says."""
    return standing_of(AccountState.DECLARED, record=TicketRef("jira", "901"), key="ESC-2", colour="yellow")


@pytest.fixture
def bug(accounts: Policy, member: Callable[..., Ticket], monday: datetime) -> Callable[..., Decision]:
    """What is decided about a ticket without an account that stands beside these."""

    def ask(*beside: Standing, status: StatusCategory = StatusCategory.OPEN, said: tuple[str, ...] = ()) -> Decision:
        ticket = member(1, account=None, status=status)
        ledger = Ledger(ref=ticket.ref, comments=dict.fromkeys(said, monday))
        now = monday + timedelta(hours=1)
        return decide(accounts, ticket, None, None, ledger, now, around=Around(beside=beside))

    return ask


@pytest.mark.capability("A18")
def test_it_wears_both_colours_and_is_told_of_both_once(
    bug: Callable[..., Decision], standing_of: StandingOf, second: Standing
) -> None:
    first = standing_of(AccountState.IN_PROGRESS, colour="red")
    decision = bug(first, second)
    assert decision.desired.tags == {"acct_red": "account:ESC-1", "acct_yellow": "account:ESC-2"}
    assert [note.body.split(":")[0] for note in decision.desired.notes] == [
        "An account with tickets that are linked to this one is escalated RED",
        "An account with tickets that are linked to this one is escalated YELLOW",
    ]
    keys = tuple(note.key for note in decision.desired.notes)
    assert bug(first, second, said=keys).desired.notes == ()


def test_of_two_of_one_colour_the_tag_stays_while_one_of_them_runs(
    bug: Callable[..., Decision], standing_of: StandingOf
) -> None:
    first = standing_of(AccountState.IN_PROGRESS, colour="red")
    other = standing_of(AccountState.DECLARED, record=TicketRef("jira", "901"), key="ESC-2", colour="red")
    assert set(bug(first, other).desired.tags) == set(bug(other).desired.tags) == {"acct_red"}


@pytest.mark.parametrize("state", [state for state in AccountState if not state.is_running], ids=str)
def test_what_does_not_run_is_not_shown(
    state: AccountState, bug: Callable[..., Decision], standing_of: StandingOf
) -> None:
    decision = bug(standing_of(state))
    assert (decision.desired.tags, decision.desired.notes) == ({}, ())


def test_a_solved_one_shows_nothing(bug: Callable[..., Decision], second: Standing) -> None:
    assert bug(second, status=StatusCategory.SOLVED).desired.tags == {}
