"""HTTP to one helpdesk: reads are repeated by the kind of error, a write is sent once, and nothing leaks."""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit
from weakref import WeakSet

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from connectors.answer import Answer, is_web_page
from connectors.compression import whole_body
from connectors.dialect import Dialect
from connectors.errors import ConnectorError, ErrorKind, Later, Scope
from connectors.failures import classify_status, classify_transport, retry_after_seconds, shorten
from connectors.limiter import BudgetExhaustedError, Limiter
from connectors.patience import Patience, longest_wait
from connectors.purse import Purse
from connectors.rank import current_rank
from connectors.shared_limiter import SharedLimiter
from connectors.together import Together

Params = Mapping[str, str | int]

_USER_AGENT = "Escalade (escalation autopilot)"
_POOL_SIZE = 8
#: Seconds: first pause before repeating a read, and the longest one that we choose ourselves.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
#: Seconds to hold a budget after a 429 that names no time. Zendesk and Jira count by the minute.
_UNNAMED_WAIT = 60.0
#: A 409 on a read is a passing lock in the helpdesk, not an edit conflict.
_REPEATABLE = frozenset({ErrorKind.RETRY, ErrorKind.RATE_LIMITED, ErrorKind.CONFLICT, ErrorKind.UNREACHABLE})
_UNAUTHORIZED = 401
_UNAVAILABLE = 503
_FIRST_FAILURE = 300
_ANYTHING = msgspec.json.Decoder()
_NO_SUCH_ADDRESS = "It has no such address: check the url in the settings, and whether our user may use this API."


@runtime_checkable
class Renewable(Protocol):
    """An auth whose credential can be renewed after a 401."""

    def renew(self, refused: requests.PreparedRequest) -> bool:
        """Get a new credential unless another thread already did; False = there is none to be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    method: str
    path: str
    template: str
    body: bytes | None
    params: Params | None
    headers: Mapping[str, str]
    ticket: str | None = None
    write: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


class HttpSession:
    """Calls to one helpdesk: one `requests.Session` per thread, no redirects, no environment, no other host.

    Thread-safe. `clock` is the wall clock in seconds since the epoch (for Retry-After dates); `timeout` is
    (connect, read) in seconds; `max_wait` bounds the seconds that one call may wait for budgets and repeats.
    """

    def __init__(
        self,
        *,
        helpdesk: str,
        base_url: str,
        auth: AuthBase,
        limiter: Limiter,
        dialect: Dialect | None = None,
        timeout: tuple[float, float] = (5.0, 60.0),
        retries: int = 4,
        max_wait: float = 90.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self.helpdesk = helpdesk
        self.base_url = base_url.rstrip("/")
        self._auth = auth
        self._own_limiter = limiter
        self._limiter: Limiter | SharedLimiter = limiter
        self._dialect = dialect or Dialect()
        self._timeout = timeout
        self._retries = retries
        self._max_wait = max_wait
        self._patience = Patience(sleep)
        self._clock = clock
        self._jitter = jitter
        self._verify = verify
        self._proxies = dict(proxies or {})
        self._local = threading.local()
        self._lock = threading.Lock()
        #: Weakly: a session ends with its thread, or a service that runs for weeks would keep them all open.
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._calls: Counter[str] = Counter()
        self.together = Together(helpdesk)

    def get(
        self,
        path: str,
        *,
        template: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        max_wait: float | None = None,
    ) -> Answer:
        """Read. Repeated on passing trouble, at least as late as the helpdesk's Retry-After says.

        Args:
            path: below the base URL, starting with `/`. Of a whole URL only path and query are used.
            template: the path with `{names}` for its variable parts; calls are counted by it.
            params: query parameters.
            headers: besides the usual ones.
            max_wait: seconds that waits may add up to; None = the session's own bound.

        Raises:
            ConnectorError: of any kind; RATE_LIMITED with `retry_after` when the wait would exceed `max_wait`.
        """
        call = _Call(method="GET", path=path, template=template, body=None, params=params, headers=headers or {})
        return self._repeat(call, self._max_wait if max_wait is None else max_wait)

    def query(self, path: str, *, template: str, json: Any, max_wait: float | None = None) -> Answer:
        """Read by a POST that changes nothing (searches, bulk fetches). Repeated as `get` is.

        Raises:
            ConnectorError: as `get` does.
        """
        body = msgspec.json.encode(json)
        call = _Call(method="POST", path=path, template=template, body=body, params=None, headers={})
        return self._repeat(call, self._max_wait if max_wait is None else max_wait)

    def send(
        self,
        method: str,
        path: str,
        *,
        template: str,
        json: Any,
        ticket: str | None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Write, in ONE attempt. `ticket` is the id whose own budget the write counts against, if any.

        Raises:
            ConnectorError: `ambiguous` when the helpdesk may have carried it out (reset or time-out after sending,
                5xx, cut answer).
        """
        body = None if json is None else msgspec.json.encode(json)
        call = _Call(
            method=method,
            path=path,
            template=template,
            body=body,
            params=params,
            headers=headers or {},
            ticket=ticket,
            write=True,
        )
        self._acquire(call, self._max_wait)
        return self._once(call)

    def calls(self) -> Mapping[str, int]:
        """HTTP requests sent so far, by `METHOD /path/{template}`."""
        with self._lock:
            return dict(self._calls)

    def takes(self, calls: Mapping[tuple[str, str], int]) -> float:
        """Seconds that so many calls, by method and path template, take at the rate budgets; see `Limiter.takes`."""
        return self._own_limiter.takes(calls)

    def share_budgets(self, purse: Purse) -> None:
        """Take calls out of budgets that other processes use, too, from the next call on."""
        own = self._own_limiter
        self._limiter = SharedLimiter(self.helpdesk, purse, own.terms, own.clock, own.patience)

    def hurry(self) -> None:
        """The program ends: calls that wait for their turn fail at once, and no other waits any more."""
        self._patience.end()
        self._own_limiter.patience.end()

    def now(self) -> float:
        """The wall clock, in seconds since the epoch."""
        return self._clock()

    def close(self) -> None:
        """Release the connections of all threads."""
        self.together.close()
        with self._lock:
            sessions = list(self._sessions)
            self._sessions.clear()
        for session in sessions:
            session.close()

    def _repeat(self, call: _Call, max_wait: float) -> Answer:
        waited = 0.0
        for attempt in range(self._retries + 1):
            waited += self._acquire(call, max_wait - waited)
            try:
                return self._once(call)
            except ConnectorError as error:
                pause = self._pause(error, attempt)
                if error.kind not in _REPEATABLE or attempt == self._retries or waited + pause > max_wait:
                    raise
                if self._patience.is_over or (error.retry_after is not None and pause > longest_wait()):
                    raise
            self._patience.wait(pause)
            waited += pause
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause(self, error: ConnectorError, attempt: int) -> float:
        own = min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << attempt)) * (0.5 + self._jitter() / 2)
        return max(own, error.retry_after or 0.0)

    def _acquire(self, call: _Call, max_wait: float) -> float:
        brief = longest_wait()
        try:
            return self._limiter.acquire(call.method, call.template, ticket=call.ticket, max_wait=min(max_wait, brief))
        except BudgetExhaustedError as exhausted:
            later = Later(helpdesk=self.helpdesk, seconds=exhausted.wait, rank=current_rank(), scope=exhausted.scope)
            raise ConnectorError(
                f"{call.name} was not sent: {exhausted} in {self.helpdesk}. It is tried again by itself; raise "
                "budget.share in the settings if this helpdesk may be asked more often.",
                kind=ErrorKind.RATE_LIMITED,
                helpdesk=self.helpdesk,
                retry_after=exhausted.wait,
                scope=exhausted.scope,
                later=later if brief < math.inf else None,
            ) from None

    def _once(self, call: _Call) -> Answer:
        response, body = self._exchange(call)
        if (
            response.status_code == _UNAUTHORIZED
            and isinstance(self._auth, Renewable)
            and self._auth.renew(response.request)
        ):
            # A 401 is given before anything is carried out, so that even a write may be sent again.
            response, body = self._exchange(call)
        self._limiter.learn(self._dialect.readings(call.name, response.headers), ticket=call.ticket)
        if response.status_code < _FIRST_FAILURE:
            answer = Answer(response.status_code, response.headers, body, self.helpdesk, call.name, written=call.write)
            if call.write and body and is_web_page(response.headers):
                # Some writes have nothing in their answer that anybody reads: a login page must not pass for a success.
                answer.decode(_ANYTHING)
            return answer
        raise self._failure(call, response.status_code, response.headers, body)

    def _exchange(self, call: _Call) -> tuple[requests.Response, bytes]:
        with self._lock:
            self._calls[call.name] += 1
        headers = {"Accept": "application/json", **call.headers}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._session().request(
                call.method,
                self._url(call.path),
                params=call.params,
                data=call.body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            # In one piece: `response.content` would put a large page together from pieces of 10 kB.
            return response, whole_body(response.raw)
        except (requests.RequestException, HTTPError) as error:
            failure = classify_transport(error, write=call.write)
            raise ConnectorError(
                f"{call.name} on {self.helpdesk} ({urlsplit(self.base_url).netloc}): {failure.message}",
                kind=failure.kind,
                helpdesk=self.helpdesk,
                ambiguous=call.write and failure.sent,
            ) from None

    def _failure(self, call: _Call, status: int, headers: CaseInsensitiveDict[str], body: bytes) -> ConnectorError:
        kind, advice = classify_status(status)
        explanation, fields = self._dialect.explain(status, headers, body)
        if kind is ErrorKind.GONE and "{" not in call.template:
            advice = _NO_SUCH_ADDRESS
        advice = self._dialect.advice.get(kind, advice)
        retry_after = retry_after_seconds(headers.get("retry-after"), self._clock(), headers.get("date"))
        scope = Scope.HELPDESK
        if kind is ErrorKind.RATE_LIMITED:
            scope = self._dialect.scope_of(headers, body)
            retry_after = _UNNAMED_WAIT if retry_after is None else retry_after
            self._limiter.hold(scope, retry_after, method=call.method, template=call.template, ticket=call.ticket)
        elif status == _UNAVAILABLE and retry_after:
            # It asks everybody to stay away for a while, not this call alone.
            self._limiter.hold(scope, retry_after, method=call.method, template=call.template)
        said = f" ({shorten(explanation)})" if explanation else ""
        return ConnectorError(
            f"{self.helpdesk} answered {status} to {call.name}{said}. {advice}",
            kind=kind,
            helpdesk=self.helpdesk,
            status=status,
            retry_after=retry_after,
            scope=scope,
            ambiguous=call.write and kind is ErrorKind.RETRY,
            fields={name: shorten(complaint) for name, complaint in fields.items()},
        )

    def _url(self, path: str) -> str:
        parts = urlsplit(path)
        local = parts.path.removeprefix(urlsplit(self.base_url).path) if parts.netloc else parts.path
        if not local.startswith("/"):
            raise ValueError("a path starts with / and is taken below the helpdesk's own address")
        return f"{self.base_url}{local}" + (f"?{parts.query}" if parts.query else "")

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is not None:
            return session
        session = requests.Session()
        # No .netrc and no proxy from the environment: they would send our credentials elsewhere unseen.
        session.trust_env = False
        session.auth = self._auth
        session.verify = self._verify
        session.proxies.update(self._proxies)
        session.headers["User-Agent"] = _USER_AGENT
        adapter = HTTPAdapter(max_retries=Retry(0, read=False), pool_maxsize=_POOL_SIZE)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        with self._lock:
            self._sessions.add(session)
        self._local.session = session
        return session
