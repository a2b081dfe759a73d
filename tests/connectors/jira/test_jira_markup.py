"""Text stays text in Jira's bodies."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira import markup


def rendered(source: str) -> str:
    """What Jira would show for escaped text: an escape stands for its character."""
    return re.sub(r"\\([{}\[\]!|*^~_+-])", r"\1", source).replace("\u200b", "")


@pytest.mark.trap("jira-wiki-markup")
@given(st.text(alphabet=st.sampled_from("ab \n\\{}[]!|*^~_-+#?h1.q")))
def test_every_text_is_shown_as_it_was_written(text: str) -> None:
    assert rendered(markup.plain(text)) == text


@pytest.mark.trap("jira-wiki-markup")
@given(st.text(alphabet=st.sampled_from("ab \\{}[]!|*^~_-+")))
def test_no_markup_character_is_left_unescaped_and_no_line_break_is_made(text: str) -> None:
    source = markup.plain(text)
    # Whatever is left after taking the escapes away must be harmless: no macro, link, image or forced line break.
    left = re.sub(r"\\[{}\[\]!|*^~_+-]", "", source)
    assert not re.search(r"[{}\[\]!|*^~]", left)
    assert "\\\\" not in source


def test_mentions_macros_images_and_headings_do_not_act() -> None:
    assert markup.plain("[~accountid:5]") == "\\[\\~accountid:5\\]"
    assert markup.plain("{code}") == "\\{code\\}"
    assert markup.plain("!x.png!") == "\\!x.png\\!"
    assert markup.plain("h1. Big") == "\u200bh1. Big"
    assert markup.plain("- item") == "\\- item"


def test_dates_and_names_stay_readable_in_the_source() -> None:
    assert markup.plain("2026-03-02 customer_id a+b") == "2026-03-02 customer_id a+b"


@pytest.mark.trap("jira-body-limit")
def test_a_body_that_jira_would_refuse_is_cut_with_a_visible_note() -> None:
    body = markup.body("{" * 20_000)
    assert len(body) <= 32_767
    assert body.endswith("(Cut here: the text is longer than Jira takes.)")
    assert markup.body("a" * 32_767) == "a" * 32_767


def test_a_cut_never_leaves_half_an_escape() -> None:
    kept = markup.body("{" * 20_000).split("\n\n")[0]
    assert kept.count("\\") == kept.count("{")


@pytest.mark.trap("jira-summary-limit")
def test_a_summary_is_one_line_of_at_most_255_characters() -> None:
    assert markup.summary("two\nlines") == "two lines"
    assert len(markup.summary("x" * 300)) == 255
