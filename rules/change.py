"""Change: one difference between what is and what should be, as a value that can be shown, stored and sent."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from rules.ticket import AccountRef, LinkKind, Priority, Scalar, StatusCategory, TicketRef


class _Change(msgspec.Struct, frozen=True, kw_only=True, tag_field="change"):
    #: The ticket that is written to. Its helpdesk's sink carries the change out.
    on: TicketRef
    #: Why, in a sentence for the journal and the plan; never sent to a customer.
    because: str
    #: The id of the rule, tier or clock that wants it.
    rule: str


class AddTags(_Change, frozen=True, kw_only=True, tag="add_tags"):
    """Put tags (labels) on the ticket, leaving all others alone."""

    tags: tuple[str, ...]


class RemoveTags(_Change, frozen=True, kw_only=True, tag="remove_tags"):
    """Take off tags that Escalade put on."""

    tags: tuple[str, ...]


class SetPriority(_Change, frozen=True, kw_only=True, tag="set_priority"):
    """Raise to a tier's floor, or restore what was there before."""

    priority: Priority
    was: Priority | None


class Assign(_Change, frozen=True, kw_only=True, tag="assign"):
    """Hand the ticket to a group."""

    group: str
    was: str | None


class AssignPerson(_Change, frozen=True, kw_only=True, tag="assign_person"):
    """Make somebody the ticket's assignee, by the helpdesk's own id of that person."""

    person: str
    was: str | None


class Transition(_Change, frozen=True, kw_only=True, tag="transition"):
    """Move the ticket to a status, by the helpdesk's own word for it."""

    status: str
    was: str
    was_category: StatusCategory
    #: Move it back when nothing asks for the status any more.
    restore: bool = False


class SetField(_Change, frozen=True, kw_only=True, tag="set_field"):
    """Set one custom field, by the name that the settings give it."""

    field: str
    value: Scalar
    was: Scalar


class PostComment(_Change, frozen=True, kw_only=True, tag="post_comment"):
    """Say something once. `key` names the occasion: the same key is never posted twice on a ticket."""

    key: str
    #: Plain text with line breaks; the sink renders it safely for its helpdesk (no markup, no placeholders).
    body: str
    public: bool = False


class KeepNote(_Change, frozen=True, kw_only=True, tag="keep_note"):
    """Keep one internal note current: edit the one that is there where the helpdesk can, else post a newer one."""

    key: str
    #: Plain text with line breaks.
    body: str
    #: What the note says, apart from the time that passes: equal marks, nothing new.
    essence: str
    #: The helpdesk's id of the note to edit; None = post one.
    comment: str | None = None
    #: When the note that this one replaces was said (UTC); None = it is the first, or the one before is not ours to
    #: touch any more.
    since: datetime | None = None


class Notify(_Change, frozen=True, kw_only=True, tag="notify"):
    """Tell something on a channel once. `key` names the occasion: the same key is never sent twice for a ticket."""

    key: str
    channel: str
    title: str
    #: Plain text with line breaks.
    body: str
    #: Where an agent opens the ticket.
    url: str
    #: Goes beyond the channel's limit.
    urgent: bool = False


class RemediationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of remediation work, created as a subtask."""

    key: str
    title: str
    body: str
    due_on: date | None = None
    #: The helpdesk's id of the person who should have it.
    assignee: str | None = None
    tags: tuple[str, ...] = ()


class CreateRemediation(_Change, frozen=True, kw_only=True, tag="create_remediation"):
    """Create subtasks below `on`, which is the linked ticket in the tracker."""

    items: tuple[RemediationItem, ...]


class CompleteWork(_Change, frozen=True, kw_only=True, tag="complete_work"):
    """Move a piece of work that we created, `on`, to the status that says it is done, because it is."""

    key: str
    title: str
    #: The helpdesk's own word for the status.
    status: str
    #: Where it stood.
    was: str


class OpenLinked(_Change, frozen=True, kw_only=True, tag="open_linked"):
    """Open the tracker's ticket for `on` where none is linked yet. `key` names the occasion."""

    key: str
    #: The helpdesk that the new ticket is opened in (its sink carries the change out).
    helpdesk: str
    project: str
    type: str
    subject: str
    body: str
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    #: It is the record of this account's escalation, of which there may be only one.
    account: AccountRef | None = None


class LinkTicket(_Change, frozen=True, kw_only=True, tag="link_ticket"):
    """Tie `on` to another ticket; a tie that already exists is left as it is."""

    to: TicketRef
    kind: LinkKind
    #: The other ticket's human key, title and address, for helpdesks that show them.
    key: str
    title: str
    url: str


Change = (
    AddTags
    | RemoveTags
    | SetPriority
    | Assign
    | AssignPerson
    | Transition
    | SetField
    | PostComment
    | KeepNote
    | CreateRemediation
    | CompleteWork
    | OpenLinked
    | LinkTicket
    | Notify
)


def target_of(change: Change) -> str:
    """What the change is written to: the tracker that a ticket is opened in, `channel:NAME`, else where `on` lives."""
    if isinstance(change, Notify):
        return channel_target(change.channel)
    return change.helpdesk if isinstance(change, OpenLinked) else change.on.helpdesk


def channel_target(channel: str) -> str:
    """The name that a channel has among the targets of changes: no helpdesk can be called so."""
    return f"channel:{channel}"
