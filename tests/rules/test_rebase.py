"""Rebase: one ticket under two versions of a policy, every due date before and after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from rules.decide import decide
from rules.facts import facts_of
from rules.ledger import Escalation, Ledger, TierStep
from rules.plan import plan
from rules.policy import Policy
from rules.rebase import Followed, Rebase, compare_versions, rebase_summary, rebase_text
from rules.ticket import Ticket

MakeTicket = Callable[..., Ticket]


def in_tier_one(ticket: Ticket, at: datetime) -> Ledger:
    stands = Escalation(
        tier="tier1",
        entered_at=at,
        because="rule:stale",
        since=at,
        policy="old",
        steps=(TierStep("tier1", at, "rule:stale"),),
    )
    return Ledger(ref=ticket.ref, escalation=stands, episodes=1, tags=frozenset({"esc_t1"}))


@pytest.fixture
def compare(make_ticket: MakeTicket, monday: datetime) -> Callable[..., Rebase]:
    """Compare two policies on a ticket that came on Monday morning and climbed at eleven, seen at noon."""

    def rebase(old: Policy | None, new: Policy) -> Rebase:
        ticket, now = make_ticket(), monday + timedelta(hours=3)
        ledger = in_tier_one(ticket, monday + timedelta(hours=2))

        def followed(policy: Policy) -> Followed:
            decision = decide(policy, ticket, None, None, ledger, now)
            return Followed(policy=policy, plan=plan(ticket, decision, ledger, policy, 0, now))

        facts = facts_of(ticket, None, None, ledger, now)
        before = None if old is None else followed(old)
        lost = "its texts are gone" if old is None else None
        return compare_versions(facts, "aaaaaaaaaaaa", before, followed(new), lost=lost)

    return rebase


def test_the_same_policy_moves_nothing(compare: Callable[..., Rebase], policy: Policy) -> None:
    found = compare(policy, policy)
    assert not found.moves
    assert found.changes == ()
    assert rebase_summary(found) == f"re-based from policy aaaaaaaaaaaa to {policy.hash}: no due date moves"


@pytest.mark.capability("L14")
def test_clocks_and_time_outs_are_told_before_and_after(
    compare: Callable[..., Rebase], policy: Policy, policy_of: Callable[[str], Policy], ladder_text: str
) -> None:
    new = policy_of(
        ladder_text.replace("tag: esc_t1, timeout: 8h", "tag: first_tier, timeout: 4h").replace(
            "normal: 4h", "normal: 6h"
        )
    )
    found = compare(policy, new)
    lines = rebase_text(found).splitlines()
    assert lines[:3] == [
        "zendesk:35 (35) The export stops",
        f"  follows policy aaaaaaaaaaaa, would follow {new.hash}",
        "  tier: stays tier1",
    ]
    assert lines[3].startswith("  answer: warning, due 2026-03-02 13:00 UTC → running, due 2026-03-02 15:00 UTC")
    assert lines[4] == "  timeout:tier1: due 2026-03-03 11:00 UTC → due 2026-03-02 15:00 UTC"
    assert "  + add tag first_tier" in lines
    assert found.moves
    told = rebase_summary(found)
    assert "timeout:tier1: due 2026-03-03 11:00 UTC → due 2026-03-02 15:00 UTC" in told
    assert "tier:" not in told


def test_a_time_out_that_has_passed_under_the_other_version_leads_higher_at_once(
    compare: Callable[..., Rebase], policy: Policy, policy_of: Callable[[str], Policy], ladder_text: str
) -> None:
    new = policy_of(ladder_text.replace("tag: esc_t1, timeout: 8h", "tag: esc_t1, timeout: 30m"))
    found = compare(policy, new)
    assert (found.tier_before, found.tier_after) == ("tier1", "tier2")
    assert found.time_outs[0].text == "timeout:tier1: due 2026-03-03 11:00 UTC → due 2026-03-02 11:30 UTC"
    assert rebase_summary(found).startswith(f"re-based from policy aaaaaaaaaaaa to {new.hash}: tier: tier1 → tier2; ")


def test_a_time_out_that_is_taken_away_never_comes(
    compare: Callable[..., Rebase], policy: Policy, policy_of: Callable[[str], Policy], ladder_text: str
) -> None:
    new = policy_of(ladder_text.replace("tag: esc_t1, timeout: 8h", "tag: esc_t1"))
    (change,) = compare(policy, new).time_outs
    assert change.text == "timeout:tier1: due 2026-03-03 11:00 UTC → never"


def test_a_clock_that_is_new_or_gone_is_told(
    compare: Callable[..., Rebase], policy: Policy, policy_of: Callable[[str], Policy], ladder_text: str
) -> None:
    new = policy_of(ladder_text.replace("id: answer", "id: reply"))
    gone, there = compare(policy, new), compare(new, policy)
    assert [(clock.clock, clock.before is None, clock.after is None) for clock in gone.clocks] == [
        ("reply", True, False),
        ("answer", False, True),
    ]
    assert [clock.clock for clock in there.clocks] == ["answer", "reply"]


def test_a_version_that_cannot_be_asked_is_said_to_be_lost(compare: Callable[..., Rebase], policy: Policy) -> None:
    found = compare(None, policy)
    assert found.lost == "its texts are gone"
    assert (found.tier_before, found.tier_after) == ("tier1", "tier1")
    assert "  before cannot be told: its texts are gone" in rebase_text(found).splitlines()
    assert all(clock.before is None for clock in found.clocks)
