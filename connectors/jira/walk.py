"""Walking through the issues of a search, page by page: by token on Cloud, by the last change on Data Center."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from connectors.answer import Answer
from connectors.jira import wire
from connectors.jira.client import JiraClient
from connectors.jira.directory import Directory
from connectors.jira.jql import quoted
from connectors.jira.settings import JiraSettings
from connectors.jira.translate import UnreadableError, instant

_ORDER = "ORDER BY updated ASC, key ASC"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Found(msgspec.Struct, frozen=True):
    """One page of a search."""

    page: wire.SearchPage[wire.Fields]
    #: Rows that could not be decoded: issue id (or row number) → what is wrong.
    unreadable: Mapping[str, str]
    #: As it came, for what `page` leaves out.
    answer: Answer


class Walk:
    """The issues that the settings ask for, in the order of their last change, one HTTP call a page."""

    def __init__(
        self, settings: JiraSettings, client: JiraClient, directory: Directory, *, also: str = "", expand: str = ""
    ) -> None:
        """Keep the parts; `also` is JQL that narrows the search, `expand` what is asked for besides the fields."""
        self._settings = settings
        self._client = client
        self._directory = directory
        self._also = also
        self._expand = expand

    def pages(self, since: int | None) -> Iterator[Found]:
        """Yield the issues that changed since an instant (milliseconds since the epoch; None = all).

        Raises:
            ConnectorError: of any kind.
        """
        return self._by_token(since) if self._client.is_cloud() else self._by_change(since)

    def _jql(self, since: int | None) -> str:
        parts = []
        if self._settings.projects:
            parts.append(f"project in ({', '.join(quoted(key) for key in self._settings.projects)})")
        if self._settings.filter:
            parts.append(f"({self._settings.filter})")
        if self._also:
            parts.append(self._also)
        if since is not None:
            # A number is milliseconds since the epoch: a date would be read in our user's time zone, by the minute.
            parts.append(f"updated >= {since}")
        return f"{' AND '.join(parts)} {_ORDER}"

    def _search(self, jql: str, *, token: str | None = None, start_at: int = 0) -> Found:
        decoder = self._directory.decoder()
        answer = self._client.search(
            jql,
            fields=decoder.names,
            limit=self._settings.page_size,
            token=token,
            start_at=start_at,
            expand=self._expand,
        )
        try:
            page, unreadable = decoder.rows(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Decoding once more gives the error its usual words.
            page, unreadable = answer.decode(decoder.page), {}
        return Found(page, unreadable, answer)

    def _by_token(self, since: int | None) -> Iterator[Found]:
        """Cloud: pages of any length, until the last one.

        A token that comes back and an empty page would go round in circles; what they hide, the next poll reads.
        """
        jql = self._jql(since)
        token: str | None = None
        tokens: set[str] = set()
        while True:
            found = self._search(jql, token=token)
            yield found
            page = found.page
            token = page.next_page_token
            if page.is_last or not token or token in tokens or not (page.issues or found.unreadable):
                return
            tokens.add(token)

    def _by_change(self, since: int | None) -> Iterator[Found]:
        """Data Center: every page starts at the last change seen, not at a count.

        A count would skip an issue whenever an earlier one is edited between two pages, and ends at 10,000. It is
        used only among issues that changed in the same moment.
        """
        start_at = 0
        while True:
            found = self._search(self._jql(since), start_at=start_at)
            yield found
            count = len(found.page.issues) + len(found.unreadable)
            if count == 0 or start_at + count >= (found.page.total or 0):
                return
            last = last_change(found.page)
            since, start_at = (since, start_at + count) if last in {None, since} else (last, 0)


def milliseconds(moment: datetime) -> int:
    """An instant in whole milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def last_change(page: wire.SearchPage[wire.Fields]) -> int | None:
    """When the last issue of a page changed (ms since the epoch); None when that cannot be told."""
    try:
        return milliseconds(instant(page.issues[-1].fields.updated)) if page.issues else None
    except UnreadableError:
        return None
