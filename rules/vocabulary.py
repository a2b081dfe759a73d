"""Vocabulary: the words a helpdesk really has, so that a policy naming another is refused early."""

from __future__ import annotations

import msgspec

from rules.ticket import Priority


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What may be named for one helpdesk. None = the helpdesk could not tell, so it is not checked."""

    helpdesk: str
    groups: frozenset[str] | None = None
    #: Groups whose members can be read; they may be others than those that own tickets.
    people_groups: frozenset[str] | None = None
    #: Ids of the people who can be assignees.
    people: frozenset[str] | None = None
    #: Statuses that a ticket can be moved to.
    statuses: frozenset[str] | None = None
    #: Priorities that can be written.
    priorities: frozenset[Priority] | None = None
    #: Custom fields by configured name.
    fields: frozenset[str] | None = None
    #: Allowed values of choice fields, by configured name.
    field_values: dict[str, frozenset[str]] = {}
    projects: frozenset[str] | None = None
    #: Ticket types by project (for opening tracker tickets).
    types: dict[str, frozenset[str]] = {}
    #: The subtask type exists, by project.
    subtasks: dict[str, bool] = {}
