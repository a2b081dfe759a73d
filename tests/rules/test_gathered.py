"""The words of one message about several tickets: the policy's own, and no ticket of it is ever left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.change import Notify
from rules.gathered import GATHERED_NAMES, gathered_words
from rules.policy import Position
from rules.templates import MAX_RENDERED, TEMPLATE_NAMES, Template
from rules.ticket import TicketRef


def notice(number: int, body: str = "Escalated to Tier 1\nThe customer complained") -> Notify:
    ref = TicketRef("zendesk", str(number))
    title, url = f"{number}: Refund", f"https://desk.example/{number}"
    return Notify(on=ref, because="b", rule="r", key="k", channel="room", title=title, body=body, url=url)


def template(text: str) -> Template:
    return Template(id="many", text=text, at=Position(file="p.yaml", line=1, column=1))


def test_without_words_of_the_policy_the_tickets_are_listed_below_how_many_they_are() -> None:
    title, text = gathered_words([notice(35), notice(36)], None)
    assert title == "2 tickets that waited for room on this channel"
    assert text.splitlines()[:4] == [
        "- 35: Refund",
        "  Escalated to Tier 1",
        "  https://desk.example/35",
        "- 36: Refund",
    ]


def test_the_first_line_of_the_policy_s_words_is_the_title_and_the_rest_the_text() -> None:
    words = template("{{ gathered.count }} Tickets warten\n\nBitte ansehen:\n{{ gathered.tickets }}\nDanke")
    title, text = gathered_words([notice(35), notice(36)], words)
    assert title == "2 Tickets warten"
    assert text.splitlines()[0] == "Bitte ansehen:"
    assert text.splitlines()[-1] == "Danke"
    assert text.count("- 3") == 2


@pytest.mark.parametrize(
    "text", ["{{ gathered.count }} Tickets", "{{ gathered.tickets | truncate(40) }}", "{% if false %}x{% endif %}"]
)
def test_tickets_that_the_words_leave_out_stand_below_them(text: str) -> None:
    notices = [notice(number) for number in range(35, 40)]
    title, body = gathered_words(notices, template(text))
    for one in notices:
        assert one.url in f"{title}\n{body}"


@given(
    bodies=st.lists(st.text(max_size=20), min_size=2, max_size=6),
    words=st.sampled_from(["{{ gathered.tickets }}", "{{ gathered.count }}", "a\n{{ gathered.tickets | upper }}"]),
)
def test_every_ticket_is_told_of_whatever_its_notice_says(bodies: list[str], words: str) -> None:
    notices = [notice(number, body) for number, body in enumerate(bodies, 100)]
    title, text = gathered_words(notices, template(words))
    whole = f"{title}\n{text}"
    assert all(f"https://desk.example/{number}" in whole for number, _ in enumerate(bodies, 100))


def test_more_tickets_than_a_text_holds_are_told_of_all_the_same() -> None:
    notices = [notice(number, "x" * 500) for number in range(100)]
    title, text = gathered_words(notices, template("{{ gathered.count }} Tickets\n{{ gathered.tickets }}"))
    assert title == "100 Tickets"
    assert len(text) > MAX_RENDERED
    assert all(f"https://desk.example/{number}\n" in f"{text}\n" for number in range(100))


def test_what_a_customer_wrote_is_no_template() -> None:
    _, text = gathered_words([notice(1, "{{ gathered.count }}"), notice(2)], template("{{ gathered.tickets }}"))
    assert "{{ gathered.count }}" in text


def test_its_names_are_names_of_templates() -> None:
    assert TEMPLATE_NAMES.keys() >= GATHERED_NAMES
