"""A helpdesk that points elsewhere, by redirects or by the addresses of next pages: nobody goes there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another machine of the network: its address, and what it was asked."""
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            asked.append(self.rfile.readline().decode("latin-1").strip())
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [301, 307])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v2/"), ("PUT", "/api/v2/"), ("GET", "/rest/api/"), ("POST", "/rest/api/"), ("PUT", "/rest/api/")],
)
def test_no_redirect_is_followed_and_the_url_in_the_settings_is_asked_for(
    make_bench: Callable[..., Any], elsewhere: tuple[str, list[str]], method: str, path: str, status: int
) -> None:
    desk, (url, asked) = make_bench(tickets=8, linked=1), elsewhere
    desk.fault("status", method, path, times=0, status=status, headers={"Location": f"{url}/secret/place"})
    code, output = desk.call()
    assert code != 0
    assert "final https address" in output, output
    assert asked == []


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/api/v2/groups", "groups"),
        ("/api/v2/users", "users"),
        ("/api/v2/ticket_fields", "ticket_fields"),
        ("/api/v2/incremental/tickets/cursor", "tickets"),
        ("/api/v2/incremental/ticket_events", "ticket_events"),
        ("/api/v2/tickets/[0-9]+/comments", "comments"),
        ("/rest/api/2/search", "issues"),
        ("/rest/api/2/project", "values"),
    ],
)
def test_the_next_page_is_asked_of_the_helpdesk_itself_whatever_address_it_gives(
    make_bench: Callable[..., Any], elsewhere: tuple[str, list[str]], path: str, rows: str
) -> None:
    desk, (url, asked) = make_bench(tickets=8, linked=1), elsewhere
    page = {
        rows: [],
        "next_page": f"{url}{path}?page=2",
        "after_url": f"{url}{path}?cursor=b",
        "after_cursor": "b",
        "end_of_stream": False,
        "links": {"next": f"{url}{path}?page[after]=b"},
        "meta": {"has_more": True, "after_cursor": "b"},
        "nextPage": f"{url}{path}?startAt=2",
        "self": f"{url}{path}",
        "isLast": False,
        "count": 300,
        "total": 300,
    }
    desk.fault("status", "GET", path, times=2, status=200, body=page)
    desk.fault("status", "POST", path, times=2, status=200, body=page)
    desk.call()
    assert asked == []


def test_the_trap_would_notice(elsewhere: tuple[str, list[str]]) -> None:
    import requests

    url, asked = elsewhere
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/x", timeout=10)
    assert asked == ["GET /x HTTP/1.1"]
