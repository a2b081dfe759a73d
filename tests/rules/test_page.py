"""Reports as pages: well formed, complete in themselves, readable for everybody, and nobody's words become markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.load import load_document
from rules.reports.digest import Scope, daily, weekly
from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.escalated import Deadline, Escalated, Level
from rules.reports.handbook import handbook
from rules.reports.page import page
from rules.reports.page_style import STYLE
from rules.reports.sheet import Cell, Section, Sheet, table_of
from rules.ticket import TicketRef

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 4, 7, tzinfo=UTC)
SCOPE = Scope(title="Escalations today", zone=ZoneInfo("Europe/Berlin"))
LONG = "Donaudampfschifffahrtselektrizit\u00e4tenhauptbetriebswerkbauunterbeamtengesellschaft & Co."
HEBREW = "\u05d7\u05d1\u05e8\u05d4 (ERP)"
INJECTION = "</style><script>alert(1)</script><img src=x onerror=y>"
NAMES = ("Acme", LONG, HEBREW, INJECTION)
#: What a page may be made of: nothing that runs, loads or sends anything.
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "a",
    "ul", "li", "nav", "span", "bdi", "wbr", "figure", "figcaption", "div", "details", "summary", "main",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "href", "class", "id", "style", "scope", "aria-labelledby", "aria-label",
    "role", "tabindex",
}  # fmt: skip


def escalated(number: int) -> Escalated:
    return Escalated(
        ref=TicketRef("zendesk", str(number)),
        key=str(number),
        url=f"https://desk.example/agent/tickets/{number}",
        subject=NAMES[number % 3 + 1],
        level=Level.ACCOUNT if number % 5 == 0 else Level.TICKET,
        since=NOW - timedelta(hours=number),
        account=NAMES[number % 4],
        colour=("red", "yellow", "green", "")[number % 4],
        owner="" if number % 2 else HEBREW,
        deadlines=(Deadline(NOW + timedelta(hours=number - 3), "first-response"),),
    )


def sheets() -> Iterator[tuple[str, Sheet]]:
    for count in (0, 1, 200):
        rows = [escalated(number) for number in range(1, count + 1)]
        yield f"daily of {count}", daily(rows, SCOPE, NOW)
        yield f"weekly of {count}", weekly(rows, SCOPE, NOW)
    files = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "config").glob("*.yaml")}
    yield "handbook", handbook(load_document(files))


SHEETS = dict(sheets())


@pytest.fixture(params=SHEETS)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return SHEETS[request.param]


def parsed(text: str) -> Element:
    """The document; any slip of HTML is an error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    found: Element = parser.parse(text)
    return found


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_a_page_is_well_formed(sheet: Sheet) -> None:
    root = parsed(page(sheet))
    ids = Counter(element.attrib["id"] for element in root.iter() if "id" in element.attrib)
    assert set(ids.values()) <= {1}
    named = [element.attrib.get("aria-labelledby") for element in root.iter("table")]
    linked = [element.attrib["href"][1:] for element in root.iter("a") if element.attrib["href"].startswith("#")]
    assert {*named, *linked} <= ids.keys()


def test_a_page_stands_for_itself(sheet: Sheet) -> None:
    text = page(sheet)
    root = parsed(text)
    assert {element.tag for element in root.iter()} <= ALLOWED
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    styles = "".join(element.text or "" for element in root.iter("style"))
    styles += "".join(element.attrib.get("style", "") for element in root.iter())
    assert "url(" not in styles
    assert "@import" not in styles
    assert "width=device-width" in text


def test_everything_that_people_wrote_is_there_as_they_wrote_it(sheet: Sheet) -> None:
    said = words(parsed(page(sheet)))
    cells = [cell.text for part in sheet.sections if part.table for line in part.table.rows for cell in line]
    points = [point for part in sheet.sections for point in part.points]
    for text in (*sheet.sentences, *cells, *points):
        assert " ".join(text.split()) in said


def test_every_cell_of_a_table_belongs_to_headers_that_say_so(sheet: Sheet) -> None:
    tables = [part.table for part in sheet.sections if part.table is not None]
    for table, shown in zip(tables, parsed(page(sheet)).iter("table"), strict=True):
        heads = [words(head) for head in shown.iter("th") if head.attrib["scope"] == "col"]
        assert heads == list(table.headers)
        rows = list(shown.find("tbody") or ())
        assert len(rows) == len(table.rows)
        for line in rows:
            assert [cell.tag for cell in line] == ["th", *["td"] * (len(heads) - 1)]
            assert line[0].attrib["scope"] == "row"


def test_on_a_narrow_screen_every_cell_bears_its_header(sheet: Sheet) -> None:
    text = page(sheet)
    for number, part in enumerate(sheet.sections, 1):
        for place, header in enumerate(part.table.headers if part.table else (), 1):
            rule = f'#t{number} td:nth-child({place})::before{{content:"{header}"}}'
            assert (rule in text) is (place > 1)


def test_a_colour_is_also_a_word() -> None:
    root = parsed(page(daily([escalated(4), escalated(1), escalated(2)], SCOPE, NOW)))
    chips = [(element.attrib["class"], words(element)) for element in root.iter("span")]
    assert sorted(chips) == [("chip green", "green"), ("chip red", "red"), ("chip yellow", "yellow")][: len(chips)]
    assert chips


def test_what_is_alarming_says_so_without_the_style_sheet() -> None:
    root = parsed(page(daily([escalated(1)], SCOPE, NOW)))
    alarming = [words(cell) for cell in root.iter("td") if "font-weight:600" in cell.attrib.get("style", "")]
    assert alarming == ["nobody", "first-response: 2h"]


def test_long_words_can_be_broken_and_are_still_one_word() -> None:
    text = page(Sheet(title=LONG))
    longest = max(len(piece) for piece in re.split(r"<wbr>|\s|<[^>]*>", text.partition("<h1>")[2]))
    assert longest <= 24
    heading = next(parsed(text).iter("h1"))
    assert words(heading) == LONG


def test_words_from_right_to_left_keep_to_themselves() -> None:
    row = daily([escalated(2)], SCOPE, NOW)
    root = parsed(page(row))
    assert HEBREW in {words(element) for element in root.iter("bdi")}
    assert not list(parsed(page(Sheet(title="Acme"))).iter("bdi"))


def test_the_empty_digest_says_that_there_is_nothing() -> None:
    assert "No escalation is running." in words(parsed(page(daily([], SCOPE, NOW))))


def test_a_page_of_200_escalations_is_no_longer_than_mail_programs_show() -> None:
    plain = [
        Escalated(
            ref=TicketRef("zendesk", str(number)),
            key=str(number),
            url=f"https://desk.example/agent/tickets/{number}",
            subject="The nightly export to the data warehouse stops",
            level=Level.TICKET,
            since=NOW - timedelta(hours=number),
            account="Acme International",
            tier="Tier 2 Specialists",
            stage="in progress",
            colour="red",
            owner="Ada Byron",
            deadlines=(Deadline(NOW + timedelta(hours=number), "first-response"),),
        )
        for number in range(200)
    ]
    assert len(page(daily(plain, SCOPE, NOW)).encode()) < 102_000, "longer ones are cut off by some"


@given(text=st.text(min_size=1, max_size=60), url=st.text(max_size=30).map(lambda end: f"https://desk.example/{end}"))
def test_whatever_people_write_no_tag_and_no_attribute_comes_of_it(text: str, url: str) -> None:
    table = table_of(("Ticket", text), [[Cell(text, url), Cell(text, alarming=True, tint=text)]])
    root = parsed(
        page(Sheet(title=text, sentences=(text,), sections=(Section(heading=text, table=table, points=(text,)),)))
    )
    assert {element.tag for element in root.iter()} <= ALLOWED
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    assert "".join(element.text or "" for element in root.iter("style")).count("<") == 0


# Pictures

WAYS = Drawing(
    title=INJECTION,
    boxes=(Box(id="a", lines=("One", INJECTION)), Box(id="b", lines=("Two",), end=True), Box(id="c", lines=(HEBREW,))),
    arrows=(Arrow(source="a", target="b", text="after 1d"),),
)
PICTURE = Sheet(title="Picture", sections=(Section(heading="Ways", drawing=WAYS),))


def test_a_picture_is_told_in_words_beside_it() -> None:
    root = parsed(page(PICTURE, lambda _: "<span>drawn</span>"))
    assert [words(item) for item in root.iter("li")] == [f"One, {INJECTION} → Two: after 1d", HEBREW]
    assert words(next(root.iter("figure"))) == f"drawn{INJECTION}"
    frame = next(root.iter("div"))
    assert (frame.attrib["aria-label"], frame.attrib["tabindex"]) == (INJECTION, "0")
    assert {element.tag for element in root.iter()} <= ALLOWED


def test_where_nothing_draws_the_words_stand_alone() -> None:
    root = parsed(page(PICTURE))
    assert not list(root.iter("figure"))
    assert [words(item) for item in root.iter("li")] == [f"One, {INJECTION} → Two: after 1d", HEBREW]


@pytest.mark.parametrize("dark", [False, True])
def test_every_colour_of_words_is_dark_or_light_enough_on_its_ground(*, dark: bool) -> None:
    daylight, _, rest = STYLE.partition("@media (prefers-color-scheme:dark)")
    named = dict(re.findall(r"--(\w+):(#\w+)", daylight))
    if dark:
        named |= dict(re.findall(r"--(\w+):(#\w+)", rest.partition("}}")[0]))
    on = {"ink": ("paper", "head", "box", "red", "yellow", "green"), "link": ("paper",), "pale": ("paper",)}
    low = {
        (ink, ground): round(contrast(named[ink], named[ground]), 2)
        for ink, grounds in on.items()
        for ground in grounds
        if contrast(named[ink], named[ground]) < 4.5
    }
    assert low == {}, "WCAG 2.2 asks for 4.5 to 1"


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
