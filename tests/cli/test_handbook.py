"""`escalade handbook`: one page of HTML with pictures, equal to the rules, that loads nothing."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from escalade import drawings
from escalade.cli import cli
from escalade.drawings import NoDrawingError, svg_of
from rules.load import load_document
from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.handbook import handbook

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
#: Whatever could run, load or send something.
ACTIVE = {"script", "iframe", "object", "embed", "img", "image", "link", "use", "foreignObject", "animate", "a"}


def ask(*arguments: str) -> str:
    ran = CliRunner().invoke(cli, ["handbook", str(ROOT / "config"), *arguments])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


@pytest.mark.capability("C6")
def test_the_page_shows_every_picture_and_loads_nothing() -> None:
    text = ask("--format", "html")
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root = parser.parse(text)
    pictures = list(root.iter(f"{SVG}svg"))
    files = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "config").glob("*.yaml")}
    drawn = [part.drawing for part in handbook(load_document(files)).sections if part.drawing is not None]
    assert [picture.attrib["aria-label"] for picture in pictures] == [one.title for one in drawn]
    for picture, drawing in zip(pictures, drawn, strict=True):
        said = " ".join(" ".join(picture.itertext()).split())
        for box in drawing.boxes:
            assert all(line in said for line in box.lines)
        assert not {str(element.tag).removeprefix(SVG) for element in picture.iter()} & ACTIVE
    assert not re.search(r"(src|href)=\"(?!#)", text)


def test_the_page_is_the_same_each_time() -> None:
    assert ask("--format", "html", "--year", "2026") == ask("--format", "html", "--year", "2026")


def test_markdown_holds_the_pictures_as_text_and_the_days_off_of_the_years_asked_for() -> None:
    text = ask("--year", "2027", "--year", "2028")
    assert text.count("```mermaid") == 3
    assert "2027-10-03" not in text, "a Sunday, on which nobody works anyway"
    assert "2028-10-03" in text
    assert "2026-05-01" not in text


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_whatever_people_wrote_is_drawn_as_words(text: str) -> None:
    boxes = (Box(id="a", lines=(text,)), Box(id="b", lines=("B",)))
    drawn = svg_of(Drawing(title=text, boxes=boxes, arrows=(Arrow(source="a", target="b", text="way"),)))
    root = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False).parseFragment(drawn)
    tags = [str(element.tag).removeprefix(SVG) for element in root.iter()]
    assert set(tags) <= {"DOCUMENT_FRAGMENT", "svg", "g", "path", "polygon", "text"}
    assert tags.count("path") == 3, "two boxes and a way"


def test_where_nothing_can_draw_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "PROGRAMS", ("no-such-program",))
    ran = CliRunner().invoke(cli, ["handbook", str(ROOT / "config"), "--format", "html"])
    assert ran.exit_code == 2
    assert "no-such-program" in ran.stderr
    assert CliRunner().invoke(cli, ["handbook", str(ROOT / "config")]).exit_code == 0, "Markdown needs no program"


def test_a_program_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "PROGRAMS", ("false",))
    with pytest.raises(NoDrawingError, match="did not draw 'T'"):
        svg_of(Drawing(title="T", boxes=(Box(id="a", lines=("A",)),), arrows=()))
