"""A record that somebody opens by hand, and the command that shows it: for people, for programs, for calendars."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.ticket import TicketRef

POLICY = """\
version: 1
default_calendar: office
calendars:
  office: {{zone: Europe/London, week: {{mon-fri: ["09:00-17:00"]}}}}
directory:
  teams:
    support: {{members: [{{id: enno, name: Enno Engel, accounts: {{jira: "{enno}"}}}}]}}
  roles:
    support_manager: {{members: [enno]}}
account_escalations:
  record: {{helpdesk: jira, project: OPS}}
  declare: {{roles: [support_manager]}}
  tags: {{red: acct_red}}
"""


@pytest.fixture
def declared(desk: Any) -> tuple[Any, TicketRef, TicketRef]:
    """A ticket of an account, and the account's record: an issue with the two labels, declared with a call."""
    desk.write_policy(POLICY.format(enno=desk.engineer.account_id))
    desk.restart()
    ticket = desk.ticket("The export \x1b[31mstops")
    issue = desk.issue("Acme is in danger", labels=["esc_record", f"esc_account:zendesk:{desk.company.id}"])
    desk.settle()
    call = "#call Status | at: 2027-03-05 15:00 | attendees: enno"
    desk.act_in_jira(issue, comment={"body": f"#declare The board is upset\n{call}"})
    for _ in range(3):
        desk.pass_time()
        desk.sync()
    return desk, ticket, TicketRef("jira", str(issue.id))


@pytest.mark.capability("A18")
def test_the_record_is_shown_also_by_a_ticket_of_its_account(declared: tuple[Any, TicketRef, TicketRef]) -> None:
    desk, ticket, record = declared
    assert desk.tags(ticket) >= {"acct_red"}
    for ref in (record, ticket):
        code, output = desk.command("record", str(ref))
        assert code == 0, output
        assert output.startswith("ACCOUNT ESCALATION RED (steady), declared\n")
        assert "Declared since" in output
        assert "no owner; name one with #owner" in output
        assert "\x1b[31m" not in output


@pytest.mark.capability("A18")
def test_programs_get_it_as_json(declared: tuple[Any, TicketRef, TicketRef]) -> None:
    desk, ticket, record = declared
    code, output = desk.command("record", str(record), "--json")
    assert code == 0, output
    told = json.loads(output)
    assert (told["state"], told["colour"], told["on_judgement"]) == ("declared", "red", True)
    assert [one["ref"] for one in told["tickets"]] == [str(ticket)]
    assert told["accounts"] == [f"zendesk:{desk.company.id}"]


@pytest.mark.capability("A21")
def test_calendars_get_its_calls(declared: tuple[Any, TicketRef, TicketRef]) -> None:
    desk, _, record = declared
    code, output = desk.command("record", str(record), "--ics")
    assert code == 0, output
    assert "SUMMARY:Status" in output
    assert "DTSTART;TZID=Europe/London:20270305T150000" in output
    assert "Enno Engel" in output


def test_what_is_no_record_is_said(declared: tuple[Any, TicketRef, TicketRef]) -> None:
    desk, _, _ = declared
    other = desk.zendesk.add_organization(name="Borealis")
    stranger = desk.zendesk.add_user(name="Sven", email="sven@borealis.example", organization_id=other.id)
    lonely = desk.zendesk.add_ticket(subject="Hello", requester_id=stranger.id)
    desk.pass_time()
    desk.settle()
    code, output = desk.command("record", f"zendesk:{lonely.id}")
    assert code == 2
    assert "is no record of an account's escalation, and its account is not escalated" in output
    code, output = desk.command("record", "zendesk:999999")
    assert code == 2
    assert "the store does not know zendesk:999999" in output


def test_facts_tell_of_the_escalation(declared: tuple[Any, TicketRef, TicketRef]) -> None:
    desk, ticket, record = declared
    told = {row["name"]: row["value"] for row in json.loads(desk.command("facts", str(ticket), "--json")[1])["facts"]}
    assert (told["account.escalation"], told["account.colour"]) == ("declared", "red")
    told = {row["name"]: row["value"] for row in json.loads(desk.command("facts", str(record), "--json")[1])["facts"]}
    assert (told["record.state"], told["record.colour"], told["record.tickets"]) == ("declared", "red", 1)
