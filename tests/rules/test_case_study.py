"""A case study tells how it went, and nothing by which anybody could tell whose case it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reports.case_study import case_study
from rules.reports.happening import Happening, HappeningKind
from rules.reports.written import Form, written
from rules.ticket import Side, TicketRef

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KNOWN = frozenset({"esc_t1", "Open", "Solved"})


def happening(minutes: int, kind: HappeningKind, text: str = "", **changed: object) -> Happening:
    values: dict[str, object] = {
        "at": MONDAY + timedelta(minutes=minutes),
        "kind": kind,
        "on": TicketRef("zendesk", "35"),
        "key": "35",
        "text": text,
    }
    return Happening(**(values | changed))  # type: ignore[arg-type]


def lines(*story: Happening) -> list[list[str]]:
    (section,) = case_study(story, KNOWN).sections
    assert section.table is not None
    return [[cell.text for cell in row] for row in section.table.rows]


@pytest.mark.capability("C11")
def test_the_course_is_told_without_names_words_and_dates() -> None:
    comment = {"side": Side.AGENT, "public": True, "author": "77"}
    assert lines(
        happening(0, HappeningKind.CREATED, "“Acme is down” came in"),
        happening(5, HappeningKind.COMMENT, "Dear Acme", **comment),
        happening(90, HappeningKind.CHANGE, "status: Open → Solved; group: Acme team → B; tags added: acme, esc_t1"),
        happening(91, HappeningKind.ESCALADE, "add tags acme, esc_t1", ours=True, source="write.applied"),
        happening(92, HappeningKind.ESCALADE, "tell the channel room: “Acme”", ours=True, source="write.applied"),
        happening(1500, HappeningKind.COMMENT, "Dear Acme", on=TicketRef("jira", "1"), **comment),
    ) == [
        ["0d 0h 0m", "ticket 1", "somebody", "the ticket comes in", ""],
        ["0d 0h 5m", "ticket 1", "agent 1", "writes", "the customer"],
        ["0d 1h 30m", "ticket 1", "somebody", "status: Open → Solved; tags added: esc_t1", ""],
        ["0d 1h 31m", "ticket 1", "Escalade", "puts on esc_t1", ""],
        ["0d 1h 32m", "ticket 1", "Escalade", "tells a channel", ""],
        ["1d 1h 0m", "ticket 2", "agent 2", "writes", "the customer"],
    ]


SECRET = "Zyxwacme"
PLACES = [
    "{}",
    "“{}” came in",
    "status: {} → Open",
    "status: Open → Solved; field x: a → {}",
    "field x: b; status: {} → Solved → c",
    "priority: low → {}",
    "tags added: {}, esc_t1",
    "add tag {}",
    "post an internal note: “{}”",
    "set field name to {} (was not set)",
    "#decline {}",
]


@pytest.mark.capability("C11")
@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(list(HappeningKind)), st.sampled_from(PLACES), st.booleans()), min_size=1, max_size=8
    )
)
def test_no_word_of_anybody_gets_through(kinds: list[tuple[HappeningKind, str, bool]]) -> None:
    story = [
        happening(
            number,
            kind,
            place.format(SECRET),
            key=SECRET,
            on=TicketRef(SECRET, SECRET),
            author=SECRET,
            because=SECRET,
            ours=ours,
            public=True if kind is HappeningKind.COMMENT else None,
            side=Side.REQUESTER,
            source=SECRET,
        )
        for number, (kind, place, ours) in enumerate(kinds)
    ]
    for form in Form:
        assert SECRET.lower() not in written(case_study(story, KNOWN), form).lower()
