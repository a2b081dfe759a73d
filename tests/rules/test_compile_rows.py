"""Rows: the ways in which conditions can hold, and how little of a ticket is looked at to rule them out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from typing import Any

import pytest

from rules.compile.compiled import Compiled
from rules.compile.joint import Joint
from rules.compile.rows import Row, rows_of
from rules.compile.terms import Due, Either, Leaf, Terms
from rules.compile.texts import Texts
from rules.compile.values import Values
from rules.conditions.base import Condition, Scope
from rules.conditions.groups import All, AnyOf
from rules.conditions.parse import parse_when
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.problems import Findings
from rules.ticket import Account, AccountRef, Comment, Side, StatusCategory, Ticket
from rules.yamltext import Tree

MakeTicket = Callable[..., Ticket]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD = {"age": {"at_least": "1h", "calendar": "always"}}


def condition(raw: dict[str, Any]) -> Condition:
    """A condition as a policy writes it."""
    found = parse_when(raw, (), Tree(file="test", findings=Findings(), value=raw), Scope())
    assert found is not None
    return found


def rows(raw: dict[str, Any], *, answers: bool = False) -> list[Row]:
    """The rows of one condition."""
    terms = Terms()
    return rows_of([terms.of(condition(raw))], terms, answers=answers)


def told(row: Row) -> list[tuple[str, bool]]:
    """The facts that a row asks for a value, and whether the answer has to be yes."""
    return [(leaf.condition.fact, wanted) for leaf, wanted in row.values]


def facts_about(ticket: Ticket) -> Facts:
    """The facts of a ticket that Escalade has not touched."""
    return facts_of(ticket, None, None, Ledger(ref=ticket.ref), NOON)


def tables(compiled: Compiled, kind: type) -> list[Any]:
    """The tables of that kind that the generated function looks into."""
    cells = compiled.holding.__closure__ or ()  # type: ignore[attr-defined]
    return [cell.cell_contents for cell in cells if type(cell.cell_contents) is kind]


# The ways in which a condition can hold.


def test_every_part_of_any_is_a_row_of_its_own_with_all_that_stands_around_it() -> None:
    found = rows({"status": "open", "any": [{"product": "API"}, {"all": [{"type": "task"}, OLD]}]})
    assert [told(row) for row in found] == [
        [("status", True), ("product", True)],
        [("status", True), ("type", True)],
    ]
    assert [[due.condition.fact for due in row.dues] for row in found] == [[], ["age"]]
    assert not any(row.rest for row in found)
    assert {row.number for row in found} == {0}


def test_none_is_one_row_whose_questions_need_the_answer_no() -> None:
    (row,) = rows({"none": [{"product": "API"}, {"type": "task"}]})
    assert told(row) == [("product", False), ("type", False)]
    assert (row.dues, row.rest) == ((), ())


def test_of_none_a_length_of_time_stays_something_else_to_ask() -> None:
    (row,) = rows({"none": [{"product": "API"}, OLD]})
    assert told(row) == [("product", False)]
    assert row.dues == ()
    (rest,) = row.rest
    assert isinstance(rest, Either)
    assert rest.negated
    assert isinstance(rest.parts[0], Due)


@pytest.mark.parametrize(("sizes", "ways"), [((2, 4), 8), ((8,), 8), ((9,), 1), ((3, 3), 3), ((2, 2, 3), 4)])
def test_a_condition_becomes_eight_rows_at_most_and_further_choices_stay_in_one_piece(
    sizes: tuple[int, ...], ways: int
) -> None:
    groups = [
        {"any": [{f"field.f{place}": f"v{number}"} for number in range(size)]} for place, size in enumerate(sizes)
    ]
    found = rows({"all": groups})
    assert len(found) == ways
    whole = [len(row.rest) for row in found]
    product = 1
    for size in sizes:
        product *= size
    assert whole == [0 if product == ways else 1] * ways


def test_where_turning_is_asked_what_changes_by_itself_stays_in_one_piece() -> None:
    raw = {"any": [{"product": "API"}, OLD]}
    assert len(rows(raw)) == 2
    (row,) = rows(raw, answers=True)
    assert (row.values, row.dues) == ((), ())
    assert isinstance(row.rest[0], Either)
    assert len(rows({"any": [{"product": "API"}, {"type": "task"}]}, answers=True)) == 2


def test_a_question_that_is_asked_twice_stands_in_a_row_once() -> None:
    (row,) = rows({"all": [{"product": "API"}, {"product": "API"}, OLD, OLD]})
    assert (len(row.values), len(row.dues)) == (1, 1)
    assert all(isinstance(leaf, Leaf) for leaf, _ in row.values)


# What is looked at.


def test_comments_are_only_counted_where_some_rule_is_left_that_asks_for_them(make_ticket: MakeTicket) -> None:
    compiled = Compiled([condition({"status": "open", "replies_agent": {"at_least": 1}})])
    reply = Comment(id="1", at=NOON - timedelta(minutes=5), side=Side.AGENT, public=True)
    of = {"created_at": NOON - timedelta(hours=1), "comments": (reply,)}
    pending = facts_about(make_ticket(status=StatusCategory.PENDING, **of))
    assert compiled.holding(pending) == []
    assert pending.counted is None
    unread = facts_about(make_ticket(status=StatusCategory.OPEN, **of))
    assert compiled.holding(unread) == [0]
    assert unread.counted is not None


def test_facts_with_few_values_are_looked_up_together_and_each_way_they_meet_is_kept_once(
    make_ticket: MakeTicket,
) -> None:
    compiled = Compiled([condition({"status": "open", "product": "API", "type": "task"})])
    for number in range(6):
        facts = facts_about(make_ticket(product="API" if number % 2 else "Export", type="task", key=f"OPS-{number}"))
        assert compiled.holding(facts) == ([0] if number % 2 else [])
    (joint,) = tables(compiled, Joint)
    assert len(joint) == 2


def test_a_text_of_which_only_beginnings_are_asked_is_looked_up_by_the_longest_of_them(
    make_ticket: MakeTicket,
) -> None:
    starts = ("OPS-", "ops-1", "strasse")
    whens = [condition({"key": {"starts_with": start}}) for start in starts]
    whens.append(condition({"none": [{"key": {"starts_with": "OPS"}}]}))
    compiled = Compiled(whens)
    for key in ("OPS-11", "ops-12", "OPS-2345678", "Straße 7", "STRASS", "", "\u017ftra\u1e9ee", "SUP-1"):
        facts = facts_about(make_ticket(key=key))
        for _ in ("the first time", "and when it is kept"):
            assert compiled.holding(facts) == [
                number for number, when in enumerate(whens) if when.evaluate(facts).holds
            ]
    (table,) = tables(compiled, Values)
    assert max(map(len, table)) == len("strasse")
    assert "OPS-234" in table


def test_a_text_that_is_also_asked_for_other_things_is_looked_up_whole(make_ticket: MakeTicket) -> None:
    compiled = Compiled([condition({"key": {"starts_with": "OPS-"}}), condition({"key": {"contains": "99"}})])
    assert compiled.holding(facts_about(make_ticket(key="OPS-1199"))) == [0, 1]
    assert compiled.holding(facts_about(make_ticket(key="OPS-1111"))) == [0]
    assert tables(compiled, Texts)


def test_an_unset_text_has_no_beginning(make_ticket: MakeTicket) -> None:
    compiled = Compiled([condition({"requester": {"starts_with": "4"}})])
    assert compiled.holding(facts_about(make_ticket(requester=None))) == []
    assert compiled.holding(facts_about(make_ticket(requester="41"))) == [0]


@pytest.mark.parametrize("count", [1, 29, 30, 31, 60, 61, 75])
def test_any_number_of_rules_is_listed_in_order(count: int, make_ticket: MakeTicket) -> None:
    whens = [condition({"field.n": {"at_least": number}}) for number in range(count)]
    compiled = Compiled(whens)
    for value in (-1, 0, count // 2, count):
        facts = facts_about(make_ticket(fields={"n": value}))
        assert compiled.holding(facts) == list(range(min(value + 1, count)))


def test_what_always_holds_is_a_row_that_asks_nothing_and_what_never_holds_has_no_row(make_ticket: MakeTicket) -> None:
    always, never = All(children=()), AnyOf(children=(), negated=False)
    terms = Terms()
    (row,) = rows_of([terms.of(never), terms.of(always)], terms, answers=False)
    assert (row.number, row.values, row.dues, row.rest) == (1, (), (), ())
    assert Compiled([never, always]).holding(facts_about(make_ticket())) == [1]


TAG_QUESTIONS = [
    {"contains": "a"},
    {"lacks": "a"},
    {"contains_any": ["a", "b"]},
    {"contains_all": ["a", "b"]},
    {"contains_all": ["a", "b", "c", "d", "e"]},
]


@pytest.mark.parametrize("fact", ["tags", "account.tags"])
def test_every_question_to_tags_is_answered_plainly_in_none_in_any_and_beside_others(
    fact: str, make_ticket: MakeTicket
) -> None:
    asked: list[dict[str, Any]] = [{fact: one} for one in TAG_QUESTIONS]
    raws = [*asked, *({"none": [one]} for one in asked), {"any": asked}, {"all": asked[:1] + asked[2:4]}]
    raws += [{"all": [one, {"none": [other]}]} for one, other in permutations(asked, 2)]
    whens = [condition(raw) for raw in raws]
    compiled = Compiled(whens)
    worn = [frozenset(some) for size in range(6) for some in combinations("abcde", size)]
    for tags in (*worn, None):
        account = None if tags is None else Account(ref=AccountRef("zendesk", "7"), name="A", tags=tags)
        ticket = make_ticket(tags=tags or frozenset())
        facts = facts_of(ticket, account, None, Ledger(ref=ticket.ref), NOON)
        expected = [number for number, when in enumerate(whens) if when.evaluate(facts).holds]
        assert compiled.holding(facts) == expected, tags
        assert [number for number, holds, _ in compiled.turning(facts) if holds] == expected, tags
