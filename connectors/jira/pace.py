"""Pace: which calls carry out what a plan says, so that it can be told how long that takes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from connectors.base import WriteKind
from connectors.jira.client import BULK_CREATE, COMMENTS, CREATE, ISSUE, ISSUE_LINK, TRANSITIONS

_UPDATE = (("PUT", ISSUE),)
_WRITES: Mapping[WriteKind, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        WriteKind.TRANSITION: (("GET", TRANSITIONS), ("POST", TRANSITIONS)),
        WriteKind.COMMENT: (("POST", COMMENTS),),
        WriteKind.KEEP: (("POST", COMMENTS),),
        WriteKind.OPEN: (("POST", CREATE),),
        WriteKind.REMEDIATE: (("POST", BULK_CREATE),),
        WriteKind.LINK: (("POST", ISSUE_LINK),),
    }
)


def calls_of(reads: int, writes: Mapping[WriteKind, int]) -> Counter[tuple[str, str]]:
    """The calls, by method and path template, that fresh reads of so many tickets and so many writes send."""
    # Cloud reads many at a time, Data Center one by one; who reckons with the latter is never too hopeful.
    calls = Counter({("GET", ISSUE): reads})
    for kind, count in writes.items():
        calls.update(dict.fromkeys(_WRITES.get(kind, _UPDATE), count))
    return calls
