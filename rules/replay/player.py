"""Player: lets the past happen once more, and has every ticket decided on at every instant that matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Protocol

import msgspec

from rules.change import Change, CompleteWork, LinkTicket, Notify
from rules.clocks.book import facts_for
from rules.conditions.base import Condition
from rules.decide import decide
from rules.decision import Decision
from rules.histories.event import PastEvent
from rules.ownership import observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.replay.around import around_of
from rules.replay.attention import Attention, Notice
from rules.replay.kin import of_summary
from rules.replay.people import People
from rules.replay.trail import Trail
from rules.replay.world import World
from rules.testing.surroundings import Surroundings
from rules.testing.writing import carry_out
from rules.throttle import LONGEST_WINDOW, Throttle
from rules.ticket import StatusCategory, Ticket, TicketRef

#: Visits of one ticket at one instant after which a policy that still wants something wants it for ever.
_MOST_ROUNDS = 25
_HOUR = timedelta(hours=1)


class RestlessError(Exception):
    """The policy does not come to rest on some ticket. The text names it and what is done over and over."""


class UnorderedError(ValueError):
    """An event comes before the one that was played last."""


class Visit(msgspec.Struct, frozen=True, gc=False):
    """What was decided about a ticket, and what is to be done."""

    at: datetime
    known: Surroundings
    decision: Decision
    plan: Plan


class Witness(Protocol):
    """Sees everything that happens in a replay."""

    def happened(self, event: PastEvent) -> None:
        """People did something."""

    def visited(self, visit: Visit, trail: Trail) -> datetime | None:
        """A ticket was decided about; what follows is not done yet. When to look again at the latest (UTC)."""

    def passed_by(self, ticket: Ticket, trail: Trail, at: datetime) -> None:
        """A ticket was looked at, and everything is as it was decided the last time (UTC)."""


class Player:
    """Time, what people do in it, and what the policy does."""

    def __init__(self, world: World, witness: Witness, truth: Condition | None = None) -> None:
        """Begin with what the world is like.

        Args:
            world: Its tickets and its policy.
            witness: Sees what happens.
            truth: A question of the witness, which the policy does not ask.
        """
        self.world, self._witness = world, witness
        self.people, self._attention = People(world), Attention(world.policy, truth)
        #: The instant that it is (UTC); None before the first event.
        self.now: datetime | None = None
        #: When each ticket has to be looked at again, and the same in order; what is out of date there is passed over.
        self._wakes: dict[TicketRef, datetime] = {}
        self._queue: list[tuple[datetime, TicketRef]] = []
        #: Ticket → the last piece of news about accounts that was known when it was decided about.
        self._knew: dict[TicketRef, int] = {}
        self._may_pass_by = _reads_others_in_conditions_only(world.policy, truth)
        #: Channel → when it was told something lately.
        self._told: dict[str, tuple[datetime, ...]] = {}

    @property
    def policy(self) -> Policy:
        """What decides."""
        return self.world.policy

    def happen(self, event: PastEvent) -> None:
        """Let time pass up to an event, and let that happen.

        What people do at one instant is decided about together, when time goes on.

        Raises:
            UnorderedError: the event comes before the one that was played last.
            RestlessError: the policy does not come to rest.
            ValueError: the event names its ticket, or one that this is linked to, in a way that cannot be read.
        """
        if self.now is None or event.at > self.now:
            self.pass_until(event.at)
        elif event.at < self.now:
            raise UnorderedError(f"{event.at:%Y-%m-%d %H:%M:%S} comes before the line above; sort by 'at'")
        # What Escalade did then it does not do here; what it does here may be something else.
        if not event.ours:
            self._note(TicketRef.parse(event.ticket), event)
        self._witness.happened(event)

    def _note(self, ref: TicketRef, event: PastEvent) -> None:
        """Let people do something to a ticket, which is decided about if anything of that could matter."""
        match self.people.do(ref, event, self._attention):
            case Notice.CHANGE:
                self.world.dirty.add(ref)
            case Notice.TOUCH:
                self.world.stirred.add(ref)

    def pass_until(self, at: datetime) -> None:
        """Let time pass up to an instant (UTC), with everything that falls due by itself until then, and then.

        Raises:
            RestlessError: the policy does not come to rest.
        """
        self.settle()
        while (due := self._due(at)) is not None:
            self.now, refs = due
            self.world.dirty.update(refs)
            self._settle(self.now)
        self.now = at

    def _due(self, until: datetime) -> tuple[datetime, list[TicketRef]] | None:
        """The next instant up to `until` (UTC) at which tickets wake, and which ones."""
        queue, wakes = self._queue, self._wakes
        found: list[TicketRef] = []
        at: datetime | None = None
        while queue and queue[0][0] <= until and (at is None or queue[0][0] == at):
            turn, ref = heappop(queue)
            if wakes.get(ref) == turn:
                del wakes[ref]
                at = turn
                found.append(ref)
        return None if at is None else (at, found)

    def settle(self) -> None:
        """Decide what people did last.

        Raises:
            RestlessError: the policy does not come to rest.
        """
        if self.now is not None:
            self._settle(self.now)

    def _settle(self, now: datetime) -> None:
        """Decide about every ticket that something concerns, until nothing is left to do."""
        world, rounds = self.world, 0
        while world.dirty or world.stirred:
            rounds += 1
            for ref in sorted(world.dirty | world.stirred if world.stirred else world.dirty):
                is_stirred_only = ref not in world.dirty
                world.dirty.discard(ref)
                world.stirred.discard(ref)
                if ref in world.ours:
                    continue
                if is_stirred_only and self._is_left_alone(ref, now):
                    self._witness.passed_by(world.tickets[ref], world.trails[ref], now)
                    continue
                done = self._visit(ref, now)
                if rounds > _MOST_ROUNDS and done.changes:
                    raise RestlessError(f"{ref}: the policy does not come to rest; last it did: {done.changes}")
        self._let_rest()

    def _let_rest(self) -> None:
        """Put away the tickets to which nothing can happen by itself."""
        world, wakes = self.world, self._wakes
        if not world.touched:
            return
        open_ones = {ref for ref in world.touched if ref in world.tickets}
        done = [
            ref
            for ref in sorted(open_ones)
            if ref in world.ours or (ref not in wakes and not world.tickets[ref].status.is_open)
        ]
        for ref in done:
            self._knew.pop(ref, None)
        world.rest_all(done)
        world.touched.clear()

    def _is_left_alone(self, ref: TicketRef, now: datetime) -> bool:
        """Whether what changed about the other tickets of its account cannot change the decision about a ticket.

        Nothing else changed since but the instant of its last touch, and the decision holds until the ticket wakes.
        """
        world, seen = self.world, self._knew.get(ref)
        ticket = world.tickets[ref]
        if seen is None or not self._may_pass_by:
            return False
        if ticket.account is None:
            return True
        kin, places = world.census.kin, world.census.news(ticket.account, seen)
        concerned = kin.concerns(places, ticket, world.standing_of(ticket.account))
        if not concerned:
            return True
        known = around_of(world, ref)
        facts = facts_for(
            self.policy, ticket, known.account, known.summary, known.ledger, now, known.linked, known.around
        )
        return kin.leaves_alone(concerned, places, facts)

    def _visit(self, ref: TicketRef, now: datetime) -> Plan:
        world, policy = self.world, self.policy
        self._knew[ref] = world.census.told
        found = around_of(world, ref)
        if found.ticket.status is not StatusCategory.DELETED:
            ledger = observe(found.ledger, found.ticket, now).ledger
            found = found if ledger is found.ledger else msgspec.structs.replace(found, ledger=ledger)
        decision = decide(
            policy,
            found.ticket,
            found.account,
            found.summary,
            found.ledger,
            now,
            linked=found.linked,
            around=found.around,
            load=found.load,
            proof=False,
        )
        todo = plan(
            found.ticket,
            decision,
            found.ledger,
            policy,
            _lately(found, now),
            now,
            around=found.around,
            throttles=self._throttles(decision, now),
        )
        again = self._witness.visited(Visit(now, found, decision, todo), world.trails[ref])
        self._wake(ref, min(filter(None, (todo.wake_at, again)), default=None), now)
        self._write(todo, now)
        return todo

    def _wake(self, ref: TicketRef, at: datetime | None, now: datetime) -> None:
        if at is None:
            self._wakes.pop(ref, None)
        elif at <= now:
            self.world.dirty.add(ref)
        elif self._wakes.get(ref) != at:
            self._wakes[ref] = at
            heappush(self._queue, (at, ref))

    def _write(self, todo: Plan, now: datetime) -> None:
        world, ref = self.world, todo.ref
        before = world.ledgers[ref].standing
        if todo.changes:
            for written in _ends_of(todo.changes):
                world.stand_in(written, now)
            carry_out(world, todo, now)
            world.dirty.add(ref)
            self._tell(todo, now)
        else:
            world.ledgers[ref] = todo.ledger
        if world.ledgers[ref].standing != before:
            world.restand(world.tickets[ref], world.tickets[ref])

    def _throttles(self, decision: Decision, now: datetime) -> Mapping[str, Throttle]:
        """What counts against the limits of the channels that are to be told something."""
        found: dict[str, Throttle] = {}
        for notice in decision.desired.notices:
            channel = self.policy.channels.get(notice.channel)
            if channel is not None and channel.at_most is not None and notice.not_before is None:
                told = tuple(at for at in self._told.get(channel.name, ()) if at > now - channel.at_most.within)
                found[channel.name] = Throttle(at_most=channel.at_most, told=told)
        return found

    def _tell(self, todo: Plan, now: datetime) -> None:
        """Keep what counts against the limits of channels."""
        for change in todo.changes:
            channel = self.policy.channels.get(change.channel) if isinstance(change, Notify) else None
            if channel is not None and channel.at_most is not None:
                recent = (at for at in self._told.get(channel.name, ()) if at > now - LONGEST_WINDOW)
                self._told[channel.name] = (*recent, now)


def _reads_others_in_conditions_only(policy: Policy, truth: Condition | None) -> bool:
    """Whether nothing but conditions of the policy sees the other tickets of an account."""
    elsewhere = (frozenset() if truth is None else truth.facts) | (
        policy.matrix.facts if policy.matrix else frozenset()
    )
    return not policy.assigns and not any(map(of_summary, elsewhere))


def _ends_of(changes: Iterable[Change]) -> Iterator[TicketRef]:
    """The tickets that have to be there so that changes can be carried out. Work below a ticket is none of its own."""
    for change in changes:
        if not isinstance(change, CompleteWork):
            yield change.on
        if isinstance(change, LinkTicket):
            yield change.to


def _lately(found: Surroundings, now: datetime) -> int:
    """Comments of ours on the ticket within the last hour."""
    if not found.ledger.comments:
        return 0
    return sum(one.ours and one.at >= now - _HOUR for one in found.ticket.comments)
