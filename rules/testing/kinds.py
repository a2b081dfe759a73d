"""Kind: what sort of thing is done to a ticket, in the words of expectations."""

from __future__ import annotations

from enum import StrEnum

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    Notify,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
)
from rules.restraint import ANSWER


class Kind(StrEnum):
    """The sorts of changes."""

    TAGS = "tags"
    PRIORITY = "priority"
    GROUP = "group"
    ASSIGNEE = "assignee"
    STATUS = "status"
    FIELDS = "fields"
    NOTES = "notes"
    PUBLIC_NOTES = "public_notes"
    ANSWERS = "answers"
    KEPT = "kept"
    NOTICES = "notices"
    OPENS = "opens"
    LINKS = "links"
    WORK = "work"


_OF = {
    AddTags: Kind.TAGS,
    RemoveTags: Kind.TAGS,
    SetPriority: Kind.PRIORITY,
    Assign: Kind.GROUP,
    AssignPerson: Kind.ASSIGNEE,
    SetField: Kind.FIELDS,
    KeepNote: Kind.KEPT,
    Notify: Kind.NOTICES,
    OpenLinked: Kind.OPENS,
    LinkTicket: Kind.LINKS,
    CreateRemediation: Kind.WORK,
    CompleteWork: Kind.WORK,
}


def kind_of(change: Change) -> Kind:
    """The sort of a change."""
    if isinstance(change, PostComment):
        if change.public:
            return Kind.PUBLIC_NOTES
        return Kind.ANSWERS if change.key.startswith(ANSWER) else Kind.NOTES
    return _OF.get(type(change), Kind.STATUS)
