"""Diff: what has to change on the ticket itself, and what is left alone out of respect for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    Notify,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.decision import Decision
from rules.escalation.standing import ALONE, Around
from rules.hearing import disarmed
from rules.ledger import Ledger, Owned, OwnedStatus
from rules.ownership import RELEASE
from rules.parts import ASSIGNEE, GROUP, PRIORITY, STATUS, field_part, same_status, tag_part
from rules.ticket import Priority, Scalar, Ticket


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wanted and not written."""

    what: str
    why: str


Step = Change | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The three things that a diff looks at: what is, what should be, and what of it is ours."""

    ticket: Ticket
    decision: Decision
    ledger: Ledger
    #: The escalation of its account.
    around: Around = ALONE

    def stands_back(self, part: str, wanted: Scalar) -> str | None:
        """Why we leave a part alone: a person decided otherwise while we wanted this same value."""
        override = self.ledger.overrides.get(part)
        if override is None or override.wanted != wanted:
            return None
        if override.adopted:
            return f"it was so when Escalade was adopted, at {override.seen_at:%Y-%m-%d %H:%M} UTC"
        return f"somebody decided otherwise, seen at {override.seen_at:%Y-%m-%d %H:%M} UTC"

    def because(self, source: str) -> str:
        """The reason that a source gave."""
        return next((reason.text for reason in self.decision.considered if reason.source == source), source)

    def source(self, part: str) -> str:
        """Which part of the policy wants a part of the ticket as it is wanted."""
        return self.decision.desired.sources.get(part, "policy")

    @property
    def group_before(self) -> str | None:
        """The group to hand back to."""
        return self._before(self.ledger.group)

    @property
    def assignee_before(self) -> str | None:
        """The person to hand back to."""
        return self._before(self.ledger.assignee)

    @property
    def status_before(self) -> OwnedStatus | None:
        """Our status, when it is to be taken back: the policy says so, and the ticket is still open."""
        owned = self.ledger.status
        return owned if owned is not None and owned.restore and self.ticket.status.is_open else None

    def _before(self, owned: Owned | None) -> str | None:
        """Whom to hand back to: after de-escalation, while work is still owed; who solved a ticket keeps it."""
        if self.decision.escalation is not None or owned is None or not self.ticket.status.is_open:
            return None
        return owned.before if isinstance(owned.before, str) and owned.before != owned.ours else None

    @property
    def undone_because(self) -> str:
        """Why something of ours is taken back."""
        if not self.ticket.status.is_open:
            return f"the ticket is {self.ticket.status}"
        return "nothing asks for it any more"


def diff_tags(this: Comparison) -> Iterator[Step]:
    """Add what is missing, one change for each source; remove what is ours and no longer wanted."""
    desired = this.decision.desired.tags
    missing: dict[str, list[str]] = {}
    for tag, source in desired.items():
        if tag in this.ticket.tags:
            continue
        if why := this.stands_back(tag_part(tag), True):
            yield Skipped(what=f"tag {tag}", why=why)
        else:
            missing.setdefault(source, []).append(tag)
    for source, tags in missing.items():
        yield AddTags(on=this.ticket.ref, because=this.because(source), rule=source, tags=tuple(tags))
    obsolete = (this.ledger.tags & this.ticket.tags) - desired.keys()
    if obsolete:
        yield RemoveTags(on=this.ticket.ref, because=this.undone_because, rule=RELEASE, tags=tuple(sorted(obsolete)))


def diff_priority(this: Comparison) -> Iterator[Step]:
    """Set what is wanted exactly, or raise to the floor; when that is over, go back as far as what people had set."""
    now = this.ticket.priority
    base = this.ledger.base_priority(now)
    exact, floor = this.decision.desired.priority, this.decision.desired.priority_floor
    raised = exact is not None or (floor is not None and (base is None or floor.rank > base.rank))
    target = (exact or floor) if raised else base
    if target == now:
        return
    if target is None:
        yield Skipped(what="priority", why="nobody had set one before, and helpdesks do not take one back")
    elif raised and (why := this.stands_back(PRIORITY, target.value)):
        yield Skipped(what=f"priority {target}", why=why)
    elif now is None and this.ticket.priority_name is not None:
        yield Skipped(
            what=f"priority {target}",
            why=f"the helpdesk's priority {this.ticket.priority_name!r} is not mapped; it may be higher than that",
        )
    else:
        yield _priority(this, target, now, raised=raised)


def _priority(this: Comparison, target: Priority, now: Priority | None, *, raised: bool) -> SetPriority:
    return SetPriority(
        on=this.ticket.ref,
        because=this.decision.desired.priority_because if raised else this.undone_because,
        rule=this.source(PRIORITY) if raised else RELEASE,
        priority=target,
        was=now,
    )


def diff_group(this: Comparison) -> Iterator[Step]:
    """Hand over on entry into a tier, once; hand back on de-escalation of a ticket that is still open."""
    ticket, owned, wanted = this.ticket, this.ledger.group, this.decision.desired.group
    if wanted is not None:
        if ticket.group == wanted or (owned is not None and owned.ours == wanted):
            return
        if why := this.stands_back(GROUP, wanted):
            yield Skipped(what=f"group {wanted}", why=why)
            return
        because = this.decision.desired.group_because
        yield Assign(on=ticket.ref, because=because, rule=this.source(GROUP), group=wanted, was=ticket.group)
    elif (before := this.group_before) is not None and owned is not None and owned.ours == ticket.group:
        yield Assign(on=ticket.ref, because=this.undone_because, rule=RELEASE, group=before, was=ticket.group)


def diff_assignee(this: Comparison) -> Iterator[Step]:
    """Give the ticket to the person who is wanted; give it back on de-escalation of a ticket that is still open."""
    ticket, owned, wanted = this.ticket, this.ledger.assignee, this.decision.desired.assignee
    if wanted is not None:
        if ticket.assignee == wanted:
            return
        if why := this.stands_back(ASSIGNEE, wanted):
            yield Skipped(what=f"assignee {wanted}", why=why)
            return
        source = this.source(ASSIGNEE)
        yield AssignPerson(
            on=ticket.ref,
            because=this.decision.desired.assignee_because,
            rule=source,
            person=wanted,
            was=ticket.assignee,
        )
    elif (before := this.assignee_before) is not None and owned is not None and owned.ours == ticket.assignee:
        yield AssignPerson(on=ticket.ref, because=this.undone_because, rule=RELEASE, person=before, was=ticket.assignee)


def diff_status(this: Comparison) -> Iterator[Step]:
    """Move to the status that is wanted; back to the one before only where the policy says so."""
    ticket, wanted = this.ticket, this.decision.desired.status
    now: dict[str, Any] = {"on": ticket.ref, "was": ticket.status_name, "was_category": ticket.status}
    if wanted is not None:
        if same_status(ticket.status_name, wanted):
            return
        if why := this.stands_back(STATUS, wanted):
            yield Skipped(what=f"status {wanted}", why=why)
            return
        source = this.source(STATUS)
        restore = this.decision.desired.restore_status
        yield Transition(because=this.because(source), rule=source, status=wanted, restore=restore, **now)
    elif (owned := this.status_before) is not None and same_status(ticket.status_name, owned.ours):
        yield Transition(because=this.undone_because, rule=RELEASE, status=owned.before, **now)


def diff_fields(this: Comparison) -> Iterator[Step]:
    """Set the fields that are wanted; put back what was there before in ours that nothing names any more."""
    ticket, desired = this.ticket, this.decision.desired.fields
    for name, value in desired.items():
        now = ticket.fields.get(name)
        if now == value:
            continue
        if why := this.stands_back(field_part(name), value):
            yield Skipped(what=f"field {name}", why=why)
            continue
        source = this.source(field_part(name))
        yield SetField(on=ticket.ref, because=this.because(source), rule=source, field=name, value=value, was=now)
    for name, owned in this.ledger.fields.items():
        now = ticket.fields.get(name)
        if name not in desired and now == owned.ours:
            yield SetField(
                on=ticket.ref, because=this.undone_because, rule=RELEASE, field=name, value=owned.before, was=now
            )


def diff_notes(this: Comparison) -> Iterator[PostComment]:
    """Say what was not said yet."""
    for note in this.decision.desired.notes:
        if note.key not in this.ledger.comments:
            yield PostComment(
                on=this.ticket.ref,
                because=note.because,
                rule=note.rule,
                key=note.key,
                body=disarmed(note.body),
                public=note.public,
            )


def diff_notices(this: Comparison) -> Iterator[Step]:
    """Tell what was not told yet, and name what waits for its channel."""
    for notice in this.decision.desired.notices:
        if notice.not_before is not None:
            opens = f"{notice.not_before:%Y-%m-%d %H:%M} UTC"
            why = f"nobody reads the channel {notice.channel} before {opens}; it is sent then"
            yield Skipped(what=f"notice {notice.key}", why=why)
            continue
        yield Notify(
            on=this.ticket.ref,
            because=notice.because,
            rule=notice.rule,
            key=notice.key,
            channel=notice.channel,
            title=notice.title,
            body=notice.body,
            url=this.ticket.url,
            urgent=notice.urgent,
        )
