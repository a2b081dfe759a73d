# ruff: noqa: S101 - these are tests, though they are inherited and not collected here
"""The connector contract as tests. A connector's test class inherits `ConnectorConformance` and gives the fixtures.

Needs pytest, which a running Escalade does not: nothing but tests imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.base import API_VERSION, Applied, Connector, Helpdesk, Page, Write
from connectors.errors import ConnectorError, ErrorKind
from rules.change import Change
from rules.ticket import Ticket, TicketRef

#: Ends a stream that would go on for ever.
_MANY_PAGES = 1000


class ConnectorConformance:
    """What every connector does. Each fixture here must be overridden; the account should hold a few tickets."""

    @pytest.fixture
    def connector(self) -> Connector:
        """The module or object that the entry point names."""
        raise NotImplementedError

    @pytest.fixture
    def helpdesk(self) -> Helpdesk:
        """A helpdesk opened on a test account."""
        raise NotImplementedError

    @pytest.fixture
    def stranger(self) -> Helpdesk:
        """A helpdesk on the same account, opened with wrong credentials."""
        raise NotImplementedError

    @pytest.fixture
    def now(self) -> datetime:
        """The account's present; its tickets are older than two minutes."""
        raise NotImplementedError

    @pytest.fixture
    def ticket(self) -> TicketRef:
        """An open ticket with a comment."""
        raise NotImplementedError

    @pytest.fixture
    def missing(self) -> TicketRef:
        """A well-formed reference that no ticket has."""
        raise NotImplementedError

    @pytest.fixture
    def changes(self) -> Callable[[Ticket], Sequence[Change]]:
        """Makes changes that the helpdesk can carry out: at least a tag, a priority and an internal comment."""
        raise NotImplementedError

    @pytest.fixture
    def edited(self) -> Callable[[TicketRef], None]:
        """Lets somebody else edit a ticket, in another second than its last change."""
        raise NotImplementedError

    def test_it_is_written_for_this_contract(self, connector: Connector) -> None:
        """A connector says which version of the contract it speaks."""
        assert connector.API_VERSION == API_VERSION
        assert callable(connector.open_helpdesk)

    def test_it_says_who_we_are(self, helpdesk: Helpdesk) -> None:
        """Our own user has an id, by which our comments are told from others'."""
        assert helpdesk.identity().id

    def test_wrong_credentials_are_an_auth_error_that_says_more_than_401(self, stranger: Helpdesk) -> None:
        """A person must act, so the text has to help."""
        with pytest.raises(ConnectorError) as caught:
            stranger.identity()
        assert caught.value.kind is ErrorKind.AUTH
        assert len(str(caught.value)) > len("401 Unauthorized")

    def test_its_words_are_its_own(self, helpdesk: Helpdesk) -> None:
        """A vocabulary belongs to one helpdesk."""
        assert helpdesk.vocabulary().helpdesk == helpdesk.name

    def test_streams_give_pages_of_their_own_with_checkpoints(self, helpdesk: Helpdesk, now: datetime) -> None:
        """Every page can be stored, and the stream ends."""
        assert helpdesk.source.streams
        for stream, pages in _everything(helpdesk, now).items():
            assert len(pages) < _MANY_PAGES
            assert all(page.stream == stream and page.checkpoint for page in pages)

    def test_the_streams_together_give_every_ticket(self, helpdesk: Helpdesk, now: datetime, ticket: TicketRef) -> None:
        """Nothing needs to be asked for by name to be known."""
        pages = [page for pages in _everything(helpdesk, now).values() for page in pages]
        assert ticket in {found.ref for page in pages for found in page.tickets}

    def test_a_stream_goes_on_behind_its_checkpoint(self, helpdesk: Helpdesk, now: datetime) -> None:
        """Polling again without news gives no more than a page's edge again, at the cost of few calls."""
        for stream, pages in _everything(helpdesk, now).items():
            first = [ticket for page in pages for ticket in page.tickets]
            again = list(helpdesk.source.poll(stream, pages[-1].checkpoint if pages else None, now))
            repeated = [ticket for page in again for ticket in page.tickets]
            assert len(again) <= max(1, len(pages))
            assert {ticket.ref for ticket in repeated} <= {ticket.ref for ticket in first}

    def test_every_time_is_aware(self, helpdesk: Helpdesk, ticket: TicketRef) -> None:
        """A naive time would be off by hours somewhere."""
        found = _read(helpdesk, ticket)
        times = [found.created_at, found.updated_at, *(comment.at for comment in found.comments)]
        assert all(time.utcoffset() == timedelta(0) for time in times)

    def test_a_fresh_read_is_complete(self, helpdesk: Helpdesk, ticket: TicketRef) -> None:
        """It is what decisions and the search for lost writes rest on."""
        found = _read(helpdesk, ticket)
        assert found.ref == ticket
        assert found.comments_complete
        assert found.comments
        assert found.version
        assert found.url.startswith("http")

    def test_a_ticket_that_is_not_there_reads_as_none(
        self, helpdesk: Helpdesk, ticket: TicketRef, missing: TicketRef
    ) -> None:
        """And does not cost the others."""
        found = helpdesk.source.read([ticket, missing])
        assert found[missing] is None
        assert found[ticket] is not None

    def test_batching_is_pure_and_loses_no_change(
        self, helpdesk: Helpdesk, ticket: TicketRef, changes: Callable[[Ticket], Sequence[Change]]
    ) -> None:
        """What is journalled before the call is exactly what was decided."""
        found = _read(helpdesk, ticket)
        wanted = changes(found)
        before = dict(helpdesk.calls())
        writes = helpdesk.sink.batch(found, wanted)
        assert dict(helpdesk.calls()) == before
        assert helpdesk.sink.batch(found, wanted) == writes
        assert sorted(map(repr, wanted)) == sorted(repr(change) for write in writes for change in write.changes)
        assert [msgspec.json.decode(msgspec.json.encode(write), type=Write) for write in writes] == list(writes)

    def test_a_write_is_found_once_it_was_made_and_not_before(
        self,
        helpdesk: Helpdesk,
        ticket: TicketRef,
        now: datetime,
        changes: Callable[[Ticket], Sequence[Change]],
    ) -> None:
        """This is what keeps a write of unknown outcome from being made twice."""
        found = _read(helpdesk, ticket)
        for number, write in enumerate(helpdesk.sink.batch(found, changes(found))):
            operation = f"conformance-{number}"
            assert helpdesk.sink.find(write, operation, now) is None
            assert isinstance(helpdesk.sink.apply(write, operation), Applied)
            assert helpdesk.sink.find(write, operation, now) is not None

    def test_a_version_changes_when_somebody_edits_the_ticket(
        self, helpdesk: Helpdesk, ticket: TicketRef, edited: Callable[[TicketRef], None]
    ) -> None:
        """Equal versions mean that nobody edited it in between."""
        before = _read(helpdesk, ticket).version
        assert _read(helpdesk, ticket).version == before
        edited(ticket)
        assert _read(helpdesk, ticket).version != before

    def test_calls_are_counted_by_template(self, helpdesk: Helpdesk, ticket: TicketRef) -> None:
        """Counts by whole addresses would grow with the number of tickets."""
        _read(helpdesk, ticket)
        counts: Mapping[str, Any] = helpdesk.calls()
        assert counts
        assert all(" /" in call and ticket.id not in call.split("/") for call in counts)


def _everything(helpdesk: Helpdesk, now: datetime) -> dict[str, list[Page]]:
    found: dict[str, list[Page]] = {}
    for stream in helpdesk.source.streams:
        pages: list[Page] = []
        for page in helpdesk.source.poll(stream, None, now):
            pages.append(page)
            if len(pages) == _MANY_PAGES:
                break
        found[stream] = pages
    return found


def _read(helpdesk: Helpdesk, ref: TicketRef) -> Ticket:
    found = helpdesk.source.read([ref])[ref]
    if found is None:
        pytest.fail(f"{ref} cannot be read")
    return found
