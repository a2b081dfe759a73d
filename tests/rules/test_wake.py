"""wake_at: a decision holds, whatever is asked and whenever, until the instant that it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.baseline import take_note
from rules.decide import decide
from rules.decision import Decision
from rules.facts import Facts
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import Plan, plan
from rules.policy import Policy, Rule
from rules.ticket import Comment, Priority, Side, Ticket
from rules.tryouts import tryouts_after
from rules.verdict import Verdict

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]


def followed(decision: Decision, ledger: Ledger) -> Ledger:
    """The ledger after the decision was carried out, as far as deciding is concerned."""
    said = ledger.comments | {note.key: decision.at for note in decision.desired.notes}
    told = {notice.key: decision.at for notice in decision.desired.notices if notice.not_before is None}
    return replace(
        ledger,
        escalation=decision.escalation,
        episodes=decision.episodes,
        comments=said,
        notified=ledger.notified | told,
        chosen=dict(decision.desired.chosen),
        baseline=decision.baseline,
        tryouts=tryouts_after(ledger, decision),
    )


def adopted(policy: Policy, ticket: Ticket, ledger: Ledger, now: datetime) -> Ledger:
    """The ledger of a ticket that was there before Escalade, which takes note of it now."""

    def decided(ledger: Ledger) -> tuple[Decision, Plan]:
        decision = decide(policy, ticket, None, None, ledger, now)
        return decision, plan(ticket, decision, ledger, policy, 0, now)

    return take_note(ledger, decided, now, now)


TAGS = st.frozensets(st.sampled_from(["production_down", "vip"]))
FIELDS = st.dictionaries(st.sampled_from(["impact", "urgency"]), st.sampled_from(["low", "high"]))
CONVERSATIONS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(Side), st.booleans()), max_size=5)


def _any_ticket(draw: st.DataObject, make_ticket: MakeTicket, said: Said) -> Ticket:
    conversation = sorted(draw.draw(CONVERSATIONS))
    return make_ticket(
        priority=draw.draw(st.sampled_from([None, *Priority])),
        tags=draw.draw(TAGS),
        fields=draw.draw(FIELDS),
        comments=tuple(said(hour, side, public=public) for hour, side, public in conversation),
    )


#: Rules that wait for what Escalade itself does, and rules that hold for a while only.
RESTLESS = """rules:
  - {id: stuck, description: Stuck, when: {in_tier: {at_least: 3h}}, tags: [stuck]}
  - {id: fresh, description: Fresh, when: {age: {at_most: 90m, calendar: always}}, tags: [fresh]}
  - {id: both, description: Both, when: {all: [{tier: tier1}, {tags: {contains: vip}}]}, escalate_to: tier2}
  - {id: once, description: Once, when: {all: [{escalated: true}, {none: [{age: {at_least: 2d}}]}]}, tags: [once]}
"""


OFFICE = 'week: {mon-fri: ["09:00-17:00"]}}'
#: A calendar with everything that can close it, and with shifts over midnight.
FESTIVE = """week: {mon-thu: ["08:00-12:00", "13:00-17:00"], fri: ["09:00-13:00", "22:00-06:00"]},
    holidays: [2026-03-04, {country: IE}, {ics: company.ics}],
    special_days: {2026-03-03: ["10:00-11:00"], 2026-03-07: ["20:00-02:00"], 2026-03-10: []}}"""
FEED = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
SUMMARY:Stand-up of everybody
DTSTART;TZID=Europe/London:20260302T100000
DTEND;TZID=Europe/London:20260302T113000
RRULE:FREQ=DAILY;COUNT=20
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Retreat
DTSTART;VALUE=DATE:20260312
DTEND;VALUE=DATE:20260314
END:VEVENT
END:VCALENDAR
"""


#: Named reasons that hold for a while, and the points that they add up to.
SCORED = """
criteria:
  - {id: vip, description: VIP, when: {tags: {contains: vip}}, weight: 2}
  - {id: young, description: Young, when: {age: {less_than: 6h}}, weight: 3}
  - {id: old, description: Old, when: {age: {at_least: 2d, calendar: always}}, weight: 4}
  - {id: quiet, description: Quiet, when: {agent_silence: {at_least: 5h, less_than: 3d}}}
"""
SCORING = """rules:
  - {id: some, description: Some points, when: {criteria: {at_least: 4}}, tags: [some]}
  - {id: many, description: Many points, when: {criteria: {at_least: 5, needs: [quiet]}}, escalate_to: tier2}
  - {id: none, description: None, when: {none: [{criterion: young}, {criteria: {at_least: 2}}]}, tags: [none]}
"""


#: Rules in shadow that hold for a while, before one that is live.
TRIED = """rules:
  - {id: quiet, description: Quiet, when: {agent_silence: {at_least: 5h}}, escalate_to: tier3, note: noticed, mode: shadow}
  - {id: young, description: Young, when: {age: {less_than: 6h}}, set: {priority: low}, mode: shadow}
  - {id: old, description: Old, when: {age: {at_least: 2d, calendar: always}}, tags: [old]}
"""


#: A matrix whose cell changes with time, and with the tier that it leads to.
CUT = """matrix:
  axes:
    - {fact: age, bands: {young: {at_most: 5h}, grown: {more_than: 5h, less_than: 3d}, old: {at_least: 3d}}}
    - {criteria: all, bands: {calm: {less_than: 4}, hot: {at_least: 4}}}
    - {fact: in_tier, calendar: always, bands: {new: {less_than: 7h}, long: {at_least: 7h}}, unset: new}
  cells:
    young: {rest: {new: {}, long: {tags: [long]}}}
    grown: {calm: {rest: {tags: [grown]}}, hot: {rest: {tier: tier1, note: entered}}}
    old: {rest: {rest: {tier: tier2, priority: high}}}
"""


#: Two paths with acknowledgements, by people and by time, that last for a while, and with notes that are repeated.
WATCHFUL = """tiers:
  - id: line
    name: Line
    tag: line
    groups: {zendesk: [Line, Night]}
    timeout: {unacknowledged: 3h, unresolved: 2d}
    acknowledged_when: {any: [{replies_agent: {at_least: 2}}, {agent_silence: {at_least: 7h, calendar: always}}]}
    acknowledgement_lasts: 9h
    repeat: {note: remind, every: 40m, max: 3, growing: 2}
  - {id: lead, name: Lead, tag: lead, timeout: 1d, repeat: {note: remind, every: 2h}}
  - {id: over, name: Over, tag: over, terminal: true, repeat: {note: remind, every: 1d, max: 2}}
"""
WATCHING = """rules:
  - {id: line, description: Line, when: {unanswered_replies: {at_least: 1}}, escalate_to: line}
  - {id: hand, description: Hand over, when: {tags: {contains: vip}, acknowledged: true}, escalate_to: tier1, move: true}
  - {id: manned, description: Manned, when: {now: {staffed: line}}, tags: [manned]}
  - {id: unheard, description: Unheard, when: {condition: unheard}, tags: [unheard]}
"""
WATCHED = """
paths:
  - {id: a, name: A, tiers: [line, lead, over]}
  - {id: b, name: B, kind: functional, tiers: [tier1, tier2, tier3]}
directory:
  teams:
    line:
      calendar: office
      groups: {zendesk: Line}
      members:
        - {id: ada, name: Ada, absent: [{from: 2026-03-03, to: 2026-03-05}]}
        - {id: bob, name: Bob, calendar: always, absent: [{from: 2026-03-04, to: 2026-03-04}]}
    night: {calendar: always, groups: {zendesk: Night}}
conditions:
  unheard: {in_tier_unacknowledged: {at_least: 100m, calendar: always}}
"""


@pytest.fixture(scope="session")
def policies(
    policy: Policy, setting_policy: Policy, policy_of: Callable[[str], Policy], ladder_text: str
) -> tuple[Policy, ...]:
    restless = policy_of(ladder_text.replace("rules:\n", RESTLESS, 1))
    lenient = policy_of(ladder_text + "release: {when_nothing_holds: true}\n")
    scored = policy_of(ladder_text.replace("rules:\n", SCORING, 1) + SCORED)
    watchful = policy_of(ladder_text.replace("tiers:\n", WATCHFUL, 1).replace("rules:\n", WATCHING, 1) + WATCHED)
    festive = load_policy({"policy.yaml": ladder_text.replace(OFFICE, FESTIVE, 1), "company.ics": FEED})
    matrix = ladder_text[ladder_text.index("matrix:") : ladder_text.index("sla:")]
    cut = policy_of(ladder_text.replace(matrix, CUT, 1) + SCORED)
    tried = policy_of(ladder_text.replace("rules:\n", TRIED, 1))
    return policy, restless, lenient, scored, setting_policy, watchful, festive, cut, tried


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_until_it_wakes_a_decision_stays_what_it_is(
    data: st.DataObject, policies: tuple[Policy, ...], make_ticket: MakeTicket, said: Said
) -> None:
    policy = data.draw(st.sampled_from(policies))
    ticket = _any_ticket(data, make_ticket, said)
    start = ticket.created_at + timedelta(hours=data.draw(st.integers(0, 400)), minutes=data.draw(st.integers(0, 59)))
    ticket = replace(ticket, comments=tuple(comment for comment in ticket.comments if comment.at <= start))
    ledger = Ledger(ref=ticket.ref)
    if data.draw(st.booleans()):
        ledger = adopted(policy, ticket, ledger, start)
    first = decide(policy, ticket, None, None, ledger, start)
    ledger = followed(first, ledger)
    settled = decide(policy, ticket, None, None, ledger, start)
    assert settled.escalation == first.escalation
    assert settled.desired.notes == ()
    end = settled.wake_at or start + timedelta(days=400)
    assert end > start
    microseconds = (end - start) // timedelta(microseconds=1)
    later = start + timedelta(microseconds=data.draw(st.integers(0, microseconds - 1)))
    for instant in (later, end - timedelta(microseconds=1)):
        again = decide(policy, ticket, None, None, ledger, instant)
        assert _timeless(again) == _timeless(settled)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_without_proofs_the_decision_and_the_plan_are_the_same(
    data: st.DataObject, policies: tuple[Policy, ...], make_ticket: MakeTicket, said: Said
) -> None:
    policy = data.draw(st.sampled_from(policies))
    ticket = _any_ticket(data, make_ticket, said)
    ledger = Ledger(ref=ticket.ref)
    start = ticket.created_at + timedelta(minutes=data.draw(st.integers(0, 400 * 60)))
    for now in (start, start + timedelta(minutes=data.draw(st.integers(0, 400 * 60)))):
        proved = decide(policy, ticket, None, None, ledger, now)
        quick = decide(policy, ticket, None, None, ledger, now, proof=False)
        assert replace(quick, considered=()) == replace(proved, considered=())
        assert set(quick.considered) <= set(proved.considered)
        assert plan(ticket, quick, ledger, policy, 0, now) == plan(ticket, proved, ledger, policy, 0, now)
        ledger = followed(proved, ledger)


def _timeless(decision: Decision) -> Any:
    """All that a helpdesk would see of it: texts that count hours may count."""
    work = decision.desired.remediation
    return (
        decision.escalation,
        replace(decision.desired, remediation=None),
        None if work is None else sorted(work.items),
        [reading.state for reading in decision.clocks],
        [reason.source for reason in decision.reasons],
        decision.wake_at,
        decision.baseline,
        decision.in_shadow,
    )


def test_at_the_instant_it_wakes_the_answer_is_another(policy: Policy, make_ticket: MakeTicket) -> None:
    """Follow a silent ticket: each waking changes something, in the order of the policy's clocks."""
    ticket = make_ticket()
    ledger, now, story = Ledger(ref=ticket.ref), ticket.created_at, []
    for _ in range(7):
        decision = decide(policy, ticket, None, None, ledger, now)
        story.append((now, sorted(decision.desired.tags), decision.escalation and decision.escalation.tier))
        ledger = followed(decision, ledger)
        woken = decide(policy, ticket, None, None, ledger, now).wake_at
        if woken is None:
            break
        now = woken
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    tuesday, thursday = monday + timedelta(days=1), monday + timedelta(days=3)
    assert story == [
        (monday, [], None),
        (monday + timedelta(hours=3), ["answer_soon"], None),
        (monday + timedelta(hours=4), ["answer_late", "esc_t1"], "tier1"),
        (tuesday, ["answer_late", "esc_t1"], "tier1"),
        (tuesday + timedelta(hours=4), ["answer_late", "esc_t2"], "tier2"),
        (thursday + timedelta(hours=4), ["answer_late", "esc_t3"], "tier3"),
    ]
    assert woken is None


class Late:
    """A condition of somebody else's making that names an instant in the past."""

    facts: frozenset[str] = frozenset()

    def evaluate(self, facts: Facts) -> Verdict:
        return Verdict(holds=True, subject="late", wanted="", observed="", flips_at=facts.now)


def test_an_instant_that_has_passed_wakes_nobody_over_and_over(policy: Policy, make_ticket: MakeTicket) -> None:
    late = Rule(id="late", description="Late", at=policy.rules[0].at, when=Late(), tags=("late",))
    ticket = make_ticket()
    decision = decide(
        with_changes(policy, rules=(late,)), ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at
    )
    assert decision.desired.tags == {"late": "rule:late"}
    assert decision.wake_at == ticket.created_at + timedelta(hours=3)
