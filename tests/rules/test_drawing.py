"""Drawings as Mermaid and as the language of Graphviz: whatever people wrote stays text in both."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rules.reports.dot import dot
from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.mermaid import mermaid
from rules.reports.sheet import Section, Sheet
from rules.reports.written import Form, written

LADDER = Drawing(
    title="The way up",
    boxes=(
        Box(id="why", lines=("production-down",), note=True),
        Box(id="tier1", lines=("Tier 1 Support",)),
        Box(id="tier2", lines=("Tier 2 Specialists for everything else",), end=True),
    ),
    arrows=(
        Arrow(source="why", target="tier1", asked=True),
        Arrow(source="tier1", target="tier2", text="after 1d"),
    ),
)


def test_a_drawing_in_mermaid() -> None:
    assert (
        "\n".join(mermaid(LADDER))
        == """\
flowchart TD
  accTitle: The way up
  accDescr: production-down → Tier 1 Support#59; Tier 1 Support → Tier 2 Specialists for everything else: after 1d
  n0[/"production-down"/]
  n1["Tier 1 Support"]
  n2(["Tier 2 Specialists for<br>everything else"])
  n0 -.-> n1
  n1 -->|"after 1d"| n2"""
    )


def test_a_drawing_stands_in_markdown_as_code_of_mermaid() -> None:
    sheet = Sheet(title="Tiers", sections=(Section(heading="The way up", drawing=LADDER),))
    assert "```mermaid\nflowchart TD\n" in written(sheet, Form.MARKDOWN)
    assert "- Tier 1 Support → Tier 2 Specialists for everything else: after 1d\n" in written(sheet, Form.TEXT)


def test_a_drawing_for_graphviz_has_a_note_beside_what_it_explains() -> None:
    lines = dot(LADDER).splitlines()
    assert lines[0] == "digraph {"
    assert lines[-1] == "}"
    assert 'n1 -> n2 [label="  after 1d  ", class=way]' in lines
    assert "n0 -> n1 [class=asked, style=dashed]" in lines
    assert "{rank=same; n0; n1}" in lines


def with_words(text: str) -> Drawing:
    boxes = (Box(id="a", lines=(text,)), Box(id="b", lines=("B",)))
    return Drawing(title=text, boxes=boxes, arrows=(Arrow(source="a", target="b", text=text),))


@given(st.text(min_size=1))
def test_no_words_become_markup_of_mermaid(text: str) -> None:
    lines = list(mermaid(with_words(text)))
    assert len(lines) == 6
    inner = [re.sub(r"^  (accTitle: |accDescr: |n0\[\"|n0 -->(\|\")?)", "", line) for line in (*lines[1:4], lines[5])]
    for line in inner:
        plain = re.sub(r"#\d+;|<br>", "", line).removesuffix('"]').removesuffix('"| n1').removesuffix(" n1")
        assert not set(plain) & set('"<>[]{}|;#`&*_'), plain


@given(st.text(min_size=1))
def test_no_words_end_a_label_of_graphviz(text: str) -> None:
    lines = dot(with_words(text)).splitlines()
    (box,) = [line for line in lines if line.startswith("n0 [")]
    assert re.fullmatch(r'n0 \[label="(?:[^"\\]|\\.)*", class=box\]', box)
    assert not re.search(r"&(?!amp;)", box)
