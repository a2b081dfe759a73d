"""The newest issues of a project as the primary store has them, whatever the search index knows by now.

Jira numbers the issues of a project one after the other. The index tells a number to begin at; from there each one is
asked for, upwards until none is given out any more, downwards until all are older than what is looked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

import msgspec

from connectors.jira import wire
from connectors.jira.client import BULK_READ_LIMIT, JiraClient
from connectors.jira.jql import quoted
from connectors.jira.translate import instant

#: Numbers asked for at a time where each takes a call (Data Center).
_ONE_BY_ONE = 20
#: Blocks of numbers looked at each way before it is given up; the index has to catch up then after all.
_MOST_BLOCKS = 10
_PAGE = msgspec.json.Decoder(wire.StubPage)


class CrowdedError(Exception):
    """So many issues were created that not all of them are looked at."""


def newest(client: JiraClient, project: str, since: datetime) -> Iterator[wire.Stub]:
    """Every issue that was created in a project since an instant, in any order, and some older ones.

    A whole block of numbers that no issue has, be it for having been deleted, is taken for the end of those given out,
    and one of which all issues are older for the begin of what is looked for.

    Raises:
        CrowdedError: there are more than are looked at.
        ConnectorError: from the calls.
    """
    prefix, last = _newest_known(client, project)
    size = BULK_READ_LIMIT if client.is_cloud() else _ONE_BY_ONE
    upwards, downwards = itertools.count(last + 1, size), range(last - size + 1, 1 - size, -size)
    for firsts, is_last in ((upwards, _is_free), (downwards, partial(_is_older, since=since))):
        for count, first in enumerate(firsts):
            if count == _MOST_BLOCKS:
                raise CrowdedError
            block = client.stubs([f"{prefix}-{number}" for number in range(max(1, first), first + size)])
            yield from block
            if is_last(block):
                break


def _newest_known(client: JiraClient, project: str) -> tuple[str, int]:
    """What the index has for the newest issue: the project's key in its key, and its number; 0 = there is none."""
    answer = client.search(f"project = {quoted(project)} ORDER BY key DESC", fields=["created"], limit=1)
    found = answer.decode(_PAGE).issues
    prefix, _, number = found[0].key.rpartition("-") if found else (project, "", "0")
    return prefix, int(number)


def _is_free(block: Sequence[wire.Stub]) -> bool:
    return not block


def _is_older(block: Sequence[wire.Stub], since: datetime) -> bool:
    return bool(block) and all(stub.fields is not None and instant(stub.fields.created) < since for stub in block)
