"""explain: why, why not and when next, for terminals, Markdown and programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CreateRemediation,
    LinkTicket,
    Notify,
    OpenLinked,
    PostComment,
    RemediationItem,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.decide import decide
from rules.decision import Decision
from rules.explain import (
    decision_json,
    decision_markdown,
    decision_text,
    describe,
    plan_json,
    plan_markdown,
    plan_text,
)
from rules.ledger import Ledger, Override
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import LinkKind, Priority, StatusCategory, Ticket, TicketRef

MakeTicket = Callable[..., Ticket]
REF, OPS = TicketRef("zendesk", "35"), TicketRef("jira", "10001")
WHY: dict[str, Any] = {"on": REF, "because": "x", "rule": "y"}
ITEM = RemediationItem(key="k", title="Find  the\ncause", body="", due_on=date(2026, 3, 3))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (AddTags(**WHY, tags=("hot",)), "add tag hot"),
        (RemoveTags(**WHY, tags=("a", "b")), "remove tags a, b"),
        (SetPriority(**WHY, priority=Priority.HIGH, was=None), "set priority high (was not set)"),
        (Assign(**WHY, group="Specialists", was="Front desk"), "assign to group Specialists (was Front desk)"),
        (AssignPerson(**WHY, person="11", was=None), "assign to person 11 (was not set)"),
        (
            Transition(**WHY, status="In Review", was="To Do", was_category=StatusCategory.NEW),
            "move to status In Review (was To Do)",
        ),
        (SetField(**WHY, field="tier", value=None, was="two"), "set field tier to not set (was two)"),
        (PostComment(**WHY, key="k", body="Hello\nthere"), "post an internal note: “Hello there”"),
        (PostComment(**WHY, key="k", body="x" * 300, public=True), f"post a public reply: “{'x' * 99}…”"),
        (
            Notify(**WHY, key="k", channel="room", title="35: T", body="Look\nat it", url="u"),
            "tell the channel room: “Look at it”",
        ),
        (
            CreateRemediation(on=OPS, because="", rule="", items=(ITEM,)),
            "create 1 sub-task below jira:10001: “Find the cause”",
        ),
        (
            OpenLinked(**WHY, key="k", helpdesk="jira", project="OPS", type="Task", subject="S", body=""),
            "open a Task in jira, project OPS: “S”",
        ),
        (
            LinkTicket(**WHY, to=OPS, kind=LinkKind.TRACKED_BY, key="OPS-1", title="", url=""),
            "link zendesk:35 to jira:10001",
        ),
    ],
)
def test_every_change_is_one_line_in_an_agent_s_words(change: Change, says: str) -> None:
    assert describe(change) == says


@pytest.fixture
def decided(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> Decision:
    ticket = make_ticket(tags=frozenset({"production_down"}))
    return decide(policy, ticket, None, None, Ledger(ref=ticket.ref), monday + timedelta(hours=3))


@pytest.fixture
def made(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> Plan:
    ticket = make_ticket(tags=frozenset({"production_down"}), subject="Export [broken](http://evil.example) <b>")
    ledger = Ledger(ref=ticket.ref, overrides={"tag:hot": Override(wanted=True, seen_at=monday)})
    return plan(ticket, decide(policy, ticket, None, None, ledger, monday), ledger, policy, 0, monday)


def test_a_decision_in_words_says_why_why_not_and_when_next(decided: Decision) -> None:
    assert (
        decision_text(decided)
        == """\
zendesk:35 is in tier tier3 since 2026-03-02 12:00 UTC (rule:down)

Why:
  rule:down: Production is down
    ✓ tags contains production_down: production_down
  tier:tier3: enters Tier 3: Production is down

Why not more:
  rule:stale: Open for a working day
    ✗ age at least 1d (calendar office): 3h of open time; can change 2026-03-03 09:00 UTC
  rule:chatty: The customer writes and writes
    ✗ unanswered_replies at least 2: 0
  matrix: the matrix needs field.impact
    ✗ field.impact is in the matrix: not set
  sla:answer: answer: an agent's first public answer is due by 2026-03-02 13:00 UTC
    ✗ first_response missing after 4h (calendar office): warning; can change 2026-03-02 13:00 UTC
  reminder:keep: no word to the customer since 2026-03-02 09:00 UTC
    ✗ all of these: 0 of 2 hold
      ✗ priority is one of high, urgent: normal
      ✗ agent_silence at least 4h (calendar office): 3h

Clocks:
  answer: warning, due 2026-03-02 13:00 UTC

When next: 2026-03-02 13:00 UTC, when sla:answer could change"""
    )


def test_a_decision_that_asks_for_nothing_says_so_too(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(priority=Priority.LOW)
    text = decision_text(decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at))
    assert text.startswith("zendesk:35 is not escalated\n\nWhy:\n  nothing asks for anything\n\nWhy not more:\n")


def test_the_same_decision_in_markdown_nests_its_proofs(decided: Decision) -> None:
    lines = decision_markdown(decided).splitlines()
    assert lines[0] == "**zendesk:35 is in tier tier3 since 2026-03-02 12:00 UTC (rule:down)**"
    assert "- `rule:down` Production is down" in lines
    assert "  - ✓ tags contains production\\_down: production\\_down" in lines
    assert lines[-1] == "**When next:** 2026-03-02 13:00 UTC, when sla:answer could change"


def test_the_same_decision_for_programs_is_json(decided: Decision) -> None:
    content = json.loads(json.dumps(decision_json(decided)))
    assert content["ticket"] == "zendesk:35"
    assert content["escalation"]["tier"] == "tier3"
    assert [reason["source"] for reason in content["reasons"]] == ["rule:down", "tier:tier3"]
    assert content["reasons"][0]["verdict"]["observed"] == "production_down"
    assert len(content["not_held"]) == 5
    assert content["wake_at"] == "2026-03-02T13:00:00+00:00"


def test_a_plan_in_words_says_what_and_why_and_what_not(made: Plan) -> None:
    text = plan_text(made)
    assert "  + add tag esc_t3\n      because enters Tier 3: Production is down\n" in text
    assert "  - not: tag hot\n      because somebody decided otherwise, seen at 2026-03-02 09:00 UTC\n" in text
    assert text.endswith("  next look: 2026-03-02 12:00 UTC, when sla:answer could change")


def test_a_plan_with_nothing_to_do_says_so(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    ticket = make_ticket(priority=Priority.LOW)
    ledger = Ledger(ref=ticket.ref)
    empty = plan(ticket, decide(policy, ticket, None, None, ledger, monday), ledger, policy, 0, monday)
    assert "nothing to write" in plan_text(empty)


def test_a_customer_s_words_are_no_markup_in_markdown(made: Plan) -> None:
    text = plan_markdown(made)
    assert "[broken](" not in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "Export \\[broken\\](http://evil.example) \\<b\\>" in text


def test_a_plan_for_programs_is_json(made: Plan) -> None:
    content = json.loads(json.dumps(plan_json(made)))
    assert content["changes"][0]["change"] == "add_tags"
    assert content["ledger"]["escalation"]["tier"] == "tier3"
