"""Lint: what is said about policies that load and still go wrong, and that nothing is said without a proof."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.conditions.base import Condition, Scope
from rules.conditions.parse import parse_when
from rules.facts import Facts, facts_of
from rules.ledger import Escalation, Ledger
from rules.lint.atoms import Reached
from rules.lint.formula import Both, satisfiable
from rules.lint.registry import KINDS
from rules.lint.report import report_text
from rules.lint.run import lint
from rules.lint.translate import formula_of
from rules.lint.worlds import World
from rules.load import load_document
from rules.policy import Policy
from rules.problems import Findings
from rules.ticket import Comment, Priority, Side, StatusCategory, Ticket
from rules.yamltext import Tree

FIXTURES = Path(__file__).parent / "lint"
STARTER = Path(__file__).parents[2] / "config"
TODAY = date(2026, 3, 2)
CODES = [check.code for check in KINDS]
MakeTicket = Callable[..., Ticket]


@pytest.mark.capability("L10")
@pytest.mark.parametrize("code", CODES)
def test_a_finding_is_told_exactly_like_this(code: str) -> None:
    sources = {f"{code}.yaml": (FIXTURES / f"{code}.yaml").read_text(encoding="utf-8")}
    findings = lint(load_document(sources), TODAY, sources)
    assert code in {finding.code for finding in findings}
    assert report_text(findings, sources) == (FIXTURES / f"{code}.out").read_text(encoding="utf-8")


def test_every_code_has_a_case_and_every_case_a_code() -> None:
    assert len(set(CODES)) == len(CODES)
    assert {path.stem for path in FIXTURES.iterdir()} == set(CODES)


def test_the_starter_policy_is_clean() -> None:
    files = [path for path in STARTER.glob("*.yaml") if path.name != "escalade.yaml"]
    loaded = load_document({path.name: path.read_text(encoding="utf-8") for path in files})
    assert lint(loaded, TODAY) == ()


def test_findings_know_their_file_in_a_policy_of_many() -> None:
    rules = (FIXTURES / "never-holds.yaml").read_text(encoding="utf-8").partition("rules:\n")
    sources = {"a.yaml": rules[0] + "rules: [{id: x, description: X, when: {tags: {contains: x}}, tags: [y]}]\n"}
    sources["b.yaml"] = "version: 1\nrules:\n" + rules[2]
    found = [(finding.at.file, finding.at.line, finding.path) for finding in lint(load_document(sources), TODAY)]
    assert found[0] == ("b.yaml", 5, "rules[1].when")


ASKED: dict[str, list[Any]] = {
    "status": [{"is": "open"}, {"in": ["new", "pending"]}, {"is_not": "open"}],
    "priority": [{"at_least": "high"}, {"is": "urgent"}, {"not_in": ["low", "normal"]}, {"exists": False}],
    "tier": [{"is": "tier1"}, {"at_least": "tier2"}, {"exists": True}],
    "escalated": [{"is": True}, {"is_not": True}],
    "subject": [
        {"is": "outage in Berlin"},
        {"contains": "outage"},
        {"contains_any": ["out", "berlin"]},
        {"contains_all": ["outage", "in"]},
        {"lacks": "out"},
        {"starts_with": "outage"},
        {"starts_with": "Out"},
        {"starts_with": "in"},
        {"matches": "^$"},
        {"exists": False},
        {"exists": True},
    ],
    "product": [{"is": "Pump"}, {"is_not": "Pump"}, {"in": ["Pump", "Valve"]}, {"contains": "um"}, {"exists": False}],
    "tags": [
        {"contains": "vip"},
        {"lacks": "vip"},
        {"contains_any": ["vip", "beta"]},
        {"contains_all": ["vip", "beta"]},
        {"exists": False},
    ],
    "field.seats": [
        {"is": 5},
        {"is": "5"},
        {"is": "5.0"},
        {"is": "5.00"},
        {"is_not": "5"},
        {"in": [5, "many"]},
        {"at_least": 5},
        {"less_than": 5},
        {"contains": "5"},
        {"lacks": "."},
        {"starts_with": "5.0"},
        {"is": True},
        {"is": "true"},
        {"exists": False},
    ],
    "replies_requester": [{"at_least": 1}, {"less_than": 1}, {"is": 2}, {"more_than": 2}, {"is_not": 0}],
    "first_reply": [{"is": True}, {"is": False}],
    "age": [
        {"at_least": "2h"},
        {"more_than": "2h"},
        {"less_than": "4h"},
        {"at_most": "1d"},
        {"at_least": "1d", "calendar": "office"},
        {"less_than": "2d", "calendar": "office"},
        {"exists": False},
    ],
    "customer_waiting": [{"at_least": "2h"}, {"less_than": "2h"}, {"more_than": "1h"}, {"exists": True}],
}
LEAVES = st.sampled_from([{fact: asked} for fact, ways in ASKED.items() for asked in ways])
GROUPS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda word, parts: {word: parts},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
#: Conditions on one and the same fact, which contradict each other often.
CLOSE = st.sampled_from(sorted(ASKED)).flatmap(
    lambda fact: st.lists(st.sampled_from(ASKED[fact]).map(lambda asked: {fact: asked}), min_size=2, max_size=4)
)


@pytest.fixture(scope="session")
def scope(policy: Policy) -> Scope:
    return Scope(calendars=policy.calendars, default_calendar="office", tiers=("tier1", "tier2"))


def condition_of(raw: dict[str, Any], scope: Scope) -> Condition:
    tree = Tree(file="test", findings=Findings(), value=raw)
    condition = parse_when(raw, (), tree, scope)
    assert condition is not None, tree.findings.problems
    return condition


@st.composite
def situations(draw: st.DrawFn, make_ticket: MakeTicket) -> Facts:
    """The facts of some ticket, made of what the conditions ask about."""
    seats = st.sampled_from([None, 5, 5.0, "5", "5.0", "5.00", "many", "true", True, 4, "6", ""])
    hours = draw(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(Side)), max_size=3))
    ticket = make_ticket(
        status=draw(st.sampled_from(StatusCategory)),
        priority=draw(st.none() | st.sampled_from(Priority)),
        subject=draw(st.sampled_from(["outage in Berlin", "Outage", "in", "", "nothing", "Output"])),
        product=draw(st.sampled_from([None, "", "Pump", "Valve", "Volume"])),
        tags=draw(st.frozensets(st.sampled_from(["vip", "beta", "x"]))),
        fields={"seats": draw(seats)},
    )
    created = ticket.created_at
    comments = tuple(
        Comment(id=str(index), at=created + timedelta(hours=hour), side=side, public=True)
        for index, (hour, side) in enumerate(sorted(hours))
    )
    now = created + timedelta(
        minutes=draw(st.sampled_from([0, 59, 60, 119, 120, 121, 239, 240, 600, 1440, 3000, 9000]))
    )
    tier = draw(st.none() | st.sampled_from(["tier1", "tier2"]))
    stands = None if tier is None else Escalation(tier=tier, entered_at=created, because="rule:x", since=created)
    changed = {name: getattr(ticket, name) for name in ticket.__struct_fields__} | {"comments": comments}
    return facts_of(Ticket(**changed), None, None, Ledger(ref=ticket.ref, escalation=stands), now)


WORLD = World(tiers=("tier1", "tier2"))


@pytest.mark.capability("L10")
@settings(max_examples=150, deadline=None)
@given(data=st.data(), raws=CLOSE | st.lists(GROUPS, min_size=1, max_size=3))
@example(data=None, raws=[{"subject": {"exists": False}}, {"subject": {"matches": "^$"}}])
def test_what_is_called_impossible_happens_to_no_ticket(
    data: st.DataObject | None, raws: list[dict[str, Any]], make_ticket: MakeTicket, scope: Scope
) -> None:
    conditions = [condition_of(raw, scope) for raw in raws]
    possible = satisfiable(Both(tuple(formula_of(condition) for condition in conditions)), WORLD)
    first, *rest = conditions
    implied = not satisfiable(Both((formula_of(first), *(formula_of(one, holds=False) for one in rest))), WORLD)
    for _ in range(6 if data is not None else 0):
        facts = data.draw(situations(make_ticket))
        holding = [condition.evaluate(facts).holds for condition in conditions]
        assert possible or not all(holding)
        assert not implied or not holding[0] or any(holding[1:])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"status": "open"}, {"status": {"in": ["new", "pending"]}}),
        ({"tags": {"contains": "vip"}}, {"tags": {"lacks": "vip"}}),
        ({"priority": "urgent"}, {"priority": {"at_most": "high"}}),
        ({"priority": "urgent"}, {"priority": {"exists": False}}),
        ({"field.seats": {"at_least": 5}}, {"field.seats": {"less_than": 5}}),
        ({"field.seats": 5}, {"field.seats": {"in": ["4", "many"]}}),
        ({"field.vip": True}, {"field.vip": {"is_not": "true"}}),
        ({"product": "Pump"}, {"product": {"contains": "valve"}}),
        ({"subject": {"starts_with": "outage"}}, {"subject": {"starts_with": "in"}}),
        ({"subject": {"contains": "outages"}}, {"subject": {"lacks": "outage"}}),
        ({"age": {"at_least": "2d"}}, {"age": {"less_than": "1d"}}),
        ({"age": {"at_least": "2d", "calendar": "always"}}, {"age": {"less_than": "47h", "calendar": "always"}}),
        ({"customer_waiting": {"at_least": "1h"}}, {"customer_waiting": {"exists": False}}),
        ({"any": [{"status": "new"}, {"status": "open"}]}, {"none": [{"status": {"in": ["new", "open"]}}]}),
        ({"replies_requester": 2}, {"replies_requester": {"more_than": 2}}),
        ({"first_reply": True}, {"first_reply": {"is_not": True}}),
    ],
)
def test_these_cannot_hold_together(one: dict[str, Any], other: dict[str, Any], scope: Scope) -> None:
    both = Both((formula_of(condition_of(one, scope)), formula_of(condition_of(other, scope))))
    assert not satisfiable(both, WORLD)


@pytest.mark.parametrize("calendar", [ALWAYS, BusinessCalendar("office", ALWAYS.zone, {0: ALWAYS.week[0]})])
def test_a_longer_time_implies_a_shorter_one_only_where_that_is_sure(calendar: BusinessCalendar) -> None:
    def reached(days: int, seconds: int, *, later: bool = False) -> Reached:
        return Reached("age", calendar, Span(days, seconds), later)

    assert reached(2, 0).implies(reached(1, 0, later=True))
    assert reached(0, 2).implies(reached(0, 1, later=True))
    assert reached(1, 0, later=True).implies(reached(1, 0))
    assert not reached(1, 0).implies(reached(1, 0, later=True))
    assert reached(0, 90_000).implies(reached(1, 0)) is (calendar is ALWAYS)
    assert reached(2, 5).implies(reached(1, 5, later=True)) is (calendar is ALWAYS)


def test_what_takes_too_long_to_find_out_is_called_possible(scope: Scope) -> None:
    pairs = [{"any": [{"tags": {"contains": f"a{n}"}}, {"tags": {"contains": f"b{n}"}}]} for n in range(16)]
    never = [{"any": [{"tags": {"lacks": "x"}}, {"tags": {"lacks": "y"}}]}, {"tags": {"contains_all": ["x", "y"]}}]
    assert not satisfiable(formula_of(condition_of({"all": never}, scope)), WORLD)
    hard = [{"none": [{"tags": {"contains_all": [f"a{n}", f"b{m}"]}}]} for n in range(16) for m in range(16)]
    assert satisfiable(formula_of(condition_of({"all": [*pairs, *hard]}, scope)), WORLD)
