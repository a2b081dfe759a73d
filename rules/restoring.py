"""Restoring: what of a ledger can be read back from a helpdesk when our own database is lost. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec.structs import replace

from rules.change import Notify
from rules.ledger import Escalation, Ledger, Shown, TierStep
from rules.parts import tag_part
from rules.plan import Plan
from rules.policy import Policy, Tier
from rules.ticket import Ticket, TicketRef

#: What an escalation gives as its reason when the one that led there is lost.
REBUILT = "rebuild"
_TAG = tag_part("")


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What the marks that we left on one ticket tell."""

    #: Occasion key → when it was said (UTC).
    said: dict[str, datetime] = {}
    #: Key of a kept note → how it stands on the ticket.
    kept: dict[str, Shown] = {}
    #: Key of a piece of work → the ticket that was created for it.
    work: dict[str, TicketRef] = {}


def ledger_of(policy: Policy, ticket: Ticket, trace: Trace, now: datetime) -> Ledger:
    """The ledger as far as marks and tags tell it: what was said and created, and where the ticket climbed to.

    Args:
        policy: The policy in force.
        ticket: The ticket as it is.
        trace: Our marks on it.
        now: When a tier counts as entered of which no note tells (UTC).
    """
    escalation = _escalation(policy, ticket, trace, now)
    return Ledger(
        ref=ticket.ref,
        escalation=escalation,
        episodes=0 if escalation is None else escalation.episode,
        comments=dict(trace.said),
        kept=dict(trace.kept),
        remediation=dict(trace.work),
    )


def claimed(made: Plan, now: datetime) -> Ledger:
    """The ledger of a plan that was made with what could be read back.

    Tags that are wanted and worn are ours, so that they go when nothing asks for them any more. What was told on
    channels leaves no mark in a helpdesk: what would be told now counts as told, rather than told twice.
    """
    ours = {part.removeprefix(_TAG) for part in made.ledger.met if part.startswith(_TAG)}
    told = {change.key: now for change in made.changes if isinstance(change, Notify)}
    return replace(
        made.ledger,
        tags=made.ledger.tags | ours,
        met={part: wish for part, wish in made.ledger.met.items() if not part.startswith(_TAG)},
        notified={**made.ledger.notified, **told},
    )


def _escalation(policy: Policy, ticket: Ticket, trace: Trace, now: datetime) -> Escalation | None:
    """Where it stands on the ladder: in the highest tier whose tag it wears, entered when the tier's note was said."""
    worn = [tier for tier in policy.tiers if tier.tag in ticket.tags]
    if not worn or not ticket.status.is_open:
        return None
    tier = max(worn, key=lambda one: one.rank)
    entries = sorted((at, *_entry(key)) for key, at in trace.said.items() if _entry(key)[1])
    episode = max((number for _, _, number in entries), default=1)
    climbed = {name: at for at, name, number in entries if number == episode and name != tier.id}
    last = next((at for at, name, number in entries if number == episode and name == tier.id), now)
    steps = (*(_step(policy.tier(name), name, at) for name, at in climbed.items() if at <= last),)
    steps = (*steps, _step(tier, tier.id, last))
    return Escalation(
        tier=tier.id,
        entered_at=last,
        because=REBUILT,
        since=steps[0].at,
        episode=episode,
        policy=policy.hash,
        steps=steps,
        path=tier.path,
    )


def _entry(key: str) -> tuple[str, int]:
    """The tier and the episode that the key of a tier's note names; episode 0 for other keys."""
    kind, _, rest = key.partition(":")
    name, _, number = rest.rpartition(":")
    return (name, int(number)) if kind == "tier" and number.isdecimal() else ("", 0)


def _step(tier: Tier | None, name: str, at: datetime) -> TierStep:
    return TierStep(tier=name, at=at, because=REBUILT, path="" if tier is None else tier.path)
