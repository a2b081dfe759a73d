"""Pace: which calls carry out what a plan says, so that it can be told how long that takes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from connectors.base import WriteKind

_LINKS = "/api/v2/jira/links"
#: Tickets are read many at a time, what belongs to them one by one.
_READ = (("GET", "/api/v2/tickets/{id}/comments"),)
_UPDATE = (("PUT", "/api/v2/tickets/{id}"),)
_CREATE = (("POST", "/api/v2/tickets"),)
_WRITES: Mapping[WriteKind, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        WriteKind.OPEN: _CREATE,
        WriteKind.REMEDIATE: _CREATE,
        WriteKind.LINK: (("GET", _LINKS), ("POST", _LINKS)),
    }
)


def calls_of(reads: int, writes: Mapping[WriteKind, int], *, with_links: bool) -> Counter[tuple[str, str]]:
    """The calls, by method and path template, that fresh reads of so many tickets and so many writes send."""
    calls = Counter(dict.fromkeys((*_READ, *((("GET", _LINKS),) if with_links else ())), reads))
    for kind, count in writes.items():
        calls.update(dict.fromkeys(_WRITES.get(kind, _UPDATE), count))
    return calls
