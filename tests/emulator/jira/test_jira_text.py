"""Wiki strings and Atlassian documents say the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from escalade.emulator.jira import adf

WORD = st.text(alphabet="abcdefghij XYZ.,;", min_size=1, max_size=12).map(str.strip).filter(bool)
LINE = st.one_of(
    WORD,
    st.builds("*{}*".format, WORD),
    st.builds("[{}|https://example.com/{}]".format, WORD, st.integers(0, 9)),
    st.builds("hi [~accountid:{}] there".format, st.integers(1, 99)),
)
BLOCK = st.one_of(
    st.lists(LINE, min_size=1, max_size=3).map("\n".join),
    st.builds("h{}. {}".format, st.integers(1, 6), WORD),
    st.lists(LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(f"* {line}" for line in lines)),
    st.builds("{{code}}\n{}\n{{code}}".format, WORD),
)


@given(st.lists(BLOCK, max_size=4).map("\n\n".join))
def test_a_text_survives_the_way_to_a_document_and_back(text: str) -> None:
    document = adf.to_document(text)
    assert adf.is_document(document)
    assert adf.to_text(document) == text


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_is_no_document_is_not_taken_for_one(value: object) -> None:
    assert not adf.is_document(value)


def test_html_is_escaped() -> None:
    assert adf.to_html("a < b\n\nc") == "<p>a &lt; b</p><p>c</p>"
