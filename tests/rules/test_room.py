"""The chat channel of a record has a name by rule: the same at all times, and one that chat services take."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.decide import decide
from rules.escalation.record.room import room_name, unknown_parts
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import Ticket


@pytest.mark.capability("D10")
@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("esc_{customer}_{topic}", "esc_acme_gmbh_co_kg_one_product"),
        ("{key}-{customer}", "esc_7_acme_gmbh_co_kg"),
        ("war room", "war_room"),
    ],
)
def test_a_record_s_channel_is_named_by_its_customer_topic_and_key(rule: str, name: str) -> None:
    assert room_name(rule, customer="Acme GmbH & Co. KG", topic="one-product", key="ESC-7") == name


@given(customer=st.text(max_size=120), topic=st.text(max_size=120))
def test_whatever_customers_are_called_it_is_a_name_that_chat_services_take(customer: str, topic: str) -> None:
    name = room_name("esc_{customer}_{topic}", customer=customer, topic=topic, key="ESC-7")
    assert re.fullmatch(r"esc(_[a-z0-9]+)*", name)
    assert len(name) <= 80


def test_letters_with_accents_become_plain_ones() -> None:
    assert room_name("{customer}", customer="Société Générale", topic="", key="") == "societe_generale"


def test_a_rule_with_a_word_that_there_is_none_of_is_seen() -> None:
    assert unknown_parts("esc_{customer}_{region}") == ("region",)
    assert unknown_parts("esc_{customer}_{topic}_{key}") == ()


POLICY = """
version: 1
default_calendar: always
directory:
  teams: {support: {members: [{id: olga, name: Olga}]}}
  roles: {duty_manager: {members: [olga]}}
rules: [{id: down, description: Down, when: {tags: {contains: down}}, tags: [hot]}]
commands: {}
account_escalations:
  record: {helpdesk: jira, project: ESC}
  declare: {roles: [duty_manager]}
  room: "esc_{customer}_{key}"
"""


@pytest.mark.capability("D10")
def test_the_note_on_the_record_names_its_room(
    policy_of: Callable[[str], Policy], make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    tags = frozenset({"esc_record", "esc_account:zendesk:8001"})
    record = make_ticket(key="ESC-7", subject="Account escalation: Acme Ltd", tags=tags)
    made = decide(policy_of(POLICY), record, None, None, Ledger(ref=record.ref), monday + timedelta(hours=1))
    (note,) = made.desired.kept
    assert "Room: #esc_acme_ltd_esc_7" in note.body.splitlines()
