"""Rules in shadow: they are asked and remembered like any other, and nothing at all follows from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.clocks.book import facts_for
from rules.commands import Command
from rules.decide import decide
from rules.escalation.standing import ALONE
from rules.ledger import Ledger, Tryout
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.reports.tried import Fate, Tried, by_hand, spelled, tried_of, tried_sheet
from rules.ticket import Comment, Moment, Priority, Side, State, StatusCategory, Ticket, TicketRef, Timeline
from rules.tryouts import tryout_news, would

MakeTicket = Callable[..., Ticket]
PolicyOf = Callable[[str], Policy]
HOUR = timedelta(hours=1)

LIVE = """rules:
  - id: quiet
    description: Nobody answers
    when: {agent_silence: {at_least: 5h, calendar: always}, status: {in: [new, open]}}
    escalate_to: tier2
    tags: [quiet]
    set: {priority: urgent, fields: {zendesk: {reason: quiet}}}
    note: noticed
"""
SHADOW = LIVE + "    mode: shadow\n"


def planned(policy: Policy, ticket: Ticket, ledger: Ledger, now: datetime) -> Plan:
    return plan(ticket, decide(policy, ticket, None, None, ledger, now), ledger, policy, 0, now)


def with_rules(policy_of: PolicyOf, ladder_text: str, rules: str) -> Policy:
    return policy_of(ladder_text.replace("rules:\n", rules, 1))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_rule_in_shadow_changes_nothing_that_is_written(
    data: st.DataObject, policy: Policy, policy_of: PolicyOf, ladder_text: str, make_ticket: MakeTicket
) -> None:
    shadowed = with_rules(policy_of, ladder_text, SHADOW)
    ticket = make_ticket(
        priority=data.draw(st.sampled_from([None, *Priority])),
        tags=data.draw(st.frozensets(st.sampled_from(["production_down", "vip"]))),
    )
    now = ticket.created_at + timedelta(minutes=data.draw(st.integers(0, 60 * 400)))
    without = planned(policy, ticket, Ledger(ref=ticket.ref), now)
    with_it = planned(shadowed, ticket, Ledger(ref=ticket.ref), now)
    assert with_it.changes == without.changes
    assert with_it.skipped == without.skipped
    assert with_it.ledger.overrides == without.ledger.overrides


def test_live_the_same_rule_would_have_acted(policy_of: PolicyOf, ladder_text: str, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    live = with_rules(policy_of, ladder_text, LIVE)
    assert planned(live, ticket, Ledger(ref=ticket.ref), ticket.created_at + 6 * HOUR).ledger.escalation is not None


def test_it_is_remembered_from_when_to_when_it_held(
    policy_of: PolicyOf, ladder_text: str, make_ticket: MakeTicket
) -> None:
    shadowed, ticket = with_rules(policy_of, ladder_text, SHADOW), make_ticket()
    began, ended = ticket.created_at + 6 * HOUR, ticket.created_at + 8 * HOUR
    ledger = planned(shadowed, ticket, Ledger(ref=ticket.ref), began).ledger
    assert ledger.tryouts == (Tryout(rule="quiet", since=began),)
    assert planned(shadowed, ticket, ledger, began + HOUR).ledger.tryouts == ledger.tryouts
    solved = replace(ticket, status=StatusCategory.SOLVED)
    after = planned(shadowed, solved, ledger, ended).ledger
    assert after.tryouts == (Tryout(rule="quiet", since=began, until=ended),)
    again = planned(shadowed, ticket, after, ended + HOUR).ledger
    assert [one.since for one in again.tryouts] == [began, ended + HOUR]


def test_the_journal_says_what_it_would_have_done(
    policy_of: PolicyOf, ladder_text: str, make_ticket: MakeTicket
) -> None:
    shadowed, ticket = with_rules(policy_of, ladder_text, SHADOW), make_ticket()
    now = ticket.created_at + 6 * HOUR
    before = Ledger(ref=ticket.ref)
    after = planned(shadowed, ticket, before, now).ledger
    (began,) = tryout_news(before, after, shadowed)
    assert began.text == (
        "rule quiet holds in shadow; live, it would: lead into Tier 2, put the tag quiet, set priority to urgent, "
        "set field reason to quiet, post the internal note noticed"
    )
    assert list(tryout_news(after, after, shadowed)) == []
    (ended,) = tryout_news(after, before, shadowed)
    assert (ended.began, ended.text) == (False, "rule quiet does not hold in shadow any more")
    assert "reason" not in would(shadowed.rules[0], shadowed, "jira")


def tried(policy: Policy, ticket: Ticket, ledger: Ledger, now: datetime) -> list[Tried]:
    facts = facts_for(policy, ticket, None, None, ledger, now, (), ALONE)
    return list(tried_of(facts, policy))


def state(ticket: Ticket, **changed: Any) -> State:
    values: dict[str, Any] = {"status": ticket.status, "status_name": "Open", "priority": ticket.priority}
    return State(**{**values, **changed})


def test_people_escalate_by_command_by_priority_or_by_group(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    at = ticket.created_at
    assert by_hand(ticket, policy) is None
    asked = Comment(id="1", at=at + HOUR, side=Side.AGENT, public=False, commands=(Command(verb="escalate"),))
    assert by_hand(replace(ticket, comments=(asked,)), policy) == at + HOUR
    assert by_hand(replace(ticket, comments=(replace(asked, ours=True),)), policy) is None
    for changed in ({"priority": Priority.HIGH}, {"group": "Specialists"}):
        moments = (Moment(at, state(ticket)), Moment(at + 2 * HOUR, state(ticket, **changed)))
        assert by_hand(replace(ticket, timeline=Timeline(moments=moments)), policy) == at + 2 * HOUR
    calm = (Moment(at, state(ticket, priority=Priority.HIGH)), Moment(at + HOUR, state(ticket)))
    assert by_hand(replace(ticket, timeline=Timeline(moments=calm)), policy) is None


def test_the_scoreboard_sets_it_against_what_people_did(
    policy_of: PolicyOf, ladder_text: str, make_ticket: MakeTicket
) -> None:
    shadowed = with_rules(policy_of, ladder_text, SHADOW)
    base = make_ticket()
    began, now = base.created_at + 6 * HOUR, base.created_at + timedelta(days=70)
    ledger = Ledger(ref=base.ref, tryouts=(Tryout(rule="quiet", since=began),))
    asked = Comment(id="1", at=began + 2 * HOUR, side=Side.AGENT, public=False, commands=(Command(verb="escalate"),))
    seen = []
    for number, (ticket, fate) in enumerate(
        [
            (replace(base, comments=(asked,)), Fate.BY_HAND),
            (replace(base, status=StatusCategory.SOLVED), Fate.WITHOUT),
            (base, Fate.OPEN),
        ]
    ):
        ref = replace_id(base, number)
        (one,) = tried(shadowed, replace(ticket, ref=ref), replace(ledger, ref=ref), now)
        assert one.fate is fate
        seen.append(one)
    sheet = tried_sheet(seen, shadowed, now, "quiet")
    table = sheet.sections[0].table
    assert table is not None
    assert dict(zip(table.headers, [cell.text for cell in table.rows[0]], strict=True)) == {
        "rule": "quiet",
        "since": "2026-03-02",
        "times": "3",
        "tickets": "3",
        "people escalated it": "1",
        "another rule escalated it": "0",
        "solved without": "1",
        "still open": "1",
        "agreement": "50%",
        "median lead": "2h before them",
        "remark": "in shadow for 69 days: promote it, or remove it",
    }
    assert len(sheet.sections) == 2


def replace_id(ticket: Ticket, number: int) -> TicketRef:
    return TicketRef(ticket.ref.helpdesk, str(number))


def test_without_a_rule_in_shadow_the_scoreboard_says_so(policy: Policy, monday: datetime) -> None:
    assert tried_sheet([], policy, monday).sentences == ("No rule is in shadow, and none was.",)


def test_a_lead_is_told_in_words() -> None:
    assert spelled(2 * HOUR + timedelta(minutes=10)) == "2h 10m before them"
    assert spelled(-timedelta(days=1, minutes=5)) == "1d 5m after them"
    assert spelled(timedelta()) == "0m before them"
