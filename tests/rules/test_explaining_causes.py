"""Whatever a decision waits for, an explanation names the instant of the next change: there it is another, not before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from coming import end_of, keeps_its_word
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.escalation.standing import ALONE
from rules.explaining.explain import next_change
from rules.ledger import Ledger
from rules.policy import Policy
from rules.testing.surroundings import Surroundings
from rules.ticket import Account, AccountRef, Comment, Side, StatusCategory, Ticket, Timeline
from rules.timeline import grown

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]
#: A Monday, four weeks before the clocks of Berlin go forward.
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
HEAD = """version: 1
default_calendar: office
calendars:
  office: {zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}, holidays: [{date: 2026-03-05, name: Fair}]}
templates: {words: "Words."}
"""
#: What a decision can wait for: a part of a policy each, and the first instant at which it changes on a ticket that was
#: opened on Monday at 09:00 in Berlin and that nobody answers.
CAUSES = {
    "age": ("rules", "{id: age, description: A, when: {age: {at_least: 10h}}, tags: [age]}", MONDAY + 26 * HOUR),
    "lasting": (
        "rules",
        "{id: for, description: A, when: {status: open, for: {at_least: 5h, calendar: always}}, tags: [for]}",
        MONDAY + 5 * HOUR,
    ),
    "until": (
        "rules",
        "{id: fresh, description: A, when: {age: {at_most: 3h, calendar: always}}, tags: [fresh]}",
        MONDAY + 3 * HOUR + timedelta(microseconds=1),
    ),
    "hours": ("rules", "{id: night, description: A, when: {now: {outside: office}}, tags: [night]}", MONDAY + 8 * HOUR),
    "weekday": (
        "rules",
        "{id: sunday, description: A, when: {now: {weekday: [sun]}}, tags: [sunday]}",
        datetime(2026, 3, 7, 23, tzinfo=UTC),
    ),
    # It could change every weekend and never does: such instants are passed over.
    "never": (
        "rules",
        "{id: never, description: A, when: {all: [{now: {weekday: [sat]}}, {now: {weekday: [sun]}}]}, tags: [never]}",
        None,
    ),
    "date": (
        "rules",
        "{id: renewal, description: A, when: {account.renewal_date: {within: 3d}}, tags: [renewal]}",
        None,
    ),
    "silence": (
        "rules",
        "{id: wait, description: A, when: {customer_waiting: {at_least: 2h}}, tags: [wait]}",
        MONDAY + 2 * HOUR,
    ),
    "standing": (
        "rules",
        "{id: in, description: A, when: {in_status: {at_least: 7h, calendar: always}}, tags: [in]}",
        MONDAY + 7 * HOUR,
    ),
    "time-out": (
        "tiers",
        "{id: tier1, name: One, tag: t1, timeout: 4h}, {id: tier2, name: Two, tag: t2}",
        MONDAY + 4 * HOUR,
    ),
    "clock": ("sla", "{id: answer, metric: first_response, targets: {normal: 6h}}", MONDAY + 6 * HOUR),
    "warning": (
        "sla",
        "{id: early, metric: first_response, targets: {normal: 6h}, warn: [{at: 50%, tag: soon}]}",
        MONDAY + 3 * HOUR,
    ),
    "pause": (
        "sla",
        "{id: s, metric: resolution, targets: {normal: 20h}, calendar: always, pause: {when: {priority: normal}, at_most: 2h}}",
        MONDAY + 2 * HOUR,
    ),
    "reminder": ("updates", "{id: talk, when: {status: open}, every: 3h, note: words, max: 2}", MONDAY + 3 * HOUR),
}
#: Puts the ticket into the tier whose time-out is waited for.
CLIMB = "rules: [{id: up, description: U, when: {status: open}, escalate_to: tier1}]"


def text_of(names: frozenset[str]) -> str:
    """A policy that waits for all of these."""
    parts: dict[str, list[str]] = {}
    for name in sorted(names):
        parts.setdefault(CAUSES[name][0], []).append(CAUSES[name][1])
    if "time-out" in names:
        parts.setdefault("rules", []).append(CLIMB.removeprefix("rules: [").removesuffix("]"))
    return HEAD + "".join(f"{section}: [{', '.join(entries)}]\n" for section, entries in parts.items())


def known_of(ticket: Ticket) -> Surroundings:
    seen = replace(ticket, timeline=grown(Timeline(), ticket, Ledger(ref=ticket.ref), ticket.created_at))
    account = Account(ref=AccountRef("zendesk", "1"), name="Acme", fields={"renewal_date": "2026-03-10"})
    return Surroundings(
        ticket=seen, ledger=Ledger(ref=ticket.ref), account=account, summary=None, linked=(), around=ALONE, load={}
    )


@pytest.mark.capability("L4")
@pytest.mark.parametrize("name", [name for name, (_, _, at) in CAUSES.items() if at is not None])
def test_each_cause_is_told_with_the_instant_at_which_it_takes_effect(
    name: str, policy_of: Callable[[str], Policy], make_ticket: MakeTicket, said: Said
) -> None:
    ticket = make_ticket(created_at=MONDAY, updated_at=MONDAY, comments=(said(-1, Side.REQUESTER),))
    coming = next_change(policy_of(text_of(frozenset({name}))), known_of(ticket), MONDAY)
    assert coming.at == CAUSES[name][2]
    assert coming.because


@pytest.mark.capability("L4")
@settings(max_examples=120, deadline=None)
@given(
    names=st.frozensets(st.sampled_from(sorted(CAUSES)), min_size=1, max_size=4),
    talk=st.lists(st.tuples(st.integers(-1, 60), st.sampled_from(Side), st.booleans()), max_size=3),
    status=st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING]),
    minutes=st.integers(0, 500 * 60),
    share=st.floats(0, 0.999),
)
def test_before_the_told_instant_nothing_changes_and_at_it_something_does(  # noqa: PLR0917 - what hypothesis draws
    names: frozenset[str],
    talk: list[tuple[int, Side, bool]],
    status: StatusCategory,
    minutes: int,
    share: float,
    policy_of: Callable[[str], Policy],
    make_ticket: MakeTicket,
    said: Said,
) -> None:
    policy, now = policy_of(text_of(names)), MONDAY + timedelta(minutes=minutes)
    spoken = tuple(said(hour, side, public=public) for hour, side, public in sorted(talk))
    ticket = make_ticket(
        created_at=MONDAY, updated_at=MONDAY, status=status, comments=tuple(one for one in spoken if one.at <= now)
    )
    coming = next_change(policy, known_of(ticket), now)
    between = now + (end_of(coming, now) - now) * share
    keeps_its_word(policy, known_of(ticket), now, coming, [between])
