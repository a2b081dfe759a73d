"""Turnstile: how much channels with a limit were told, and what a run plans to tell them beside that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Protocol

from rules.change import Notify
from rules.decision import Decision
from rules.plan import Plan
from rules.policy import Policy
from rules.throttle import Throttle
from rules.ticket import TicketRef

#: Stands for all tickets whose notices go out in one message.
_TOGETHER = TicketRef("", "")


class Tellings(Protocol):
    """Who can tell when channels were told something."""

    def told_on(self, channel: str, since: datetime) -> Sequence[datetime]:
        """When a channel with a limit was told something after an instant (UTC), by whichever process."""


@dataclass(slots=True)
class _Planned:
    """What is planned for a channel at one instant; void as soon as time passes or something goes out."""

    at: datetime
    told: tuple[datetime, ...]
    by: Counter[TicketRef] = field(default_factory=Counter)


@dataclass(slots=True)
class Turnstile:
    """Counts what is planned together with what went out.

    When a channel has room again, all tickets whose notices wait for it are looked at. Only as many as fit are to count
    for the brakes and to be read afresh.
    """

    store: Tellings
    _lock: Lock = field(default_factory=Lock)
    _planned: dict[str, _Planned] = field(default_factory=dict)
    #: Tickets whose notices have waited for room: these go out in one message.
    _together: set[TicketRef] = field(default_factory=set)

    def queue(self, ref: TicketRef, *, waited: bool) -> None:
        """Note whether the notices of a ticket have waited for room, so that they take one place with the others'."""
        with self._lock:
            (self._together.add if waited else self._together.discard)(ref)

    def throttles(self, policy: Policy, decision: Decision, ref: TicketRef, now: datetime) -> Mapping[str, Throttle]:
        """What counts against the limits of the channels that a ticket wants to tell something (UTC)."""
        wanted = {notice.channel for notice in decision.desired.notices if notice.not_before is None}
        found: dict[str, Throttle] = {}
        for name in sorted(wanted & policy.channels.keys()):
            at_most = policy.channels[name].at_most
            if at_most is not None:
                told = tuple(self.store.told_on(name, now - at_most.within))
                found[name] = Throttle(at_most=at_most, told=told + (now,) * self._others(name, told, ref, now))
        return found

    def _others(self, channel: str, told: tuple[datetime, ...], ref: TicketRef, now: datetime) -> int:
        with self._lock:
            planned = self._planned.get(channel)
            if planned is None or (planned.at, planned.told) != (now, told):
                planned = self._planned[channel] = _Planned(now, told)
            return planned.by.total() - planned.by[self._place(ref)]

    def count(self, plan: Plan) -> None:
        """From now on, for as long as nothing goes out and no time passes, the notices of this plan count, too."""
        told = Counter(change.channel for change in plan.changes if isinstance(change, Notify))
        with self._lock:
            for channel in told.keys() & self._planned.keys():
                self._planned[channel].by[self._place(plan.ref)] = told[channel]

    def _place(self, ref: TicketRef) -> TicketRef:
        return _TOGETHER if ref in self._together else ref
