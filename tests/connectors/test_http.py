"""The HTTP policy: what is repeated, what is not, what an error says, and what never leaks."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import requests
import responses
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, SSLError

from connectors.auth import BearerToken
from connectors.dialect import Dialect
from connectors.errors import ConnectorError, ErrorKind, Scope
from connectors.http import HttpSession
from connectors.limiter import Budget, Limiter
from connectors.patience import waiting_at_most
from connectors.rank import Rank, ranked

BASE = "https://desk.example"
SECRET = "s3cr3t-token"


def refused(error: ssl.SSLError) -> requests.exceptions.SSLError:
    """An error of ssl as requests tells it."""
    return requests.exceptions.SSLError(MaxRetryError(HTTPConnectionPool("desk.example"), "/x", SSLError(error)))


class Bench:
    """A session whose waits are only noted."""

    def __init__(self, **options: Any) -> None:
        self.waits: list[float] = []
        self.limiter = options.pop("limiter", Limiter())
        options.setdefault("auth", HTTPBasicAuth("bot", SECRET))
        options.setdefault("base_url", BASE)
        self.session = HttpSession(
            helpdesk="desk",
            limiter=self.limiter,
            sleep=self.waits.append,
            clock=lambda: 1_750_000_000.0,
            jitter=lambda: 1.0,
            **options,
        )

    def get(self, path: str = "/x", **options: Any) -> Any:
        return self.session.get(path, template="/x", **options)

    def send(self, **options: Any) -> Any:
        return self.session.send("PUT", "/x", template="/x", json={"a": 1}, ticket=None, **options)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """Answers as registered; anything else is a refused connection."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def fail(call: Any, *args: Any, **options: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        call(*args, **options)
    return caught.value


def test_an_answer_has_status_headers_and_body(web: Any) -> None:
    web.get(f"{BASE}/x", json={"a": 1}, headers={"X-One": "1"})
    answer = Bench().get()
    assert (answer.status, answer.headers["x-one"]) == (200, "1")
    assert answer.decode(msgspec.json.Decoder(dict[str, int])) == {"a": 1}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ErrorKind.REJECTED),
        (401, ErrorKind.AUTH),
        (403, ErrorKind.AUTH),
        (404, ErrorKind.GONE),
        (410, ErrorKind.GONE),
        (409, ErrorKind.CONFLICT),
        (413, ErrorKind.REJECTED),
        (422, ErrorKind.REJECTED),
        (429, ErrorKind.RATE_LIMITED),
        (500, ErrorKind.RETRY),
        (503, ErrorKind.RETRY),
        (301, ErrorKind.PROTOCOL),
    ],
)
def test_every_status_has_one_meaning_and_an_advice(web: Any, status: int, kind: ErrorKind) -> None:
    web.put(f"{BASE}/x", status=status)
    error = fail(Bench().send)
    assert (error.kind, error.status, error.helpdesk) == (kind, status, "desk")
    assert f"desk answered {status} to PUT /x. " in str(error)
    assert str(error).endswith(".")
    assert error.ambiguous is (kind is ErrorKind.RETRY)


def test_a_read_is_repeated_on_passing_trouble_with_growing_pauses(web: Any) -> None:
    for _ in range(3):
        web.get(f"{BASE}/x", status=502)
    web.get(f"{BASE}/x", json=1)
    bench = Bench()
    bench.get()
    assert bench.waits == [0.5, 1.0, 2.0]
    assert bench.session.calls() == {"GET /x": 4}


def test_a_read_gives_up_after_its_repeats(web: Any) -> None:
    web.get(f"{BASE}/x", status=502)
    bench = Bench(retries=2)
    assert fail(bench.get).kind is ErrorKind.RETRY
    assert bench.session.calls() == {"GET /x": 3}


@pytest.mark.trap("zendesk-409-on-reads")
def test_a_conflict_on_a_read_is_a_passing_lock(web: Any) -> None:
    web.get(f"{BASE}/x", status=409)
    web.get(f"{BASE}/x", json=1)
    assert Bench().get().status == 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_read_that_is_refused_is_not_repeated(web: Any, status: int) -> None:
    web.get(f"{BASE}/x", status=status)
    bench = Bench()
    fail(bench.get)
    assert bench.session.calls() == {"GET /x": 1}


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_a_write_is_sent_once_whatever_the_answer(web: Any, status: int) -> None:
    web.put(f"{BASE}/x", status=status)
    bench = Bench()
    fail(bench.send)
    assert bench.session.calls() == {"PUT /x": 1}


def test_a_read_by_post_is_repeated_like_any_read(web: Any) -> None:
    web.post(f"{BASE}/search", status=503)
    web.post(f"{BASE}/search", json=[])
    bench = Bench()
    bench.session.query("/search", template="/search", json={"jql": "x"})
    assert bench.session.calls() == {"POST /search": 2}


def test_a_named_wait_is_kept_at_least(web: Any) -> None:
    web.get(f"{BASE}/x", status=429, headers={"Retry-After": "17"})
    web.get(f"{BASE}/x", json=1)
    bench = Bench(limiter=Limiter(sleep=lambda _seconds: None, clock=iter(range(0, 10_000, 100)).__next__))
    bench.get()
    assert bench.waits == [17.0]


def test_a_wait_beyond_the_bound_is_told_instead_of_waited(web: Any) -> None:
    web.get(f"{BASE}/x", status=429, headers={"Retry-After": "93"})
    bench = Bench(max_wait=60)
    error = fail(bench.get)
    assert (error.kind, error.retry_after, bench.waits) == (ErrorKind.RATE_LIMITED, 93, [])


def test_a_rate_limit_without_a_time_holds_for_a_minute(web: Any) -> None:
    web.put(f"{BASE}/x", status=429)
    bench = Bench(max_wait=10)
    assert fail(bench.send).retry_after == 60
    error = fail(bench.send)
    assert "was not sent" in str(error)
    assert error.kind is ErrorKind.RATE_LIMITED
    assert bench.session.calls() == {"PUT /x": 1}


def test_a_503_that_says_for_how_long_keeps_every_call_away_for_that_time(web: Any) -> None:
    web.put(f"{BASE}/x", status=503, headers={"Retry-After": "93"})
    bench = Bench(max_wait=60)
    assert fail(bench.send).ambiguous
    error = fail(bench.get)
    assert (error.kind, error.scope, error.ambiguous) == (ErrorKind.RATE_LIMITED, Scope.HELPDESK, False)
    assert error.retry_after == pytest.approx(93, abs=5)
    assert bench.session.calls() == {"PUT /x": 1}


@pytest.mark.parametrize("trouble", ["budget", "refusal", "outage"])
def test_a_call_that_waits_for_its_turn_fails_at_once_when_the_program_ends(web: Any, trouble: str) -> None:
    session = HttpSession(
        helpdesk="desk",
        base_url=BASE,
        auth=HTTPBasicAuth("bot", SECRET),
        limiter=Limiter(helpdesk=Budget(calls=1) if trouble == "budget" else None),
    )
    status = {"budget": 200, "refusal": 429, "outage": 503}[trouble]
    web.get(f"{BASE}/x", status=status, json=1, headers={"Retry-After": "60"} if status != 200 else {})
    threading.Timer(0.3, session.hurry).start()
    began = time.monotonic()
    error = fail(lambda: [session.get("/x", template="/x") for _ in range(2)])
    assert error.kind in {ErrorKind.RATE_LIMITED, ErrorKind.RETRY}
    assert time.monotonic() - began < 20


def test_a_503_without_a_time_concerns_its_own_call_alone(web: Any) -> None:
    web.put(f"{BASE}/x", status=503)
    web.get(f"{BASE}/x", json=1)
    bench = Bench(max_wait=60)
    fail(bench.send)
    assert bench.get().status == 200


def test_the_session_counts_a_date_from_the_answer_s_own(web: Any) -> None:
    dates = {"Date": "Sun, 15 Jun 2025 12:00:00 GMT", "Retry-After": "Sun, 15 Jun 2025 12:00:20 GMT"}
    web.put(f"{BASE}/x", status=429, headers=dates)
    assert fail(Bench().send).retry_after == 20.0


def test_an_exhausted_budget_is_an_error_before_anything_is_sent(web: Any) -> None:
    web.get(f"{BASE}/x", json=1)
    bench = Bench(limiter=Limiter(helpdesk=Budget(calls=1)), max_wait=5)
    bench.get()
    error = fail(bench.get)
    assert (error.kind, error.ambiguous, error.scope) == (ErrorKind.RATE_LIMITED, False, Scope.HELPDESK)
    assert error.retry_after == pytest.approx(60, abs=5)


def test_who_would_rather_come_back_than_wait_is_told_when(web: Any) -> None:
    web.get(f"{BASE}/x", json=1)
    bench = Bench(limiter=Limiter(helpdesk=Budget(calls=1)), max_wait=90)
    bench.get()
    with waiting_at_most(0.25), ranked(Rank.LAST):
        error = fail(bench.get)
    assert error.later is not None
    assert (error.later.rank, error.later.scope) == (Rank.LAST, Scope.HELPDESK)
    assert error.later.seconds == pytest.approx(60, abs=5)
    assert bench.waits == []


@pytest.mark.parametrize("status", [429, 503])
def test_who_waits_briefly_does_not_wait_out_what_the_helpdesk_asks_for(web: Any, status: int) -> None:
    web.get(f"{BASE}/x", status=status, headers={"Retry-After": "17"})
    bench = Bench()
    with waiting_at_most(0.25):
        error = fail(bench.get)
    assert (error.status, error.retry_after, error.later, bench.waits) == (status, 17, None, [])


def test_a_body_that_is_not_json_tells_where_to_look(web: Any) -> None:
    web.get(f"{BASE}/x", body="<html>Please log in, dear customer</html>", content_type="text/html")
    error = fail(Bench().get().decode, msgspec.json.Decoder())
    assert (error.kind, error.ambiguous) == (ErrorKind.PROTOCOL, False)
    assert "text/html" in str(error)
    assert "dear customer" not in str(error)


def test_a_write_whose_answer_cannot_be_read_is_in_doubt(web: Any) -> None:
    web.put(f"{BASE}/x", body='{"ticket": {"id"')
    assert fail(Bench().send().decode, msgspec.json.Decoder()).ambiguous


def test_the_vendor_explains_and_the_words_are_kept_short(web: Any) -> None:
    web.put(f"{BASE}/x", status=422, body="…")
    dialect = Dialect(explain=lambda *_: ("RecordInvalid\n" + "x" * 900, {"status": "is closed " + "y" * 900}))
    error = fail(Bench(dialect=dialect).send)
    assert "RecordInvalid x" in str(error)
    assert len(str(error)) < 400
    assert len(error.fields["status"]) == 200


def test_a_vendor_gives_its_own_advice(web: Any) -> None:
    web.put(f"{BASE}/x", status=403)
    error = fail(Bench(dialect=Dialect(advice={ErrorKind.AUTH: "Ask the owner."})).send)
    assert str(error).endswith("Ask the owner.")


@pytest.mark.parametrize(
    ("error", "kind", "ambiguous"),
    [
        (requests.exceptions.ReadTimeout("…"), ErrorKind.RETRY, True),
        (requests.exceptions.ChunkedEncodingError("cut"), ErrorKind.RETRY, True),
        (requests.exceptions.ConnectionError("reset"), ErrorKind.RETRY, True),
        (refused(ssl.SSLCertVerificationError("self-signed")), ErrorKind.UNREACHABLE, False),
        (refused(ssl.SSLError("bad record mac")), ErrorKind.RETRY, True),
        (requests.exceptions.SSLError("eof"), ErrorKind.RETRY, True),
        (requests.exceptions.ProxyError("no proxy"), ErrorKind.RETRY, False),
    ],
)
def test_a_write_is_in_doubt_only_when_it_may_have_been_sent(
    web: Any, error: Exception, kind: ErrorKind, *, ambiguous: bool
) -> None:
    web.put(f"{BASE}/x", body=error)
    found = fail(Bench().send)
    assert (found.kind, found.ambiguous, found.status) == (kind, ambiguous, None)


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_a_refused_connection_leaves_no_write_in_doubt() -> None:
    bench = Bench(base_url=f"http://127.0.0.1:{closed_port()}", retries=1)
    written, read = fail(bench.send), fail(bench.get)
    assert (written.kind, written.ambiguous) == (ErrorKind.RETRY, False)
    assert (read.kind, "check the url" in str(read)) == (ErrorKind.UNREACHABLE, True)


def test_a_connection_that_closes_without_an_answer_leaves_a_write_in_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            connection, _address = listening.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        error = fail(Bench(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}").send)
        thread.join()
    assert (error.kind, error.ambiguous) == (ErrorKind.RETRY, True)


@pytest.mark.trap("zendesk-foreign-next-page")
def test_only_path_and_query_of_an_address_are_used(web: Any) -> None:
    web.get(f"{BASE}/jira/x", json=1)
    bench = Bench(base_url=f"{BASE}/jira")
    bench.get("https://evil.example/jira/x?cursor=a%3D%3D")
    assert web.calls[0].request.url == f"{BASE}/jira/x?cursor=a%3D%3D"


@pytest.mark.parametrize("path", ["x", "", "https://evil.example"])
def test_a_path_that_is_none_is_a_mistake_of_the_caller(path: str) -> None:
    with pytest.raises(ValueError, match="starts with /"):
        Bench().get(path)


def test_a_redirect_is_not_followed_and_the_credentials_stay_here(web: Any) -> None:
    web.get(f"{BASE}/x", status=302, headers={"Location": "https://evil.example/x"})
    web.get("https://evil.example/x", json=1)
    error = fail(Bench().get)
    assert error.kind is ErrorKind.PROTOCOL
    assert len(web.calls) == 1


def test_the_environment_lends_neither_proxy_nor_credentials(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere.example:3128")
    bench = Bench()
    assert bench.session._session().trust_env is False
    assert bench.session._session().proxies == {}


def test_each_thread_has_a_session_of_its_own_and_all_are_closed() -> None:
    session = Bench().session
    here = session._session()
    there: list[Any] = []
    thread = threading.Thread(target=lambda: there.append(session._session()))
    thread.start()
    thread.join()
    assert session._session() is here
    assert there[0] is not here
    session.close()
    assert not session._sessions


@pytest.mark.parametrize("status", [401, 403, 422, 500])
@pytest.mark.parametrize("auth", [HTTPBasicAuth("bot", SECRET), BearerToken(SECRET)])
def test_no_error_shows_a_secret_or_what_customers_wrote(web: Any, status: int, auth: AuthBase) -> None:
    web.put(f"{BASE}/x", status=status, body="Dear Cora, your card 4111", headers={"X-Echo": SECRET})
    error = fail(Bench(auth=auth).send)
    shown = f"{error} {error!r} {error.fields} {auth!r}"
    assert SECRET not in shown
    assert "4111" not in shown
    assert "Authorization" in web.calls[0].request.headers
