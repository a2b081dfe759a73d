"""The matrix: any number of axes, values and bands, a cell for every combination, and what a cell asks for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.decide import decide
from rules.decision import Decision
from rules.explain import decision_text
from rules.ledger import Ledger
from rules.matrix import MatrixCell
from rules.policy import Policy
from rules.ticket import AccountRef, AccountSummary, Priority, Ticket

MakeTicket = Callable[..., Ticket]

POLICY = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
criteria:
  - {id: outage, description: Production is down, when: {tags: {contains: production_down}}, weight: 50}
  - {id: vip, description: VIP, when: {tags: {contains: vip}}, weight: 20}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1}
  - {id: tier2, name: Tier 2, tag: esc_t2}
matrix:
  axes:
    - {name: impact, fact: field.impact, values: [low, high], unset: low}
    - name: backlog
      fact: account.open_tickets
      bands: {few: {less_than: 3}, some: {at_least: 3, at_most: 9}, many: {more_than: 9}}
      unset: few
    - {name: age, fact: age, bands: {fresh: {less_than: 4h}, stale: {at_least: 4h, less_than: 2d}, old: {at_least: 2d}}}
    - {name: score, criteria: all, bands: {calm: {less_than: 50}, hot: {at_least: 50}}}
  cells:
    low:
      few: {rest: {calm: {}, hot: {priority: high}}}
      rest:
        fresh: {rest: {}}
        rest: {calm: {tags: [heap]}, hot: {tier: tier1, note: look}}
    high:
      rest:
        fresh: {rest: {priority: high}}
        rest: {rest: {tier: tier2, priority: urgent, tags: [hot]}}
templates:
  look: "Because of {{ reason }}"
"""


@pytest.fixture(scope="module")
def policy(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(POLICY)


@pytest.fixture
def ask(policy: Policy, make_ticket: MakeTicket) -> Callable[..., Decision]:
    """The decision on a ticket so many hours old, of an account with so many open tickets."""

    def decided(hours: float = 0, open_tickets: int | None = None, **changed: Any) -> Decision:
        ticket = make_ticket(**changed)
        account = AccountRef("zendesk", "7")
        summary = None if open_tickets is None else AccountSummary(ref=account, open_tickets=open_tickets)
        now = ticket.created_at + timedelta(hours=hours)
        return decide(policy, ticket, None, summary, Ledger(ref=ticket.ref), now)

    return decided


def place(decision: Decision) -> str:
    return next(reason.source for reason in decision.considered if reason.source.startswith("matrix"))


@pytest.mark.capability("D7")
def test_every_combination_has_its_cell_and_rest_stands_for_what_is_not_named(policy: Policy) -> None:
    assert policy.matrix is not None
    cells = policy.matrix.cells
    assert set(cells) == set(itertools.product(*(axis.values for axis in policy.matrix.axes)))
    assert len(cells) == 2 * 3 * 3 * 2
    assert cells["low", "few", "old", "hot"].priority is Priority.HIGH
    assert cells["low", "many", "fresh", "hot"] == MatrixCell()
    assert cells["low", "some", "stale", "calm"].tags == ("heap",)
    assert cells["high", "few", "old", "calm"].tier == "tier2"


@pytest.mark.parametrize(
    ("hours", "open_tickets", "changed", "wanted"),
    [
        (0, None, {}, "matrix:low/few/fresh/calm"),
        (0, 2, {}, "matrix:low/few/fresh/calm"),
        (0, 3, {}, "matrix:low/some/fresh/calm"),
        (0, 9, {}, "matrix:low/some/fresh/calm"),
        (0, 10, {}, "matrix:low/many/fresh/calm"),
        (4 - 1e-6, 10, {}, "matrix:low/many/fresh/calm"),
        (4, 10, {}, "matrix:low/many/stale/calm"),
        (48 - 1e-6, 10, {}, "matrix:low/many/stale/calm"),
        (48, 10, {}, "matrix:low/many/old/calm"),
        (0, 0, {"tags": frozenset({"vip"})}, "matrix:low/few/fresh/calm"),
        (0, 0, {"tags": frozenset({"production_down"})}, "matrix:low/few/fresh/hot"),
        (0, 0, {"fields": {"impact": "high"}}, "matrix:high/few/fresh/calm"),
    ],
)
def test_a_ticket_lies_in_one_band_of_each_axis(
    ask: Callable[..., Decision], hours: float, open_tickets: int | None, changed: dict[str, Any], wanted: str
) -> None:
    assert place(ask(hours, open_tickets, **changed)) == wanted


def test_a_value_that_the_axis_does_not_have_lies_outside(ask: Callable[..., Decision]) -> None:
    decision = ask(fields={"impact": "huge"})
    (reason,) = (reason for reason in decision.considered if reason.source == "matrix")
    assert reason.text == "the matrix has no place for field.impact huge"
    assert decision.reasons == ()


def test_a_cell_asks_for_tier_priority_tags_and_a_note_once(
    ask: Callable[..., Decision], policy: Policy, make_ticket: MakeTicket
) -> None:
    high = ask(5, 0, fields={"impact": "high"})
    assert high.desired.tags == {"esc_t2": "tier:tier2", "hot": "matrix:high/few/stale/calm"}
    assert high.desired.priority_floor is Priority.URGENT
    noted = ask(5, 4, tags=frozenset({"production_down"}))
    (note,) = noted.desired.notes
    assert (note.key, note.rule) == ("matrix:low/some/stale/hot:1", "matrix:low/some/stale/hot")
    assert note.body == "Because of impact low and backlog some and age stale and score hot"
    said = Ledger(ref=noted.ref, escalation=noted.escalation, episodes=1, comments={note.key: noted.at})
    again = decide(
        policy,
        make_ticket(tags=frozenset({"production_down"})),
        None,
        AccountSummary(ref=AccountRef("zendesk", "7"), open_tickets=4),
        said,
        noted.at + timedelta(hours=1),
    )
    assert again.desired.notes == ()


@pytest.mark.capability("D7")
def test_the_explanation_prints_the_cell_with_the_band_that_fitted(ask: Callable[..., Decision]) -> None:
    text = decision_text(ask(5, 12, fields={"impact": "high"}))
    assert (
        "matrix:high/many/stale/calm: field.impact high × account.open_tickets many (12) × "
        "age stale (5h of open time) × points calm (0 points)"
    ) in text
    assert "✓ account.open_tickets is in the matrix: 12, which is many" in text
    assert "✓ account.open_tickets more than 9: 12" in text
    assert "✓ age at least 4h (calendar office): 5h of open time" in text


def test_the_cell_wakes_when_the_next_band_begins(ask: Callable[..., Decision]) -> None:
    fresh, stale, old = (ask(hours) for hours in (0, 4, 48))
    assert fresh.wake_at == fresh.at + timedelta(hours=4)
    assert stale.wake_at == stale.at + timedelta(hours=44)
    assert old.wake_at is None


def test_the_cell_wakes_when_points_are_lost(policy_of: Callable[[str], Policy], make_ticket: MakeTicket) -> None:
    policy = policy_of("""
version: 1
default_calendar: always
criteria:
  - {id: vip, description: VIP, when: {tags: {contains: vip}}, weight: 2}
  - {id: young, description: Young, when: {age: {less_than: 6h}}, weight: 3}
matrix:
  axes: [{criteria: all, bands: {cold: {less_than: 2}, warm: {at_least: 2, less_than: 5}, hot: {at_least: 5}}}]
  cells: {cold: {}, warm: {tags: [warm]}, hot: {tags: [hot]}}
""")
    ticket = make_ticket(tags=frozenset({"vip"}))
    for hours, tag, wake in ((0, "hot", 6), (6 - 1e-6, "hot", 6), (6, "warm", None)):
        now = ticket.created_at + timedelta(hours=hours)
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), now)
        assert set(decision.desired.tags) == {tag}
        assert decision.wake_at == (None if wake is None else ticket.created_at + timedelta(hours=wake))


def test_bands_of_a_custom_field_need_a_number(policy_of: Callable[[str], Policy], make_ticket: MakeTicket) -> None:
    policy = policy_of("""
version: 1
matrix:
  axes: [{fact: field.users, bands: {few: {at_most: 9.5}, many: {more_than: 9.5}}}]
  cells: {few: {}, many: {tags: [crowd]}}
""")
    for value, tags in (
        ("10", {"crowd"}),
        (9.5, set()),
        (10, {"crowd"}),
        ("a lot", set()),
        (True, set()),
        (None, set()),
    ):
        ticket = make_ticket(fields={"users": value})
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at)
        assert set(decision.desired.tags) == tags, value


def test_bands_of_a_priority_follow_its_order(policy_of: Callable[[str], Policy], make_ticket: MakeTicket) -> None:
    policy = policy_of("""
version: 1
matrix:
  axes: [{fact: priority, bands: {low: {less_than: high}, high: {at_least: high}}, unset: low}]
  cells: {low: {}, high: {tags: [hot]}}
""")
    hot = {None: False, "low": False, "normal": False, "high": True, "urgent": True}
    for word, wanted in hot.items():
        ticket = make_ticket(priority=None if word is None else Priority(word))
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at)
        assert bool(decision.desired.tags) is wanted


EDGES = st.lists(st.integers(-5, 15), min_size=1, max_size=4, unique=True).map(sorted)


@given(edges=EDGES, included=st.lists(st.booleans(), min_size=4, max_size=4), value=st.integers(-20, 20))
def test_whatever_the_bands_are_a_number_lies_in_exactly_the_one_that_says_so(
    edges: list[int], included: list[bool], value: int, policy_of: Callable[[str], Policy], make_ticket: MakeTicket
) -> None:
    begins = [""] + [
        f"{'at_least' if one else 'more_than'}: {edge}" for edge, one in zip(edges, included, strict=False)
    ]
    ends = [f"{'less_than' if one else 'at_most'}: {edge}" for edge, one in zip(edges, included, strict=False)] + [""]
    bands = ", ".join(
        f"b{number}: {{{', '.join(filter(None, pair))}}}" for number, pair in enumerate(zip(begins, ends, strict=True))
    )
    cells = ", ".join(f"b{number}: {{tags: [b{number}]}}" for number in range(len(begins)))
    policy = policy_of(f"version: 1\nmatrix:\n  axes: [{{fact: field.n, bands: {{{bands}}}}}]\n  cells: {{{cells}}}\n")
    ticket = make_ticket(fields={"n": value})
    decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at)
    passed = sum(value > edge or (one and value == edge) for edge, one in zip(edges, included, strict=False))
    assert set(decision.desired.tags) == {f"b{passed}"}


def test_a_tier_that_was_just_entered_is_seen_by_the_matrix_at_once(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket
) -> None:
    policy = policy_of("""
version: 1
tiers: [{id: one, name: One, tag: one}, {id: two, name: Two, tag: two}]
rules: [{id: in, description: In, when: {status: open}, escalate_to: one}]
matrix:
  axes: [{fact: tier, values: [one, two]}]
  cells: {one: {tags: [seen]}, two: {}}
""")
    ticket = make_ticket()
    decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at)
    assert set(decision.desired.tags) == {"one", "seen"}
