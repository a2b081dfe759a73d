"""What users of other helpdesk products complain about, each with the test that it cannot happen here.

The numbers are those of the published vectors, which ask the same of any implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from rules.clocks.clock import ClockState
from rules.clocks.segments import segments
from rules.decide import decide
from rules.decision import Decision
from rules.explain import decision_text
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import plan
from rules.policy import Policy
from rules.problems import PolicyErrors
from rules.recalculate import compare_clocks, compare_edit
from rules.ticket import StatusCategory, TicketRef, Timeline

BERLIN = ZoneInfo("Europe/Berlin")
StoryOf = Callable[..., Any]

BASE = """
version: 1
default_calendar: desk
calendars:
  desk:
    zone: Europe/Berlin
    week: {mon-fri: ["09:00-17:00"]}
    holidays: [2026-04-03, 2026-04-06]
  lunch: {zone: Europe/Berlin, week: {mon-fri: ["09:00-12:00", "13:00-17:00"]}}
tiers:
  - {id: lead, name: Team lead, tag: lead, groups: {zendesk: Leads}, priority_floor: high}
  - {id: manager, name: Manager, tag: manager}
  - {id: director, name: Director, tag: director}
templates:
  say: "{{ clock.id }}: {{ clock.step }}"
"""
LADDER = """
sla:
  - id: answer
    metric: first_response
    targets: {normal: 4h, high: 2h}
    warn: [{at: 50%, note: say}, {at: 1h before, note: say, tag: hour}]
    breach:
      - {tag: late, note: say, escalate_to: lead}
      - {after: 2h, note: say, escalate_to: manager}
      - {after: 1d, note: say, escalate_to: director}
"""
MONDAY = {"created": "2026-03-02 10:00"}


def policy_of(text: str) -> Policy:
    return load_policy({"policy.yaml": BASE + text})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def said(decisions: Iterator[Decision]) -> list[tuple[str, str]]:
    """What was said, and when, in local time."""
    return [(f"{each.at.astimezone(BERLIN):%a %H:%M}", note.body) for each in decisions for note in each.desired.notes]


def test_complaint_1_there_is_a_second_and_a_third_level_each_reached_once(story_of: StoryOf) -> None:
    decisions = list(story_of(MONDAY, BERLIN).lived(policy_of(LADDER), "2026-03-20 12:00"))
    last = decisions[-1].escalation
    assert last is not None
    assert [(step.tier, step.at) for step in last.steps] == [
        ("lead", local("2026-03-02 14:00")),
        ("manager", local("2026-03-02 16:00")),
        ("director", local("2026-03-03 14:00")),
    ]
    assert said(iter(decisions)) == [
        ("Mon 12:00", "answer: warning 50%"),
        ("Mon 13:00", "answer: warning 1h before"),
        ("Mon 14:00", "answer: breach at once"),
        ("Mon 16:00", "answer: breach after 2h"),
        ("Tue 14:00", "answer: breach after 1d"),
    ]


def test_complaint_2_nothing_is_said_or_escalated_while_the_ticket_is_pending(story_of: StoryOf) -> None:
    policy = policy_of(LADDER.replace("targets:", "pause: {when: {status: pending}}\n    targets:"))
    events = [{"at": "2026-03-06 11:30", "status": "pending"}, {"at": "2026-03-10 09:00", "status": "open"}]
    story = story_of({"created": "2026-03-06 10:00", "events": events}, BERLIN)
    assert said(story.lived(policy, "2026-03-10 12:00")) == [
        ("Tue 09:30", "answer: warning 50%"),
        ("Tue 10:30", "answer: warning 1h before"),
        ("Tue 11:30", "answer: breach at once"),
    ]


def test_complaint_3_a_change_of_the_priority_forgets_no_pause_and_says_what_it_kept(story_of: StoryOf) -> None:
    policy = policy_of(LADDER.replace("targets:", "pause: {when: {status: pending}}\n    targets:"))
    events = [
        {"at": "2026-03-02 11:00", "status": "pending"},
        {"at": "2026-03-02 12:00", "priority": "high"},
        {"at": "2026-03-02 15:00", "status": "open"},
    ]
    story = story_of({**MONDAY, "events": events}, BERLIN)
    now = local("2026-03-02 15:30")
    decision = decide(policy, story.ticket(now), None, None, story.ledger(now), now)
    assert decision.clocks[0].due_at == local("2026-03-02 16:00")
    (reason,) = (each for each in decision.considered if each.source == "sla:answer")
    assert "the target was 4h until 2026-03-02 11:00 UTC, then 2h: 1h were used up" in reason.text


def test_complaint_4_any_condition_can_pause_a_clock(story_of: StoryOf) -> None:
    waits = "pause: {when: {any: [{tags: {contains: waiting_parts}}, {field.waiting_for: vendor}]}}"
    policy = policy_of(LADDER.replace("targets:", f"{waits}\n    targets:"))
    story = story_of({**MONDAY, "events": [{"at": "2026-03-02 11:00", "tags": ["waiting_parts"]}]}, BERLIN)
    reading = story.facts(policy, local("2026-03-05 11:00")).clock("answer")
    assert (reading.state, reading.remaining) == (ClockState.PAUSED, timedelta(hours=3))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_complaint_5_no_clock_change_shifts_a_due_instant_on_the_wall(zone: str, story_of: StoryOf) -> None:
    text = (
        (BASE + LADDER.replace("normal: 4h", "normal: 1d")).replace("Europe/Berlin", zone).replace("mon-fri", "mon-sun")
    )
    policy = load_policy({"policy.yaml": text})
    here = ZoneInfo(zone)
    for offset in range(365):
        day = datetime(2026, 1, 1, 10, 30, tzinfo=here) + timedelta(days=offset)
        if f"{day:%m-%d}" in {"04-02", "04-03", "04-05", "04-06"}:
            continue
        reading = (
            story_of({"created": f"{day:%Y-%m-%d %H:%M}"}, here).facts(policy, day.astimezone(UTC)).clock("answer")
        )
        assert f"{reading.due_at.astimezone(here):%Y-%m-%d %H:%M}" == f"{day + timedelta(days=1):%Y-%m-%d %H:%M}"


def test_complaint_6_nothing_is_said_at_night_or_at_the_weekend(story_of: StoryOf) -> None:
    policy = policy_of(LADDER)
    desk = policy.calendars["desk"]
    for hour in range(0, 24 * 8, 3):
        created = local("2026-03-06 00:30") + timedelta(hours=hour)
        story = story_of({"created": created.isoformat()}, BERLIN)
        for decision in story.lived(policy, "2026-03-27 12:00"):
            at = decision.at
            assert not decision.desired.notes or desk.is_open(at) or desk.is_open(at - timedelta(seconds=1)), at


def test_complaint_7_a_table_says_what_counts_as_a_response(story_of: StoryOf) -> None:
    """Phone calls that are written down as private notes by the call desk count; automatic answers of a bot do not."""
    table = """
responses:
  - {by: agent, authors: ["bot"], counts_as: []}
  - {by: agent, public: false, authors: ["call-desk"], counts_as: [response]}
  - {by: agent, public: true, after: assigned, counts_as: [response]}
"""
    events = [
        {"at": "2026-03-02 10:05", "comment": "agent", "author": "bot"},
        {"at": "2026-03-02 10:30", "comment": "agent", "author": "7"},
        {"at": "2026-03-02 10:45", "assignee": "7"},
        {"at": "2026-03-02 11:00", "comment": "agent privately", "author": "7"},
        {"at": "2026-03-02 11:30", "comment": "agent privately", "author": "call-desk"},
    ]
    story = story_of({**MONDAY, "events": events}, BERLIN)
    policy = policy_of(table + LADDER)
    assert story.facts(policy, local("2026-03-02 11:15")).clock("answer").state is ClockState.RUNNING
    assert story.facts(policy, local("2026-03-02 11:45")).clock("answer").stopped_at == local("2026-03-02 11:30")


def test_complaint_8_the_update_clock_neither_fires_after_an_answer_nor_shadows_the_first_response(
    story_of: StoryOf,
) -> None:
    policy = policy_of(
        LADDER + "  - {id: update, metric: customer_update, targets: {normal: 2h}, breach: [{note: say}]}\n"
    )
    events = [{"at": f"2026-03-02 {hour}:50", "comment": "agent"} for hour in (11, 13, 15)]
    assert said(story_of({**MONDAY, "events": events}, BERLIN).lived(policy, "2026-03-02 17:00")) == []
    silent = said(story_of(MONDAY, BERLIN).lived(policy, "2026-03-02 14:00"))
    assert ("Mon 12:00", "update: breach at once") in silent
    assert ("Mon 14:00", "answer: breach at once") in silent


def test_complaint_9_a_clock_that_is_taken_out_leaves_nothing_behind_and_touches_nothing_else(
    story_of: StoryOf,
) -> None:
    story, now = (
        story_of({**MONDAY, "events": [{"at": "2026-03-02 10:30", "tags": ["by_hand"]}]}, BERLIN),
        local("2026-03-02 14:30"),
    )
    ticket = story.ticket(now)
    ledger = story.followed(
        decide(policy_of(LADDER), ticket, None, None, Ledger(ref=ticket.ref), now), Ledger(ref=ticket.ref)
    )
    ledger = replace(ledger, escalation=None)
    tagged = replace(ticket, tags=ticket.tags | {"late", "lead"})
    without = policy_of("rules: [{id: x, description: X, when: {tags: {contains: x}}, tags: [x]}]\n")
    made = plan(tagged, decide(without, tagged, None, None, ledger, now), ledger, without, 0, now)
    assert sorted(tag for change in made.changes for tag in change.tags) == ["late", "lead"]


def test_complaint_10_after_an_outage_the_right_level_is_reached_once_and_it_says_what_was_passed_over(
    story_of: StoryOf,
) -> None:
    story, now = story_of(MONDAY, BERLIN), local("2026-03-03 09:30")
    ticket = story.ticket(now)
    late = decide(policy_of(LADDER), ticket, None, None, Ledger(ref=ticket.ref), now)
    assert late.escalation is not None
    assert late.escalation.tier == "manager"
    assert [note.body for note in late.desired.notes] == ["answer: breach after 2h"]
    assert "1 earlier notice was passed over" in late.desired.notes[0].because
    again = decide(
        policy_of(LADDER), ticket, None, None, story.followed(late, Ledger(ref=ticket.ref)), now + timedelta(minutes=1)
    )
    assert again.desired.notes == ()


@pytest.mark.parametrize(
    ("created", "warned"),
    [
        ("2026-03-02 10:00", "2026-03-02 13:00"),
        ("2026-03-02 13:30", "2026-03-02 16:30"),
        ("2026-03-06 14:00", "2026-03-09 09:00"),
        ("2026-03-06 14:30", "2026-03-09 09:30"),
        ("2026-04-02 14:00", "2026-04-07 09:00"),
    ],
)
def test_complaint_11_a_warning_before_the_end_counts_open_time_backwards(
    created: str, warned: str, story_of: StoryOf
) -> None:
    reading = story_of({"created": created}, BERLIN).facts(policy_of(LADDER), local(created)).clock("answer")
    assert reading.warnings[1].at == local(warned)


def test_complaint_12_it_nags_at_growing_intervals_until_somebody_answers(story_of: StoryOf) -> None:
    nags = "".join(f"      - {{after: {after}, note: say}}\n" for after in ("1h", "3h", "7h", "15h"))
    policy = policy_of(LADDER[: LADDER.index("    warn:")] + "    breach:\n      - {note: say}\n" + nags)
    story = story_of({**MONDAY, "events": [{"at": "2026-03-03 12:00", "comment": "agent"}]}, BERLIN)
    assert said(story.lived(policy, "2026-03-10 12:00")) == [
        ("Mon 14:00", "answer: breach at once"),
        ("Mon 15:00", "answer: breach after 1h"),
        ("Mon 17:00", "answer: breach after 3h"),
    ]


def test_complaint_13_the_update_clock_starts_anew_with_each_update(story_of: StoryOf) -> None:
    policy = policy_of("sla: [{id: update, metric: customer_update, targets: {normal: 1d}}]\n")
    events = [{"at": f"2026-03-0{day} 15:00", "comment": "agent"} for day in (2, 3, 4)]
    story = story_of({**MONDAY, "events": events}, BERLIN)
    for day in (2, 3, 4):
        reading = story.facts(policy, local(f"2026-03-0{day} 16:00")).clock("update")
        assert (reading.state, reading.due_at) == (ClockState.RUNNING, local(f"2026-03-0{day + 1} 15:00"))


def test_complaint_14_a_breach_acts_group_priority_tag_and_note(story_of: StoryOf) -> None:
    now = local("2026-03-02 14:00")
    ticket = story_of(MONDAY, BERLIN).ticket(now)
    desired = decide(policy_of(LADDER), ticket, None, None, Ledger(ref=ticket.ref), now).desired
    assert (desired.group, desired.priority_floor) == ("Leads", "high")
    assert desired.tags == {"lead": "tier:lead", "late": "sla:answer"}
    assert [note.body for note in desired.notes] == ["answer: breach at once"]


def test_complaint_15_a_lunch_break_does_not_count(story_of: StoryOf) -> None:
    policy = policy_of(LADDER.replace("metric:", "calendar: lunch\n    metric:"))
    reading = story_of(MONDAY, BERLIN).facts(policy, local("2026-03-02 12:30")).clock("answer")
    assert (reading.elapsed, reading.due_at) == (timedelta(hours=2), local("2026-03-02 15:00"))


def test_complaint_16_no_clock_is_ever_silently_round_the_clock() -> None:
    with pytest.raises(PolicyErrors, match="which calendar does this time pass in"):
        load_policy({"policy.yaml": "version: 1\nsla: [{id: a, metric: resolution, targets: {none: 4h}}]\n"})


def test_complaint_17_thanks_on_a_solved_ticket_start_no_clock(story_of: StoryOf) -> None:
    policy = policy_of("sla: [{id: next, metric: next_response, targets: {normal: 1h}, breach: [{tag: late}]}]\n")
    events = [
        {"at": "2026-03-02 11:00", "comment": "agent"},
        {"at": "2026-03-02 12:00", "status": "solved"},
        {"at": "2026-03-02 13:00", "comment": "customer"},
    ]
    story, now = story_of({**MONDAY, "events": events}, BERLIN), local("2026-03-03 12:00")
    decision = decide(policy, story.ticket(now), None, None, story.ledger(now), now)
    assert (decision.clocks, decision.desired.tags, decision.wake_at) == ((), {}, None)


def test_complaint_18_a_step_after_working_days_waits_for_working_days(story_of: StoryOf) -> None:
    policy = policy_of(LADDER.replace("after: 1d", "after: 2d"))
    story = story_of({"created": "2026-04-02 10:00"}, BERLIN)
    whole = said(story.lived(policy, "2026-04-20 12:00"))
    assert whole[-1] == ("Wed 14:00", "answer: breach after 2d")
    *_, last = story.lived(policy, "2026-04-20 12:00")
    assert last.escalation is not None
    assert last.escalation.entered_at == local("2026-04-08 14:00")


def test_complaint_19_the_explanation_names_every_pause_and_every_day_off(story_of: StoryOf) -> None:
    policy = policy_of(
        LADDER.replace("normal: 4h", "normal: 3d").replace("targets:", "pause: {when: {status: pending}}\n    targets:")
    )
    events = [{"at": "2026-04-02 12:00", "status": "pending"}, {"at": "2026-04-07 10:00", "status": "open"}]
    story, now = story_of({"created": "2026-04-02 10:00", "events": events}, BERLIN), local("2026-04-07 11:00")
    decision = decide(policy, story.ticket(now), None, None, story.ledger(now), now)
    text = decision_text(decision, policy)
    assert "3h of 24h counted, 21h left (calendar desk)" in text
    assert "2026-04-02 08:00 UTC to 2026-04-02 10:00 UTC: ran, 2h" in text
    assert "2026-04-02 10:00 UTC to 2026-04-07 08:00 UTC: paused, 6h" in text
    assert "Fri 2026-04-03" in text
    assert "Mon 2026-04-06" in text
    target = policy.sla[0]
    ran = [each.open for each in segments(target, decision.clocks[0], now) if each.kind == "ran"]
    assert sum(ran, timedelta()) == decision.clocks[0].elapsed


def test_complaint_20_a_pause_while_engineering_works_ends_at_a_ceiling(story_of: StoryOf) -> None:
    pause = "pause: {when: {linked.open: {at_least: 1}}, at_most: 2d}"
    policy = policy_of(LADDER.replace("targets:", f"{pause}\n    targets:"))
    story = story_of({**MONDAY, "events": [{"at": "2026-03-02 11:00", "linked": "open"}]}, BERLIN)
    facts = story.facts(policy, local("2026-03-04 10:59"))
    assert facts.clock("answer").state is ClockState.PAUSED
    assert facts.clock("answer").next_at == local("2026-03-04 11:00")
    reading = story.facts(policy, local("2026-03-04 12:00")).clock("answer")
    assert (reading.state, reading.exhausted) == (ClockState.WARNING, True)


def test_complaint_21_targets_by_any_fact_and_time_carried_across_the_change_of_clock(story_of: StoryOf) -> None:
    policy = policy_of("""
sla:
  - {id: german, metric: resolution, when: {field.language: de}, targets: {normal: 8h}}
  - {id: other, metric: resolution, when: {none: [{field.language: de}]}, targets: {normal: 16h}}
""")
    events = [
        {"at": "2026-03-02 10:00", "set": {"language": "de"}},
        {"at": "2026-03-02 15:00", "set": {"language": "fr"}},
    ]
    story = story_of({**MONDAY, "events": events}, BERLIN)
    before, after = (story.facts(policy, local(f"2026-03-02 {hour}:00")) for hour in (14, 16))
    assert (before.clock("german").elapsed, before.clock("other")) == (timedelta(hours=4), None)
    assert (after.clock("german"), after.clock("other").elapsed) == (None, timedelta(hours=6))
    gone, begun = compare_edit(policy, before, after)
    assert gone.text == "german: running, due 2026-03-03 09:00 UTC → no clock"
    assert begun.text == "other: no clock → running, due 2026-03-04 09:00 UTC"


def test_complaint_22_short_warnings_come_to_the_second(story_of: StoryOf) -> None:
    policy = policy_of(LADDER.replace("1h before", "90s before"))
    story = story_of({"created": "2026-03-02 10:00:07"}, BERLIN)
    at = [decision.at for decision in story.lived(policy, "2026-03-02 14:30")]
    assert local("2026-03-02 13:58:37") in at
    assert local("2026-03-02 14:00:07") in at


def test_complaint_23_a_recalculation_is_pure_shows_before_and_after_and_can_be_taken_back(story_of: StoryOf) -> None:
    old, new = policy_of(LADDER), policy_of(LADDER.replace("normal: 4h", "normal: 6h"))
    facts = story_of(MONDAY, BERLIN).facts(old, local("2026-03-02 12:30"))
    (forth,), (back,) = compare_clocks(old, new, facts), compare_clocks(new, old, facts)
    assert forth.text == (
        "answer: warning, due 2026-03-02 13:00 UTC → running, due 2026-03-02 15:00 UTC"
        " (allowed 4h → 6h; used-up and paused time kept)"
    )
    assert (back.before, back.after) == (forth.after, forth.before)
    (same,) = compare_clocks(old, old, facts)
    assert (same.moves, same.text) == (False, "answer: stays warning, due 2026-03-02 13:00 UTC")


def test_complaint_24_every_escalation_names_the_exact_instant_and_its_reason(story_of: StoryOf) -> None:
    (first, *_) = (
        each for each in story_of(MONDAY, BERLIN).lived(policy_of(LADDER), "2026-03-02 15:00") if each.escalation
    )
    assert first.at == local("2026-03-02 14:00")
    assert first.escalation is not None
    assert (first.escalation.because, first.escalation.entered_at) == ("sla:answer", first.at)
    (note,) = first.desired.notes
    assert note.because == "service level answer was breached at 2026-03-02 13:00 UTC"


def test_complaint_25_one_ticket_with_several_issues_waits_for_all_of_them(story_of: StoryOf) -> None:
    waits = "pause: {when: {linked.open: {at_least: 1}}}\n    targets:"
    policy = policy_of(LADDER.replace("targets:", waits))
    story = story_of({**MONDAY, "events": [{"at": "2026-03-02 11:00", "linked": "open"}]}, BERLIN)
    now = local("2026-03-02 12:00")
    ticket, (issue,) = story.ticket(now), story.linked(now)
    moment = replace(
        issue.timeline.moments[0], state=replace(issue.timeline.moments[0].state, status=StatusCategory.SOLVED)
    )
    done = replace(
        issue, ref=TicketRef("jira", "901"), status=moment.state.status, timeline=Timeline(moments=(moment,))
    )
    for linked, state in (((issue, done), "paused"), ((done, issue), "paused"), ((done,), "warning")):
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), now, linked=linked)
        assert decision.clocks[0].state == state
