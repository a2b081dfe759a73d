"""The pure part: comments as safe HTML, tags, field values, error bodies, rate headers."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Scope
from connectors.limiter import Reading
from connectors.zendesk.client import explain, readings, scope_of
from connectors.zendesk.translate import MAX_COMMENT, comment_html, scalar, tag_of


def test_blank_lines_make_paragraphs_and_others_breaks() -> None:
    assert comment_html(["One\ntwo\n\nthree"]) == "<p>One<br>two</p><p>three</p>"


def test_several_bodies_become_paragraphs_of_one_comment() -> None:
    assert comment_html(["One", "Two\r\nthree"]) == "<p>One</p><p>Two<br>three</p>"


@given(st.text(alphabet=st.sampled_from("{}% <>&\"'\nab"), max_size=60))
def test_no_text_becomes_markup_or_a_placeholder(text: str) -> None:
    rendered = comment_html([text])
    assert not re.search(r"\{[{%]|[}%]\}", rendered)
    assert not re.search(r"\{[{%]|[}%]\}", html.unescape(rendered))
    assert set(re.findall(r"<[^>]*>", rendered)) <= {"<p>", "</p>", "<br>"}
    shown = html.unescape(re.sub(r"<[^>]*>", "", rendered)).replace("\u200b", "")
    assert "".join(shown.split()) == "".join(text.split())


@pytest.mark.trap("zendesk-comment-length")
@pytest.mark.parametrize("text", ["x" * 200_000, "&" * 70_000, "ü\n" * 70_000, "{{" * 50_000])
def test_a_comment_too_long_for_zendesk_is_cut_by_us_and_says_so(text: str) -> None:
    rendered = comment_html([text])
    assert MAX_COMMENT * 0.5 < len(rendered.encode()) <= MAX_COMMENT
    assert rendered.endswith("was cut.]</p>")


def test_a_comment_that_just_fits_is_not_cut() -> None:
    assert comment_html(["x" * (MAX_COMMENT - 7)]) == f"<p>{'x' * (MAX_COMMENT - 7)}</p>"


@pytest.mark.parametrize(("text", "tag"), [("esc_t1", "esc_t1"), ("Esc  T1 ", "esc_t1"), ("VIP", "vip")])
def test_a_tag_is_lower_case_without_blanks(text: str, tag: str) -> None:
    assert tag_of(text) == tag


@pytest.mark.parametrize(
    ("value", "flat"), [(None, None), (3, 3), (True, True), ("a", "a"), (["b", "a"], "a,b"), ([], "")]
)
def test_a_field_value_becomes_a_scalar(value: Any, flat: Any) -> None:
    assert scalar(value) == flat


def test_an_error_body_is_told_by_its_word_and_the_complaints_about_fields() -> None:
    body = (
        b'{"error": "RecordInvalid", "description": "Record validation errors", "details": {"status": '
        b'[{"description": "Status: closed prevents ticket update", "error": "InvalidValue"}], "base": "x"}}'
    )
    message, fields = explain(422, {}, body)
    assert fields == {"status": "Status: closed prevents ticket update", "base": "refused"}
    assert message == "RecordInvalid; status: Status: closed prevents ticket update; base: refused"


@pytest.mark.trap("zendesk-plain-text-errors")
@pytest.mark.parametrize("body", [b"", b"Rate limit for ticket updates exceeded", b"[]", b'"x"', b'{"error": 3}'])
def test_an_error_body_of_any_other_kind_is_no_trouble(body: bytes) -> None:
    assert explain(429, {}, body) == ("", {})


def test_an_error_word_may_be_an_object() -> None:
    assert explain(403, {}, b'{"error": {"title": "Forbidden", "message": "You do not have access"}}')[0].startswith(
        "Forbidden; "
    )


def test_rate_headers_are_read_in_both_spellings() -> None:
    headers = {
        "x-rate-limit": "700",
        "x-rate-limit-remaining": "612",
        "ratelimit-reset": "17",
        "zendesk-rate-limit-tickets-update": "total=100; remaining=99; resets=41",
        "Zendesk-RateLimit-per-ticket-updates": "total=30; remaining=29; resets=468",
        "zendesk-ratelimit-incremental-exports": "total=10; remaining=9; resets=60",
        "zendesk-ratelimit-odd": "nonsense",
    }
    assert list(readings("GET /api/v2/tickets", headers)) == [
        Reading(scope=Scope.HELPDESK, limit=700, remaining=612, resets=17),
        Reading(scope=Scope.ENDPOINT, name="tickets-update", limit=100, remaining=99, resets=41),
        Reading(scope=Scope.TICKET, limit=30, remaining=29, resets=468),
        Reading(scope=Scope.ENDPOINT, name="incremental", limit=10, remaining=9, resets=60),
        Reading(scope=Scope.ENDPOINT, name="odd"),
    ]


@pytest.mark.parametrize(
    ("headers", "scope"),
    [
        ({"x-rate-limit": "700", "x-rate-limit-remaining": "0"}, Scope.HELPDESK),
        ({"ratelimit-remaining": "0"}, Scope.HELPDESK),
        ({"zendesk-ratelimit-per-ticket-updates": "total=30; remaining=0; resets=9"}, Scope.TICKET),
        ({"zendesk-ratelimit-tickets-update": "total=100; remaining=0; resets=9"}, Scope.ENDPOINT),
        ({}, Scope.ENDPOINT),
    ],
)
def test_a_429_reaches_as_far_as_the_empty_budget(headers: dict[str, str], scope: Scope) -> None:
    assert scope_of(headers, b"") is scope
