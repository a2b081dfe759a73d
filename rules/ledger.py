"""Ledger: what Escalade itself put on one ticket, and what was there before. The licence to touch anything."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.escalation.standing import Standing
from rules.parts import same_status
from rules.ticket import Priority, Scalar, StatusCategory, Ticket, TicketRef


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """One value of ours on the ticket and the value that it replaced."""

    ours: Scalar
    before: Scalar


class OwnedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A status of ours, by the helpdesk's words, and the one that it replaced."""

    ours: str
    before: str
    #: Where the ticket stood before.
    category: StatusCategory
    #: Go back when nothing asks for it any more.
    restore: bool = False


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A human undid or changed something of ours: we stand back for as long as we would want the same value."""

    #: What we wanted when the human stepped in; a different wish later is a new decision and may be written.
    wanted: Scalar
    seen_at: datetime
    #: It was so when Escalade was adopted on the ticket.
    adopted: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A kept note as it stands on the ticket."""

    #: Marks what it says.
    essence: str
    #: When it was written last (UTC).
    at: datetime
    #: The helpdesk's id by which it is edited; None = this helpdesk does not let comments be edited.
    comment: str | None = None


class TierStep(msgspec.Struct, frozen=True, gc=False):
    """One entry into a tier (UTC) and what led there."""

    tier: str
    at: datetime
    because: str
    #: The path that the tier belonged to; empty = the policy had no paths.
    path: str = ""
    #: When the escalation was acknowledged in this tier (UTC); None = it was not.
    acknowledged_at: datetime | None = None


class Climb(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stay on the ladder: from its begin to its end (UTC), and what led there."""

    since: datetime
    #: None = it goes on.
    until: datetime | None = None
    #: The rule, cell, clock, time-out or case that began it.
    because: str = ""
    #: The last tier of it.
    tier: str = ""


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ticket stands on the tier ladder."""

    tier: str
    #: When this tier was entered (UTC): tier time-outs count from here.
    entered_at: datetime
    #: The rule, cell, clock or time-out that led into this tier.
    because: str
    #: When the climb began (entry into the first tier of this episode).
    since: datetime
    #: 1 for the first escalation of this ticket, 2 after it was de-escalated and escalated again, …
    episode: int = 1
    #: Content hash of the policy that decided it.
    policy: str = ""
    #: Every tier of this episode with the instant of its entry, in order; the last one is `tier`.
    steps: tuple[TierStep, ...] = ()
    #: The path that the tier belongs to; empty = the policy has no paths.
    path: str = ""
    #: When the escalation was acknowledged in this tier (UTC), for good; None = nobody did.
    acknowledged_at: datetime | None = None


def climb_of(escalation: Escalation, until: datetime | None = None) -> Climb:
    """A stay on the ladder, as it is remembered."""
    because = escalation.steps[0].because if escalation.steps else escalation.because
    return Climb(since=escalation.since, until=until, because=because, tier=escalation.tier)


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """How a ticket stood when Escalade was adopted: what was so then is past, and nothing follows from it."""

    #: What came due until then (UTC) is past.
    at: datetime
    #: Rules and cells that held then and have held ever since (`rule:vip`, `matrix:high/high`); they are heard once
    #: they begin to hold anew. None = whatever holds when the ticket is decided on first.
    holding: frozenset[str] | None = None

    def is_past(self, source: str) -> bool:
        """Whether nothing follows from a source that holds now."""
        return self.holding is None or source in self.holding


class Tryout(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stretch of time (UTC) for which a rule in shadow held: what it asks for did not happen."""

    rule: str
    since: datetime
    #: None = it goes on.
    until: datetime | None = None
    #: Where the ticket stood on the ladder when it began; empty = it was not escalated.
    tier: str = ""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that Escalade owns on one ticket."""

    ref: TicketRef
    escalation: Escalation | None = None
    #: Episodes begun so far: keeps occasion keys of a second climb apart from the first.
    episodes: int = 0
    tags: frozenset[str] = frozenset()
    priority: Owned | None = None
    group: Owned | None = None
    assignee: Owned | None = None
    status: OwnedStatus | None = None
    fields: dict[str, Owned] = {}
    #: Occasion key → when it was said. The same key is never posted twice.
    comments: dict[str, datetime] = {}
    #: Occasion key → the person who was picked for it, by the helpdesk's id.
    chosen: dict[str, str] = {}
    #: Occasion key → when it was told on a channel. The same key is never sent twice.
    notified: dict[str, datetime] = {}
    #: Remediation item key → the subtask that was created for it.
    remediation: dict[str, TicketRef] = {}
    #: Key of a piece of work → when we closed it, once, because it was done. Who opens it again has the last word.
    completed: dict[str, datetime] = {}
    #: Occasion key → the tracker ticket that was opened for it.
    opened: dict[str, TicketRef] = {}
    #: Ties that we made, as `kind:helpdesk:id` of the other end.
    links: frozenset[str] = frozenset()
    #: `priority`, `group`, `assignee`, `status`, `field:NAME`, `tag:NAME` → the human decision that we respect.
    overrides: dict[str, Override] = {}
    #: Parts whose wish people's own values fulfil → that wish. Not ours; but who undoes it decides against the wish.
    met: dict[str, Scalar] = {}
    #: Key of a kept note → how it stands on the ticket.
    kept: dict[str, Shown] = {}
    #: On a record: what it says of its account.
    standing: Standing | None = None
    #: Stays on the ladder that are over, oldest first.
    climbs: tuple[Climb, ...] = ()
    #: How it stood when Escalade was adopted; None = Escalade was there before the ticket.
    baseline: Baseline | None = None
    #: When rules in shadow held, oldest first.
    tryouts: tuple[Tryout, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever done to the ticket, nor met on it: so it is with most of them."""
        return msgspec.structs.replace(self, ref=_NOBODY) == _BLANK

    def base_priority(self, current: Priority | None) -> Priority | None:
        """The priority as people set it: ours is looked through, so that a raise cannot feed the rule that made it."""
        if self.priority is not None and current is not None and self.priority.ours == current:
            before = self.priority.before
            return Priority(before) if isinstance(before, str) else None
        return current

    def base_assignee(self, current: str | None) -> str | None:
        """The assignee as people chose one: ours is looked through."""
        if self.assignee is None or self.assignee.ours != current:
            return current
        return self.assignee.before if isinstance(self.assignee.before, str) else None

    def base_fields(self, current: dict[str, Scalar]) -> dict[str, Scalar]:
        """The custom fields as people set them: ours are looked through."""
        if not self.fields:
            return current
        return {**current, **{name: one.before for name, one in self.fields.items() if one.ours == current.get(name)}}

    def base_status(self, ticket: Ticket) -> tuple[StatusCategory, str]:
        """Where people left an open ticket, and their word for it: a status of ours is looked through.

        That a ticket is solved, closed or deleted counts whoever did it.
        """
        owned = self.status
        if owned is None or not ticket.status.is_open or not same_status(owned.ours, ticket.status_name):
            return ticket.status, ticket.status_name
        return owned.category, owned.before

    def says_what(self, other: Ledger) -> bool:
        """Whether nothing has to be kept for `other`'s sake: the two differ in nothing, or in `met` alone.

        What is met is noted when a ticket is visited anyway; a visit for its sake alone would read every ticket once.
        """
        return msgspec.structs.replace(self, met=other.met) == other


_NOBODY = TicketRef("", "")
_BLANK = Ledger(ref=_NOBODY)
