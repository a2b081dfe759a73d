"""What strangers may do on the wire: slow, endless, odd and many requests end in an answer or a closed connection."""

from __future__ import annotations

import gzip
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from escalade.receiver.protocol import BoundedProtocol
from escalade.store.sql import open_store
from rules.ticket import TicketRef

HEAD = b"POST /hooks/zendesk HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


@pytest.fixture
def hooks(serving: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A receiver with little patience and few connections."""
    monkeypatch.setattr(BoundedProtocol, "header_seconds", 0.4)
    monkeypatch.setattr(BoundedProtocol, "most_connections", 4)
    with (
        open_store(f"sqlite:///{tmp_path / 'escalade.db'}") as store,
        serving(store, most_bytes=4096, body_seconds=0.4) as running,
    ):
        yield running


def connect(hooks: Any) -> socket.socket:
    return socket.create_connection(hooks.address, timeout=5)


def answer_to(hooks: Any, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything that comes back until the other side closes."""
    with closing(connect(hooks)) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
        except OSError:
            pass
        return rest_of(line)


def rest_of(line: socket.socket) -> bytes:
    got = b""
    try:
        while part := line.recv(65_536):
            got += part
    except ConnectionError:
        pass
    return got


def one_answer(line: socket.socket) -> bytes:
    """Head and body of an answer, which may come apart."""
    got = b""
    while not got.endswith(b"}") and (part := line.recv(65_536)):
        got += part
    return got


def signed(wire: Any, body: bytes) -> bytes:
    headers = wire.zendesk_headers(body)
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items() if name != "Content-Type")


def chunks(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_chunked_body_is_signed_as_a_whole(hooks: Any, wire: Any, size: int) -> None:
    body = wire.event(35)
    head = HEAD + signed(wire, body) + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    assert answer_to(hooks, head + chunks(body, size)).startswith(b"HTTP/1.1 202")
    assert hooks.due() == [TicketRef("zendesk", "35")]


def test_a_body_in_pieces_is_read_to_its_end(hooks: Any, wire: Any) -> None:
    body = wire.event(35)
    head = HEAD + signed(wire, body) + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert answer_to(hooks, head, body[:20], body[20:], pause=0.05).startswith(b"HTTP/1.1 202")


def test_a_declared_body_that_is_too_large_is_refused_unread(hooks: Any) -> None:
    assert answer_to(hooks, HEAD + b"content-length: 4097\r\n\r\n").startswith(b"HTTP/1.1 413")
    assert answer_to(hooks, HEAD + b"content-length: 99999999999999999999\r\n\r\n")[:12] in {
        b"HTTP/1.1 400",
        b"HTTP/1.1 413",
    }


def test_an_undeclared_body_that_is_too_large_is_refused_when_it_is(hooks: Any) -> None:
    head = HEAD + b"transfer-encoding: chunked\r\n\r\n"
    assert answer_to(hooks, head + b"1000\r\n" + b"x" * 4096 + b"\r\n1\r\nx\r\n").startswith(b"HTTP/1.1 413")


def test_the_largest_allowed_body_is_read(hooks: Any, wire: Any) -> None:
    body = wire.event(35)
    body += b" " * (4096 - len(body))
    assert hooks.zendesk(body).status == 202
    assert hooks.zendesk(body + b" ").status == 413


def test_a_compressed_body_is_never_unpacked(hooks: Any) -> None:
    bomb = gzip.compress(b"0" * 3_000_000)
    head = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    assert answer_to(hooks, head + bomb).startswith(b"HTTP/1.1 415")


def test_a_sender_that_trickles_its_headers_is_hung_up_on(hooks: Any) -> None:
    began = time.monotonic()
    assert answer_to(hooks, *(HEAD[at : at + 1] for at in range(len(HEAD))), pause=0.05) == b""
    assert time.monotonic() - began < 10


def test_a_sender_that_says_nothing_is_hung_up_on(hooks: Any) -> None:
    assert answer_to(hooks) == b""


def test_blank_lines_alone_keep_no_connection_open(hooks: Any) -> None:
    first = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    got = answer_to(hooks, first, *(b"\r\n" for _ in range(20)), pause=0.05)
    assert got.count(b"HTTP/1.1") == 1


def test_a_sender_that_trickles_its_body_is_told_that_it_is_slow(hooks: Any) -> None:
    got = answer_to(hooks, HEAD + b"content-length: 100\r\n\r\n", *(b"x" for _ in range(20)), pause=0.05)
    assert got.startswith(b"HTTP/1.1 408")


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(hooks: Any, wire: Any) -> None:
    with closing(connect(hooks)) as line:
        line.sendall(HEAD + b"content-length: 100\r\n\r\nxxx")
    assert hooks.zendesk(wire.event(35)).status == 202
    assert set(hooks.tally.answers()) == {("zendesk", "accepted")}


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"GET /" + b"x" * 70_000, id="address"),
        pytest.param(HEAD + b"x: " + b"y" * 70_000, id="header"),
        pytest.param(HEAD + b"".join(b"x%d: y\r\n" % n for n in range(9000)), id="headers"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n1;" + b"e" * 400_000, id="chunk extension"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"t: " + b"y" * 400_000, id="trailer"),
    ],
)
def test_what_has_no_end_is_cut_off(hooks: Any, endless: bytes) -> None:
    got = answer_to(hooks, *(endless[at : at + 20_000] for at in range(0, len(endless), 20_000)))
    assert got[:12] in {b"", b"HTTP/1.1 431", b"HTTP/1.1 400", b"HTTP/1.1 408"}


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00",
        b"HELO x\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"\x00" * 100,
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_a_400_or_nothing(hooks: Any, nonsense: bytes) -> None:
    assert answer_to(hooks, nonsense)[:12] in {b"", b"HTTP/1.1 400"}


def test_pipelined_deliveries_are_answered_in_their_order(hooks: Any, wire: Any) -> None:
    requests = b""
    for number in (1, 2, 3):
        body = wire.event(number, number=number) if number != 2 else b"{}"
        head = HEAD + signed(wire, b"" if number == 2 else body)
        requests += (
            head + b"content-length: %d\r\n%s\r\n" % (len(body), b"connection: close\r\n" * (number == 3)) + body
        )
    got = answer_to(hooks, requests)
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"202", b"401", b"202"]
    assert sorted(ref.id for ref in hooks.due()) == ["1", "3"]


def test_the_connection_serves_more_than_one_delivery(hooks: Any, wire: Any) -> None:
    with closing(connect(hooks)) as line:
        for number in range(5):
            body = wire.event(number + 1, number=number)
            line.sendall(HEAD + signed(wire, body) + b"content-length: %d\r\n\r\n" % len(body) + body)
            assert one_answer(line).startswith(b"HTTP/1.1 202")


def test_connections_beyond_the_most_are_closed_and_the_others_are_served(hooks: Any, wire: Any) -> None:
    idle = [connect(hooks) for _ in range(4)]
    try:
        time.sleep(0.1)
        with closing(connect(hooks)) as one_more:
            assert rest_of(one_more) == b""
        body = wire.event(35)
        idle[0].sendall(HEAD + signed(wire, body) + b"content-length: %d\r\n\r\n" % len(body) + body)
        assert one_answer(idle[0]).startswith(b"HTTP/1.1 202")
    finally:
        for line in idle:
            line.close()


def test_a_sender_that_asks_first_is_told_to_go_on(hooks: Any, wire: Any) -> None:
    body = wire.event(35)
    with closing(connect(hooks)) as line:
        line.sendall(HEAD + signed(wire, body) + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body))
        assert line.recv(65_536).startswith(b"HTTP/1.1 100")
        line.sendall(body)
        assert one_answer(line).startswith(b"HTTP/1.1 202")
