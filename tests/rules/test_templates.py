"""Templates: plain text with places for facts; everything else is refused when the policy is loaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from rules.policy import Position
from rules.template_parts import simple_renderer
from rules.templates import MAX_RENDERED, TEMPLATE_NAMES, Template, TemplateError, jinja_renderer

HERE = Position(file="templates.yaml", line=1, column=1)


def template(text: str) -> Template:
    return Template(id="note", text=text, at=HERE)


def test_names_are_replaced_by_values_as_people_read_them() -> None:
    text = template("{{ ticket.key }} is due at {{ clock.due_at }}, silent for {{ silence }}.")

    assert (
        text.render(
            {
                "ticket.key": 35,
                "clock.due_at": datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
                "silence": timedelta(days=1, hours=6, minutes=20),
            }
        )
        == "35 is due at 2026-03-02 09:05 UTC, silent for 1d 6h."
    )


def test_a_name_without_a_value_renders_as_nothing_and_is_false() -> None:
    text = template("[{{ account.name }}]{% if account.name %} known{% endif %} {{ reason | default('no reason') }}")
    assert text.render({"account.name": None}) == "[] no reason"
    assert text.render({"account.name": "Acme", "reason": "because"}) == "[Acme] known because"


def test_lines_that_only_ask_leave_no_gap() -> None:
    text = template("one\n{% if reason %}\ntwo {{ reason }}\n{% endif %}\nthree\n")
    assert text.render({}) == "one\nthree"
    assert text.render({"reason": "x"}) == "one\ntwo x\nthree"


@given(value=st.text(max_size=40))
def test_a_value_is_never_read_as_a_template_again(value: str) -> None:
    assert template("<{{ ticket.subject }}>").render({"ticket.subject": value}) == f"<{value}>"


def test_code_in_a_subject_stays_text() -> None:
    subject = "{{ ''.__class__.__mro__ }} {% for x in y %} {{ ticket.key }}"
    assert template("{{ ticket.subject }}").render({"ticket.subject": subject, "ticket.key": "35"}) == subject


@pytest.mark.parametrize(
    "text",
    [
        "{{ ticket.sbject }}",
        "{{ ticket }}",
        "{{ nowhere }}",
        "{{ ''.__class__ }}",
        "{{ ticket.key.__class__ }}",
        "{{ ticket['key'] }}",
        "{{ ticket.key() }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ range(10) }}",
        "{{ self }}",
        "{{ lipsum }}",
        "{{ cycler.__init__ }}",
        "{{ reason | attr('x') }}",
        "{{ reason | map('upper') }}",
        "{{ reason | truncate('x') }}",
        "{{ reason | truncate(1, 2, 3, 4, 5) }}",
        "{% for x in reason %}{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'os' as os %}",
        "{% macro x() %}{% endmacro %}",
        "{% if reason %}",
        "{{ reason",
        "{{ }}",
        "{{ reason > 3 }}",
    ],
)
def test_what_is_more_than_a_name_a_question_or_a_text_filter_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        template(text)


def test_a_wrong_name_is_told_with_what_is_allowed_and_its_line() -> None:
    with pytest.raises(TemplateError) as refused:
        template("Hello\n{{ ticket.sbject }}")
    assert (refused.value.found, refused.value.line) == ("ticket.sbject", 2)
    assert "ticket.subject" in refused.value.allowed


def test_every_documented_name_can_be_used() -> None:
    for name in TEMPLATE_NAMES:
        assert template(f"{{{{ {name} }}}}").render({name: "value"}) == "value"


def test_the_program_may_not_hand_in_a_name_that_is_not_documented() -> None:
    with pytest.raises(KeyError, match=r"ticket\.color"):
        template("x").render({"ticket.color": "red"})


def test_a_rendered_text_stays_within_what_helpdesks_take() -> None:
    assert len(template("{{ reason }}").render({"reason": "x" * 100_000})) == MAX_RENDERED


PARSER = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - plain text, parsed only
TEXTS = st.recursive(
    st.sampled_from(["word ", "\n", "{{ reason }}", "{{ ticket.key }}", "{{- silence }} ", "{# nothing #}", "  "]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.builds("{{% if reason %}}{}{{% else %}}{}{{% endif %}}".format, inner, inner),
        st.builds("{{% if ticket.key %}}\n{}\n{{% endif %}}\n".format, inner),
    ),
    max_leaves=8,
)
VALUES = st.fixed_dictionaries(
    {name: st.sampled_from(["", "x", 0, 7, True]) for name in ("reason", "ticket.key", "silence")}
)


@given(text=TEXTS, values=VALUES)
def test_the_quick_way_renders_what_jinja_renders(text: str, values: dict[str, object]) -> None:
    quick = simple_renderer(PARSER.parse(text).body)
    assert quick is not None
    assert quick(values) == jinja_renderer(text)(values)


@pytest.mark.parametrize("text", ["{{ reason | upper }}", "{% if not reason %}x{% endif %}", "{{ 'x' if reason }}"])
def test_what_is_not_that_simple_is_left_to_jinja(text: str) -> None:
    assert simple_renderer(PARSER.parse(text).body) is None
