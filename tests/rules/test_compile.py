"""Compiled conditions answer as the conditions themselves do: what holds, and when that could change by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import re2
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.compile.compiled import Compiled
from rules.compile.horizon import horizon
from rules.conditions.base import Condition, Scope
from rules.conditions.duration import DurationCondition
from rules.conditions.groups import All
from rules.conditions.parse import parse_when
from rules.conditions.registry import operators_of
from rules.facts import FACTS, Facts, FactSpec, FactType, facts_of
from rules.ledger import Escalation, Ledger, Owned
from rules.literals import required_words
from rules.problems import Findings
from rules.proofs.prover import WRITTEN_FROM, Prover
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Comment,
    Priority,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)
from rules.verdict import Verdict
from rules.yamltext import Tree

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = BusinessCalendar(
    "office",
    ZoneInfo("Europe/London"),
    dict.fromkeys(range(5), ((MONDAY.time(), MONDAY.time().replace(hour=17)),)),
    frozenset({datetime(2026, 3, 6, tzinfo=UTC).date()}),
)
NIGHT = BusinessCalendar(
    "night",
    ZoneInfo("America/New_York"),
    dict.fromkeys(range(6), ((MONDAY.time().replace(hour=22), MONDAY.time().replace(hour=6)),)),
)
TIERS = ("tier1", "tier2")
SCOPE = Scope(calendars={"office": OFFICE, "night": NIGHT}, default_calendar="office", tiers=TIERS)

WORDS = [
    "billing",
    "Billing",
    "Zürich",
    "STRASSE",
    "straße",
    "Kelvin \u212a",
    "5",
    "5.0",
    "true",
    "Error 42: no export",
    "",
]
TAGS = ["vip", "outage", "api", "export"]
PATTERNS = [
    "(?i)billing",
    "error \\d+",
    "^Z",
    "(?i)(strasse|kelvin k|export)",
    "no.*export",
    "^$",
    "[a-z]{4}",
    "(?i)\u212a|vip",
]
SPANS = ["1m", "45m", "4h", "9h", "1d", "2d 3h", "5d"]
FIELDS = ["field.impact", "field.seats", "account.field.region"]
INSTANTS = st.integers(0, 20 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


def scalars(spec: FactSpec) -> st.SearchStrategy[Any]:
    """Values that may stand behind an operator on a fact."""
    if spec.values is not None:
        return st.sampled_from(spec.values)
    kinds: dict[FactType, st.SearchStrategy[Any]] = {
        FactType.TEXT: st.sampled_from(WORDS),
        FactType.NUMBER: st.sampled_from([0, 1, 2, 2.5, 5]),
        FactType.FLAG: st.booleans(),
        FactType.TAGS: st.sampled_from(TAGS),
        FactType.DURATION: st.sampled_from(SPANS),
    }
    return kinds.get(spec.type, st.one_of(st.sampled_from(WORDS), st.booleans(), st.sampled_from([0, 1, 5, 5.0])))


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """One operator on one fact."""
    name = draw(st.sampled_from([*sorted(FACTS), *FIELDS]))
    spec = SCOPE.spec(name)
    assert spec is not None
    word = draw(st.sampled_from(operators_of(spec)))
    value = scalars(spec)
    if word in {"in", "not_in", "contains_any", "contains_all"}:
        operand = draw(st.lists(value, min_size=1, max_size=3))
    elif word == "exists":
        operand = draw(st.booleans())
    elif word == "matches":
        operand = draw(st.sampled_from(PATTERNS))
    else:
        operand = draw(value)
    asked = {word: operand}
    return {
        name: asked | {"calendar": draw(st.sampled_from(["office", "night", "always"]))}
        if spec.type is FactType.DURATION
        else asked
    }


TREES = st.recursive(
    questions(),
    lambda inner: st.builds(
        lambda kind, children: {kind: children},
        st.sampled_from(["all", "all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=8,
)


def condition(raw: dict[str, Any]) -> Condition | None:
    """The condition, or None where the language refuses it."""
    tree = Tree(file="test", findings=Findings(), value=raw)
    return parse_when(raw, (), tree, SCOPE)


@st.composite
def situations(draw: st.DrawFn) -> Facts:
    """The facts of some ticket at some instant."""
    maybe_word = st.none() | st.sampled_from(WORDS)
    anything = maybe_word | st.booleans() | st.sampled_from([0, 1, 5, 5.0])
    fields = st.dictionaries(st.sampled_from(["impact", "seats", "region"]), anything)
    tags = st.frozensets(st.sampled_from(TAGS))
    priorities = st.none() | st.sampled_from(Priority)
    comments = draw(st.lists(st.tuples(INSTANTS, st.sampled_from(Side), st.booleans()), max_size=3))
    ticket = Ticket(
        ref=TicketRef(draw(st.sampled_from(["zendesk", "jira", "billing"])), "35"),
        key=draw(st.sampled_from(WORDS)),
        url="https://desk.example/35",
        subject=draw(st.sampled_from(WORDS)),
        status=draw(st.sampled_from(StatusCategory)),
        status_name=draw(st.sampled_from(WORDS)),
        priority=draw(priorities),
        created_at=MONDAY,
        updated_at=MONDAY,
        version="1",
        group=draw(maybe_word),
        assignee=draw(maybe_word),
        requester=draw(maybe_word),
        type=draw(maybe_word),
        product=draw(maybe_word),
        tags=draw(tags),
        fields=draw(fields),
        comments=tuple(
            Comment(id=str(number), at=at, side=side, public=public)
            for number, (at, side, public) in enumerate(sorted(comments))
        ),
    )
    account = Account(ref=AccountRef("zendesk", "7"), name="billing", tags=draw(tags), fields=draw(fields))
    summary = AccountSummary(ref=account.ref, open_tickets=draw(st.integers(0, 5)), open_by_priority={Priority.HIGH: 2})
    known = draw(st.booleans())
    return facts_of(
        ticket, account if known else None, summary if known else None, draw(ledgers(ticket, tags)), draw(INSTANTS)
    )


@st.composite
def ledgers(draw: st.DrawFn, ticket: Ticket, tags: st.SearchStrategy[frozenset[str]]) -> Ledger:
    """What Escalade may have put on the ticket."""
    escalation = Escalation(
        tier=draw(st.sampled_from(TIERS)), entered_at=draw(INSTANTS), because="rule:down", since=MONDAY
    )
    group = Owned(ours=draw(st.sampled_from([ticket.group, "Tier 2"])), before="billing")
    priority = Owned(ours=draw(st.sampled_from(Priority)), before=draw(st.none() | st.sampled_from(Priority)))
    field = Owned(ours=ticket.fields.get("impact"), before="straße")
    return Ledger(
        ref=ticket.ref,
        escalation=draw(st.none() | st.just(escalation)),
        tags=draw(tags),
        group=draw(st.none() | st.just(group)),
        priority=draw(st.none() | st.just(priority)),
        fields=draw(st.sampled_from([{}, {"impact": field}])),
    )


@settings(max_examples=400, deadline=None)
@given(
    raws=st.lists(TREES, min_size=1, max_size=12),
    seen=st.lists(situations(), min_size=1, max_size=3),
)
def test_what_is_compiled_holds_turns_and_is_proved_as_the_conditions_themselves_do(
    raws: list[dict[str, Any]], seen: list[Facts]
) -> None:
    conditions = [found for raw in raws if (found := condition(raw)) is not None]
    compiled, prover = Compiled(conditions), Prover(conditions)
    for facts in seen:
        verdicts = [asked.evaluate(facts) for asked in conditions]
        assert [prover.prove(facts) for _ in range(WRITTEN_FROM)] == [tuple(verdicts)] * WRITTEN_FROM
        for _ in ("the first look at an instant", "the second", "and one with the bounds known"):
            assert compiled.holding(facts) == [number for number, verdict in enumerate(verdicts) if verdict.holds]
            assert compiled.turning(facts) == [
                (number, verdict.holds, verdict.flips_at)
                for number, verdict in enumerate(verdicts)
                if verdict.holds or verdict.flips_at is not None
            ]


SHIFTS = st.sampled_from([OFFICE, NIGHT, ALWAYS, BusinessCalendar("berlin", ZoneInfo("Europe/Berlin"), ALWAYS.week)])
#: Around the weekends on which clocks change in Berlin, London and New York, and days off.
ANY_INSTANT = st.integers(0, 10 * 30 * 24 * 3600 * 10**6).map(
    lambda micros: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)


@settings(max_examples=500, deadline=None)
@given(
    calendar=SHIFTS,
    span=st.builds(Span, st.integers(0, 12), st.integers(0, 40).map(lambda quarters: quarters * 900)),
    now=ANY_INSTANT,
    back=st.one_of(st.integers(0, 30 * 86400), st.integers(-3600, 3600)),
    near=st.sampled_from([None, 0, 1]),
    includes=st.booleans(),
)
def test_what_is_surely_over_or_surely_running_is_so(  # noqa: PLR0917 - drawn by name
    calendar: BusinessCalendar, span: Span, now: datetime, back: int, near: int | None, includes: bool
) -> None:
    assume(span != Span())
    asked = DurationCondition(fact="age", wanted="", span=span, calendar=calendar, after=True, includes_due=includes)
    over, running = horizon(asked, now)
    since = now - timedelta(seconds=back)
    if near is not None and over.year > 2000:
        since = (over, running)[near] + timedelta(microseconds=back)
    reached = now >= asked.turns_at(since)
    assert reached or not since <= over
    assert not reached or not since >= running


def test_where_only_hours_count_every_instant_is_sure() -> None:
    asked = DurationCondition(
        fact="age", wanted="", span=Span(seconds=3600), calendar=OFFICE, after=True, includes_due=True
    )
    over, running = horizon(asked, MONDAY + timedelta(hours=2))
    assert (over, running - over) == (MONDAY + timedelta(hours=1), timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(?i)\b(escalat(e|ion)|complaint)\b", ("complaint", "escalat")),
        (r"refund", ("refund",)),
        (r"no +exports?$", ("export",)),
        (r"out(age| of service)", ("out",)),
        (r"colou?r", ("colo",)),
        (r"a\.b\.c", ("a.b.c",)),
        (r"(error|fail)+ \d{3,}", ("error", "fail")),
        (r"(?:refund)?", None),
        (r"refund|\d+", None),
        (r"[Rr]efund", ("efund",)),
        (r"ab", None),
        (r"x{0,2}yes", ("yes",)),
        (r"\Qa.b\E", None),
        (r"\x41larm", None),
        (r"[[:alpha:]]larm", None),
        (r"", None),
        (r"ÄRGER", ("rger",)),
    ],
)
def test_a_pattern_needs_one_of_these_words(pattern: str, words: tuple[str, ...] | None) -> None:
    assert required_words(pattern) == words


PIECES = ["foo", "Bar", "k", "S", "ß", "\u212a", "\u017f", "(", ")", "(?:", "(?i)", "(?i:", "|", "*", "+?", "?", "{2}", "{0,1}", ".",
          "[ab]", "[^k]", "\\b", "\\d", "\\.", "^", "$", " "]  # fmt: skip
LETTERS = st.sampled_from(
    ["foo", "bar", "k", "K", "s", "ß", "\u212a", "\u017f", "a", "b", "1", ".", " ", "FOO", "\u0130"]
)


@settings(max_examples=1500, deadline=None)
@given(
    pattern=st.lists(st.sampled_from(PIECES), max_size=8).map("".join), text=st.lists(LETTERS, max_size=8).map("".join)
)
@example(pattern="(?i)kss", text="\u212a\u017fS")
def test_a_text_without_the_words_never_matches(pattern: str, text: str) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.compile(pattern, options).search(text)
    except re2.error:
        assume(False)
    words = required_words(pattern)
    if words is not None and found is not None:
        assert any(word in text.casefold() for word in words)


class Own:
    """A condition of a kind that the compiler has never seen."""

    facts: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked = 0

    def evaluate(self, facts: Facts) -> Verdict:
        self.asked += 1
        return Verdict(holds=True, subject="own", wanted="", observed="", flips_at=facts.now + timedelta(hours=1))


def test_a_condition_of_an_unknown_kind_is_asked_itself(make_ticket: Callable[..., Ticket]) -> None:
    ticket, own = make_ticket(), Own()
    facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref), MONDAY)
    assert Compiled([own]).holding(facts) == [0]
    assert Compiled([own]).turning(facts) == [(0, True, MONDAY + timedelta(hours=1))]


def test_conditions_that_cannot_apply_are_not_asked(make_ticket: Callable[..., Ticket]) -> None:
    """Of two hundred conditions only those are asked whose guard the ticket has."""
    owns = [Own() for _ in range(200)]
    guards = [condition({"product": f"product-{number}"}) for number in range(200)]
    compiled = Compiled([All(children=(guard, own)) for guard, own in zip(guards, owns, strict=True) if guard])
    ticket = make_ticket(product="product-7")
    facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref), MONDAY)
    assert compiled.holding(facts) == [7]
    assert sum(own.asked for own in owns) == 1


def test_no_text_of_a_policy_becomes_code(make_ticket: Callable[..., Ticket]) -> None:
    evil = "'); raise SystemExit  #"
    asked = [
        condition({"product": evil}),
        condition({f"field.{evil}": evil}),
        condition({"tags": {"contains": "x'\n)"}}),
    ]
    ticket = make_ticket(product=evil, fields={evil: evil})
    facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref), MONDAY)
    assert Compiled([one for one in asked if one is not None]).holding(facts) == [0, 1]


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*)*x", r"^(\w+\s?)*$", "(x+x+)+y"])
def test_no_text_of_a_customer_stalls_a_rule(pattern: str, make_ticket: Callable[..., Ticket]) -> None:
    """A hundred times the text takes about a hundred times as long: where others try every way, RE2 goes once through."""
    asked = condition({"subject": {"matches": pattern}})
    assert asked is not None
    compiled = Compiled([asked])

    def seconds(length: int) -> float:
        ticket = make_ticket(subject="a" * length + "!" + "x" * length)
        facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref), MONDAY)
        best = 1e9
        for _ in range(3):
            start = process_time()
            compiled.holding(facts)
            best = min(best, process_time() - start)
        return best

    seconds(100)
    assert seconds(200_000) < 100 * 8 * max(seconds(2_000), 1e-4)
