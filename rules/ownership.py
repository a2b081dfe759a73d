"""Ownership: how the ledger follows what people do and what we write. Pure arithmetic on ledgers.

The ledger holds confirmed writes only, so a write of unknown outcome can never look like a person's act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

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
    Transition,
)
from rules.ledger import Ledger, Override, Owned, OwnedStatus, Shown
from rules.parts import (
    ASSIGNEE,
    EXACT_PRIORITY,
    GROUP,
    PRIORITY,
    STATUS,
    done_part,
    field_part,
    note_part,
    overridden,
    same_status,
    tag_part,
)
from rules.ticket import Priority, Scalar, StatusCategory, Ticket, TicketRef

_NONE: Mapping[str, str] = MappingProxyType({})
#: The `rule` of changes that take back what nothing asks for any more.
RELEASE = "release"
#: What connectors may call the whole of a ticket's tags when a helpdesk refuses them.
TAGS = "tags"
_NOTHING_OWNED = (None, None, None, None)
_TAG_PARTS = frozenset({TAGS, "labels"})


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What people did to values of ours since our last write."""

    ledger: Ledger
    #: One sentence for the journal each.
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Page:
    """A ledger while it is being brought up to date."""

    tags: set[str]
    priority: Owned | None
    group: Owned | None
    assignee: Owned | None
    status: OwnedStatus | None
    fields: dict[str, Owned]
    comments: dict[str, datetime]
    notified: dict[str, datetime]
    remediation: dict[str, TicketRef]
    completed: dict[str, datetime]
    opened: dict[str, TicketRef]
    links: set[str]
    overrides: dict[str, Override]
    met: dict[str, Scalar]
    kept: dict[str, Shown]

    @classmethod
    def of(cls, ledger: Ledger) -> _Page:
        return cls(
            tags=set(ledger.tags),
            priority=ledger.priority,
            group=ledger.group,
            assignee=ledger.assignee,
            status=ledger.status,
            fields=dict(ledger.fields),
            comments=dict(ledger.comments),
            notified=dict(ledger.notified),
            remediation=dict(ledger.remediation),
            completed=dict(ledger.completed),
            opened=dict(ledger.opened),
            links=set(ledger.links),
            overrides=dict(ledger.overrides),
            met=dict(ledger.met),
            kept=dict(ledger.kept),
        )

    def onto(self, ledger: Ledger) -> Ledger:
        return replace(
            ledger,
            tags=frozenset(self.tags),
            priority=self.priority,
            group=self.group,
            assignee=self.assignee,
            status=self.status,
            fields=self.fields,
            comments=self.comments,
            notified=self.notified,
            remediation=self.remediation,
            completed=self.completed,
            opened=self.opened,
            links=frozenset(self.links),
            overrides=self.overrides,
            met=self.met,
            kept=self.kept,
        )

    def stand_back(self, part: str, wanted: Scalar, now: datetime) -> None:
        self.overrides[part] = Override(wanted=wanted, seen_at=now)


def fulfils(ticket: Ticket, part: str, wanted: Scalar) -> bool:
    """Whether the ticket has what a wish for a part asks for: the tag, the value, a priority at least as high."""
    if part == EXACT_PRIORITY:
        return ticket.priority == wanted
    kind, _, name = part.partition(":")
    if kind == PRIORITY:
        return ticket.priority is not None and ticket.priority.rank >= Priority(str(wanted)).rank
    if kind == "tag":
        return name in ticket.tags
    if kind == STATUS:
        return same_status(ticket.status_name, str(wanted))
    if kind == ASSIGNEE:
        return ticket.assignee == wanted
    return kind == "field" and ticket.fields.get(name) == wanted


def link_key(change: LinkTicket, home: TicketRef) -> str:
    """The key of a tie in `Ledger.links`: `kind:helpdesk:id` of the other end, `:back` for the tie that it holds."""
    return f"{change.kind}:{change.to}" if change.on == home else f"{change.kind}:{change.on}:back"


def observe(ledger: Ledger, ticket: Ticket, now: datetime) -> Observation:
    """Find what people changed of ours, or of theirs against our wish: we stand back while we would want the same.

    Args:
        ledger: What we own, confirmed writes only.
        ticket: The ticket, read after the last of those writes.
        now: The instant of looking (UTC), kept with each override.
    """
    if ticket.status is StatusCategory.DELETED or not _holds_values(ledger):
        return Observation(ledger=ledger, notes=())
    page = _Page.of(ledger)
    notes: list[str] = []
    for tag in sorted(ledger.tags - ticket.tags):
        page.tags.remove(tag)
        page.stand_back(tag_part(tag), True, now)
        notes.append(f"somebody removed our tag {tag}; we leave it off")
    for part in (PRIORITY, GROUP, ASSIGNEE):
        owned, found = getattr(ledger, part), getattr(ticket, part)
        if owned is not None and owned.ours != found:
            setattr(page, part, None)
            page.stand_back(part, owned.ours, now)
            notes.append(_changed(part, owned, found))
    if (status := ledger.status) is not None and not same_status(status.ours, ticket.status_name):
        page.status = None
        page.stand_back(STATUS, status.ours, now)
        notes.append(_changed(STATUS, status, ticket.status_name))
    for name, owned in ledger.fields.items():
        if owned.ours != ticket.fields.get(name):
            del page.fields[name]
            page.stand_back(field_part(name), owned.ours, now)
            notes.append(_changed(f"field {name}", owned, ticket.fields.get(name)))
    for part, wanted in ledger.met.items():
        if not fulfils(ticket, part, wanted):
            del page.met[part]
            page.stand_back(overridden(part), wanted, now)
            what = overridden(part).replace(":", " ")
            notes.append(f"somebody took back {what}, which we wanted {_wish(wanted)}; we leave it so")
    return Observation(ledger=page.onto(ledger) if notes else ledger, notes=tuple(notes))


def _holds_values(ledger: Ledger) -> bool:
    """Whether people could have changed anything of ours, or against our wish."""
    values = (ledger.priority, ledger.group, ledger.assignee, ledger.status)
    return bool(ledger.tags or ledger.fields or ledger.met) or values != _NOTHING_OWNED


def after(  # noqa: PLR0917 - what was ours, what was written, and what became of it
    ledger: Ledger,
    changes: Sequence[Change],
    created: Mapping[str, TicketRef],
    refused: Mapping[str, str],
    now: datetime,
    editable: Mapping[str, str] = _NONE,
) -> Ledger:
    """The ledger after a write took effect.

    Args:
        ledger: The ledger before.
        changes: What was written.
        created: Occasion or item key → the ticket that was created for it.
        refused: Part (`priority`, `group`, `tags`, a field's name or `field:NAME`, an item's or occasion's key) → the
            helpdesk's complaint. Refused parts are not ours; we stand back from them as if a person had undone them.
        now: When it took effect (UTC).
        editable: Key of a kept note → the id by which the helpdesk lets it be edited.
    """
    outcome = _Outcome(
        page=_Page.of(ledger), home=ledger.ref, created=created, refused=refused, now=now, editable=editable
    )
    for change in changes:
        outcome.enter(change)
    return outcome.page.onto(ledger)


def owned_after(owned: Owned | None, ours: Scalar, was: Scalar) -> Owned | None:
    """Ownership of a value after we wrote `ours` over `was`; None when that put back what people had set."""
    before = owned.before if owned is not None and owned.ours == was else was
    return None if ours == before else Owned(ours=ours, before=before)


def _changed(part: str, owned: Owned | OwnedStatus, now: Scalar) -> str:
    return f"somebody changed {part} from our {owned.ours!s} to {_named(now)}; we leave it so"


def _wish(wanted: Scalar) -> str:
    return "there" if wanted is True else f"at {wanted}"


def _named(value: Scalar) -> str:
    return "nothing" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of one write, and the page that it is entered on."""

    page: _Page
    home: TicketRef
    created: Mapping[str, TicketRef]
    refused: Mapping[str, str]
    now: datetime
    editable: Mapping[str, str]

    def enter(self, change: Change) -> None:
        page = self.page
        match change:
            case AddTags() | RemoveTags():
                self._tags(change)
            case SetPriority():
                page.priority = self._owned(page.priority, PRIORITY, change.priority.value, change.was)
            case Assign():
                self._group(change)
            case AssignPerson():
                page.assignee = self._owned(page.assignee, ASSIGNEE, change.person, change.was)
            case Transition():
                self._status(change)
            case SetField():
                self._field(change)
            case _:
                self._work(change)

    def _work(self, change: Change) -> None:
        page = self.page
        match change:
            case PostComment():
                page.comments[change.key] = self.now
            case KeepNote():
                self._kept(change)
            case Notify():
                # A notice that the channel refused is not sent again either: it would be refused again.
                page.notified[change.key] = self.now
            case CreateRemediation():
                for item in change.items:
                    self._created(page.remediation, item.key)
            case CompleteWork():
                if not self._declined(done_part(change.key), change.status):
                    page.completed[change.key] = self.now
            case OpenLinked():
                self._created(page.opened, change.key)
            case LinkTicket():
                page.links.add(link_key(change, self.home))

    def _owned(self, owned: Owned | None, part: str, ours: Scalar, was: Scalar, *names: str) -> Owned | None:
        """Ownership after a value was written or declined."""
        if not self._declined(part, ours, *names):
            return owned_after(owned, ours, was)
        # What cannot be given back ends our ownership too: asked again at every visit, it would be declined again.
        return None if owned is not None and owned.before == ours else owned

    def _declined(self, part: str, wanted: Scalar, *names: str) -> bool:
        declined = not self.refused.keys().isdisjoint({part, *names})
        if declined:
            self.page.stand_back(part, wanted, self.now)
        return declined

    def _tags(self, change: AddTags | RemoveTags) -> None:
        for tag in change.tags:
            if isinstance(change, RemoveTags):
                # A removal that was refused ends our ownership too: the tag stays, as somebody else's.
                self.page.tags.discard(tag)
            elif not self._declined(tag_part(tag), True, *_TAG_PARTS):
                self.page.tags.add(tag)

    def _group(self, change: Assign) -> None:
        """A group is handed over once for a wish, so also one that people had set before stays known as wished."""
        self.page.group = self._owned(self.page.group, GROUP, change.group, change.was)
        if self.page.group is None and change.rule != RELEASE and GROUP not in self.refused:
            self.page.group = Owned(ours=change.group, before=change.group)

    def _status(self, change: Transition) -> None:
        owned = self.page.status
        if self._declined(STATUS, change.status):
            # What cannot be given back ends our ownership too.
            self.page.status = None if owned is not None and same_status(owned.before, change.status) else owned
            return
        if owned is None or not same_status(owned.ours, change.was):
            owned = OwnedStatus(ours="", before=change.was, category=change.was_category)
        back = same_status(owned.before, change.status)
        self.page.status = None if back else replace(owned, ours=change.status, restore=change.restore)

    def _field(self, change: SetField) -> None:
        known = self.page.fields.get(change.field)
        owned = self._owned(known, field_part(change.field), change.value, change.was, change.field)
        if owned is None:
            self.page.fields.pop(change.field, None)
        else:
            self.page.fields[change.field] = owned

    def _kept(self, change: KeepNote) -> None:
        """A note that somebody edited or deleted is theirs; what is news after this is said in a note of its own."""
        if self._declined(note_part(change.key), change.essence, change.key):
            self.page.kept.pop(change.key, None)
            return
        comment = self.editable.get(change.key)
        self.page.kept[change.key] = Shown(essence=change.essence, at=self.now, comment=comment)

    def _created(self, kept: dict[str, TicketRef], key: str) -> None:
        if key in self.created:
            kept[key] = self.created[key]
        else:
            self._declined(key, True)
