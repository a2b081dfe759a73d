"""Proposing: which tickets ask for the record of their account, why, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.commands import commands_in
from rules.decide import decide
from rules.decision import Decision
from rules.escalation.standing import AccountState, Around, Standing
from rules.ledger import Escalation, Ledger, TierStep
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import Account, AccountRef, AccountSummary, Comment, OpenTicket, Side, StatusCategory, Ticket

ACCOUNT = AccountRef("zendesk", "8001")
Member = Callable[..., Ticket]


def around_of(ticket: Ticket, products: list[str], types: list[str] | None = None) -> AccountSummary:
    """The account's open tickets: the one that is asked about, and further ones by product and type."""
    kinds = types or ["question"] * len(products)
    others = tuple(
        OpenTicket(
            ref=replace(ticket.ref, id=str(number)),
            created_at=ticket.created_at,
            status=StatusCategory.OPEN,
            product=product,
            type=kind,
        )
        for number, (product, kind) in enumerate(zip(products, kinds, strict=True), start=2)
    )
    return AccountSummary(ref=ACCOUNT, open_tickets=1 + len(others), tickets=others)


@pytest.fixture
def asked(accounts: Policy, monday: datetime) -> Callable[..., Decision]:
    """What is decided about a ticket of the account an hour after that Monday morning."""

    def ask(
        ticket: Ticket,
        *,
        summary: AccountSummary | None = None,
        fields: dict[str, Any] | None = None,
        standing: Standing | None = None,
        hours: float = 1,
        policy: Policy = accounts,
        ledger: Ledger | None = None,
    ) -> Decision:
        account = Account(ref=ACCOUNT, name="Globex", fields=fields or {})
        now = monday + timedelta(hours=hours)
        around = Around(standing=standing)
        return decide(policy, ticket, account, summary, ledger or Ledger(ref=ticket.ref), now, around=around)

    return ask


def said(monday: datetime, hours: float, author: str, text: str) -> Comment:
    at = monday + timedelta(hours=hours)
    return Comment(id=f"{hours}", at=at, side=Side.AGENT, public=False, author=author, commands=commands_in(text))


@pytest.mark.capability("A3")
def test_many_tickets_about_one_product_propose_and_are_named(asked: Callable[..., Decision], member: Member) -> None:
    ticket = member(1)
    record = asked(ticket, summary=around_of(ticket, ["reports", "reports", "billing"])).desired.record
    assert record is not None
    assert record.subject == "Globex is in danger"
    assert "Many tickets about one product: account.tickets is 3 (zendesk:1, zendesk:2, zendesk:3)" in record.body
    assert record.tags == ("esc_record", "esc_account:zendesk:8001", "esc_criterion:one-product")
    assert (record.helpdesk, record.project, record.type) == ("jira", "ESC", "Task")


@pytest.mark.capability("A3")
def test_tickets_about_different_products_do_not(asked: Callable[..., Decision], member: Member) -> None:
    ticket = member(1)
    assert asked(ticket, summary=around_of(ticket, ["reports", "billing"])).desired.record is None


@pytest.mark.capability("A4")
@pytest.mark.parametrize(
    ("types", "proposes"), [(["bug", "latency", "outage"], True), (["bug", "bug", "bug"], False)], ids=["kinds", "one"]
)
def test_tickets_of_many_kinds_propose(
    types: list[str], proposes: bool, asked: Callable[..., Decision], member: Member
) -> None:
    ticket = member(1, product="mail", type="bug")
    record = asked(ticket, summary=around_of(ticket, ["a", "b", "c"], types)).desired.record
    assert (record is not None) is proposes
    if record is not None:
        assert "esc_criterion:many-kinds" in record.tags


@pytest.mark.capability("A5")
def test_a_ticket_that_the_leadership_looks_at_proposes(asked: Callable[..., Decision], member: Member) -> None:
    record = asked(member(1, tags=frozenset({"exec_visibility"}))).desired.record
    assert record is not None
    assert "esc_criterion:visible" in record.tags
    assert asked(member(1)).desired.record is None


@pytest.mark.capability("A6")
@pytest.mark.parametrize(("date", "proposes"), [("2026-04-20", True), ("2026-09-20", False)])
def test_a_near_renewal_proposes(date: str, proposes: bool, asked: Callable[..., Decision], member: Member) -> None:
    record = asked(member(1), fields={"renewal_date": date}).desired.record
    assert (record is not None) is proposes


@pytest.mark.capability("A6")
def test_a_renewal_that_comes_near_wakes_the_ticket(asked: Callable[..., Decision], member: Member) -> None:
    decision = asked(member(1), fields={"renewal_date": "2026-09-20"})
    assert decision.wake_at is not None
    assert decision.wake_because == "an account criterion could change"


@pytest.mark.capability("A7")
@pytest.mark.parametrize(
    ("impact", "legal", "proposes"), [(250_000, True, True), (250_000, False, False), (10, True, False)]
)
def test_much_money_proposes_only_together_with_lawyers(
    impact: int, legal: bool, proposes: bool, asked: Callable[..., Decision], member: Member
) -> None:
    record = asked(member(1), fields={"financial_impact": impact, "legal_involved": legal}).desired.record
    assert (record is not None) is proposes


@pytest.mark.capability("A1")
def test_anybody_who_asks_proposes_and_nothing_else_is_written(
    asked: Callable[..., Decision], member: Member, monday: datetime
) -> None:
    words = said(monday, 0.5, "max", "#escalate account They want to leave | source: Customer management")
    decision = asked(member(1, comments=(words,)))
    record = decision.desired.record
    assert record is not None
    assert "max asks for it: They want to leave" in record.body
    assert "esc_source:customer_management" in record.tags
    assert decision.desired.tags == {}
    assert decision.desired.notes == ()


@pytest.mark.capability("A1", "A8")
def test_a_proposed_record_writes_nothing_to_the_tickets(
    asked: Callable[..., Decision], member: Member, standing_of: Callable[..., Standing]
) -> None:
    ticket = member(1, tags=frozenset({"exec_visibility"}))
    decision = asked(ticket, standing=standing_of(AccountState.PROPOSED))
    assert decision.desired.record is None
    assert decision.desired.tags == {}
    assert decision.desired.notes == ()


@pytest.mark.capability("A10")
def test_a_ticket_on_the_ladder_is_promoted_and_keeps_its_escalation(
    asked: Callable[..., Decision], member: Member, accounts_text: str, monday: datetime
) -> None:
    ladder = "tiers:\n  - {id: one, name: One, tag: esc_one, timeout: 2d}\n  - {id: two, name: Two, tag: esc_two}\n"
    rules = "rules:\n  - {id: hot, description: Hot, when: {priority: urgent}, escalate_to: one}\n"
    policy = load_policy({"policy.yaml": accounts_text + ladder + rules})
    step = TierStep("one", monday, "rule:hot")
    climbing = Escalation(tier="one", entered_at=monday, because="rule:hot", since=monday, steps=(step,))
    ticket = member(1, comments=(said(monday, 0.5, "max", "#escalate account It is the whole account"),))
    ledger = Ledger(ref=ticket.ref, escalation=climbing, episodes=1)
    before = asked(member(1), policy=policy, ledger=ledger)
    promoted = asked(ticket, policy=policy, ledger=ledger)
    assert promoted.desired.record is not None
    assert promoted.escalation == before.escalation == climbing
    assert promoted.wake_at == before.wake_at


def test_a_record_that_runs_is_not_asked_for_again(
    asked: Callable[..., Decision], member: Member, standing_of: Callable[..., Standing]
) -> None:
    ticket = member(1, tags=frozenset({"exec_visibility"}))
    assert asked(ticket, standing=standing_of(AccountState.IN_PROGRESS)).desired.record is None


@pytest.mark.parametrize("state", [AccountState.REFUSED, AccountState.CLOSED], ids=str)
def test_what_a_record_dealt_with_does_not_ask_for_the_next_one(
    state: AccountState,
    asked: Callable[..., Decision],
    member: Member,
    standing_of: Callable[..., Standing],
    monday: datetime,
) -> None:
    over = standing_of(state, since=monday + timedelta(hours=10))
    old = member(1, tags=frozenset({"exec_visibility"}))
    new = member(2, tags=frozenset({"exec_visibility"}), created_at=monday + timedelta(hours=11))
    assert asked(old, standing=over, hours=12).desired.record is None
    assert asked(new, standing=over, hours=12).desired.record is not None


def test_who_asks_again_after_a_record_is_over_gets_a_new_one(
    asked: Callable[..., Decision], member: Member, standing_of: Callable[..., Standing], monday: datetime
) -> None:
    over = standing_of(AccountState.CLOSED, since=monday + timedelta(hours=10))
    before = member(1, comments=(said(monday, 9, "max", "#escalate account Please"),))
    since = member(1, comments=(said(monday, 11, "max", "#escalate account Again"),))
    assert asked(before, standing=over, hours=12).desired.record is None
    assert asked(since, standing=over, hours=12).desired.record is not None


def test_a_ticket_without_an_account_asks_for_nothing(asked: Callable[..., Decision], member: Member) -> None:
    assert asked(member(1, account=None, tags=frozenset({"exec_visibility"}))).desired.record is None


def test_an_open_ticket_wears_the_colour_and_is_told_once(
    asked: Callable[..., Decision], member: Member, standing_of: Callable[..., Standing], monday: datetime
) -> None:
    running = standing_of(AccountState.DECLARED, colour="red", owner="anna")
    first = asked(member(1), standing=running)
    assert first.desired.tags == {"acct_red": "account:ESC-1"}
    (note,) = first.desired.notes
    assert note.body == (
        "The account of this ticket is escalated RED: ESC-1 https://jira.example/ESC-1\nAccountable: Anna Berg"
    )
    ledger = Ledger(ref=member(1).ref, comments={note.key: monday}, tags=frozenset({"acct_red"}))
    later = asked(
        member(1), standing=standing_of(AccountState.IN_PROGRESS, colour="yellow", owner="anna"), ledger=ledger
    )
    assert later.desired.tags == {"acct_yellow": "account:ESC-1"}
    assert later.desired.notes == ()


@pytest.mark.parametrize("state", [AccountState.AFTERCARE, AccountState.CLOSED, AccountState.REFUSED], ids=str)
def test_all_of_it_is_gone_when_the_escalation_is_over(
    state: AccountState, asked: Callable[..., Decision], member: Member, standing_of: Callable[..., Standing]
) -> None:
    decision = asked(member(1), standing=standing_of(state))
    assert decision.desired.tags == {}
    assert decision.desired.notes == ()


def test_rules_see_the_escalation_of_the_account(
    asked: Callable[..., Decision], member: Member, standing_of: Callable[..., Standing], accounts_text: str
) -> None:
    rules = "rules:\n  - {id: hot, description: Hot, when: {account.colour: red}, tags: [hot]}\n"
    rules += "  - {id: known, description: Known, when: {account.escalation: declared}, tags: [known]}\n"
    policy = load_policy({"policy.yaml": accounts_text + rules})
    assert asked(member(1), policy=policy).desired.tags == {}
    decision = asked(member(1), policy=policy, standing=standing_of(AccountState.DECLARED, colour="red"))
    assert set(decision.desired.tags) == {"hot", "known", "acct_red"}


def test_without_the_section_a_decision_is_what_it_was(
    policy: Policy, member: Member, standing_of: Callable[..., Standing], monday: datetime
) -> None:
    ticket, account = member(1), Account(ref=ACCOUNT, name="Globex")
    around = Around(standing=standing_of(AccountState.DECLARED, colour="red"))
    plain = decide(policy, ticket, account, None, Ledger(ref=ticket.ref), monday)
    assert decide(policy, ticket, account, None, Ledger(ref=ticket.ref), monday, around=around) == plain
