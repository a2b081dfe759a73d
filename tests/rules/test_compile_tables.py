"""The tables that compiled conditions are looked up in tell what the conditions themselves tell, in bounded room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import ALWAYS, Span
from rules.compile import listing as runs
from rules.compile import values as kept
from rules.compile.compiled import Compiled
from rules.compile.generated import function
from rules.compile.horizon import EARLIEST, LATEST, UNKNOWN
from rules.compile.joint import Joint
from rules.compile.listing import listing
from rules.compile.moments import Moments
from rules.compile.source import Source
from rules.compile.spans import Spans
from rules.compile.terms import Due
from rules.compile.texts import MOST_PATTERNS, Texts
from rules.compile.values import Asked, Values, most_kept
from rules.compile.worn import Worn
from rules.conditions.base import Condition, Scope, ValueCondition
from rules.conditions.duration import DurationCondition
from rules.conditions.groups import All
from rules.conditions.parse import parse_when
from rules.facts import Facts, facts_of
from rules.ledger import Ledger, Owned
from rules.problems import Findings
from rules.ticket import Account, AccountRef, Ticket
from rules.yamltext import Tree

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MakeTicket = Callable[..., Ticket]


def condition(raw: dict[str, Any]) -> Condition:
    """A condition as a policy writes it."""
    found = parse_when(raw, (), Tree(file="test", findings=Findings(), value=raw), Scope())
    assert found is not None
    return found


def asked(*raws: dict[str, Any]) -> list[Asked]:
    """Questions to one fact, each of a row of its own, every second one to be answered with no."""
    found: list[Asked] = []
    for place, raw in enumerate(raws):
        one = condition(raw)
        assert isinstance(one, ValueCondition)
        found.append((one, place % 2 == 0, 1 << place))
    return found


def one_by_one(questions: list[Asked], value: Any) -> int:
    """The rows whose question is answered as it should be."""
    return sum(
        bit for one, wanted, bit in questions if (one.when_unset if value is None else one.test(value)) is wanted
    )


def facts_about(ticket: Ticket, now: datetime = NOON, account: Account | None = None) -> Facts:
    """The facts of a ticket that Escalade has not touched."""
    return facts_of(ticket, account, None, Ledger(ref=ticket.ref), now)


# Texts.

WORDS = ["refund", "no refund", "Straße", "ss", "K", "kiss", "fi", "a.b", "a|b", "(", "İ", "5"]
ASKS = st.one_of(
    st.builds(lambda word: {"contains": word}, st.sampled_from(WORDS)),
    st.builds(lambda word: {"lacks": word}, st.sampled_from(WORDS)),
    st.builds(lambda word: {"starts_with": word}, st.sampled_from(WORDS)),
    st.builds(lambda words: {"contains_any": words}, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)),
    st.builds(lambda words: {"contains_all": words}, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)),
    st.builds(lambda text: {"matches": text}, st.sampled_from(["(?i)refund", "^K", "s{2}", "[^a]b", "ß|ﬁ", "x"])),
)
#: Letters that several others are folded to, or that are folded to several.
LETTERS = st.lists(
    st.sampled_from([*WORDS, "\u212a", "\u017f", "ﬁ", "ß", "ẞ", "REFUND", "a", "b", "|", " ", "\ud800"]), max_size=6
)


@settings(deadline=None)
@given(asks=st.lists(ASKS, min_size=1, max_size=8), texts=st.lists(LETTERS.map("".join), min_size=1, max_size=4))
def test_all_that_is_asked_of_a_text_is_answered_as_one_by_one(asks: list[dict[str, Any]], texts: list[str]) -> None:
    questions = asked(*({"subject": ask} for ask in asks))
    table = Texts(questions, (1 << len(questions)) - 1)
    for _ in ("the first time", "the second", "and when it is kept"):
        assert [table[text] for text in texts] == [one_by_one(questions, text) for text in texts]


def test_texts_are_found_in_what_is_no_text() -> None:
    questions = asked({"field.a": {"contains": "5"}}, {"field.a": {"matches": "^5$"}}, {"field.a": {"lacks": "x"}})
    table = Texts(questions, 7)
    assert [table.of(value) for value in (5, 5.0, True, None)] == [
        one_by_one(questions, value) for value in (5, 5.0, True, None)
    ]


def test_more_phrases_than_are_worth_running_together_are_all_asked() -> None:
    questions = asked(*({"subject": {"contains": f"word{number:03}"}} for number in range(MOST_PATTERNS + 20)))
    table = Texts(questions, (1 << len(questions)) - 1)
    for text in ("word000", "word063", "word064", "word083 and word001", ""):
        assert table[text] == one_by_one(questions, text)


def test_patterns_that_have_no_room_together_are_asked_one_by_one() -> None:
    """RE2 refuses such a set, or finds nothing at all."""
    questions = asked(*({"subject": {"matches": f"({letter}[a-z]{{300}}){{3}}"}} for letter in "abcdefghijklmnopqrst"))
    table = Texts(questions, (1 << len(questions)) - 1)
    for text in ("a" * 1000, "q" * 950, "short"):
        assert table[text] == one_by_one(questions, text)


def test_a_text_is_kept_when_it_comes_again_and_a_long_one_never() -> None:
    table = Texts(asked({"subject": {"contains": "refund"}}), 1)
    for text in ("refund", "another", "x" * 251):
        _ = table[text]
    assert not table
    for text in ("refund", "x" * 250, "x" * 250, "x" * 251, "x" * 251):
        _ = table[text]
    assert sorted(table) == ["refund", "x" * 250]


def test_which_patterns_were_found_is_kept_in_bounded_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_ROOM", 3 * 256)
    questions = asked(*({"subject": {"matches": letter}} for letter in "abc"))
    table = Texts(questions, 7)
    for text in ("", "a", "b", "c", "ab", "bc", "ac", "abc", "", "ab"):
        assert table[text] == one_by_one(questions, text)
        assert len(table._left) <= 3


# Values.


def test_a_table_is_emptied_when_it_is_full_and_answers_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_ROOM", 3 * 256)
    assert most_kept(1) == 3
    questions = asked({"product": {"in": ["p1", "p5"]}})
    table, joint = Values(questions, 1), Joint([Values(questions, 1).__getitem__] * 2, 1)
    texts = Texts(asked({"subject": {"contains": "5"}}), 1)
    sizes: list[tuple[int, ...]] = []
    for number in [*range(10), *range(10)]:
        assert table[f"p{number}"] == (number in {1, 5})
        assert joint[f"p{number}", "p5"] == (number in {1, 5})
        assert (texts[f"p{number}"], texts[f"p{number}"]) == (number == 5, number == 5)
        sizes.append((len(table), len(joint), len(texts)))
    assert [max(of_table) for of_table in zip(*sizes, strict=True)] == [3, 3, 3]


def test_the_room_for_a_table_does_not_grow_with_the_rules() -> None:
    assert most_kept(60) == 8 * 2**20 // 263
    assert most_kept(5_000) * (256 + 625) <= 8 * 2**20


@pytest.mark.parametrize("first", [1, 1.0, True, "1"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_field_that_is_1_and_one_that_is_true_are_never_taken_for_the_same(
    first: object, alone: bool, make_ticket: MakeTicket
) -> None:
    """They are equal in Python, and so are tables that were looked up with one of them before."""
    raws: list[dict[str, Any]] = [{"field.a": True}, {"field.a": 1}, {"field.a": {"at_least": 1}}, {"field.a": "1"}]
    if not alone:
        raws.append({"field.b": "x"})
    whens = [condition(raw) for raw in raws]
    compiled = Compiled(whens)
    for value in (first, True, 1, 1.0, "1", 0, False, 0.0, first):
        facts = facts_about(make_ticket(fields={"a": value, "b": "x"}))
        assert compiled.holding(facts) == [number for number, one in enumerate(whens) if one.evaluate(facts).holds]


@settings(deadline=None)
@given(
    keys=st.lists(
        st.tuples(
            st.sampled_from([0, 1, 2, 0.0, 1.0, 2.5, True, False, None, "1", "true", "2.5", 10**400, 2**60])
            | st.floats(),
            st.sampled_from([1, 1.0, True, None]),
        ),
        max_size=8,
    )
)
def test_values_that_are_looked_up_together_are_told_apart(keys: list[tuple[Any, Any]]) -> None:
    questions = asked(*({"field.a": {"in": wanted}} for wanted in ([1], [True], ["true", 2.5], [2**60], [False])))
    looks = [Values(questions, 31).of_field, Values(questions, 31).of_field]
    joint = Joint(looks, 31)
    for key in keys:
        assert joint[key] == joint.of(key) == one_by_one(questions, key[0]) & one_by_one(questions, key[1])


def test_what_is_not_told_apart_is_not_kept_together() -> None:
    """Only where all equal values leave the same rows may one stand for the others."""
    flags, limits = asked({"field.a": True}, {"field.a": False}), asked({"field.a": {"at_least": 50}})
    joint = Joint([Values(flags, 3).of_field, Values(limits, 1).of_field], 3)
    for key in ((1, 5), (0, 7), ("x", 7), ("x", float("inf")), (2, 0)):
        _ = joint[key]
    assert list(joint) == [("x", 7), ("x", float("inf")), (2, 0)]


def test_a_field_with_a_list_in_it_breaks_nothing(make_ticket: MakeTicket) -> None:
    whens = [condition({"field.a": "x"}), condition({"field.b": "y"}), condition({"field.a": {"is_not": "x"}})]
    strange: Any = ["x"]
    facts = facts_about(make_ticket(fields={"a": strange, "b": "y"}))
    assert Compiled(whens).holding(facts) == [1, 2]


def test_a_field_of_ours_is_looked_through(make_ticket: MakeTicket) -> None:
    whens = [condition({"field.a": "before"}), condition({"field.a": "ours"}), condition({"field.b": "theirs"})]
    ticket = make_ticket(fields={"a": "ours", "b": "theirs"})
    owned = {"a": Owned(ours="ours", before="before"), "b": Owned(ours="ours", before="before")}
    facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref, fields=owned), NOON)
    assert Compiled(whens).holding(facts) == [0, 2]


# Tags.

TAG = st.sampled_from(["a", "b", "c", "d", "e", "f"])
TAG_ASKS = st.one_of(
    st.builds(lambda tag: {"contains": tag}, TAG),
    st.builds(lambda tag: {"lacks": tag}, TAG),
    st.builds(lambda tags: {"contains_any": tags}, st.lists(TAG, min_size=1, max_size=3)),
    st.builds(lambda tags: {"contains_all": tags}, st.lists(TAG, min_size=1, max_size=6)),
)


@settings(deadline=None)
@given(
    fact=st.sampled_from(["tags", "account.tags"]),
    rules=st.lists(st.lists(TAG_ASKS, min_size=1, max_size=6), min_size=1, max_size=4),
    worn=st.lists(st.frozensets(TAG), min_size=1, max_size=4),
    with_region=st.booleans(),
)
def test_tags_are_needed_and_unwanted_as_each_condition_says(
    make_ticket: MakeTicket,
    fact: str,
    rules: list[list[dict[str, Any]]],
    worn: list[frozenset[str]],
    with_region: bool,
) -> None:
    whens: list[Condition] = [All(children=tuple(condition({fact: ask}) for ask in asks)) for asks in rules]
    if with_region:
        # Another fact of the account is looked up together with its tags.
        whens.append(condition({"account.field.region": "emea"}))
    compiled = Compiled(whens)
    for tags in worn:
        for region in ("emea", "apac"):
            account = Account(ref=AccountRef("zendesk", "7"), name="A", tags=tags, fields={"region": region})
            facts = facts_about(make_ticket(tags=tags), account=account)
            assert compiled.holding(facts) == [place for place, one in enumerate(whens) if one.evaluate(facts).holds]


def test_a_row_can_need_four_times_one_of_some_tags() -> None:
    worn = Worn(2)
    assert worn.need([("a",), ("b",)], 1)
    assert worn.need([("c", "d")], 1)
    assert not worn.need([("e",), ("f",)], 1), "the fifth is asked in another way"
    assert worn.need([("e",)], 1)
    worn.lack(("z",), 2)
    assert worn.tags == {"a", "b", "c", "d", "e", "z"}
    assert worn.asking == 3
    assert [worn.of(tags) for tags in ("abde", "abce", "abcz", "abz", "abcez", "")] == [3, 3, 0, 0, 1, 2]
    assert worn.of(None) == 2


# Which conditions the rows belong to.


@settings(deadline=None)
@given(sizes=st.lists(st.integers(1, 8), max_size=90), bits=st.integers(0, 1 << 800), sparse=st.integers(0, 1 << 800))
def test_the_conditions_of_rows_are_listed_once_and_in_order(sizes: list[int], bits: int, sparse: int) -> None:
    numbers = [number for number, size in enumerate(sizes) for _ in range(size)]
    source = Source({}, Counter())
    ask = function("left", [f"return {listing(numbers, lambda number: (number, 'told'), source)}"], source.names)
    for found in (bits, bits & sparse, 0, (1 << len(numbers)) - 1):
        left = found & (1 << len(numbers)) - 1
        expected = sorted({number for place, number in enumerate(numbers) if left >> place & 1})
        assert ask(left) == [(number, "told") for number in expected]


def test_what_was_listed_is_kept_in_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "most_kept", lambda _: 2)
    run = runs.Run(["a", "b", "b"])
    assert [run[bits] for bits in (0, 1, 2, 4, 6, 7)] == [(), ("a",), ("b",), ("b",), ("b",), ("a", "b")]
    assert len(run) == 2


def test_each_list_is_the_callers_own(make_ticket: MakeTicket) -> None:
    compiled = Compiled([condition({"product": "Export"})])
    facts = facts_about(make_ticket(product="Export"))
    compiled.holding(facts).append(99)
    compiled.turning(facts).clear()
    assert compiled.holding(facts) == [0]
    assert compiled.turning(facts) == [(0, True, None)]


# Instants.

HOUR = DurationCondition(fact="age", wanted="", span=Span(seconds=3600), calendar=ALWAYS, after=True, includes_due=True)
YOUNG = DurationCondition(
    fact="age", wanted="", span=Span(seconds=3600), calendar=ALWAYS, after=False, includes_due=True
)


def test_a_moment_is_worked_out_when_it_comes_for_the_sixth_time() -> None:
    given: list[datetime] = []

    def tables(over: Any, running: Any) -> list[object]:
        given.extend(over)
        return [(over, running)]

    moments = Moments({Due(HOUR): 0}, tables)
    assert moments.last[0] is None
    for _ in range(5):
        assert moments.at(NOON) == (None, (UNKNOWN[0],), (UNKNOWN[1],), ((UNKNOWN[0],), (UNKNOWN[1],)))
    over = NOON - timedelta(hours=1)
    known = (NOON, (over,), (over + timedelta(microseconds=1),), ((over,), (over + timedelta(microseconds=1),)))
    assert moments.at(NOON) == known
    assert moments.last == known
    assert moments.at(NOON + timedelta(0)) is moments.last
    assert given == [EARLIEST, over]
    later = NOON + timedelta(minutes=1)
    for _ in range(5):
        assert moments.at(later)[0] is None
    assert moments.last == known
    assert moments.at(later)[0] == later


def test_where_no_length_of_time_is_asked_every_moment_is_known_at_once() -> None:
    moments = Moments({}, lambda _over, _running: ())
    assert moments.at(NOON) == (NOON, (), ())
    assert moments.last[0] == NOON


@pytest.mark.parametrize(
    ("one", "answers", "found"),
    [
        # Rows that are left, and those of them that have to be asked: over, in between, and running.
        (HOUR, False, [(1, 0), (1, 1), (0, 0)]),
        (HOUR, True, [(1, 0), (1, 1), (1, 1)]),
        (YOUNG, False, [(0, 0), (1, 1), (1, 0)]),
        (YOUNG, True, [(0, 0), (1, 1), (1, 1)]),
    ],
)
def test_an_instant_rules_out_what_cannot_hold_and_with_answers_what_cannot_turn(
    one: DurationCondition, answers: bool, found: list[tuple[int, int]]
) -> None:
    over, running = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
    spans = Spans([(one, over, running, 2)], 3, answers=answers)
    cuts, left, unsure, work_out = spans.table
    assert cuts == [over + timedelta(microseconds=1), running]
    assert (left, unsure) == ([None, None, None], [0, 0, 0])
    assert [work_out(place) for place in range(3)] == [rows << 1 | 1 for rows, _ in found]
    assert left == [rows << 1 | 1 for rows, _ in found]
    assert unsure == [rows << 1 for _, rows in found]


def test_where_nothing_is_known_of_an_instant_all_is_asked() -> None:
    spans = Spans([(HOUR, EARLIEST, LATEST, 1)], 1, answers=False)
    assert spans.work_out(1) == 1
    assert spans.unsure == [0, 1, 0]


def test_what_is_over_by_the_last_instant_there_is_has_no_cut() -> None:
    assert Spans([(HOUR, LATEST, LATEST, 1)], 1, answers=False).cuts == [LATEST]


def test_tickets_of_one_instant_and_of_several_are_told_apart(make_ticket: MakeTicket) -> None:
    whens = [condition({"age": {"at_least": "1h", "calendar": "always"}}), condition({"product": "Export"})]
    compiled = Compiled(whens)
    ticket = make_ticket(product="Export")
    for minutes in (59, 59, 59, 60, 59, 60, 60, 61, 59):
        facts = facts_about(ticket, ticket.created_at + timedelta(minutes=minutes))
        assert compiled.holding(facts) == ([0, 1] if minutes >= 60 else [1])
        turning = compiled.turning(facts)
        at = None if minutes >= 60 else ticket.created_at + timedelta(hours=1)
        assert turning == [(0, minutes >= 60, at), (1, True, None)]
