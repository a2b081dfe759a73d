"""The condition language: what each operator means on each type of fact, and what a verdict promises."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import BusinessCalendar
from rules.conditions.base import Condition, Scope
from rules.conditions.parse import parse_when
from rules.conditions.registry import OPERATORS, operator_for, operators_of
from rules.facts import FACTS, Facts, facts_of
from rules.ledger import Escalation, Ledger
from rules.problems import Findings
from rules.ticket import Account, AccountRef, AccountSummary, Comment, Priority, Side, StatusCategory, Ticket, TicketRef
from rules.yamltext import Tree

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE = BusinessCalendar(
    "office", ZoneInfo("UTC"), dict.fromkeys(range(5), ((time(9), time(17)),)), frozenset({date(2026, 3, 6)})
)
SCOPE = Scope(calendars={"office": OFFICE}, default_calendar="always", tiers=("tier1", "tier2", "tier3"))


def condition(raw: dict[str, Any]) -> Condition:
    findings = Findings()
    made = parse_when(raw, (), Tree(file="p.yaml", findings=findings), SCOPE)
    assert made is not None, findings.problems
    return made


def facts(now: datetime = MONDAY, *, tier: str | None = None, **changed: Any) -> Facts:
    values: dict[str, Any] = {
        "ref": TicketRef("zendesk", "35"),
        "key": "35",
        "url": "",
        "subject": "Production is DOWN",
        "status": StatusCategory.OPEN,
        "status_name": "Open",
        "priority": Priority.HIGH,
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "version": "1",
        "tags": frozenset({"outage", "vip"}),
        "fields": {"impact": "high", "seats": 50, "cost": "12.5", "legal": True, "note": ""},
    }
    ref = AccountRef("zendesk", "1")
    account = Account(ref=ref, name="Acme", tags=frozenset({"enterprise"}), fields={"tier": "gold"})
    summary = AccountSummary(ref=ref, open_tickets=5, open_by_priority={Priority.URGENT: 3})
    entered = None if tier is None else Escalation(tier=tier, entered_at=MONDAY, because="x", since=MONDAY)
    ledger = Ledger(ref=values["ref"], escalation=entered)
    return facts_of(Ticket(**(values | changed)), account, summary, ledger, now)


HOLDS = [
    {"status": "open"},
    {"status": {"is": "open"}},
    {"status": {"is_not": "new"}},
    {"status": {"in": ["new", "open"]}},
    {"status": {"not_in": ["new", "pending"]}},
    {"priority": {"at_least": "high"}},
    {"priority": {"at_most": "high"}},
    {"priority": {"more_than": "normal"}},
    {"priority": {"less_than": "urgent"}},
    {"subject": {"contains": "production is down"}},
    {"subject": {"contains_any": ["fire", "down"]}},
    {"subject": {"contains_all": ["down", "PRODUCTION"]}},
    {"subject": {"lacks": "slow"}},
    {"subject": {"starts_with": "production"}},
    {"subject": {"matches": "DOWN$"}},
    {"subject": {"matches": r"(?i)\bdown\b"}},
    {"subject": {"exists": True}},
    {"tags": {"contains": "outage"}},
    {"tags": {"contains_any": ["x", "vip"]}},
    {"tags": {"contains_all": ["outage", "vip"]}},
    {"tags": {"lacks": "x"}},
    {"tags": {"exists": True}},
    {"first_reply": False},
    {"linked": {"is_not": True}},
    {"unanswered_replies": 0},
    {"account.open_urgent": {"at_least": 3}},
    {"account.open_tickets": {"more_than": 4, "less_than": 6}},
    {"account.tags": {"contains": "enterprise"}},
    {"account.field.tier": "gold"},
    {"field.impact": "high"},
    {"field.seats": 50},
    {"field.seats": "50"},
    {"field.seats": {"in": [1, 50.0]}},
    {"field.seats": {"at_least": 50}},
    {"field.cost": {"more_than": 12}},
    {"field.cost": 12.5},
    {"field.legal": True},
    {"field.legal": "true"},
    {"field.legal": {"is_not": 1}},
    {"field.note": {"exists": False}},
    {"field.nowhere": {"exists": False}},
    {"field.nowhere": {"lacks": "x"}},
    {"field.nowhere": {"not_in": ["x"]}},
    {"field.impact": {"matches": "^h"}},
    {"all": [{"status": "open"}, {"priority": "high"}]},
    {"any": [{"status": "new"}, {"priority": "high"}]},
    {"none": [{"status": "new"}, {"priority": "low"}]},
    {"status": "open", "none": [{"any": [{"all": [{"status": "new"}]}]}]},
]

DOES_NOT_HOLD = [
    {"status": "new"},
    {"status": {"is_not": "open"}},
    {"status": {"not_in": ["open"]}},
    {"priority": {"more_than": "high"}},
    {"priority": {"less_than": "high"}},
    {"subject": {"matches": "down"}},
    {"subject": {"is": "production is down"}},
    {"subject": {"contains_all": ["down", "fire"]}},
    {"subject": {"lacks": "down"}},
    {"tags": {"contains": "out"}},
    {"tags": {"contains_all": ["outage", "x"]}},
    {"tags": {"lacks": "vip"}},
    {"field.legal": 1},
    {"field.seats": True},
    {"field.impact": {"at_least": 1}},
    {"field.note": {"exists": True}},
    {"account.open_urgent": {"more_than": 3}},
    {"any": [{"status": "new"}, {"priority": "low"}]},
    {"none": [{"status": "new"}, {"priority": "high"}]},
    {"status": "open", "priority": "low"},
]


@pytest.mark.parametrize("raw", HOLDS, ids=str)
def test_this_holds_on_the_sample_ticket(raw: dict[str, Any]) -> None:
    assert condition(raw).evaluate(facts()).holds


@pytest.mark.parametrize("raw", DOES_NOT_HOLD, ids=str)
def test_this_does_not_hold_on_the_sample_ticket(raw: dict[str, Any]) -> None:
    assert not condition(raw).evaluate(facts()).holds


@pytest.mark.parametrize(
    ("raw", "holds"),
    [
        ({"is": "high"}, False),
        ({"in": ["high"]}, False),
        ({"at_least": "low"}, False),
        ({"less_than": "urgent"}, False),
        ({"exists": True}, False),
        ({"is_not": "high"}, True),
        ({"not_in": ["high"]}, True),
        ({"exists": False}, True),
    ],
    ids=str,
)
def test_no_comparison_holds_on_a_fact_that_is_not_set_but_its_negation_does(raw: dict[str, Any], holds: bool) -> None:
    verdict = condition({"priority": raw}).evaluate(facts(priority=None))
    assert (verdict.holds, verdict.observed, verdict.flips_at) == (holds, "not set", None)


def test_a_length_of_time_that_does_not_run_holds_for_no_comparison() -> None:
    for operator in ("at_least", "at_most", "more_than", "less_than"):
        verdict = condition({"customer_waiting": {operator: "1h"}}).evaluate(facts())
        assert (verdict.holds, verdict.observed, verdict.flips_at) == (False, "not set", None)


@pytest.mark.parametrize("operator", ["is", "in"])
@given(value=st.sampled_from([None, "high", "low", 5, 5.0, "5", True, "true", ""]), asked=st.integers(0, 6))
def test_every_negation_is_the_exact_opposite(operator: str, value: Any, asked: int) -> None:
    wanted: Any = ["high", 5, "5", True, "true", 5.0, "low"][asked]
    negation = {"is": "is_not", "in": "not_in"}[operator]
    operand = wanted if operator == "is" else [wanted, "other"]
    seen = facts(fields={"x": value})
    plain = condition({"field.x": {operator: operand}}).evaluate(seen)
    assert plain.holds is not condition({"field.x": {negation: operand}}).evaluate(seen).holds


@given(tags=st.frozensets(st.sampled_from("abc")), text=st.text("ab ", max_size=5))
def test_lacks_is_the_exact_opposite_of_contains(tags: frozenset[str], text: str) -> None:
    seen = facts(tags=tags, subject=text)
    for fact in ("tags", "subject"):
        assert condition({fact: {"contains": "a"}}).evaluate(seen).holds is not (
            condition({fact: {"lacks": "a"}}).evaluate(seen).holds
        )


def test_a_verdict_says_in_words_what_was_wanted_and_what_was_observed() -> None:
    seen = facts(MONDAY + timedelta(hours=3, minutes=10))
    told = [
        (verdict.subject, verdict.wanted, verdict.observed)
        for verdict in (
            condition({"status": {"in": ["new", "open"]}}).evaluate(seen),
            condition({"tags": {"contains": "vip"}}).evaluate(seen),
            condition({"linked": True}).evaluate(seen),
            condition({"age": {"at_least": "4h", "calendar": "office"}}).evaluate(seen),
            condition({"age": {"more_than": "1d", "calendar": "always"}}).evaluate(seen),
        )
    ]
    assert told == [
        ("status", "is one of new, open", "open"),
        ("tags", "contains vip", "outage, vip"),
        ("linked", "is yes", "no"),
        ("age", "at least 4h (calendar office)", "3h 10m of open time"),
        ("age", "more than 1d (around the clock)", "3h 10m"),
    ]


@pytest.mark.parametrize("raw", [{"is": 1}, {"exists": True}, {"at_least": 1}, {"contains": "o"}], ids=str)
@given(
    values=st.lists(
        st.sampled_from([None, 1, 1.0, True, "1", 0, 0.0, -0.0, False, "", "no", "no" * 30, "n" + "o" * 90])
        | st.integers(),
        max_size=50,
    )
)
def test_what_a_condition_was_asked_before_does_not_change_its_answers(raw: dict[str, Any], values: list[Any]) -> None:
    asked_often = condition({"field.x": raw})
    for value in values:
        seen = facts(fields={"x": value})
        assert asked_often.evaluate(seen) == condition({"field.x": raw}).evaluate(seen), value


def test_lengths_of_time_are_told_apart_by_fact_and_calendar() -> None:
    seen = facts(MONDAY + timedelta(days=1, hours=1), tier="tier1")
    answers = [
        condition({fact: {"at_least": "1h", "calendar": calendar}}).evaluate(seen).observed
        for fact in ("age", "customer_waiting")
        for calendar in ("office", "always")
        for _ in range(2)
    ]
    assert answers == ["9h of open time"] * 2 + ["1d 1h"] * 2 + ["not set"] * 4


def test_the_whole_tree_is_told_also_what_did_not_decide() -> None:
    verdict = condition({"any": [{"status": "open"}, {"all": [{"priority": "low"}, {"linked": True}]}]}).evaluate(
        facts()
    )

    assert (verdict.holds, verdict.subject, verdict.observed) == (True, "any", "1 of 2 hold")
    first, second = verdict.children
    assert (first.holds, second.holds, second.observed) == (True, False, "0 of 2 hold")
    assert [child.subject for child in second.children] == ["priority", "linked"]


DUE = MONDAY + timedelta(hours=4)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("operator", "before", "at", "after", "turns_at"),
    [
        ("at_least", False, True, True, DUE),
        ("more_than", False, False, True, DUE + TICK),
        ("less_than", True, False, False, DUE),
        ("at_most", True, True, False, DUE + TICK),
    ],
)
def test_a_length_of_time_turns_at_one_exact_instant(
    operator: str, before: bool, at: bool, after: bool, turns_at: datetime
) -> None:
    asked = condition({"age": {operator: "4h"}})
    verdicts = [asked.evaluate(facts(now)) for now in (DUE - TICK, DUE, DUE + TICK)]

    assert [verdict.holds for verdict in verdicts] == [before, at, after]
    assert [verdict.flips_at for verdict in verdicts] == [
        turns_at if now < turns_at else None for now in (DUE - TICK, DUE, DUE + TICK)
    ]


def test_business_time_stands_still_at_night_and_on_holidays() -> None:
    asked = condition({"age": {"at_least": "5d", "calendar": "office"}})
    # Monday 09:00 + 5 working days; Friday the 6th is a holiday, so the fifth is Tuesday the 10th.
    assert asked.evaluate(facts()).flips_at == datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    assert not asked.evaluate(facts(datetime(2026, 3, 10, 8, 59, tzinfo=UTC))).holds
    assert asked.evaluate(facts(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))).holds


def test_a_pattern_cannot_be_stalled_by_a_customers_text() -> None:
    asked = condition({"subject": {"matches": "(a+)+$"}})
    # A backtracking engine would need about 2**5000 steps here.
    assert not asked.evaluate(facts(subject="a" * 5000 + "b")).holds


def test_a_text_with_half_of_a_letter_is_asked_like_any_other() -> None:
    """Programs that cut texts leave such halves; UTF-8 cannot write them."""
    asked = condition({"subject": {"matches": "down.?$"}})
    assert [asked.evaluate(facts(subject=text)).holds for text in ("down\ud83d", "\ude00 up", "down \ud83d!")] == [
        True,
        False,
        False,
    ]


def test_a_number_beyond_all_limits_is_more_than_each_of_them() -> None:
    more, less = condition({"field.seats": {"more_than": 10**9}}), condition({"field.seats": {"less_than": 0}})
    found = [facts(fields={"seats": number}) for number in (10**400, -(10**400))]
    assert [(more.evaluate(one).holds, less.evaluate(one).holds) for one in found] == [(True, False), (False, True)]


def test_escalades_own_tier_can_be_asked_for_in_the_order_of_the_ladder() -> None:
    asked = condition({"tier": {"at_least": "tier2"}})
    assert [asked.evaluate(facts(tier=tier)).holds for tier in (None, "tier1", "tier2", "tier3")] == [
        False,
        False,
        True,
        True,
    ]


def test_every_operator_is_documented_and_every_fact_can_be_asked_something() -> None:
    assert all(operator.doc and operator.types for operator in OPERATORS)
    for spec in FACTS.values():
        words = operators_of(spec)
        assert "exists" in words
        assert len(words) > 1
        assert all(operator_for(word, spec.type) is not None for word in words)
    assert "at_least" not in operators_of(FACTS["status"])


TIMES = st.sampled_from(["age", "agent_silence", "customer_waiting", "since_update", "in_tier"])
SPANS = st.sampled_from(["1m", "45m", "4h", "9h", "1d", "2d 3h", "5d"])
LEAF = st.one_of(
    st.builds(
        lambda fact, operator, span, calendar: {fact: {operator: span, "calendar": calendar}},
        TIMES,
        st.sampled_from(["at_least", "at_most", "more_than", "less_than"]),
        SPANS,
        st.sampled_from(["office", "always"]),
    ),
    st.sampled_from([{"status": "open"}, {"status": "new"}, {"tags": {"contains": "vip"}}, {"linked": True}]),
)
TREE = st.recursive(
    LEAF, lambda inner: st.builds(lambda kind, children: {kind: children}, st.sampled_from(["all", "any", "none"]),
                                  st.lists(inner, min_size=1, max_size=3)), max_leaves=8
)  # fmt: skip
MINUTES = st.integers(0, 14 * 24 * 60)


@given(raw=TREE, now=MINUTES, waited=MINUTES, percent=st.integers(0, 99))
def test_a_verdict_stays_as_it_is_until_the_instant_that_it_names(
    raw: dict[str, Any], now: int, waited: int, percent: int
) -> None:
    said = MONDAY + timedelta(minutes=min(now, waited))
    comments = (Comment(id="1", at=said, side=Side.REQUESTER, public=True),)

    def at(instant: datetime) -> Facts:
        return facts(instant, tier="tier1", comments=comments)

    asked = condition(raw)
    start = MONDAY + timedelta(minutes=now)
    verdict = asked.evaluate(at(start))
    until = verdict.flips_at or start + timedelta(days=60)
    assert until > start
    for instant in (start + (until - start) * percent // 100, until - TICK):
        assert asked.evaluate(at(instant)).holds is verdict.holds


def test_a_whole_waits_for_its_slowest_unmet_part() -> None:
    both = condition({"all": [{"age": {"at_least": "1h"}}, {"age": {"at_least": "3h"}}]})
    never = condition({"all": [{"age": {"at_least": "1h"}}, {"status": "new"}]})
    either = condition({"any": [{"age": {"at_least": "1h"}}, {"age": {"at_least": "3h"}}]})

    assert both.evaluate(facts()).flips_at == MONDAY + timedelta(hours=3)
    assert never.evaluate(facts()).flips_at is None
    assert either.evaluate(facts()).flips_at == MONDAY + timedelta(hours=1)


def test_a_condition_names_every_fact_that_it_reads() -> None:
    asked = condition(
        {"all": [{"status": "open"}, {"none": [{"field.a": {"exists": True}}, {"age": {"at_least": "1h"}}]}]}
    )
    assert asked.facts == {"status", "field.a", "age"}
