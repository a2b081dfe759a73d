"""What lists and digests tell of one escalation: on the ladder, as a case, as the record of an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from rules.clocks.book import facts_for
from rules.commands import Command
from rules.decide import decide
from rules.ledger import Ledger
from rules.policy import Policy
from rules.reports.escalated import Escalated, Level
from rules.reports.escalating import escalated_of
from rules.ticket import Account, AccountRef, Comment, Priority, Side, StatusCategory, Ticket

MakeTicket = Callable[..., Ticket]
ACME = AccountRef("zendesk", "8001")
POLICY = """
version: 1
default_calendar: always
directory:
  teams:
    support:
      members:
        - {id: ada, name: Ada, region: apac, accounts: {zendesk: "7"}}
        - {id: olga, name: Olga, region: emea, accounts: {zendesk: "8"}}
        - {id: vera, name: Vera, accounts: {zendesk: "9"}}
  roles:
    duty_manager: {members: [olga]}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h}
  - {id: tier2, name: Tier 2, tag: esc_t2}
rules:
  - {id: down, description: Down, when: {tags: {contains: down}}, escalate_to: tier1}
sla:
  - {id: answer, metric: first_response, targets: {high: 1h}, breach_tag: late}
cadences:
  - id: status
    when: {any: [{tags: {contains: down}}, {tags: {contains: esc_record}}]}
    colours: {red: {every: 1d}}
    chase: [{to: owner, note: remind}]
commands: {}
escalation: {}
account_escalations:
  record: {helpdesk: jira, project: ESC}
  declare: {roles: [duty_manager]}
  sponsor: {at_least: red}
templates: {remind: Write}
"""


@pytest.fixture
def row_of(policy_of: Callable[[str], Policy], monday: datetime) -> Callable[..., Escalated | None]:
    policy = policy_of(POLICY)

    def read(ticket: Ticket, hours: float, **fields: Any) -> Escalated | None:
        now = monday + timedelta(hours=hours)
        account = Account(ref=ACME, name="Acme", fields=fields) if ticket.account is not None else None
        ledger = Ledger(ref=ticket.ref)
        facts = facts_for(policy, ticket, account, None, ledger, now)
        told = escalated_of(policy, facts, decide(policy, ticket, account, None, ledger, now))
        # Lists ask where it stands alone, and say the same.
        alone = decide(policy, ticket, account, None, ledger, now, proof=False, whole=False)
        assert escalated_of(policy, facts, alone) == told
        return told

    return read


def said(monday: datetime, hours: float, author: str, verb: str, text: str = "", **options: str) -> Comment:
    return Comment(
        id=f"{author}-{hours}-{verb}",
        at=monday + timedelta(hours=hours),
        side=Side.AGENT,
        public=False,
        author=author,
        commands=(Command(verb=verb, text=text, options=options),),
    )


def test_an_ordinary_or_a_solved_ticket_is_no_escalation(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket
) -> None:
    assert row_of(make_ticket(), 1) is None
    assert row_of(make_ticket(tags=frozenset({"down"}), status=StatusCategory.SOLVED), 1) is None


@pytest.mark.capability("B18", "D15")
def test_a_ticket_on_the_ladder_tells_tier_owner_customer_and_everything_that_is_owed(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"down"}), priority=Priority.HIGH, assignee="7", account=ACME)
    row = row_of(ticket, 2)
    assert row is not None
    assert (row.level, row.tier, row.colour, row.owner, row.account, row.region) == (
        Level.TICKET, "Tier 1", "red", "Ada", "Acme", "apac",
    )  # fmt: skip
    assert [one.what for one in row.deadlines] == ["answer", "leaves Tier 1", "status update"]
    assert row.misses == 1
    assert row.gaps == ("a lead: #owner NAME",)


def test_the_region_of_the_account_goes_before_that_of_the_person(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"down"}), assignee="7", account=ACME)
    row = row_of(ticket, 1, region="latam")
    assert row is not None
    assert row.region == "latam"


@pytest.mark.capability("B19")
def test_a_ticket_that_nobody_has_lacks_an_owner(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket
) -> None:
    row = row_of(make_ticket(tags=frozenset({"down"})), 1)
    assert row is not None
    assert row.gaps[0] == "no owner"


def test_a_request_is_listed_from_its_instant_on_with_its_impact(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket, monday: datetime
) -> None:
    asked = (said(monday, 1, "7", "escalate", "Nothing moves"), said(monday, 2, "7", "impact", "No invoices go out"))
    row = row_of(make_ticket(comments=asked), 3)
    assert row is not None
    assert (row.stage, row.tier, row.impact) == ("requested", "", "No invoices go out")
    assert row.since == monday + timedelta(hours=1)


@pytest.mark.capability("B18", "B19")
def test_the_record_of_an_account_tells_colour_owner_and_what_it_lacks(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket, monday: datetime
) -> None:
    record = make_ticket(
        tags=frozenset({"esc_record", f"esc_account:{ACME}"}),
        comments=(
            said(monday, 1, "8", "declare", "red They want to leave"),
            said(monday, 2, "8", "owner", "ada"),
        ),
    )
    row = row_of(record, 3)
    assert row is not None
    assert (row.level, row.stage, row.colour, row.owner, row.region) == (
        Level.ACCOUNT, "declared", "red", "Ada", "apac",
    )  # fmt: skip
    assert row.account == str(ACME)
    missing = [gap.partition(";")[0].partition(":")[0] for gap in row.gaps]
    assert missing == ["no exit criteria", "no communication plan", "no executive sponsor", "no plan in force"]
    assert "status update" in [one.what for one in row.deadlines]


def test_a_record_that_was_declined_is_over(
    row_of: Callable[..., Escalated | None], make_ticket: MakeTicket, monday: datetime
) -> None:
    record = make_ticket(
        tags=frozenset({"esc_record", f"esc_account:{ACME}"}),
        comments=(said(monday, 1, "8", "decline", "All is well"),),
    )
    assert row_of(record, 3) is None
