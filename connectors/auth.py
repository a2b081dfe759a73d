"""Credentials on the wire that requests does not bring: bearer tokens, fixed or renewed by OAuth."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping

import msgspec
import requests
from requests.auth import AuthBase

from connectors.errors import ConnectorError, ErrorKind
from connectors.failures import classify_transport, retry_after_seconds

#: Seconds before its end at which a token is no longer used, so that it does not expire under way.
_MARGIN = 60.0
_TIMEOUT = (5.0, 30.0)
_FIRST_FAILURE = 300
_FIRST_SERVER_ERROR = 500
_TOO_MANY = 429


class BearerToken(AuthBase):
    """A fixed token, for example a personal access token."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = self._header
        return request


class _TokenReply(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float | None = None


class ClientCredentials(AuthBase):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): one owner of the token for all threads, renewed before its end."""

    def __init__(
        self,
        *,
        helpdesk: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str,
        clock: Callable[[], float] = time.monotonic,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the credentials; no call is made before the first request needs a token.

        Args:
            helpdesk: its configured name, for error texts.
            token_url: where tokens are issued.
            client_id: public part of the client's credentials.
            client_secret: secret part.
            scope: scopes to ask for, separated by spaces.
            clock: seconds, never running backwards.
            verify: as in requests: False, True or the path of a certificate bundle.
            proxies: as in requests.
        """
        self._helpdesk = helpdesk
        self._url = token_url
        self._body = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": scope,
        }
        self._clock = clock
        self._verify = verify
        self._proxies = dict(proxies or {})
        self._lock = threading.Lock()
        self._header: str | None = None
        self._ends = 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a request.

        Raises:
            ConnectorError: AUTH when the client is refused, RETRY or UNREACHABLE when no token can be had now.
        """
        with self._lock:
            if self._header is None or self._clock() >= self._ends:
                self._fetch()
            request.headers["Authorization"] = str(self._header)
        return request

    def renew(self, refused: requests.PreparedRequest) -> bool:
        """Forget the token that was refused, so that the next request fetches another.

        Returns:
            True: repeat the request, it will carry a new token.

        Raises:
            ConnectorError: as `__call__` does.
        """
        with self._lock:
            if refused.headers.get("Authorization") == self._header:
                self._fetch()
            # Otherwise another thread renewed it meanwhile, which will do as well.
        return True

    def _fetch(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.proxies.update(self._proxies)
            session.verify = self._verify
            try:
                response = session.post(self._url, json=self._body, timeout=_TIMEOUT, allow_redirects=False)
            except requests.RequestException as error:
                # Asking for a token changes nothing in the helpdesk, so nothing is left in doubt.
                failure = classify_transport(error, write=False)
                raise self._error(f"no access token could be fetched: {failure.message}", failure.kind) from None
        if response.status_code >= _FIRST_FAILURE:
            raise self._refusal(response)
        try:
            reply = msgspec.json.decode(response.content, type=_TokenReply)
        except msgspec.DecodeError:
            raise self._error(
                "the token address did not answer with a token: check the url in the settings.", ErrorKind.PROTOCOL
            ) from None
        self._header = f"Bearer {reply.access_token}"
        lifetime = float("inf") if reply.expires_in is None else reply.expires_in
        self._ends = self._clock() + max(lifetime - _MARGIN, lifetime / 2)

    def _refusal(self, response: requests.Response) -> ConnectorError:
        status, headers = response.status_code, response.headers
        if status == _TOO_MANY or status >= _FIRST_SERVER_ERROR:
            told = f"the token address answered {status}; it is tried again by itself."
            # A date counts from the answer's own; where that has none, no wait is known.
            wait = retry_after_seconds(headers.get("retry-after"), math.inf, headers.get("date"))
            return self._error(told, ErrorKind.RETRY, wait)
        return self._error(
            f"the OAuth client was refused ({status}): check client id and secret in the variables that the settings "
            "name, that the client is confidential, and that it may use the client credentials grant.",
            ErrorKind.AUTH,
        )

    def _error(self, message: str, kind: ErrorKind, retry_after: float | None = None) -> ConnectorError:
        told = f"{self._helpdesk}: {message}"
        return ConnectorError(told, kind=kind, helpdesk=self._helpdesk, retry_after=retry_after)
