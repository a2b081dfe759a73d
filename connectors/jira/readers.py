"""How to speak to requesters: their language and time zone, which Jira tells of one user at a time."""

from __future__ import annotations

from threading import Lock

from connectors.errors import ConnectorError, ErrorKind
from connectors.jira.client import JiraClient
from rules.reader import NOBODY, Reader, locale_of

#: Seconds for which what was told is good.
_MAX_AGE = 3600.0
#: Jira does not show us this user; the tickets are read all the same.
_HIDDEN = frozenset({ErrorKind.GONE, ErrorKind.AUTH, ErrorKind.REJECTED})


class Readers:
    """Looks people up, each at most once an hour. Thread-safe."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._lock = Lock()
        self._known: dict[str, tuple[float, Reader]] = {}

    def reader(self, account: str) -> Reader:
        """How to speak to somebody, by their id; nothing is known of those whom Jira hides from us.

        Raises:
            ConnectorError: when Jira cannot be read.
        """
        now = self._client.now()
        with self._lock:
            known = self._known.get(account)
        if known is not None and now - known[0] <= _MAX_AGE:
            return known[1]
        found = self._ask(account)
        with self._lock:
            self._known[account] = (now, found)
        return found

    def _ask(self, account: str) -> Reader:
        try:
            person = self._client.person(account)
        except ConnectorError as error:
            if error.kind not in _HIDDEN:
                raise
            return NOBODY
        return Reader(locale=locale_of(person.locale), zone=person.time_zone)
