"""The baseline: a ticket that was there before Escalade is taken note of as it is, and only what comes later counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.baseline import take_note
from rules.change import AddTags, PostComment
from rules.decide import decide
from rules.decision import Decision
from rules.ledger import Ledger
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import Comment, Priority, Side, StatusCategory, Ticket

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]
HOUR = timedelta(hours=1)


def planned(policy: Policy, ticket: Ticket, ledger: Ledger, now: datetime) -> tuple[Decision, Plan]:
    decision = decide(policy, ticket, None, None, ledger, now)
    return decision, plan(ticket, decision, ledger, policy, 0, now)


def adopted(policy: Policy, ticket: Ticket, now: datetime) -> Ledger:
    return take_note(Ledger(ref=ticket.ref), lambda ledger: planned(policy, ticket, ledger, now), now, now)


def changes(policy: Policy, ticket: Ticket, ledger: Ledger, now: datetime) -> list[str]:
    return [type(change).__name__ for change in planned(policy, ticket, ledger, now)[1].changes]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_nothing_is_left_to_do_on_a_ticket_as_it_is(
    data: st.DataObject, policy: Policy, setting_policy: Policy, make_ticket: MakeTicket, said: Said
) -> None:
    rules = data.draw(st.sampled_from([policy, setting_policy]))
    hours = sorted(data.draw(st.lists(st.integers(0, 200), max_size=4)))
    ticket = make_ticket(
        priority=data.draw(st.sampled_from([None, *Priority])),
        status=data.draw(st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.SOLVED])),
        tags=data.draw(st.frozensets(st.sampled_from(["production_down", "vip"]))),
        fields=data.draw(st.dictionaries(st.sampled_from(["impact", "urgency"]), st.sampled_from(["low", "high"]))),
        comments=tuple(said(hour, data.draw(st.sampled_from(Side))) for hour in hours),
    )
    now = ticket.created_at + timedelta(hours=200, minutes=data.draw(st.integers(0, 60 * 400)))
    ledger = adopted(rules, ticket, now)
    decision, made = planned(rules, ticket, ledger, now)
    assert made.changes == ()
    assert decision.escalation is None
    assert made.ledger == ledger


def test_without_a_baseline_the_same_ticket_is_escalated(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"production_down"}))
    assert "PostComment" in changes(policy, ticket, Ledger(ref=ticket.ref), ticket.created_at + HOUR)


def test_what_holds_at_the_baseline_is_told_and_nothing_follows(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"production_down"}))
    now = ticket.created_at + HOUR
    ledger = adopted(policy, ticket, now)
    assert ledger.baseline is not None
    assert ledger.baseline.holding == {"rule:down"}
    (down,) = [one for one in decide(policy, ticket, None, None, ledger, now).reasons if one.source == "rule:down"]
    assert down.text == (
        "Production is down (so since before Escalade was adopted at 2026-03-02 10:00 UTC: nothing follows)"
    )


def test_a_rule_that_begins_to_hold_later_is_heard(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    ledger = adopted(policy, ticket, ticket.created_at + HOUR)
    worse = replace(ticket, tags=frozenset({"production_down"}))
    decision, made = planned(policy, worse, ledger, ticket.created_at + 2 * HOUR)
    assert decision.escalation is not None
    assert decision.escalation.tier == "tier3"
    assert {type(change) for change in made.changes} >= {AddTags, PostComment}


def test_a_rule_that_stopped_and_holds_anew_is_heard(policy: Policy, make_ticket: MakeTicket) -> None:
    down = make_ticket(tags=frozenset({"production_down"}))
    now = down.created_at + HOUR
    ledger = adopted(policy, down, now)
    up = replace(down, tags=frozenset())
    ledger = planned(policy, up, ledger, now + HOUR)[1].ledger
    assert ledger.baseline is not None
    assert ledger.baseline.holding == frozenset()
    assert decide(policy, down, None, None, ledger, now + 2 * HOUR).escalation is not None


def test_a_ticket_that_is_solved_and_opened_again_is_a_new_matter(policy: Policy, make_ticket: MakeTicket) -> None:
    down = make_ticket(tags=frozenset({"production_down"}))
    now = down.created_at + HOUR
    solved = replace(down, status=StatusCategory.SOLVED)
    ledger = planned(policy, solved, adopted(policy, down, now), now + HOUR)[1].ledger
    assert decide(policy, down, None, None, ledger, now + 2 * HOUR).escalation is not None


def test_a_clock_that_falls_due_later_acts_at_its_instant(policy: Policy, make_ticket: MakeTicket) -> None:
    """The warning came at 12:00, before the baseline; the breach comes at 13:00, after it."""
    ticket = make_ticket()
    now = ticket.created_at + timedelta(hours=3, minutes=30)
    ledger = adopted(policy, ticket, now)
    decision = decide(policy, ticket, None, None, ledger, now)
    assert decision.desired.tags == {}
    assert decision.wake_at == ticket.created_at + 4 * HOUR
    late = decide(policy, ticket, None, None, ledger, ticket.created_at + 4 * HOUR)
    assert late.escalation is not None
    assert (late.escalation.tier, late.escalation.because) == ("tier1", "sla:answer")
    assert "answer_late" in late.desired.tags


def test_a_clock_that_was_late_before_says_nothing_of_it(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    ledger = adopted(policy, ticket, ticket.created_at + 5 * HOUR)
    decision = decide(policy, ticket, None, None, ledger, ticket.created_at + 6 * HOUR)
    assert (decision.escalation, decision.desired.tags, decision.desired.notes) == (None, {}, ())


def test_a_reminder_that_was_earned_before_is_past_and_the_next_one_is_said(
    policy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(priority=Priority.HIGH)
    now = ticket.created_at + 5 * HOUR
    ledger = adopted(policy, ticket, now)
    assert "PostComment" not in changes(policy, ticket, ledger, now + HOUR)
    (said,) = [
        note for note in decide(policy, ticket, None, None, ledger, now + 3 * HOUR).desired.notes if "keep" in note.key
    ]
    assert said.rule == "reminder:keep"
