"""Bugs that the tickets of an escalated account are linked to wear its colour, though they belong to no account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.ticket import TicketRef


def _worn(account: Any, bug: Any) -> set[str]:
    return {label for label in account.desk.jira.issues[bug.id].fields["labels"] if label.startswith("acct_")}


def _told(account: Any, bug: Any) -> list[str]:
    bot = account.desk.jira.bot.account_id
    return [one.body for one in account.desk.jira.issues[bug.id].comments if one.author == bot]


@pytest.mark.capability("A18")
def test_a_linked_bug_wears_the_accounts_colour_from_the_declaration_to_the_closure(account: Any) -> None:
    bug, other = account.desk.issue("The index is missing"), account.desk.issue("Something else")
    account.desk.link(account.tickets[0], bug)
    account.settle()
    assert _worn(account, bug) == set(), "nothing is written before the declaration"
    account.say("#declare it burns")
    assert (_worn(account, bug), _worn(account, other)) == ({"acct_red"}, set())
    assert len(_told(account, bug)) == 1
    assert "An account with tickets that are linked to this one is escalated RED" in _told(account, bug)[0]
    account.say("#yellow it is better")
    assert _worn(account, bug) == {"acct_yellow"}
    assert account.is_at_rest()
    if account.home == "jira":
        account.desk.act_in_jira(account.record, status="Done")
    else:
        account.desk.solve(TicketRef("zendesk", str(account.record.id)))
    account.settle()
    assert _worn(account, bug) == set()
    assert account.is_at_rest()


def test_a_bug_that_is_linked_later_wears_the_colour_and_one_that_is_unlinked_loses_it(account: Any) -> None:
    bug = account.desk.issue("The index is missing")
    account.settle()
    account.say("#declare it burns")
    account.desk.link(account.tickets[1], bug)
    account.settle()
    assert _worn(account, bug) == {"acct_red"}
    account.desk.unlink(account.tickets[1], bug)
    account.say("#yellow it is better")
    account.settle()
    assert _worn(account, bug) == set(), "the next fresh read of the ticket shows that the link is gone"
    assert account.is_at_rest()


def test_a_bug_that_no_open_ticket_waits_for_any_more_loses_the_colour_and_gets_it_back_when_one_does(
    account: Any,
) -> None:
    """A customer whose tickets are all solved waits for nothing there; reopening one says otherwise."""
    desk, bug, ref = account.desk, account.desk.issue("The index is missing"), account.tickets[0]
    desk.link(ref, bug)
    account.settle()
    account.say("#declare it burns")
    assert _worn(account, bug) == {"acct_red"}
    desk.solve(ref)
    account.settle()
    assert _worn(account, bug) == set()
    assert account.coloured[1] == {"acct_red"}, "the account is as red as before"
    desk.act(ref, status="open", comment={"body": "It is back.", "public": True})
    account.settle()
    assert _worn(account, bug) == {"acct_red"}
    assert len(_told(account, bug)) == 1
    assert account.is_at_rest()


def test_a_bug_that_the_record_is_linked_to_keeps_the_colour_whatever_becomes_of_the_tickets(
    make_account: Callable[..., Any],
) -> None:
    account = make_account(home="zendesk")
    desk, bug, ref = account.desk, account.desk.issue("The index is missing"), account.tickets[0]
    desk.link(ref, bug)
    account.settle()
    account.say("#declare it burns")
    desk.link(TicketRef("zendesk", str(account.record.id)), bug)
    account.settle()
    desk.solve(ref)
    account.settle()
    assert _worn(account, bug) == {"acct_red"}
    assert account.is_at_rest()


def test_what_a_bug_wears_survives_the_loss_of_the_database(make_account: Callable[..., Any]) -> None:
    account = make_account(home="jira")
    bug = account.desk.issue("The index is missing")
    account.desk.link(account.tickets[0], bug)
    account.settle()
    account.say("#declare it burns")
    account.lose()
    code, output = account.desk.command("rebuild")
    assert code == 0, output
    assert account.is_at_rest()
    assert _worn(account, bug) == {"acct_red"}
    account.desk.act_in_jira(account.record, status="Done")
    account.settle()
    assert _worn(account, bug) == set()
