"""The parts of Jira's JSON about groups that we need."""

from __future__ import annotations

import msgspec

from connectors.jira.wire import User


class MemberPage(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A page of a group's members."""

    values: tuple[User, ...]
    is_last: bool = True
