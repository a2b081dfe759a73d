"""Events: a line of a history and what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec import UNSET

from rules.replay.event import Event, EventKind
from rules.ticket import Side, StatusCategory, TicketRef

LINE = b"""{"at": "2016-02-29T09:53:00+01:00", "ticket": "uci:0000045", "event": "changed", "colour": "blue",
            "fields": {"status": "solved", "assignee": null}}"""


def test_a_line_tells_what_changed_and_what_did_not() -> None:
    event = msgspec.json.decode(LINE, type=Event)
    assert event.at == datetime(2016, 2, 29, 8, 53, tzinfo=UTC)
    assert (event.ref, event.event) == (TicketRef("uci", "0000045"), EventKind.CHANGED)
    assert (event.fields.status, event.fields.assignee, event.fields.group) == (StatusCategory.SOLVED, None, UNSET)


def test_a_comment_tells_who_wrote_it() -> None:
    author_of = b'"author": {"id": "a-7", "role": "agent"}'
    line = b'{"at": "2016-02-29T09:00:00Z", "ticket": "zendesk:35", "event": "comment", %s}' % author_of
    author = msgspec.json.decode(line, type=Event).author
    assert author is not None
    assert (author.id, author.role) == ("a-7", Side.AGENT)


def test_written_and_read_again_it_is_the_same() -> None:
    event = msgspec.json.decode(LINE, type=Event)
    assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event


def test_a_word_that_is_no_status_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="status"):
        msgspec.json.decode(LINE.replace(b"solved", b"done"), type=Event)
