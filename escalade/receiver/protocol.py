"""HTTP on the wire, with ends to what a stranger may take: time, bytes, connections. uvicorn sets none of them."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Seconds in which the headers of a request have to come; a new connection has as long to begin with the first one.
HEADER_SECONDS = 10.0
#: Bytes of request line and headers together. Helpdesks send less than 2 KiB.
MOST_HEADER_BYTES = 32_768
#: Connections at once; a further one is closed unanswered, which senders repeat like any broken connection.
MOST_CONNECTIONS = 512

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\ncontent-length: 18\r\n"
    b'connection: close\r\n\r\n{"status":"large"}'
)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol for strangers. How long a body may take is the application's business."""

    header_seconds = HEADER_SECONDS
    most_connections = MOST_CONNECTIONS
    #: Bytes of a body on the wire, with what chunks add to it.
    most_body_bytes = 2_228_224

    _deadline: TimerHandle | None = None
    #: Bytes that may still come before the next step: the end of the headers, or the next request.
    _room = MOST_HEADER_BYTES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
        else:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; end the connection when more comes than anybody needs."""
        # Typed as always there; there is none before the first request.
        cycle: RequestResponseCycle | None = self.cycle
        if self._deadline is None and cycle is not None and cycle.response_complete:
            # What keeps the connection open has to become a request: blank lines alone would keep it for ever.
            self._await_headers()
        self._room -= len(data)
        super().data_received(data)
        # Several steps may have been in these bytes: the last of them has set the room.
        if self._room < 0 and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._room = MOST_HEADER_BYTES
        if self._deadline is None:
            self._await_headers()

    def on_headers_complete(self) -> None:
        """Begin with the body."""
        self._stop_waiting()
        self._room = self.most_body_bytes
        super().on_headers_complete()

    def _await_headers(self) -> None:
        self._room = MOST_HEADER_BYTES
        self._deadline = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def bounded(most_bytes: int) -> type[BoundedProtocol]:
    """The protocol for bodies of at most so many bytes: chunks of a sensible size add far less than as much again."""
    return type("BoundedProtocol", (BoundedProtocol,), {"most_body_bytes": 2 * most_bytes + 131_072})
