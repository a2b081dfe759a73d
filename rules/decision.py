"""Decision: what should be true of one ticket now, why, and when the answer could change by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from rules.clocks.clock import ClockReading
from rules.escalation.case import Case
from rules.escalation.standing import Standing
from rules.ledger import Baseline, Escalation
from rules.policy import Remediation
from rules.ticket import AccountRef, Priority, Scalar, TicketRef
from rules.verdict import Verdict


class Reason(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why the decision says what it says: one rule, cell, clock or time-out, with its proof."""

    #: `rule:production-down`, `matrix:high/high`, `sla:first-response`, `timeout:tier1`, `reminder:…`
    source: str
    text: str
    verdict: Verdict | None = None


class Overruled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A wish that is not heard, because another one comes before it in the declared order."""

    #: What both want: `priority`, `group`, `field severity`.
    what: str
    wanted: Scalar
    #: The source of the wish, and the source that is heard instead.
    by: str
    winner: str
    because: str


class DesiredNote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A note that should have been said once. `key` names the occasion."""

    key: str
    body: str
    because: str
    rule: str
    public: bool = False
    #: The policy's template that it is made of; None = the words are Escalade's own.
    template: str | None = None


class KeptNote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One internal note that is kept current: edited in place where the helpdesk can, else followed by a newer one."""

    key: str
    body: str
    because: str
    rule: str
    #: What makes it another note. Words that only tell the time do not belong here.
    essence: str


class WorkItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of work that should exist below the ticket. People change it there; it is not put back."""

    key: str
    title: str
    body: str
    #: The helpdesk's id of the person who should have it.
    assignee: str | None = None
    due_on: date | None = None
    tags: tuple[str, ...] = ()


class DoneWork(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of work below the ticket that is done without anybody having closed it, and may be closed for them."""

    key: str
    #: The subtask.
    ref: TicketRef
    title: str
    #: The helpdesk's word for the status of what is done.
    status: str
    #: Where it stands.
    was: str
    because: str


class DesiredRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The record of the account's escalation that should be opened, because there is none."""

    account: AccountRef
    helpdesk: str
    project: str
    type: str
    subject: str
    body: str
    tags: tuple[str, ...]
    because: str
    rule: str


class DesiredNotice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that should be told on a channel once. `key` names the occasion."""

    key: str
    channel: str
    title: str
    body: str
    because: str
    rule: str
    #: Nobody reads the channel until then (UTC); None = it may go now.
    not_before: datetime | None = None
    #: Goes beyond the channel's limit.
    urgent: bool = False


class DesiredRemediation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Remediation work that should exist, with its texts rendered."""

    spec: Remediation
    tier: str
    #: Rendered: item key → (title, body, due date as ISO or None)
    items: Mapping[str, tuple[str, str, str | None]]
    #: Rendered subject and body of the tracker's ticket, if one may be opened.
    opening: tuple[str, str] | None


class Desired(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What should be true of the ticket, as far as Escalade has a say."""

    tags: Mapping[str, str] = {}  # tag → source of the wish
    #: Exactly this one; then the floor, if any, is fulfilled by it.
    priority: Priority | None = None
    priority_floor: Priority | None = None
    priority_because: str = ""
    group: str | None = None
    group_because: str = ""
    #: The helpdesk's id of the person who should have it.
    assignee: str | None = None
    assignee_because: str = ""
    #: Occasion key → the person who is picked for it.
    chosen: Mapping[str, str] = {}
    #: The helpdesk's word for the status that it should have.
    status: str | None = None
    restore_status: bool = False
    fields: Mapping[str, Scalar] = {}
    #: `priority`, `group`, `assignee`, `status`, `field:NAME` → source of the wish.
    sources: Mapping[str, str] = {}
    notes: tuple[DesiredNote, ...] = ()
    notices: tuple[DesiredNotice, ...] = ()
    remediation: DesiredRemediation | None = None
    kept: tuple[KeptNote, ...] = ()
    work: tuple[WorkItem, ...] = ()
    done: tuple[DoneWork, ...] = ()
    record: DesiredRecord | None = None


#: Nothing; so it is with most tickets.
NOTHING_DESIRED = Desired()


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The whole answer for one ticket at one instant."""

    ref: TicketRef
    at: datetime
    policy: str
    escalation: Escalation | None
    #: Escalations begun so far on this ticket, this one included.
    episodes: int
    desired: Desired
    reasons: tuple[Reason, ...]
    #: Everything that was asked, also what did not hold (for `explain`).
    considered: tuple[Reason, ...]
    clocks: tuple[ClockReading, ...]
    #: Earliest instant (UTC) at which the decision could differ if nobody acts; None = never by itself.
    wake_at: datetime | None
    wake_because: str
    #: Wishes that lost against others.
    overruled: tuple[Overruled, ...] = ()
    #: On a record: what it says of its account from now on.
    standing: Standing | None = None
    #: The escalation of the ticket as people conduct it; None = the policy has no section `escalation:`.
    case: Case | None = None
    #: What of the baseline still holds; None = the ticket has none.
    baseline: Baseline | None = None
    #: Ids of the rules that hold in shadow.
    in_shadow: tuple[str, ...] = ()
