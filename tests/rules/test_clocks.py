"""Service-level clocks in a policy: short and long forms, words of one's own, notes once, and conditions on clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from rules.clocks.clock import ClockState
from rules.clocks.words import clock_text
from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.recalculate import compare_edit, read_clocks
from rules.sla import BreachStep, EarlyWarning
from rules.span import Span
from rules.verdict import Verdict

StoryOf = Callable[..., Any]
UTC_ZONE = ZoneInfo("UTC")
BASE = """
version: 1
default_calendar: desk
calendars: {desk: {zone: UTC, week: {mon-fri: ["09:00-17:00"]}}}
tiers: [{id: one, name: One, tag: one}]
templates: {say: "{{ clock.step }}, {{ clock.remaining }} left of {{ clock.target }}"}
"""
MONDAY = {"created": "2026-03-02 09:00"}


def policy_of(text: str) -> Policy:
    return load_policy({"policy.yaml": BASE + text})


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def clock(**keys: str) -> str:
    written = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return f"sla:\n  - id: it\n    metric: resolution\n    targets: {{normal: 4h, high: 2h}}\n{written}"


# ── How it is written ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_short_form_is_a_list_of_one() -> None:
    short = policy_of(clock(warn_at="75%", warn_tag="soon", breach_tag="late", escalate_to="one", note="say")).sla[0]
    long = policy_of(clock(warn="[{at: 0.75, tag: soon}]", breach="[{tag: late, note: say, escalate_to: one}]")).sla[0]
    assert (short.warnings, short.breaches) == (long.warnings, long.breaches)
    assert short.warnings == (EarlyWarning(share=0.75, tag="soon"),)


def test_points_before_the_end_and_steps_after_it_are_read() -> None:
    target = policy_of(
        clock(warn="[{at: 1h30m before, tag: x}]", breach="[{after: 0, tag: y}, {after: 2d, tag: z}]")
    ).sla[0]
    assert target.warnings == (EarlyWarning(before=Span(seconds=5400), tag="x"),)
    assert target.breaches == (BreachStep(tag="y"), BreachStep(after=Span(days=2), tag="z"))


@pytest.mark.capability("B4")
def test_a_clock_may_wait_for_a_word_of_its_own(story_of: StoryOf) -> None:
    """The complaint is answered by the customer service manager, and by nobody else."""
    policy = policy_of("""
responses:
  - {by: agent, public: true, authors: ["41"], counts_as: [response, manager_response]}
  - {by: agent, public: true, counts_as: [response]}
sla:
  - {id: anybody, metric: tier_response, tier: one, targets: {normal: 4h}}
  - {id: manager, metric: tier_response, tier: one, until: manager_response, targets: {normal: 4h}}
""")
    events = [
        {"at": "2026-03-02 10:00", "tier": "one"},
        {"at": "2026-03-02 11:00", "comment": "agent", "author": "7"},
        {"at": "2026-03-02 15:00", "comment": "agent", "author": "41"},
    ]
    story = story_of({**MONDAY, "events": events}, UTC_ZONE)
    states = {
        name: reading and reading.state
        for name, reading in read_clocks(policy, story.facts(policy, at("02T12"))).items()
    }
    assert states == {"anybody": ClockState.MET, "manager": ClockState.RUNNING}
    assert story.facts(policy, at("02T16")).clock("manager").state is ClockState.MISSED


# ── What it says ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_step_of_a_cycle_is_said_once_and_a_new_cycle_says_it_again(story_of: StoryOf) -> None:
    policy = policy_of("sla: [{id: up, metric: customer_update, targets: {normal: 2h}, breach: [{note: say}]}]\n")
    story = story_of({**MONDAY, "events": [{"at": "2026-03-02 13:00", "comment": "agent"}]}, UTC_ZONE)
    ledger, keys = Ledger(ref=story.ticket(at("02T09")).ref), []
    for hour in range(9, 17):
        now = at(f"02T{hour:02}")
        notes = decide(policy, story.ticket(now), None, None, ledger, now).desired.notes
        keys += [(hour, note.key) for note in notes]
        ledger = replace(ledger, comments=ledger.comments | {note.key: now for note in notes})
    assert keys == [
        (11, "sla:up:2026-03-02T09:00:00+00:00:breach-at-once"),
        (15, "sla:up:2026-03-02T13:00:00+00:00:breach-at-once"),
    ]


def test_a_warning_knows_what_is_left_and_a_late_clock_has_nothing_left(story_of: StoryOf) -> None:
    policy = policy_of(clock(warn="[{at: 1h before, note: say}]", note="say"))
    story = story_of(MONDAY, UTC_ZONE)
    for hour, body in (("12:15", "warning 1h before, 45m left of 4h"), ("13:15", "breach at once,  left of 4h")):
        now = at(f"02T{hour}")
        ticket = story.ticket(now)
        (note,) = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), now).desired.notes
        assert note.body == body


def test_a_pause_whose_limit_is_used_up_is_told(story_of: StoryOf) -> None:
    policy = policy_of(clock(pause="{when: {status: pending}, at_most: 1h}"))
    story = story_of({**MONDAY, "events": [{"at": "2026-03-02 10:00", "status": "pending"}]}, UTC_ZONE)
    text = clock_text(policy.sla[0], story.facts(policy, at("02T12")).clock("it"))
    assert text == (
        "it: the solution is due by 2026-03-02 14:00 UTC; it would be paused, but the limit of its pauses is used up"
    )


@pytest.mark.parametrize(
    ("when", "said"), [("02T12:59", "is due by"), ("02T13", "was due by"), ("03T09", "was due by")]
)
def test_what_is_late_was_due_and_is_not_due_any_more(when: str, said: str, story_of: StoryOf) -> None:
    policy = policy_of(clock())
    text = clock_text(policy.sla[0], story_of(MONDAY, UTC_ZONE).facts(policy, at(when)).clock("it"))
    assert text == f"it: the solution {said} 2026-03-02 13:00 UTC"


def test_a_restart_and_earlier_misses_are_told(story_of: StoryOf) -> None:
    policy = policy_of("sla: [{id: up, metric: customer_update, targets: {normal: 1h}}]\n")
    talk = [{"at": f"2026-03-02 {hour}:00", "comment": "agent"} for hour in ("11", "13")]
    facts = story_of({**MONDAY, "events": talk}, UTC_ZONE).facts(policy, at("02T13:30"))
    text = clock_text(policy.sla[0], facts.clock("up"))
    assert text == "up: the next word to the customer is due by 2026-03-02 14:00 UTC; late 2 times before"
    anew = policy_of(clock(on_priority_change="restart"))
    facts = story_of({**MONDAY, "events": [{"at": "2026-03-02 10:00", "priority": "high"}]}, UTC_ZONE).facts(
        anew, at("02T11")
    )
    assert clock_text(anew.sla[0], facts.clock("it")).endswith("until 2026-03-02 10:00 UTC, then 2h, counted anew")


def test_an_edit_of_the_ticket_shows_every_clock_before_and_after(story_of: StoryOf) -> None:
    policy = policy_of(clock(pause="{when: {status: pending}}"))
    events = [{"at": "2026-03-02 10:00", "priority": "high"}]
    now = at("02T10")
    before, after = story_of(MONDAY, UTC_ZONE), story_of({**MONDAY, "events": events}, UTC_ZONE)
    (change,) = compare_edit(policy, before.facts(policy, now), after.facts(policy, now))
    assert change.text == (
        "it: running, due 2026-03-02 13:00 UTC → running, due 2026-03-02 11:00 UTC"
        " (allowed 4h → 2h; used-up and paused time kept)"
    )


# ── Conditions on clocks ───────────────────────────────────────────────────────────────────────────────────────────


def ask(policy: Policy, story: Any, now: datetime) -> Verdict:
    return policy.rules[0].when.evaluate(story.facts(policy, now))


@pytest.mark.parametrize(
    ("asked", "turns"),
    [
        ("sla.it.remaining: {at_most: 1h}", "03T12:00:00"),
        ("sla.it.remaining: {less_than: 1h}", "03T12:00:00.000001"),
        ("sla.it.remaining: {more_than: 90m}", "03T11:30:00"),
        ("sla.it.remaining: {at_least: 90m}", "03T11:30:00.000001"),
        ("sla.it.elapsed: {at_least: 3h}", "03T12:00:00"),
        ("sla.it.elapsed: {more_than: 3h}", "03T12:00:00.000001"),
        ("sla.it.elapsed: {less_than: 2h30m}", "03T11:30:00"),
        ("sla.it.elapsed: {at_most: 2h30m}", "03T11:30:00.000001"),
        ("sla.it.state: breached", "03T13:00:00"),
        ("sla.it.misses: {at_least: 1}", "03T13:00:00"),
        ("sla.it.state: {in: [warning, breached]}", "03T11:00:00"),
    ],
)
def test_a_condition_on_a_clock_turns_at_the_exact_instant_after_the_pause(
    asked: str, turns: str, story_of: StoryOf
) -> None:
    rule = f"rules: [{{id: r, description: R, when: {{{asked}}}, tags: [t]}}]\n"
    policy = policy_of(rule + clock(warn_at="50%", warn_tag="soon", pause="{when: {status: pending}}"))
    events = [{"at": "2026-03-02 10:00", "status": "pending"}, {"at": "2026-03-03 10:00", "status": "open"}]
    story, turn = story_of({**MONDAY, "events": events}, UTC_ZONE), at(turns)
    first = ask(policy, story, at("03T10"))
    now = at("03T10")
    while now < turn:
        verdict = ask(policy, story, now)
        assert verdict.holds is first.holds
        assert verdict.flips_at is not None
        assert now < verdict.flips_at <= turn
        now = verdict.flips_at
    assert ask(policy, story, turn).holds is not first.holds


def test_a_clock_that_does_not_run_has_no_state_and_wakes_when_it_could(story_of: StoryOf) -> None:
    rule = "rules: [{id: r, description: R, when: {sla.it.state: {exists: false}}, tags: [t]}]\n"
    policy = policy_of(rule + clock(start="{when: {age: {at_least: 2h}}}"))
    story = story_of(MONDAY, UTC_ZONE)
    before = ask(policy, story, at("02T10"))
    assert (before.holds, before.flips_at) == (True, at("02T11"))
    assert ask(policy, story, at("02T11")).holds is False


def test_a_clock_of_other_tickets_shows_nothing(story_of: StoryOf) -> None:
    policy = policy_of(clock(when="{tags: {contains: vip}}"))
    facts = story_of(MONDAY, UTC_ZONE).facts(policy, at("02T10"))
    assert facts.value("sla.it.state") is None
    assert facts.value("sla.it.remaining") is None


def test_a_clock_counts_against_the_due_instant_not_against_when_somebody_looks(story_of: StoryOf) -> None:
    policy = policy_of(clock())
    reading = story_of(MONDAY, UTC_ZONE).facts(policy, at("04T09")).clock("it")
    assert (reading.due_at, reading.remaining) == (at("02T13"), -timedelta(hours=12))
