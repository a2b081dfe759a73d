"""Texts in several languages: the customer reads their own, in their time zone; we read ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import plan
from rules.policy import Policy
from rules.reader import NOBODY, Reader, locale_of
from rules.ticket import Ticket
from rules.tongue import closest, is_language, told_instant

MakeTicket = Callable[..., Ticket]
AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)

POLICY = """
version: 1
default_calendar: always
tiers: [{id: t1, name: Tier 1, tag: esc_t1}]
rules:
  - id: loud
    description: A complaint
    when: {tags: {contains: complaint}}
    escalate_to: t1
    note: inside
    public_note: taken_up
  - {id: german, description: Speaks German, when: {requester.language: de}, tags: [speaks_german]}
templates:
  taken_up:
    en: "We took up {{ ticket.key }} on {{ now }}."
    de: "Wir haben {{ ticket.key }} am {{ now }} übernommen."
    pt-BR: "Assumimos {{ ticket.key }} em {{ now }}."
    default: en
  inside:
    de: "Eskaliert am {{ now }}"
    en: "Escalated at {{ now }}"
    default: en
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy({"policy.yaml": POLICY})


@pytest.fixture
def said(policy: Policy, make_ticket: MakeTicket) -> Callable[..., list[tuple[bool, str]]]:
    """What is said on a ticket of such a requester, as (public, words)."""

    def say(**reader: Any) -> list[tuple[bool, str]]:
        ticket = replace(make_ticket(key="35", tags=frozenset({"complaint"})), reader=Reader(**reader))
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), AT)
        return [(note.public, note.body) for note in decision.desired.notes]

    return say


@pytest.mark.capability("E2")
@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ({"locale": "de", "zone": "Europe/Berlin"}, "Wir haben 35 am 2. März 2026, 16:30 MEZ übernommen."),
        ({"locale": "de-AT", "zone": "Europe/Vienna"}, "Wir haben 35 am 2. März 2026, 16:30 MEZ übernommen."),
        ({"locale": "pt-BR", "zone": "America/Sao_Paulo"}, "Assumimos 35 em 2 de março de 2026, 12:30 BRT."),
        ({"locale": "pt-PT", "zone": "Europe/Lisbon"}, "Assumimos 35 em 2 de março de 2026, 15:30 UTC."),
        ({"locale": "en-US", "zone": "America/New_York"}, "We took up 35 on March 2, 2026, 10:30 AM EST."),
        ({"locale": "fr", "zone": "Europe/Paris"}, "We took up 35 on March 2, 2026, 4:30 PM UTC+1."),
        ({"locale": "en", "zone": "America/St_Johns"}, "We took up 35 on March 2, 2026, 12:00 PM UTC-3:30."),
        ({"locale": "de"}, "Wir haben 35 am 2. März 2026, 15:30 UTC übernommen."),
        ({"locale": "de", "zone": "Middle/Earth"}, "Wir haben 35 am 2. März 2026, 15:30 UTC übernommen."),
        ({}, "We took up 35 on March 2, 2026, 3:30 PM UTC."),
    ],
)
def test_the_customer_reads_their_language_and_their_clock(said: Any, reader: dict[str, str], words: str) -> None:
    assert (True, words) in said(**reader)


def test_what_is_said_inside_is_in_the_default_language_and_in_utc(said: Any) -> None:
    assert (False, "Escalated at 2026-03-02 15:30 UTC") in said(locale="de", zone="Europe/Berlin")


def test_another_language_later_says_nothing_again(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = replace(make_ticket(tags=frozenset({"complaint"})), reader=Reader(locale="de"))
    ledger = Ledger(ref=ticket.ref)
    first = decide(policy, ticket, None, None, ledger, AT)
    keys = {note.key: AT for note in first.desired.notes}
    after = replace(ledger, comments=keys, escalation=first.escalation, episodes=1)
    moved = replace(ticket, reader=Reader(locale="en"))
    again = decide(policy, moved, None, None, after, AT + timedelta(minutes=1))
    assert again.desired.notes == ()


def test_the_language_is_a_fact_that_rules_may_ask_for(policy: Policy, make_ticket: MakeTicket) -> None:
    for locale, tags in (("de-AT", {"speaks_german"}), ("en", set()), (None, set())):
        ticket = replace(make_ticket(), reader=Reader(locale=locale))
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), AT)
        assert decision.desired.tags.keys() == tags


def test_a_plan_shows_the_words_that_the_customer_will_read(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = replace(make_ticket(key="35", tags=frozenset({"complaint"})), reader=Reader(locale="de"))
    ledger = Ledger(ref=ticket.ref)
    todo = plan(ticket, decide(policy, ticket, None, None, ledger, AT), ledger, policy, 0, AT)
    assert any("Wir haben 35 am" in getattr(change, "body", "") for change in todo.changes)


def test_helpdesks_are_asked_for_languages_only_where_something_depends_on_them(policy: Policy) -> None:
    plain = "version: 1\nrules: [{id: go, description: Go, when: {tags: {contains: go}}, tags: [went]}]\n"
    assert policy.uses_languages
    assert not load_policy({"policy.yaml": plain}).uses_languages
    asked = plain.replace("{tags: {contains: go}}", "{requester.language: de}")
    assert load_policy({"policy.yaml": asked}).uses_languages


def test_customers_read_nothing_of_the_inside_in_any_language() -> None:
    from rules.problems import PolicyErrors

    with pytest.raises(PolicyErrors, match=r"tier\.name"):
        load_policy({"policy.yaml": POLICY.replace("{{ ticket.key }} em", "{{ tier.name }} em")})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("de", "de"), ("de-CH", "de"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("zh-Hant-TW", "zh-Hant"), ("it", None)],
)
def test_the_closest_language_is_the_one_with_most_in_common(wanted: str, found: str | None) -> None:
    assert closest(("en", "de", "pt-BR", "zh-Hant"), wanted) == found


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("en_US", "en-US"),
        ("DE", "de"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("en-us-x-12", "en-US"),
        ("", None),
        ("x", None),
        ("English", None),
        (None, None),
    ],
)
def test_helpdesks_write_locales_in_many_ways(text: str | None, locale: str | None) -> None:
    assert locale_of(text) == locale


@pytest.mark.parametrize(("tag", "known"), [("en", True), ("pt-BR", True), ("EN", False), ("xx", False), ("", False)])
def test_only_languages_that_are_known_can_be_written_in(tag: str, known: bool) -> None:
    assert is_language(tag) is known


@given(text=st.text(max_size=20))
def test_whatever_a_helpdesk_calls_a_locale_or_zone_an_instant_can_be_told(text: str) -> None:
    locale = locale_of(text)
    assert locale is None or Reader(locale=locale).language
    assert "2026" in told_instant(AT, "en", text)
    assert closest(("en",), locale or "de") in {None, "en"}


def test_nobody_speaks_no_language() -> None:
    assert NOBODY.language is None
