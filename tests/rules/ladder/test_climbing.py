"""The ladder: catching up, acknowledgement, nagging, and the same however often one looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.decision import Decision
from rules.explain import decision_text
from rules.ledger import Escalation, Ledger, TierStep
from rules.policy import Policy
from rules.ticket import Comment, Moment, Side, State, Ticket, Timeline

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]

LADDER = """
version: 1
default_calendar: always
tiers:
  - {id: one, name: One, tag: one, timeout: 4h, note: entered}
  - id: two
    name: Two
    tag: two
    timeout: {unacknowledged: 2h, unresolved: 2d}
    acknowledged_when: {assignee: {exists: true}}
    acknowledgement_lasts: 12h
    repeat: {note: again, every: 30m, max: 3, growing: 2}
    note: entered
  - {id: three, name: Three, tag: three, note: entered, repeat: {note: again, every: 1d, max: 2}}
rules:
  - {id: in, description: In, when: {tags: {contains: escalate}}, escalate_to: one}
  - {id: hot, description: Hot, when: {tags: {contains: hot}}, escalate_to: two}
  - {id: seen, description: Seen, when: {acknowledged: true}, tags: [seen]}
  - {id: unseen, description: Unseen, when: {in_tier_unacknowledged: {at_least: 90m}}, tags: [unseen]}
templates:
  entered: "{{ tier.name }}: {{ reason }}"
  again: "{{ tier.name }}, reminder {{ repeat.number }}"
"""


@pytest.fixture(scope="module")
def ladder(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(LADDER)


def stands(decision: Decision) -> Escalation:
    assert decision.escalation is not None
    return decision.escalation


def notes(decision: Decision) -> list[str]:
    return [note.body for note in decision.desired.notes]


def with_past(ticket: Ticket, *moments: tuple[float, dict[str, Any]]) -> Ticket:
    """The ticket with a past: from so many hours after its creation on, these values."""
    state = State(status=ticket.status, status_name=ticket.status_name, priority=ticket.priority, tags=ticket.tags)
    grown = [Moment(ticket.created_at, state)]
    for hour, changed in moments:
        state = replace(state, **changed)
        grown.append(Moment(ticket.created_at + timedelta(hours=hour), state))
    values = {name: getattr(state, name) for name in ("status", "assignee", "tags")}
    return replace(ticket, timeline=Timeline(moments=tuple(grown)), **values)


@pytest.fixture
def escalated(make_ticket: MakeTicket) -> Ticket:
    return with_past(make_ticket(tags=frozenset({"escalate"})))


# ── Catching up ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.capability("B2")
def test_after_downtime_the_ticket_stands_where_it_would_stand_had_somebody_looked_all_the_time(
    ladder: Policy, escalated: Ticket, watched: Any
) -> None:
    late, _ = watched(ladder, escalated, [0, 24])
    created = escalated.created_at
    assert stands(late).tier == "three"
    assert stands(late).because == "unacknowledged:two"
    assert stands(late).steps == (
        TierStep("one", created, "rule:in"),
        TierStep("two", created + timedelta(hours=4), "timeout:one"),
        TierStep("three", created + timedelta(hours=6), "unacknowledged:two"),
    )


def test_tiers_that_were_passed_by_say_nothing_and_the_reason_tells_of_them(
    ladder: Policy, escalated: Ticket, ask: Any, followed: Any, watched: Any
) -> None:
    late, ledger = watched(ladder, escalated, [0, 24])
    assert notes(late) == ["Three: not acknowledged within 2h in Two"]
    assert sorted(late.desired.tags) == ["three", "unseen"]
    text = decision_text(late)
    assert "tier:two: passed Two by: entered 2026-03-02 13:00 UTC, and its time-out has run out, too" in text
    assert ask(ladder, escalated, 25, followed(late, ledger)).desired.notes == ()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_looking_seldom_leads_to_the_same_place_as_looking_often(
    data: st.DataObject, ladder: Policy, make_ticket: MakeTicket, *, ask: Any, followed: Any, as_seen: Any
) -> None:
    assigned = data.draw(
        st.lists(st.floats(0.1, 60).map(lambda hour: round(hour, 2)), max_size=3, unique=True).map(sorted)
    )
    people = [(hour, {"assignee": None if number % 2 else "7"}) for number, hour in enumerate(assigned)]
    end = data.draw(st.floats(0.1, 80).map(lambda hour: round(hour, 2)))
    ticket = with_past(make_ticket(tags=frozenset({"escalate"})), *people)
    ticket = as_seen(ticket, end)
    between = data.draw(st.lists(st.floats(0, 1).map(lambda share: round(share * end, 2)), max_size=6).map(sorted))
    often, ledger = Ledger(ref=ticket.ref), Ledger(ref=ticket.ref)
    for hour in [0, *between]:
        often = followed(ask(ladder, as_seen(ticket, hour), hour, often), often)
    ledger = followed(ask(ladder, as_seen(ticket, 0), 0, ledger), ledger)
    seldom = ask(ladder, ticket, end, ledger)
    assert ask(ladder, ticket, end, often).escalation == seldom.escalation


def test_an_escalation_that_was_kept_without_its_steps_climbs_on(ladder: Policy, escalated: Ticket, ask: Any) -> None:
    created = escalated.created_at
    kept = Escalation(tier="one", entered_at=created, because="rule:in", since=created)
    decision = ask(ladder, escalated, 5, Ledger(ref=escalated.ref, escalation=kept, episodes=1))
    assert [step.tier for step in stands(decision).steps] == ["one", "two"]


# ── Acknowledgement ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_acknowledgement_stops_the_climb_until_it_has_run_out(
    ladder: Policy, make_ticket: MakeTicket, monday: datetime, watched: Any
) -> None:
    ticket = with_past(make_ticket(tags=frozenset({"escalate"})), (5, {"assignee": "7"}), (5.5, {"assignee": None}))
    held, _ = watched(ladder, ticket, [0, 16.9])
    assert stands(held).tier == "two"
    assert stands(held).acknowledged_at == monday + timedelta(hours=5)
    assert stands(held).steps[-1].acknowledged_at == monday + timedelta(hours=5)
    assert held.wake_at == monday + timedelta(hours=17)
    over, _ = watched(ladder, ticket, [0, 17])
    assert (stands(over).tier, stands(over).because) == ("three", "unacknowledged:two")


def test_an_acknowledgement_for_good_leaves_the_time_that_runs_in_any_case(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, watched: Any
) -> None:
    policy = policy_of(LADDER.replace("    acknowledgement_lasts: 12h\n", ""))
    ticket = with_past(make_ticket(tags=frozenset({"hot"}), assignee="7"), (0, {"assignee": "7"}))
    held, _ = watched(policy, ticket, [0, 47.9])
    assert stands(held).tier == "two"
    over, _ = watched(policy, ticket, [0, 48])
    assert (stands(over).tier, stands(over).because) == ("three", "timeout:two")


def test_an_acknowledgement_that_comes_when_the_time_is_over_is_too_late(
    ladder: Policy, make_ticket: MakeTicket, watched: Any
) -> None:
    ticket = with_past(make_ticket(tags=frozenset({"escalate"})), (6, {"assignee": "7"}))
    late, _ = watched(ladder, ticket, [0, 7])
    assert (stands(late).tier, stands(late).because) == ("three", "unacknowledged:two")
    assert stands(late).steps[1].acknowledged_at is None


def test_it_stays_acknowledged_when_what_acknowledged_it_goes_away(
    ladder: Policy, make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    ticket = make_ticket(tags=frozenset({"hot"}), assignee="7")
    first = ask(ladder, ticket, 0)
    assert stands(first).acknowledged_at == ticket.created_at
    assert "seen" in first.desired.tags
    again = ask(ladder, replace(ticket, assignee=None), 3, followed(first))
    assert stands(again) == stands(first)


def test_the_instant_of_an_acknowledgement_is_not_found_anew(
    ladder: Policy, make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    """A past that was learned later tells nothing about what was acknowledged before."""
    ticket = make_ticket(tags=frozenset({"hot"}), assignee="7")
    first = ask(ladder, ticket, 0)
    later = ask(ladder, with_past(replace(ticket, assignee=None), (2, {"assignee": "7"})), 3, followed(first))
    assert stands(later).acknowledged_at == ticket.created_at


def test_rules_may_ask_whether_somebody_acknowledged_and_for_how_long_nobody_did(
    ladder: Policy, make_ticket: MakeTicket, *, ask: Any, followed: Any, watched: Any, as_seen: Any
) -> None:
    ticket = with_past(make_ticket(tags=frozenset({"hot"})), (1.75, {"assignee": "7"}))
    early, ledger = watched(ladder, as_seen(ticket, 1), [0, 1])
    assert early.wake_at == ticket.created_at + timedelta(hours=1.5)
    late = ask(ladder, as_seen(ticket, 1.5), 1.5, followed(early, ledger))
    assert "unseen" in late.desired.tags
    seen = ask(ladder, ticket, 1.75, followed(late, ledger))
    assert set(seen.desired.tags) == {"two", "seen"}


def test_explain_says_when_it_was_acknowledged(ladder: Policy, make_ticket: MakeTicket, watched: Any) -> None:
    ticket = with_past(make_ticket(tags=frozenset({"hot"})), (1, {"assignee": "7"}))
    held, _ = watched(ladder, ticket, [0, 3])
    assert (
        "in_tier at least 2h without acknowledgement (calendar always): 3h, acknowledged at 2026-03-02 10:00 UTC; "
        "can change 2026-03-02 22:00 UTC"
    ) in decision_text(held)


# ── Repeats ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_note_is_repeated_at_growing_distances_until_the_tier_is_left(
    ladder: Policy, make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    ticket, story = with_past(make_ticket(tags=frozenset({"hot"}))), []
    ledger = Ledger(ref=ticket.ref)
    for minutes in range(0, 121, 10):
        decision = ask(ladder, ticket, minutes / 60, ledger)
        story += [(minutes, body) for body in notes(decision)]
        ledger = followed(decision, ledger)
    assert story == [
        (0, "Two: Hot"),
        (30, "Two, reminder 1"),
        (90, "Two, reminder 2"),
        (120, "Three: not acknowledged within 2h in Two"),
    ]


def test_an_acknowledgement_ends_the_nagging(ladder: Policy, make_ticket: MakeTicket, watched: Any) -> None:
    ticket = with_past(make_ticket(tags=frozenset({"hot"})), (0.5, {"assignee": "7"}))
    assert notes(watched(ladder, ticket, [0, 1.9])[0]) == []


def test_a_backlog_of_repeats_says_the_last_one_and_no_more_than_the_most(
    ladder: Policy, make_ticket: MakeTicket, ask: Any, followed: Any, watched: Any
) -> None:
    ticket = with_past(make_ticket(tags=frozenset({"hot"})))
    decision, ledger = watched(ladder, ticket, [0, 2, 24 * 30])
    assert notes(decision) == ["Three, reminder 2"]
    assert ask(ladder, ticket, 24 * 300, followed(decision, ledger)).wake_at is None


# ── De-escalation ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_that_was_taken_out_takes_back_what_it_set_and_nothing_else(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    """The tag of the other rule and the tier stay; a tier is left by solving, or where release says so."""
    rules = "  - {id: hot, description: Hot, when: {tags: {contains: hot}}, escalate_to: two"
    both = policy_of(LADDER.replace(rules, f"{rules}, tags: [hot_line]"))
    one = policy_of(LADDER.replace(f"{rules}}}\n", ""))
    ticket = make_ticket(tags=frozenset({"escalate", "hot"}), assignee="7")
    before = ask(both, ticket, 0)
    assert set(before.desired.tags) == {"two", "hot_line", "seen"}
    after = ask(one, ticket, 1, followed(before))
    assert set(after.desired.tags) == {"two", "seen"}
    assert stands(after).tier == "two"


def test_a_tier_that_was_taken_out_is_left_for_the_tier_that_is_asked_for_now(
    policy_of: Callable[[str], Policy], ladder: Policy, make_ticket: MakeTicket, ask: Any, followed: Any
) -> None:
    ticket = make_ticket(tags=frozenset({"hot", "escalate"}))
    ledger = followed(ask(ladder, ticket, 0))
    shorter = policy_of(LADDER.replace("  - {id: hot, description: Hot, when: {tags: {contains: hot}}, escalate_to: two}\n", "").replace("  - id: two\n    name: Two", "  - id: too\n    name: Two"))  # fmt: skip
    decision = ask(shorter, ticket, 1, ledger)
    assert stands(decision).tier == "one"
    assert stands(decision).episode == 2


def test_an_answer_can_be_an_acknowledgement(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, said: Said, monday: datetime, watched: Any
) -> None:
    policy = policy_of(LADDER.replace("{assignee: {exists: true}}", "{replies_agent: {at_least: 1}}"))
    ticket = with_past(make_ticket(tags=frozenset({"hot"}), comments=(said(1, Side.AGENT),)))
    held, _ = watched(policy, ticket, [0, 5])
    assert (stands(held).tier, stands(held).acknowledged_at) == ("two", monday + timedelta(hours=1))
