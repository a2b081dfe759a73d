"""What a service that runs for weeks, or a slip in a proxy, must not do to the connections."""

from __future__ import annotations

import gc
import http.server
import threading
from collections.abc import Iterator

import pytest
import requests

from connectors.auth import BearerToken
from connectors.failures import retry_after_seconds
from connectors.http import HttpSession
from connectors.limiter import Limiter

NOW = 1_750_000_000.0
DAY = 86_400.0


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _open_sessions() -> int:
    gc.collect()
    return sum(isinstance(found, requests.Session) for found in gc.get_objects())


def test_the_session_of_a_thread_ends_with_it(address: str) -> None:
    http_session = HttpSession(helpdesk="desk", base_url=address, auth=BearerToken("secret"), limiter=Limiter())
    before = _open_sessions()
    for _ in range(10):
        worker = threading.Thread(target=http_session.get, args=("/x",), kwargs={"template": "/x"})
        worker.start()
        worker.join()
    assert _open_sessions() == before
    http_session.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("inf", DAY),
        ("1e300", DAY),
        ("99999999999999999999", DAY),
        ("-inf", 0.0),
        ("nan", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
    ],
)
def test_a_wait_that_no_helpdesk_can_mean_is_cut_to_a_day_or_not_believed(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
