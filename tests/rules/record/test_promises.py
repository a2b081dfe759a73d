"""What was promised on the record of an account: who, what, to whom, by when, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.escalation.promise import PromiseState
from rules.escalation.record.as_json import record_as_json
from rules.escalation.record.telling import told
from rules.escalation.record.work import DutyKind
from rules.escalation.standing import AccountState
from rules.load import load_policy
from rules.policy import Policy
from rules.reports.accounts import account_row
from rules.reports.occurring import promised_of

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
#: On Monday, due on Thursday at three in London: 78 hours after the Monday morning.
PATCH = (5.0, "max", "#promise A patch | by: 2026-03-05 15:00 | to: Jane Doe")
DUE = 78.0
KEPT = (50.0, "max", "#promise kept A patch | how: mail of today")


def test_a_promise_tells_who_promised_what_to_whom_by_when(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, PATCH).at(6)
    (one,) = record.course.promises
    assert (one.by, one.text, one.to, one.state(record.facts.now)) == ("max", "A patch", "Jane Doe", PromiseState.OPEN)
    assert record.answers[-1].text == "promised: A patch (Max Roth to Jane Doe, by 2026-03-05 15:00 GMT)"
    assert "Promises: 1 open\n- A patch (Max Roth to Jane Doe, by 2026-03-05 15:00 GMT): open" in told(record)


def test_one_may_note_what_a_colleague_promised_the_customer(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, (5, "max", "#promise A plan | owner: anna | by: 4h")).at(6)
    (one,) = record.course.promises
    assert (one.by, one.to) == ("anna", "the customer")


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("#promise A patch", "a promise needs words and an instant"),
        ("#promise | by: 2026-03-05", "a promise needs words and an instant"),
        ("#promise A patch | by: soon", "a promise needs words and an instant"),
        ("#promise A patch | by: 1d | owner: nobody", "the directory knows no 'nobody'"),
        ("#promise kept", "say which promise was kept: #promise kept, and then its words; open are: none"),
    ],
)
def test_a_promise_that_lacks_something_is_answered_with_it(
    line: str, missing: str, story: MakeStory, beginning: Words
) -> None:
    record = story(*beginning, (5, "anna", line)).at(6)
    assert record.course.promises == ()
    assert record.answers[-1].text.startswith(missing)


def test_what_is_promised_and_open_is_not_promised_twice(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, PATCH, (6, "anna", "#promise a patch | by: 2026-03-09")).at(7)
    assert len(record.course.promises) == 1
    assert record.answers[-1].text.startswith("'a patch' is promised already, and open")


@pytest.mark.capability("C8", "L8")
@pytest.mark.parametrize(
    ("until", "doubt"),
    [
        ("2026-03-07 12:00", "nobody works then (Saturday)"),
        ("2026-03-05 10:00", "the action plan itself is due later, 2026-03-06 00:00 UTC"),
        ("2026-03-06 10:00", ""),
    ],
)
def test_what_can_hardly_be_kept_is_warned_of(until: str, doubt: str, story: MakeStory, agreed: Words) -> None:
    """The plan has the item `Build the index`, due on the sixth."""
    answer = story(*agreed, (5, "max", f"#promise Build the index | by: {until}")).at(6).answers[-1]
    assert answer.accepted
    assert answer.text.partition("; careful: ")[2] == doubt


def test_a_promise_is_kept_by_whoever_says_so_in_time(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, PATCH, KEPT).at(1000)
    (one,) = record.course.promises
    assert one.state(record.facts.now) is PromiseState.KEPT
    assert record.answers[-1].text.startswith("kept: A patch")
    assert "kept 2026-03-04 11:00 GMT (mail of today)" in told(record)
    assert not [duty for duty in record.late if duty.kind is DutyKind.PROMISE]


def test_a_word_on_which_promise_is_needed_only_where_several_are_open(story: MakeStory, beginning: Words) -> None:
    call = (5.5, "anna", "#promise A call with the board | by: 2026-03-06")
    assert story(*beginning, PATCH, (6, "max", "#promise kept")).at(7).course.promises[0].answered_at is not None
    several = story(*beginning, PATCH, call, (6, "max", "#promise kept")).at(7)
    assert several.answers[-1].text.startswith("say which promise was kept")
    one = story(*beginning, PATCH, call, (6, "max", "#promise kept board")).at(7)
    assert [promise.answered_at is not None for promise in one.course.promises] == [False, True]


def test_a_promise_is_broken_from_its_due_instant_on_and_chased(story: MakeStory, beginning: Words) -> None:
    tale = story(*beginning, PATCH)
    before, after = tale.at(DUE - 0.001), tale.at(DUE)
    assert "A patch (Max Roth to Jane Doe, by 2026-03-05 15:00 GMT): open" in told(before)
    assert "A patch (Max Roth to Jane Doe, by 2026-03-05 15:00 GMT): broken" in told(after)
    notes = [note.body for note in tale.decide(DUE).desired.notes if "A patch" in note.body and "late:" in note.key]
    assert notes == [
        "Overdue since 2026-03-05: A patch (promised to Jane Doe). It belongs to Max Roth; accountable: Anna Berg."
    ]
    later = [note.body for note in tale.decide(DUE + 24).desired.notes if "late:promise" in note.key]
    assert later[0].startswith(
        "Still overdue since 2026-03-05: A patch (promised to Jane Doe). Eve Stone, as the sponsor"
    )


def test_what_is_kept_late_is_broken_and_no_longer_chased(story: MakeStory, beginning: Words) -> None:
    record = story(*beginning, PATCH, (90, "max", "#promise kept A patch")).at(91)
    assert record.answers[-1].text.startswith("kept, late:")
    assert "broken, kept late 2026-03-06 03:00 GMT" in told(record)
    assert not [duty for duty in record.late if duty.kind is DutyKind.PROMISE]


@pytest.mark.capability("C7")
def test_promises_are_facts_for_rules_and_exit_criteria(story: MakeStory, beginning: Words) -> None:
    call = (5.5, "anna", "#promise A call | by: 2026-03-05 15:00")
    tale = story(*beginning, PATCH, call, KEPT)
    names = ("open", "kept", "broken")
    counts = {hour: [tale.at(hour).facts.value(f"record.promises_{name}") for name in names] for hour in (6, 51, DUE)}
    assert counts == {6: [2, 0, 0], 51: [1, 1, 0], DUE: [0, 1, 1]}
    assert [tale.at(hour).facts.value("record.kept_rate") for hour in (6, 51, DUE)] == [None, 100, 50]


@pytest.fixture(scope="session")
def counting(accounts_text: str) -> Policy:
    """The policy with rules that ask for promises, one of them for how long."""
    rules = """
rules:
  - {id: broken, description: Broken, when: {record.promises_broken: {at_least: 1}}, tags: [broken]}
  - {id: long, description: For long, when: {record.promises_broken: {at_least: 1}, for: 2d}, tags: [long_broken]}
"""
    return load_policy({"policy.yaml": accounts_text + rules})


@pytest.mark.capability("L8")
def test_a_rule_that_asks_for_broken_promises_turns_at_the_due_instant(
    story: MakeStory, beginning: Words, counting: Policy
) -> None:
    tale = story(*beginning, PATCH, policy=counting)
    worn = {hour: set(tale.decide(hour).desired.tags) for hour in (DUE - 0.001, DUE, DUE + 47, DUE + 97)}
    assert [sorted(tags & {"broken", "long_broken"}) for tags in worn.values()] == [
        [],
        ["broken"],
        ["broken"],
        ["broken", "long_broken"],
    ]


@pytest.mark.parametrize("state", ["running", "refused"])
def test_the_decision_stays_until_the_promise_is_due(
    state: str, story: MakeStory, beginning: Words, counting: Policy
) -> None:
    turned_down: Words = ((0.5, *PATCH[1:]), (1, "maya", "#decline It is one problem"))
    words = (*beginning, PATCH) if state == "running" else turned_down
    tale = story(*words, policy=counting)
    now = tale.ticket().created_at
    seen: set[Any] = set()
    hour = max(word[0] for word in words) + 0.5
    for _ in range(40):
        decision = tale.decide(hour)
        if decision.wake_at is None:
            break
        seen.add(decision.wake_at)
        hour = (decision.wake_at - now).total_seconds() / 3600
    assert tale.at(DUE).facts.now in seen


def test_the_closure_says_what_is_promised_and_not_kept(story: MakeStory, closed: Words) -> None:
    late = "#promise A visit | by: 2026-05-04 12:00"
    record = story(*closed[:-1], (340.5, "anna", late), closed[-1]).at(342)
    assert record.state is AccountState.AFTERCARE
    assert "promised and not kept so far: A visit (Anna Berg to the customer" in record.answers[-1].text


def test_the_aftercare_lasts_until_what_was_promised_is_kept(story: MakeStory, closed: Words) -> None:
    done: Words = (
        (350, "anna", "#summary Sent"),
        (351, "anna", "#rca It was dropped"),
        (352, "anna", "#check review We look weekly"),
        (353, "anna", "#feedback retained"),
        (353.5, "anna", "#corrective Train them | type: training | owner: max | due: 2026-04-20"),
    )
    promised = (340.5, "anna", "#promise A visit | by: 2026-05-04 12:00")
    told_so = story(*closed[:-1], promised, closed[-1], *done)
    told_so = told_so.carried_out(told_so.decide(354))
    told_so.children = ()
    told_so.changed = {"children_complete": True}
    assert told_so.at(360).state is AccountState.AFTERCARE
    kept = story(*told_so.words, (400, "anna", "#promise kept visit"), ledger=told_so.ledger, changed=told_so.changed)
    after = kept.at(401)
    assert (after.state, after.since) == (AccountState.CLOSED, after.course.promises[0].answered_at)


def test_promises_are_told_to_programs_and_stand_in_digest_and_summary(story: MakeStory, closed: Words) -> None:
    tale = story(*closed[:6], PATCH)
    record = tale.at(DUE)
    (one,) = record_as_json(record)["promises"]
    assert (one["by"], one["to"], one["state"], one["due_at"]) == (
        "max",
        "Jane Doe",
        "broken",
        "2026-03-05T15:00:00Z",
    )
    row = account_row(tale.policy, record.facts, record)
    assert row is not None
    assert "A patch (promised to Jane Doe)" in [one.what for one in row.late(record.facts.now)]
    over = story(*closed[:-1], PATCH, KEPT, closed[-1]).at(342)
    summary = next(duty.body for duty in over.duties if duty.kind is DutyKind.SUMMARY)
    assert "promised: A patch (Max Roth to Jane Doe" in summary
    assert "2026-03-04 11:00 promise kept: A patch" in summary


@pytest.mark.capability("C7", "L8")
def test_the_review_counts_what_was_promised_on_records(story: MakeStory, beginning: Words) -> None:
    tale = story(*beginning, PATCH, (5.5, "anna", "#promise A call | by: 2026-04-30"), KEPT)
    facts = tale.at(DUE).facts
    start = facts.ticket.created_at
    assert [(one.account, one.owner, one.kept) for one in promised_of(facts, start, facts.now)] == [
        ("zendesk:8001", "max", True)
    ]
    assert list(promised_of(facts, facts.now, facts.now)) == []


def test_notices_about_a_record_can_tell_what_is_promised(
    story: MakeStory, beginning: Words, accounts_text: str
) -> None:
    text = accounts_text.replace("{{ reason }}", "{{ reason }} {{ record.promises }}", 1)
    tale = story(*beginning, PATCH, policy=load_policy({"policy.yaml": text}))
    bodies = [notice.body for notice in tale.decide(6).desired.notices]
    assert any("- A patch (Max Roth to Jane Doe, by 2026-03-05 15:00 GMT)" in body for body in bodies)
