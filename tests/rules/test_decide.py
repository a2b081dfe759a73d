"""decide: tiers, clocks, matrix, floors, notes, reminders, remediation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.clocks.clock import ClockState
from rules.decide import decide
from rules.decision import Decision
from rules.ledger import Escalation, Ledger, Owned, TierStep
from rules.policy import Policy
from rules.ticket import Comment, Priority, Side, StatusCategory, Ticket, TicketRef

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]


def ask(policy: Policy, ticket: Ticket, hours: float = 0, ledger: Ledger | None = None) -> Decision:
    now = ticket.created_at + timedelta(hours=hours)
    return decide(policy, ticket, None, None, ledger or Ledger(ref=ticket.ref), now)


def followed(decision: Decision, ledger: Ledger | None = None) -> Ledger:
    """The ledger after the decision was carried out, as far as deciding is concerned."""
    return replace(
        ledger or Ledger(ref=decision.ref),
        escalation=decision.escalation,
        episodes=decision.episodes,
        comments={note.key: decision.at for note in decision.desired.notes},
    )


def in_tier(tier: str, since: datetime, **more: Any) -> Ledger:
    stands = Escalation(tier=tier, entered_at=since, because="rule:stale", since=since)
    return Ledger(ref=TicketRef("zendesk", "35"), escalation=stands, episodes=1, **more)


def tier_of(decision: Decision) -> str | None:
    return None if decision.escalation is None else decision.escalation.tier


# ── Tiers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_that_nothing_matches_is_left_alone_and_told_why_not(policy: Policy, make_ticket: MakeTicket) -> None:
    decision = ask(policy, make_ticket())
    assert decision.escalation is None
    assert decision.desired.tags == {}
    assert decision.desired.notes == ()
    assert decision.reasons == ()
    assert [reason.source for reason in decision.considered] == [
        "rule:down", "rule:stale", "rule:chatty", "matrix", "sla:answer", "reminder:keep",
    ]  # fmt: skip


def test_a_rule_leads_into_its_tier_with_tag_floor_note_and_reason(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"production_down"}))
    decision = ask(policy, ticket)
    assert decision.escalation == Escalation(
        tier="tier3",
        entered_at=ticket.created_at,
        because="rule:down",
        since=ticket.created_at,
        episode=1,
        policy=policy.hash,
        steps=(TierStep("tier3", ticket.created_at, "rule:down"),),
    )
    assert decision.desired.tags == {"esc_t3": "tier:tier3", "hot": "rule:down"}
    assert decision.desired.priority_floor is Priority.URGENT
    assert [(note.key, note.body) for note in decision.desired.notes] == [
        ("tier:tier3:1", "Tier 3: Production is down")
    ]
    assert {reason.source for reason in decision.reasons} == {"rule:down", "tier:tier3"}


def test_the_highest_of_all_that_holds_wins(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(fields={"impact": "high", "urgency": "high"})
    assert tier_of(ask(policy, ticket, hours=24)) == "tier2"
    assert ask(policy, ticket, hours=24).desired.priority_floor is Priority.URGENT


def test_the_floor_is_the_higher_of_tier_and_matrix(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    ticket = make_ticket(fields={"impact": "low", "urgency": "high"})
    assert ask(policy, ticket).desired.priority_floor is Priority.HIGH
    assert ask(policy, ticket).escalation is None
    assert ask(policy, ticket, ledger=in_tier("tier3", monday)).desired.priority_floor is Priority.URGENT


def test_a_tier_is_kept_when_its_rule_holds_no_more(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    ledger = in_tier("tier3", monday)
    decision = ask(policy, make_ticket(), hours=1, ledger=ledger)
    assert decision.escalation == ledger.escalation
    assert decision.desired.tags == {"esc_t3": "tier:tier3"}
    assert [reason.source for reason in decision.reasons] == ["tier:tier3"]


def test_nothing_holding_releases_only_where_the_policy_says_so(
    ladder_text: str, policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    lenient = policy_of(ladder_text + "release: {when_nothing_holds: true}\n")
    decision = ask(lenient, make_ticket(), hours=1, ledger=in_tier("tier2", monday))
    assert decision.escalation is None
    assert decision.desired.tags == {}
    assert decision.reasons[0].text == "nothing asks for Tier 2 any more"
    still = ask(lenient, make_ticket(tags=frozenset({"production_down"})), hours=1, ledger=in_tier("tier2", monday))
    assert tier_of(still) == "tier3"


@pytest.mark.parametrize("status", [StatusCategory.SOLVED, StatusCategory.CLOSED, StatusCategory.DELETED])
def test_a_ticket_that_is_done_is_released_and_sleeps(
    status: StatusCategory, policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ticket = make_ticket(status=status, tags=frozenset({"production_down"}))
    decision = ask(policy, ticket, hours=100, ledger=in_tier("tier3", monday))
    assert decision.escalation is None
    assert decision.desired.tags == {}
    assert decision.desired.priority_floor is None
    assert decision.wake_at is None
    assert decision.episodes == 1
    assert decision.reasons


def test_a_reopened_ticket_begins_a_new_episode(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"production_down"}))
    again = ask(policy, ticket, hours=5, ledger=Ledger(ref=ticket.ref, episodes=1))
    assert again.escalation is not None
    assert again.escalation.episode == again.episodes == 2
    assert again.desired.notes[0].key == "tier:tier3:2"


def test_a_tier_times_out_in_its_own_calendar(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    ledger = in_tier("tier1", monday)
    before = ask(policy, make_ticket(), hours=8 - 1e-6, ledger=ledger)
    assert tier_of(before) == "tier1"
    assert before.wake_at == monday + timedelta(hours=8)
    assert before.wake_because == "Tier 1 times out"
    # An hour late, it stands where it would stand had somebody looked in time.
    climbed = ask(policy, make_ticket(), hours=9, ledger=ledger)
    assert climbed.escalation is not None
    assert (climbed.escalation.tier, climbed.escalation.because) == ("tier2", "timeout:tier1")
    assert climbed.escalation.entered_at == monday + timedelta(hours=8)
    assert climbed.escalation.since == monday
    assert climbed.escalation.episode == 1
    assert climbed.desired.notes[0].body == "Tier 2: not solved within 8h in Tier 1"
    stays = ask(policy, make_ticket(), hours=10, ledger=followed(climbed))
    assert stays.escalation == climbed.escalation


def test_the_last_tier_does_not_time_out(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    assert tier_of(ask(policy, make_ticket(), hours=24 * 300, ledger=in_tier("tier3", monday))) == "tier3"


def test_a_tier_that_the_policy_no_longer_has_is_left(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    decision = ask(policy, make_ticket(), ledger=in_tier("tier9", monday))
    assert decision.escalation is None
    assert "no tier 'tier9' any more" in decision.reasons[0].text


def test_groups_and_fields_go_to_the_helpdesk_that_the_tier_names(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    here = ask(policy, make_ticket(), ledger=in_tier("tier2", monday)).desired
    assert (here.group, here.fields) == ("Specialists", {"escalation_tier": "two"})
    elsewhere = make_ticket(ref=replace(make_ticket().ref, helpdesk="jira"))
    there = ask(policy, elsewhere, ledger=in_tier("tier2", monday)).desired
    assert (there.group, there.fields) == (None, {})


@pytest.mark.parametrize(
    ("group", "wanted"),
    [("Support", "Specialists"), ("Specialists", "Specialists"), ("Critical Response", None), ("Sales", "Specialists")],
)
def test_a_ticket_is_handed_up_but_never_down_from_a_higher_tier_s_group(
    policy: Policy, make_ticket: MakeTicket, monday: datetime, group: str, wanted: str | None
) -> None:
    low, high = policy.tiers[-2], policy.tiers[-1]
    tiers = (
        *policy.tiers[:-2],
        dataclasses.replace(low, groups={"zendesk": ("Specialists",)}),
        dataclasses.replace(high, groups={"zendesk": ("Critical Response",)}),
    )
    decision = ask(dataclasses.replace(policy, tiers=tiers), make_ticket(group=group), ledger=in_tier(low.id, monday))
    assert decision.desired.group == wanted


def test_rules_that_ask_for_the_tier_see_the_one_that_was_just_entered(
    ladder_text: str, policy_of: Callable[[str], Policy], make_ticket: MakeTicket
) -> None:
    policy = policy_of(ladder_text.replace(
        "rules:\n", "rules:\n  - {id: both, description: Both, when: {all: [{tier: tier1}, {tags: {contains: vip}}]}, escalate_to: tier2}\n"
    ))  # fmt: skip
    decision = ask(policy, make_ticket(tags=frozenset({"vip"})), hours=24)
    assert tier_of(decision) == "tier2"
    assert decision.episodes == 1


# ── Clocks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hours", "answered", "state"),
    [
        (1, None, ClockState.RUNNING),
        (3, None, ClockState.WARNING),
        (4, None, ClockState.BREACHED),
        (9, 3, ClockState.MET),
        (9, 4, ClockState.MET),
        (9, 5, ClockState.MISSED),
    ],
)
def test_the_first_response_clock(  # noqa: PLR0917 - a table row and three fixtures
    hours: float, answered: float | None, state: ClockState, policy: Policy, make_ticket: MakeTicket, said: Said
) -> None:
    comments = () if answered is None else (said(answered, Side.AGENT),)
    (reading,) = ask(policy, make_ticket(comments=comments), hours=hours).clocks
    assert reading.state is state
    assert reading.due_at == reading.started_at + timedelta(hours=4)
    assert reading.warnings[0].at == reading.started_at + timedelta(hours=3)


def test_a_warning_tags_and_a_breach_tags_notes_and_escalates(policy: Policy, make_ticket: MakeTicket) -> None:
    warned = ask(policy, make_ticket(), hours=3)
    assert warned.desired.tags == {"answer_soon": "sla:answer"}
    assert warned.wake_at == warned.clocks[0].due_at
    breached = ask(policy, make_ticket(), hours=4)
    assert breached.desired.tags == {"esc_t1": "tier:tier1", "answer_late": "sla:answer"}
    assert [note.key for note in breached.desired.notes] == [
        "tier:tier1:1",
        "sla:answer:2026-03-02T09:00:00+00:00:breach-at-once",
    ]
    assert breached.desired.notes[1].body == "answer of 4h was due 2026-03-02 13:00 UTC"
    assert tier_of(breached) == "tier1"


def test_a_late_answer_keeps_the_mark_and_says_nothing(policy: Policy, make_ticket: MakeTicket, said: Said) -> None:
    decision = ask(policy, make_ticket(comments=(said(5, Side.AGENT),)), hours=6)
    assert decision.desired.tags == {"answer_late": "sla:answer"}
    assert decision.desired.notes == ()
    assert decision.escalation is None


def test_the_target_is_that_of_the_priority_people_set(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(priority=Priority.URGENT)
    raised = Ledger(ref=ticket.ref, priority=Owned(ours="urgent", before="normal"))
    assert ask(policy, ticket, ledger=raised).clocks[0].due_at == ticket.created_at + timedelta(hours=4)
    assert ask(policy, ticket).clocks[0].due_at == ticket.created_at + timedelta(hours=1)
    assert ask(policy, make_ticket(priority=Priority.LOW)).clocks == ()


def test_resolution_is_met_or_missed_by_the_last_update_of_a_solved_ticket(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    policy = policy_of("""
version: 1
tiers: [{id: a, name: A, tag: a, calendar: always}]
sla: [{id: solve, metric: resolution, calendar: always, targets: {normal: 24h}, escalate_to: a}]
""")
    for hours, state in ((24, ClockState.MET), (25, ClockState.MISSED)):
        ticket = make_ticket(status=StatusCategory.SOLVED, updated_at=monday + timedelta(hours=hours))
        assert ask(policy, ticket, hours=100).clocks[0].state is state
    assert ask(policy, make_ticket(), hours=24).clocks[0].state is ClockState.BREACHED


# ── Notes, reminders, remediation ──────────────────────────────────────────────────────────────────────────────────


def test_a_note_that_was_said_is_not_wanted_again(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"production_down"}))
    first = ask(policy, ticket)
    assert ask(policy, ticket, hours=1, ledger=followed(first)).desired.notes == ()


def test_a_rule_says_its_note_once_also_when_the_ticket_is_escalated_later(
    policy: Policy, make_ticket: MakeTicket, said: Said
) -> None:
    ticket = make_ticket(comments=(said(0.1, Side.REQUESTER), said(0.2, Side.REQUESTER)))
    first = ask(policy, ticket, hours=1)
    assert first.escalation is None
    assert [(note.key, note.body) for note in first.desired.notes] == [
        ("rule:chatty:1", "Noticed: The customer writes and writes")
    ]
    escalated = ask(policy, replace(ticket, tags=frozenset({"production_down"})), hours=2, ledger=followed(first))
    assert [note.rule for note in escalated.desired.notes] == ["tier:tier3"]
    # In the next episode it is news again.
    reopened = Ledger(ref=ticket.ref, episodes=1, comments=followed(first).comments)
    assert [note.key for note in ask(policy, ticket, hours=3, ledger=reopened).desired.notes] == ["rule:chatty:2"]


@pytest.mark.parametrize(("hours", "number"), [(3.9, None), (4, 1), (7.9, 1), (24, 2), (28, 3), (24 * 200, 3)])
def test_a_backlog_of_silence_says_one_reminder(
    hours: float, number: int | None, policy: Policy, make_ticket: MakeTicket
) -> None:
    notes = ask(policy, make_ticket(priority=Priority.HIGH), hours=hours).desired.notes
    keys = [note.key for note in notes if note.rule == "reminder:keep"]
    assert keys == ([] if number is None else [f"reminder:keep:2026-03-02T09:00:00+00:00:{number}"])


def test_a_public_answer_begins_a_new_silence(policy: Policy, make_ticket: MakeTicket, said: Said) -> None:
    ticket = make_ticket(priority=Priority.HIGH, comments=(said(3, Side.AGENT),))
    quiet = ask(policy, ticket, hours=6)
    assert [note for note in quiet.desired.notes if note.rule == "reminder:keep"] == []
    assert quiet.wake_at == ticket.created_at + timedelta(hours=7)
    assert quiet.wake_because == "reminder:keep is due"


def test_the_tier_s_remediation_is_wanted_with_its_texts_and_dates(policy: Policy, make_ticket: MakeTicket) -> None:
    work = ask(policy, make_ticket(tags=frozenset({"production_down"}))).desired.remediation
    assert work is not None
    assert work.items == {
        "tier3:1:find": ("Find the cause of 35", "See https://desk.example/agent/tickets/35", "2026-03-03"),
        "tier3:1:fix": ("Fix it", "See https://desk.example/agent/tickets/35", None),
    }
    assert work.opening == ("The export stops", "See https://desk.example/agent/tickets/35")


def test_deciding_needs_an_aware_instant(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    with pytest.raises(TypeError):
        decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at.replace(tzinfo=None))


def test_a_comment_dated_ahead_counts_from_its_own_instant_on(
    policy: Policy, make_ticket: MakeTicket, said: Said
) -> None:
    ticket = make_ticket(comments=(said(1, Side.REQUESTER), said(2, Side.REQUESTER)))
    before = ask(policy, ticket, hours=1.5)
    after = ask(policy, ticket, hours=2)
    assert ("chatty" in before.desired.tags, "chatty" in after.desired.tags) == (False, True)
    assert (before.wake_at, before.wake_because) == (
        ticket.created_at + timedelta(hours=2),
        "a comment dated ahead begins to count",
    )
