"""Tickets by seed, and the same facts as plain values for engines that know no tickets."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.calendar import BusinessCalendar
from rules.facts import Facts, facts_of
from rules.ledger import Escalation, Ledger
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Comment,
    Link,
    LinkKind,
    Priority,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

NOW = datetime(2026, 3, 18, 13, 20, tzinfo=UTC)
PRODUCTS = (
    "Accounts",
    "Export",
    "Payments",
    "API",
    "Mobile",
    "Reports",
    "Integrations",
    "Import",
    "Search",
    "Logistics",
    "Calendar",
    "Mail",
    "Billing",
    "Forms",
)
GROUPS = ("First line", "Second line", "Night desk", "Triage", "Billing", "Specialists", "Partners", "Operations")
TYPES = ("question", "incident", "problem", "task", "change")
TAGS = (
    "production_down",
    "outage",
    "escalation_requested",
    "complaint",
    "churn_risk",
    "test_account",
    "vip",
    "waiting_ok",
    "auto_close",
    "rate_limit",
    "timeout",
    "http_500",
    "crash",
    "sso",
    "webhook",
    "printer",
    "warehouse",
    "bounce",
    "scheduled",
    "degraded",
    "reopened",
    "partner",
    "security",
    "spam",
    "export",
    "api",
    "web",
    "chat",
    "phone",
    "newsletter",
    "trial_help",
    "beta",
    "docs",
    "training",
    "invoice",
    "upgrade",
)
ACCOUNT_TAGS = (
    "enterprise",
    "pilot",
    "strategic",
    "emea",
    "onboarding",
    "government",
    "healthcare",
    "reseller",
    "apac",
    "monthly",
)
WHAT = (
    "the export stops with an error",
    "Cannot log in since the update",
    "payment was taken twice",
    "How do we add a user?",
    "EXP-4711 when we export",
    "wrong totals in the monthly report",
    "the app crashes at start",
    "refund for March, please",
    "NullPointerException in the sync",
    "URGENT: nothing works",
    "search finds no orders",
    "time zone is off by one hour",
    "SAML set-up with our provider",
    "webhook calls get lost",
    "import of 40,000 rows takes hours",
    "invoice without VAT number",
    "we want to cancel our subscription",
    "question about the roadmap",
    "escalation: third reminder",
    "printer in hall 3",
    "possible data leak in shared folders",
    "our lawyer asks for a statement",
    "very slow since Monday",
    "PRT-2231 certificate",
    "mail to one domain bounces",
    "CVE-2026-1234 in your library?",
    "newsletter looks broken",
    "please close my account",
)
WHERE = ("", " on two machines", " for the whole team", " in the Berlin office", " since 08:15", " (second time)")
#: How common the priorities and states are.
PRIORITIES = (*[Priority.LOW] * 2, *[Priority.NORMAL] * 5, *[Priority.HIGH] * 2, Priority.URGENT)
STATES = (StatusCategory.NEW, *[StatusCategory.OPEN] * 4, *[StatusCategory.PENDING] * 3, *[StatusCategory.HOLD] * 2)


def accounts(seed: int, count: int) -> list[tuple[Account, AccountSummary]]:
    """Customers with what their tickets add up to."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        ref = AccountRef("zendesk", str(number))
        tier = chance.choice(["trial", "basic", "basic", "gold", "gold", "enterprise"])
        tags = frozenset(chance.sample(ACCOUNT_TAGS, chance.randint(0, 3)))
        counted = AccountSummary(
            ref=ref, open_tickets=chance.randint(1, 20), open_by_priority={Priority.URGENT: chance.randint(0, 4)}
        )
        found.append((Account(ref=ref, name=f"Account {number}", tags=tags, fields={"tier": tier}), counted))
    return found


def ticket(number: int, chance: random.Random) -> Ticket:
    """One open ticket, up to forty days old."""
    created = NOW - timedelta(seconds=chance.randint(60, 40 * 86400))
    helpdesk = "zendesk" if chance.random() < 0.85 else "jira"
    prefix = "" if helpdesk == "zendesk" else chance.choice(["OPS-", "SUP-", "DEV-"])
    comments = _comments(created, chance)
    link = Link(to=TicketRef("jira", str(number)), kind=LinkKind.TRACKED_BY)
    fields: dict[str, Any] = {
        "impact": chance.choice(["low", "medium", "high"]),
        "urgency": chance.choice(["low", "medium", "high"]),
        "region": chance.choice(["emea", "apac", "amer"]),
        "seats": chance.choice([1, 5, 20, 80, 300, 1500]),
    }
    return Ticket(
        ref=TicketRef(helpdesk, str(number)),
        key=f"{prefix}{number}",
        url=f"https://desk.example/tickets/{number}",
        subject=f"{chance.choice(WHAT)}{chance.choice(WHERE)}",
        status=chance.choice(STATES),
        status_name="",
        priority=chance.choice(PRIORITIES),
        created_at=created,
        updated_at=comments[-1].at if comments else created,
        version="1",
        group=chance.choice(GROUPS),
        assignee=str(chance.randint(1, 200)),
        requester=str(chance.randint(1, 5000)),
        type=chance.choice(TYPES),
        product=chance.choice(PRODUCTS),
        tags=frozenset(chance.sample(TAGS, chance.randint(0, 4))),
        fields=fields,
        comments=comments,
        links=(link,) if chance.random() < 0.2 else (),
    )


def _comments(created: datetime, chance: random.Random) -> tuple[Comment, ...]:
    seconds = int((NOW - created).total_seconds())
    instants = sorted(chance.randint(0, seconds) for _ in range(chance.randint(0, 8)))
    return tuple(
        Comment(
            id=str(number),
            at=created + timedelta(seconds=after),
            side=chance.choice([Side.REQUESTER, Side.AGENT]),
            public=chance.random() < 0.8,
        )
        for number, after in enumerate(instants)
    )


def situation(one: Ticket, customer: tuple[Account, AccountSummary], chance: random.Random) -> Facts:
    """The facts of a ticket; one in twenty is escalated."""
    entered = NOW - timedelta(hours=2)
    escalated = Escalation(tier="tier1", entered_at=entered, because="rule:r01", since=entered)
    ledger = Ledger(ref=one.ref, escalation=escalated if chance.random() < 0.05 else None)
    return facts_of(one, *customer, ledger, NOW)


def plain(facts: Facts, support: BusinessCalendar) -> Mapping[str, Any]:
    """The facts as texts, numbers and lists; lengths of time are worked out, in seconds (-1 = not running)."""
    one, silences, account = facts.ticket, facts.silences, facts.account
    assert account is not None
    since = {name: facts.since(name) for name in ("age", "since_update", "agent_silence", "customer_waiting")}
    lengths = {
        f"{name}_{calendar}": -1 if at is None else length
        for name, at in since.items()
        for calendar, length in (
            ("always", (NOW - (at or NOW)).total_seconds()),
            ("support", support.elapsed(at or NOW, NOW).total_seconds()),
        )
    }
    return {
        "helpdesk": one.ref.helpdesk,
        "status": one.status.value,
        "priority": "" if one.priority is None else one.priority.value,
        "product": one.product,
        "group": one.group,
        "type": one.type,
        "key": one.key,
        "subject": one.subject,
        "subject_folded": one.subject.casefold(),
        "tags": sorted(one.tags),
        "account_tags": sorted(account.tags),
        "account_tier": account.fields["tier"],
        "account_open_tickets": facts.value("account.open_tickets"),
        "account_open_urgent": facts.value("account.open_urgent"),
        **{name: one.fields[name] for name in ("impact", "urgency", "region", "seats")},
        "replies_agent": silences.replies_agent,
        "replies_requester": silences.replies_requester,
        "unanswered_replies": silences.unanswered_replies,
        "first_reply": silences.first_reply_at is not None,
        "linked": bool(one.links),
        "escalated": facts.ledger.escalation is not None,
        **lengths,
    }
