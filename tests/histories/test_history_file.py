"""History files: what is read, what is refused and how, and that writing loses nothing."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalade.histories.file import HistoryFileError, read_history, write_history
from rules.histories.event import About, Author, EventKind, Fields, PastEvent, UnreadableEventError, event_of, line_of
from rules.histories.lack import Lack, LackKind, lack_text, summed
from rules.ticket import Priority, Side, StatusCategory

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def created(minutes: int = 0, **fields: Any) -> PastEvent:
    return PastEvent(
        at=START + timedelta(minutes=minutes), ticket="zendesk:35", kind=EventKind.CREATED, fields=Fields(**fields)
    )


def test_what_is_written_is_read_again_packed_or_not(tmp_path: Path) -> None:
    events = [
        created(subject="Down", status=StatusCategory.NEW, priority=None, custom={"impact": 2, "vip": True}),
        PastEvent(
            at=START + timedelta(minutes=5),
            ticket="zendesk:35",
            kind=EventKind.COMMENT,
            author=Author(id="7", role=Side.AGENT),
            public=False,
        ),
    ]
    for name in ("history.jsonl", "history.jsonl.gz"):
        assert write_history(tmp_path / name, events) == 2
        assert list(read_history(tmp_path / name)) == events


def test_the_same_history_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        write_history(tmp_path / name, [created(subject="Down")])
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_field_that_is_empty_is_told_and_one_that_is_not_known_is_not() -> None:
    line = json.loads(line_of(created(priority=None)))
    assert line == {
        "at": "2026-03-02T09:00:00Z",
        "ticket": "zendesk:35",
        "event": "created",
        "fields": {"priority": None},
    }


def test_an_instant_with_an_offset_is_the_same_instant_in_utc() -> None:
    event = event_of(b'{"at": "2026-03-02T10:00:00+01:00", "ticket": "a:1", "event": "changed"}')
    assert (event.at, event.at.tzinfo) == (START, UTC)


def test_keys_that_nobody_knows_are_ignored() -> None:
    line = b'{"at": "2026-03-02T09:00:00Z", "ticket": "a:1", "event": "changed", "mood": 3, "fields": {"colour": "x"}}'
    assert event_of(line).fields == Fields()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"at": "2026-03-02T09:00:00", "ticket": "a:1", "event": "changed"}', "timezone"),
        (b'{"at": "2026-03-02T09:00:00Z", "ticket": "a:1", "event": "melted"}', "melted"),
        (b'{"at": "2026-03-02T09:00:00Z", "event": "changed"}', "ticket"),
        (b'{"at": "2026-03-02T09:00:00Z", "ticket": "35", "event": "changed"}', "helpdesk:id"),
        (
            b'{"at": "2026-03-02T09:00:00Z", "ticket": "a:1", "event": "changed", "fields": {"status": "frozen"}}',
            "$.fields.status",
        ),
        (b"[]", "object"),
        (b"{", "truncated"),
    ],
)
def test_a_line_that_is_no_event_is_refused_with_what_is_wrong(line: bytes, told: str) -> None:
    with pytest.raises(UnreadableEventError, match=r"not an event|helpdesk:id") as refused:
        event_of(line)
    assert told in str(refused.value)


def test_lines_out_of_order_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"\n".join(map(line_of, [created(5), created(4)])))
    with pytest.raises(HistoryFileError, match=r"history\.jsonl:2: .*sort by `at`"):
        list(read_history(path))


def test_a_packed_file_that_is_cut_off_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl.gz"
    noise = b"\n".join(line_of(created(subject=os.urandom(40).hex())) for _ in range(2000))
    path.write_bytes(gzip.compress(noise)[:-200])
    with pytest.raises(HistoryFileError, match="cut off"):
        list(read_history(path))


def test_a_history_that_ends_in_an_error_leaves_the_file_before_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl.gz"
    write_history(path, [created(subject="before")])

    def breaking() -> Iterator[PastEvent]:
        yield created(subject="after")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_history(path, breaking())
    assert [event.fields.subject for event in read_history(path)] == ["before"]
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_history_lacks_travels_on_its_first_event(tmp_path: Path) -> None:
    about = About(source="zendesk", since=START, lacks=(Lack(kind=LackKind.LINKS, told="as they are now"),))
    event = PastEvent(at=START, ticket="zendesk:35", kind=EventKind.CREATED, about=about)
    write_history(tmp_path / "h.gz", [event])
    assert next(read_history(tmp_path / "h.gz")).about == about


def test_lacks_of_one_kind_are_counted_together() -> None:
    one = Lack(kind=LackKind.DELETED, told="gone for good", tickets=1)
    [both] = summed([one, one])
    assert lack_text(both) == "deleted: gone for good (2 tickets)"
    assert lack_text(one) == "deleted: gone for good (1 ticket)"
    assert lack_text(Lack(kind=LackKind.LINKS, told="as they are now")) == "links: as they are now"


@given(
    st.builds(
        Fields,
        subject=st.text(),
        status=st.sampled_from(StatusCategory),
        priority=st.none() | st.sampled_from(Priority),
        tags=st.lists(st.text()).map(tuple),
        custom=st.dictionaries(st.text(), st.none() | st.text() | st.integers(-(2**53), 2**53) | st.booleans()),
    )
)
def test_every_event_reads_back_as_it_was_written(fields: Fields) -> None:
    event = PastEvent(at=START, ticket="zendesk:35", kind=EventKind.CHANGED, fields=fields, ours=True)
    assert event_of(line_of(event)) == event


def test_a_real_history_is_read_to_its_end() -> None:
    shared = Path(os.environ.get("ESCALADE_SHARED", Path(__file__).parents[3] / "shared"))
    path = shared / "material/tickets/uci498-before-2016-04.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no real ticket history at {path}")
    kinds = [event.kind for event in read_history(path)]
    assert (len(kinds), kinds.count(EventKind.CREATED)) == (59_354, 9_202)
