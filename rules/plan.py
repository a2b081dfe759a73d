"""Plan: the difference between a ticket and what was decided, as a value to show, review, store and carry out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from rules.change import (
    Change,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    Notify,
    OpenLinked,
    PostComment,
)
from rules.climbs import climbs_after
from rules.decision import NOTHING_DESIRED, Decision
from rules.diff import (
    Comparison,
    Skipped,
    Step,
    diff_assignee,
    diff_fields,
    diff_group,
    diff_notes,
    diff_notices,
    diff_priority,
    diff_status,
    diff_tags,
)
from rules.escalation.standing import ALONE, Around
from rules.ledger import Ledger, Override, Owned, OwnedStatus
from rules.ownership import fulfils
from rules.parts import ASSIGNEE, EXACT_PRIORITY, GROUP, PRIORITY, STATUS, field_part, overridden, tag_part
from rules.policy import Policy
from rules.remedy import opening_key
from rules.restraint import Restrained, restrain
from rules.serving import in_somebodys_name
from rules.throttle import Throttle, throttled
from rules.ticket import AccountRef, Scalar, StatusCategory, Ticket, TicketRef
from rules.tracker import Tracking, missing_work
from rules.tryouts import tryouts_after
from rules.upkeep import diff_done, diff_kept, diff_record, diff_work, upkeep_wishes

_LOCKED = frozenset({StatusCategory.CLOSED, StatusCategory.DELETED})


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that would be written for one ticket, and what is kept when it is."""

    ref: TicketRef
    key: str
    subject: str
    changes: tuple[Change, ...]
    #: What is wanted and left alone, with the reason.
    skipped: tuple[Skipped, ...]
    #: The ledger to keep before the first write: the decided escalation, and no write that is not confirmed yet.
    ledger: Ledger
    #: Content hash of the policy that decided.
    policy: str
    #: SHA-256 over the ticket's version and what is changed. Equal prints: the same changes to the same version.
    fingerprint: str
    #: Why, one sentence for each thing that holds.
    reasons: tuple[str, ...]
    #: When the ticket has to be looked at again if nobody touches it (UTC); None = never by itself.
    wake_at: datetime | None
    wake_because: str

    @property
    def only_tells(self) -> bool:
        """Whether it tells channels something and does nothing else."""
        return all(isinstance(change, Notify) for change in self.changes)

    @property
    def opens(self) -> AccountRef | None:
        """The account whose record is all that it would open: of its tickets that want so, one will do it."""
        accounts = {change.account if isinstance(change, OpenLinked) else None for change in self.changes}
        return accounts.pop() if len(accounts) == 1 else None


def plan(  # noqa: PLR0917 - what is, what should be, what is ours, and under which limits
    ticket: Ticket,
    decision: Decision,
    ledger: Ledger,
    policy: Policy,
    comments_last_hour: int,
    now: datetime,
    *,
    trackers: Mapping[TicketRef, Ticket] | None = None,
    around: Around = ALONE,
    throttles: Mapping[str, Throttle] | None = None,
) -> Plan:
    """Compare a ticket with a decision about it. A plan that was carried out leaves nothing to plan.

    Args:
        ticket: The ticket as it is.
        decision: What should be true of it.
        ledger: What we own on it, after `rules.ownership.observe`.
        policy: Gives the limits on comments.
        comments_last_hour: Comments that we posted on the ticket within the last hour.
        now: The instant of planning (UTC).
        trackers: Linked tracker tickets as far as they are known; their names are shown on the ties.
        around: The escalation of its account.
        throttles: What counts against the limits of channels that have one; those that are missing have none.
    """
    if _asks_nothing(decision, ledger):
        return _nothing_to_do(ticket, decision, ledger)
    this = Comparison(ticket=ticket, decision=decision, ledger=ledger, around=around)
    steps = tuple(in_somebodys_name(_steps(this, trackers or {}), policy.directory))
    locked = _locked_because(ticket) if steps else None
    if locked is not None:
        steps = (Skipped(what="every change", why=locked),)
    held = restrain(steps, policy.brakes, said=ledger.comments, last_hour=comments_last_hour, now=now)
    held = throttled(held, throttles or {}, now)
    wake_at, wake_because = _waking(decision, held)
    changes, skipped = _parted(held.steps)
    return Plan(
        ref=ticket.ref,
        key=ticket.key,
        subject=ticket.subject,
        changes=changes,
        skipped=skipped,
        # A locked ticket cannot show that it climbed, so while work is owed on it, it does not climb either.
        ledger=ledger if locked is not None and ticket.status.is_open else _carried(this),
        policy=decision.policy,
        fingerprint=fingerprint(ticket.version, changes),
        reasons=_reasons(decision),
        wake_at=wake_at,
        wake_because=wake_because,
    )


def _asks_nothing(decision: Decision, ledger: Ledger) -> bool:
    """Whether nothing is wanted of a ticket that nothing was ever done to: so it is with most of them."""
    return (
        decision.escalation is None
        and decision.desired == NOTHING_DESIRED
        and not decision.in_shadow
        and decision.standing is None
        and ledger.is_blank
    )


def _nothing_to_do(ticket: Ticket, decision: Decision, ledger: Ledger) -> Plan:
    """What the long way comes to where nothing is asked."""
    return Plan(
        ref=ticket.ref,
        key=ticket.key,
        subject=ticket.subject,
        changes=(),
        skipped=(),
        ledger=ledger,
        policy=decision.policy,
        fingerprint=fingerprint(ticket.version, ()),
        reasons=_reasons(decision),
        wake_at=decision.wake_at,
        wake_because=decision.wake_because,
    )


def _reasons(decision: Decision) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.text for reason in decision.reasons))


def _steps(this: Comparison, trackers: Mapping[TicketRef, Ticket]) -> Iterator[Step]:
    yield from diff_tags(this)
    yield from diff_priority(this)
    yield from diff_group(this)
    yield from diff_assignee(this)
    yield from diff_status(this)
    yield from diff_fields(this)
    yield from diff_notes(this)
    wanted, escalation = this.decision.desired.remediation, this.decision.escalation
    if wanted is not None and escalation is not None:
        tracking = Tracking(
            ticket=this.ticket, ledger=this.ledger, wanted=wanted, escalation=escalation, known=trackers
        )
        yield from missing_work(tracking)
    yield from diff_kept(this)
    yield from diff_work(this)
    yield from diff_done(this)
    yield from diff_record(this)
    # Last: people should find on the ticket what they are told of it.
    yield from diff_notices(this)


def _parted(steps: Iterable[Step]) -> tuple[tuple[Change, ...], tuple[Skipped, ...]]:
    changes: list[Change] = []
    skipped: list[Skipped] = []
    for step in steps:
        if isinstance(step, Skipped):
            skipped.append(step)
        else:
            changes.append(step)
    return tuple(changes), tuple(skipped)


def _waking(decision: Decision, held: Restrained) -> tuple[datetime | None, str]:
    """When to look again: at the decision's instant, or when what waits may be said."""
    if held.again_at is not None and (decision.wake_at is None or held.again_at < decision.wake_at):
        return held.again_at, held.again_because
    return decision.wake_at, decision.wake_because


def _locked_because(ticket: Ticket) -> str | None:
    if ticket.frozen_because is not None:
        return ticket.frozen_because
    return f"the ticket is {ticket.status}" if ticket.status in _LOCKED else None


def _carried(this: Comparison) -> Ledger:
    """The ledger with what was decided; overrides of wishes that we no longer have are forgotten."""
    decision, ledger = this.decision, this.ledger
    wishes = _wishes(decision) | upkeep_wishes(this)
    named = {overridden(part): wish for part, wish in wishes.items()}
    overrides: dict[str, Override] = {
        part: override
        for part, override in ledger.overrides.items()
        if part in named and named[part] == override.wanted
    }
    return replace(
        ledger,
        escalation=decision.escalation,
        episodes=decision.episodes,
        group=_group_kept(this),
        assignee=_assignee_kept(this),
        status=_status_kept(this),
        chosen=dict(decision.desired.chosen),
        overrides=overrides,
        met=_met(this, wishes),
        standing=decision.standing or ledger.standing,
        climbs=climbs_after(ledger, decision),
        baseline=decision.baseline,
        tryouts=tryouts_after(ledger, decision),
    )


def _met(this: Comparison, wishes: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Wishes that people's own values fulfil: nothing to write, and nothing of ours."""
    ledger = this.ledger
    ours = {tag_part(tag) for tag in ledger.tags} | {field_part(name) for name in ledger.fields}
    ours |= {PRIORITY, EXACT_PRIORITY} if ledger.priority is not None else set()
    ours |= {part for part, owned in ((ASSIGNEE, ledger.assignee), (STATUS, ledger.status)) if owned is not None}
    return {
        part: wish
        for part, wish in wishes.items()
        if part not in ours and overridden(part) not in ledger.overrides and fulfils(this.ticket, part, wish)
    }


def _wishes(decision: Decision) -> dict[str, Scalar]:
    desired = decision.desired
    wishes: dict[str, Scalar] = {tag_part(tag): True for tag in desired.tags}
    wishes |= {field_part(name): value for name, value in desired.fields.items()}
    if desired.priority is not None:
        wishes[EXACT_PRIORITY] = desired.priority.value
    elif desired.priority_floor is not None:
        wishes[PRIORITY] = desired.priority_floor.value
    if desired.group is not None:
        wishes[GROUP] = desired.group
    if desired.assignee is not None:
        wishes[ASSIGNEE] = desired.assignee
    if desired.status is not None:
        wishes[STATUS] = desired.status
    if desired.remediation is not None and decision.escalation is not None:
        wishes |= dict.fromkeys(desired.remediation.items, True)
        wishes[opening_key(desired.remediation.tier, decision.escalation.episode)] = True
    return wishes


def _group_kept(this: Comparison) -> Owned | None:
    """Ownership of the group. A wish that finds its group in place counts as heard, so nobody is moved back later."""
    owned, wanted, now = this.ledger.group, this.decision.desired.group, this.ticket.group
    if wanted is not None and now == wanted and (owned is None or owned.ours != wanted):
        return None if this.stands_back(GROUP, wanted) else Owned(ours=wanted, before=wanted)
    if wanted is not None:
        return owned
    return None if this.decision.escalation is None and this.group_before is None else owned


def _assignee_kept(this: Comparison) -> Owned | None:
    """Ownership of the assignee: for as long as it is wished, and until it can be given back."""
    if this.decision.desired.assignee is not None or this.decision.escalation is not None:
        return this.ledger.assignee
    return this.ledger.assignee if this.assignee_before is not None else None


def _status_kept(this: Comparison) -> OwnedStatus | None:
    """Ownership of the status: for as long as it is wished, is to be taken back, or somebody could open the ticket."""
    if this.decision.desired.status is not None or not this.ticket.status.is_open:
        return this.ledger.status
    return this.status_before


def fingerprint(version: str, changes: Iterable[Change]) -> str:
    """A print that ignores wording: "for 2h" becomes "for 3h" with time, and the change stays the same one."""
    essences = [_essence(change) for change in changes]
    return _print(version, essences) if essences else _print_of_nothing(version)


@lru_cache(maxsize=1024)
def _print_of_nothing(version: str) -> str:
    return _print(version, [])


def _print(version: str, essences: Sequence[object]) -> str:
    return hashlib.sha256(msgspec.json.encode([version, essences], order="sorted")).hexdigest()


def _essence(change: Change) -> object:
    match change:
        case PostComment():
            return ["post_comment", change.on, change.key, change.public]
        case Notify() | KeepNote():
            says = change.channel if isinstance(change, Notify) else change.essence
            return [type(change).__name__, change.on, change.key, says]
        case CreateRemediation():
            return ["create_remediation", change.on, [item.key for item in change.items]]
        case OpenLinked():
            return ["open_linked", change.on, change.key, change.helpdesk, change.project, change.type]
        case LinkTicket():
            return ["link_ticket", change.on, change.to, change.kind]
        case _:
            return replace(change, because="")
