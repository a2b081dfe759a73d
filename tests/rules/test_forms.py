"""The form of a comment: what of a date line is kept, and that no words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.forms import CommentForm, form_of


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("Date - 03/14\nWe found the cause.", CommentForm(month=3, day=14, text=True)),
        ("Date - 3/4\n\nWe found the cause.", CommentForm(month=3, day=4, text=True)),
        ("\n  **Date – 03/14**\nWe found the cause.", CommentForm(month=3, day=14, text=True)),
        ("> DATE-03/14 We found the cause.", CommentForm(month=3, day=14, text=True)),
        ("Date - 14/03\nWe found the cause.", CommentForm(month=14, day=3, text=True)),
        ("Date - 03/14", CommentForm(month=3, day=14)),
        ("Date - 03/14\n -- \n…", CommentForm(month=3, day=14)),
        ("Date - 03/14/2026\nWe found the cause.", CommentForm(text=True)),
        ("Date - tomorrow\nWe found the cause.", CommentForm(text=True)),
        ("Update - 03/14\nWe found the cause.", CommentForm(text=True)),
        ("We found the cause.\nDate - 03/14", CommentForm(text=True)),
        ("", CommentForm()),
        (" \n…", CommentForm()),
    ],
)
def test_a_text_has_this_form(body: str, form: CommentForm) -> None:
    assert form_of(body) == form


@given(st.text())
def test_a_form_can_be_kept_as_a_few_signs_whatever_was_written(body: str) -> None:
    form = form_of(body)
    assert CommentForm.parse(form.code) == form
    assert len(form.code) <= len("12/31+")


@given(st.integers(0, 99), st.integers(0, 99), st.booleans())
def test_every_dated_form_can_be_kept(month: int, day: int, text: bool) -> None:
    form = CommentForm(month=month, day=day, text=text)
    assert CommentForm.parse(form.code) == form
