"""zenpy, whose only way out is our own session. Loading it takes a while, so whoever reads nothing loads it not.

zenpy sleeps without limit on a 429, retries by its own rules and follows any address. So it gets a session whose
only way out is our own HTTP session: budgets, repeats and errors are the same as everywhere, and no other host is
asked.
"""

from __future__ import annotations

from typing import Any

import msgspec
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from zenpy import Zenpy
from zenpy.lib.exception import ZenpyException

from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession

#: How zenpy fails at JSON that is not Zendesk's.
NOT_UNDERSTOOD = (ZenpyException, KeyError, TypeError, AttributeError, ValueError)
_ANY_JSON = msgspec.json.Decoder()


def zenpy_over(http: HttpSession) -> Zenpy:
    """A zenpy that only reads, through this session."""
    session = requests.Session()
    # zenpy asks for credentials unless the session says that it brings its own.
    session.authorized = True  # type: ignore[attr-defined]  # zenpy's own mark
    for scheme in ("https://", "http://"):
        session.mount(scheme, _OurWayOut(http))
    return Zenpy(subdomain="account", session=session, disable_cache=True)


class _OurWayOut(BaseAdapter):
    """Sends what zenpy asks for through our session; reading is all it may do."""

    def __init__(self, http: HttpSession) -> None:
        super().__init__()
        self._http = http

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:  # type: ignore[override]  # time-outs and proxies are our session's
        path = str(request.path_url)
        if request.method != "GET":
            raise ConnectorError("metadata is only read", kind=ErrorKind.REJECTED, helpdesk=self._http.helpdesk)
        answer = self._http.get(path, template=path.partition("?")[0].removesuffix(".json"))
        # zenpy takes what is not JSON for a download and hands on its bytes.
        answer.decode(_ANY_JSON)
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.request = request
        response.url = str(request.url)
        response._content = answer.body  # noqa: SLF001 - how every requests adapter hands over a body it has read
        return response

    def close(self) -> None:
        """Nothing to close: the session is ours."""
