"""Tokens by client credentials: fetched once, renewed in time, and never a reason for doubt about a write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from connectors.auth import ClientCredentials
from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.limiter import Limiter

BASE = "https://desk.example"
SECRET = "s3cr3t-token"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """Answers as registered; anything else is a refused connection."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def a_session(auth: ClientCredentials) -> HttpSession:
    """A session that waits for nothing."""
    return HttpSession(helpdesk="desk", limiter=Limiter(), base_url=BASE, auth=auth, sleep=lambda _: None)


def a_write(auth: ClientCredentials) -> Any:
    return a_session(auth).send("PUT", "/x", template="/x", json={"a": 1}, ticket=None)


def error_of_a_write(auth: ClientCredentials) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        a_write(auth)
    return caught.value


class Tokens:
    """An OAuth client on a token endpoint that counts."""

    def __init__(self, web: Any) -> None:
        self.now = 0.0
        self.issued = 0
        web.add_callback(responses.POST, f"{BASE}/oauth/tokens", callback=self._issue)
        self.auth = ClientCredentials(
            helpdesk="desk",
            token_url=f"{BASE}/oauth/tokens",
            client_id="escalade",
            client_secret=SECRET,
            scope="read write",
            clock=lambda: self.now,
        )

    def _issue(self, _request: Any) -> tuple[int, dict[str, str], str]:
        self.issued += 1
        return 200, {}, f'{{"access_token": "token-{self.issued}", "token_type": "bearer", "expires_in": 1800}}'


def test_a_token_is_fetched_once_and_renewed_before_it_ends(web: Any) -> None:
    tokens = Tokens(web)
    web.get(f"{BASE}/x", json=1)
    session = a_session(tokens.auth)
    for now in (0.0, 1700.0, 1745.0):
        tokens.now = now
        session.get("/x", template="/x")
    sent = [call.request.headers["Authorization"] for call in web.calls if call.request.url.endswith("/x")]
    assert sent == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_revoked_token_is_renewed_once_even_for_a_write(web: Any) -> None:
    tokens = Tokens(web)
    web.put(f"{BASE}/x", status=401)
    web.put(f"{BASE}/x", json=1)
    assert a_write(tokens.auth).status == 200
    assert tokens.issued == 2


def test_a_user_without_rights_is_not_asked_for_new_tokens_for_ever(web: Any) -> None:
    tokens = Tokens(web)
    web.put(f"{BASE}/x", status=401)
    assert error_of_a_write(tokens.auth).kind is ErrorKind.AUTH
    assert tokens.issued == 2


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "{}", ErrorKind.AUTH),
        (400, "{}", ErrorKind.AUTH),
        (503, "", ErrorKind.RETRY),
        (429, "", ErrorKind.RETRY),
        (200, "<html>", ErrorKind.PROTOCOL),
        (200, requests.exceptions.ConnectionError("gone"), ErrorKind.RETRY),
    ],
)
def test_a_token_that_cannot_be_had_leaves_no_write_in_doubt(web: Any, status: int, body: Any, kind: ErrorKind) -> None:
    web.post(f"{BASE}/oauth/tokens", status=status, body=body)
    web.put(f"{BASE}/x", json=1)
    auth = ClientCredentials(
        helpdesk="desk", token_url=f"{BASE}/oauth/tokens", client_id="a", client_secret=SECRET, scope="read"
    )
    error = error_of_a_write(auth)
    assert (error.kind, error.ambiguous) == (kind, False)
    assert SECRET not in f"{error}"
    assert not [call for call in web.calls if call.request.url.endswith("/x")]


@pytest.mark.parametrize("status", [429, 503])
def test_whoever_issues_tokens_is_left_alone_for_as_long_as_they_ask(web: Any, status: int) -> None:
    web.post(f"{BASE}/oauth/tokens", status=status, headers={"Retry-After": "42"})
    auth = ClientCredentials(
        helpdesk="desk", token_url=f"{BASE}/oauth/tokens", client_id="a", client_secret=SECRET, scope="read"
    )
    assert error_of_a_write(auth).retry_after == 42.0
