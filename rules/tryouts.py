"""Tryouts: what is remembered of rules in shadow, and what they would have done. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rules.decision import Decision
from rules.ledger import Ledger, Tryout
from rules.policy import Policy, Rule

#: Tryouts that are remembered of one ticket.
MOST_TRYOUTS = 50


class TryoutNews(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tryout that began or ended, for the journal."""

    rule: str
    began: bool
    text: str


def tryouts_after(ledger: Ledger, decision: Decision) -> tuple[Tryout, ...]:
    """The tryouts once the decision is kept: those that are over have their end, new ones have begun."""
    if not (ledger.tryouts or decision.in_shadow):
        return ()
    holding = set(decision.in_shadow)
    kept = [
        msgspec.structs.replace(one, until=decision.at) if one.until is None and one.rule not in holding else one
        for one in ledger.tryouts
    ]
    running = {one.rule for one in kept if one.until is None}
    tier = "" if ledger.escalation is None else ledger.escalation.tier
    kept += [Tryout(rule=rule, since=decision.at, tier=tier) for rule in decision.in_shadow if rule not in running]
    return tuple(kept[-MOST_TRYOUTS:])


def tryout_news(before: Ledger, after: Ledger, policy: Policy) -> Iterator[TryoutNews]:
    """What the journal says of the tryouts that began or ended between two ledgers."""
    were = {one.rule for one in before.tryouts if one.until is None}
    now = {one.rule for one in after.tryouts if one.until is None}
    for rule in policy.rules:
        if rule.id in now - were:
            text = f"rule {rule.id} holds in shadow; live, it would: {would(rule, policy, after.ref.helpdesk)}"
            yield TryoutNews(rule=rule.id, began=True, text=text)
    for name in sorted(were - now):
        yield TryoutNews(rule=name, began=False, text=f"rule {name} does not hold in shadow any more")


def would(rule: Rule, policy: Policy, helpdesk: str) -> str:
    """What a rule asks for on a ticket of that helpdesk while it holds, in words."""
    tier = None if rule.escalate_to is None else policy.tier(rule.escalate_to)
    parts = [f"lead into {tier.name}"] if tier is not None else []
    parts += [f"put the tag {tag}" for tag in rule.tags]
    parts += [f"set {asked.part.replace(':', ' ')} to {asked.value}" for asked in rule.sets.asked(helpdesk)]
    parts += [f"post the internal note {rule.note.id}"] if rule.note is not None else []
    parts += [f"tell the customer {rule.public_note.id}"] if rule.public_note is not None else []
    parts += [f"tell the channel {told.channel.name}" for told in rule.notify]
    parts += ["give it to somebody of a team"] if rule.assign is not None else []
    return ", ".join(parts)
