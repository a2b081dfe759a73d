"""Tried: how rules in shadow did: what they would have done, set against what people did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

import msgspec

from rules.escalation.case_events import climbs_of
from rules.facts import Facts
from rules.ledger import Tryout
from rules.policy import Policy
from rules.reports.sheet import Cell, Section, Sheet, table_of
from rules.ticket import Priority, StatusCategory, Ticket, TicketRef

_PRESSING = frozenset({Priority.HIGH, Priority.URGENT})
_DONE = frozenset({StatusCategory.SOLVED, StatusCategory.CLOSED})
#: Longer than this is nobody's tryout any more.
LONG = timedelta(days=60)
#: Tickets that are listed of one rule.
_MOST = 50


class Fate(StrEnum):
    """What became of a ticket on which a rule in shadow held."""

    BY_HAND = "people escalated it"
    BY_RULE = "another rule escalated it"
    WITHOUT = "solved without"
    OPEN = "still open"


class Tried(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One time at which a rule in shadow held on a ticket."""

    ref: TicketRef
    key: str
    url: str
    rule: str
    #: From when to when it held (UTC); None = it still does.
    since: datetime
    until: datetime | None
    #: Where the ticket stood on the ladder then; empty = nowhere.
    tier: str
    fate: Fate
    #: When people escalated it (UTC); None = they did not.
    by_hand: datetime | None = None

    @property
    def lead(self) -> timedelta | None:
        """How long before people the rule held; negative where they were first."""
        return None if self.by_hand is None else self.by_hand - self.since


def tried_of(facts: Facts, policy: Policy) -> Iterator[Tried]:
    """Every time that a rule in shadow held on a ticket, the oldest first."""
    ticket, ledger = facts.ticket, facts.ledger
    if not ledger.tryouts:
        return
    hand = by_hand(ticket, policy)
    climbed = bool(climbs_of(facts))
    for one in ledger.tryouts:
        yield Tried(
            ref=ticket.ref,
            key=ticket.key,
            url=ticket.url,
            rule=one.rule,
            since=one.since,
            until=one.until,
            tier=one.tier,
            fate=_fate(ticket, one, hand, climbed=climbed),
            by_hand=hand,
        )


def by_hand(ticket: Ticket, policy: Policy) -> datetime | None:
    """When people first escalated a ticket themselves (UTC); None = they did not.

    They did when they asked for it with a command, raised the priority to high or urgent, or brought the ticket into
    the group of a tier.
    """
    asked = (
        comment.at
        for comment in ticket.comments
        if not comment.ours and any(command.verb == "escalate" for command in comment.commands)
    )
    return min((*asked, *_raised(ticket, policy)), default=None)


def _raised(ticket: Ticket, policy: Policy) -> Iterator[datetime]:
    owners = {group for tier in policy.tiers for group in tier.groups.get(ticket.ref.helpdesk, ())}
    moments = ticket.timeline.moments
    for before, after in pairwise(moments):
        was, now = before.state, after.state
        raised = was.priority is None or now.priority is None or was.priority.rank < now.priority.rank
        if raised and now.priority in _PRESSING:
            yield after.at
        if now.group in owners and was.group not in owners:
            yield after.at


def _fate(ticket: Ticket, one: Tryout, hand: datetime | None, *, climbed: bool) -> Fate:
    if hand is not None:
        return Fate.BY_HAND
    if climbed or one.tier:
        return Fate.BY_RULE
    return Fate.WITHOUT if ticket.status in _DONE else Fate.OPEN


def tried_sheet(tried: Iterable[Tried], policy: Policy, now: datetime, rule: str | None = None) -> Sheet:
    """The scoreboard of rules in shadow; with `rule` the tickets of that one besides.

    Args:
        tried: Every time that such a rule held.
        policy: The policy in force.
        now: The present (UTC).
        rule: The id of a rule.
    """
    of: dict[str, list[Tried]] = {one.id: [] for one in policy.rules if one.in_shadow}
    for one in sorted(tried, key=lambda one: (one.since, one.ref)):
        of.setdefault(one.rule, []).append(one)
    shown = {name: found for name, found in of.items() if rule is None or name == rule}
    headers = ("rule", "since", "times", "tickets", *Fate, "agreement", "median lead", "remark")
    rows = [_row(name, found, policy, now) for name, found in shown.items()]
    if not rows:
        return Sheet(title="Rules in shadow", sentences=("No rule is in shadow, and none was.",))
    sections = [Section(heading="How they do", table=table_of(headers, rows))]
    if rule is not None and shown.get(rule):
        sections.append(Section(heading=f"Tickets of {rule}", table=table_of(_COLUMNS, _tickets(shown[rule]))))
    return Sheet(title="Rules in shadow", sentences=(_AGREEMENT,), sections=tuple(sections))


_AGREEMENT = (
    "Agreement: of the tickets whose fate is known, the share that people escalated as well. Lead: how long before "
    "them the rule held."
)
_COLUMNS = ("ticket", "from", "to", "tier then", "fate", "lead")


def _row(name: str, found: Sequence[Tried], policy: Policy, now: datetime) -> tuple[Cell | str, ...]:
    fates = _by_fate(found)
    hand, without = fates[Fate.BY_HAND], fates[Fate.WITHOUT]
    leads = [one.lead.total_seconds() for one in found if one.lead is not None]
    first = min((one.since for one in found), default=None)
    return (
        name,
        "" if first is None else f"{first:%Y-%m-%d}",
        str(len(found)),
        str(len({one.ref for one in found})),
        *(str(fates[fate]) for fate in Fate),
        f"{hand / (hand + without):.0%}" if hand + without else "",
        spelled(timedelta(seconds=median(leads))) if leads else "",
        _remark(name, first, policy, now),
    )


def _by_fate(found: Iterable[Tried]) -> Mapping[Fate, int]:
    """Tickets by what became of them."""
    last = {one.ref: one.fate for one in found}
    return {fate: sum(one is fate for one in last.values()) for fate in Fate}


def _remark(name: str, first: datetime | None, policy: Policy, now: datetime) -> Cell | str:
    rule = next((one for one in policy.rules if one.id == name), None)
    if rule is None:
        return "not in the policy any more"
    if not rule.in_shadow:
        return "live by now"
    if first is not None and now - first > LONG:
        return Cell(f"in shadow for {(now - first).days} days: promote it, or remove it", alarming=True)
    return ""


def _tickets(found: Sequence[Tried]) -> Iterator[tuple[Cell | str, ...]]:
    for one in found[-_MOST:]:
        until = "" if one.until is None else f"{one.until:%Y-%m-%d %H:%M}"
        lead = "" if one.lead is None else spelled(one.lead)
        yield Cell(one.key, url=one.url), f"{one.since:%Y-%m-%d %H:%M}", until, one.tier, one.fate, lead


def spelled(lead: timedelta) -> str:
    """A lead as people say it: `2h 10m before`, `30m after`."""
    minutes = int(abs(lead).total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (left, "m")) if count]
    length = " ".join(parts[:2]) or "0m"
    return f"{length} {'before' if lead >= timedelta() else 'after'} them"
