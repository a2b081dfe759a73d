"""Player: lets time pass on the desk of a test, and has every ticket decided on at every instant that matters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from rules.change import KeepNote, PostComment
from rules.clocks.book import facts_for
from rules.decide import decide
from rules.decision import Decision
from rules.facts import Facts
from rules.ownership import observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.testing.deed import Deed
from rules.testing.desk import Desk
from rules.testing.kinds import kind_of
from rules.testing.surroundings import Surroundings, around_of, enlist
from rules.testing.writing import carry_out
from rules.ticket import StatusCategory, TicketRef

#: Looks at all tickets at one instant after which a policy that still wants something wants it for ever.
_MOST_ROUNDS = 25
#: Instants at which tickets are looked at in one test.
_MOST_INSTANTS = 20_000
_HOUR = timedelta(hours=1)


class RestlessError(Exception):
    """The policy does not come to rest: it changes its mind over and over. The text tells what it does."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a ticket last, and on what grounds."""

    at: datetime
    #: How things were found, and what is known once it was seen what people did to values of ours.
    found: Surroundings
    known: Surroundings
    decision: Decision
    plan: Plan

    def is_due(self, now: datetime) -> bool:
        """Whether it has to be decided again at an instant (UTC), although nobody did anything."""
        return self.plan.wake_at is not None and self.plan.wake_at <= now

    def proved(self, policy: Policy) -> Decision:
        """The same decision with every proof, for explaining it; it is made again when the plan says so."""
        proved = _decided(policy, self.known, self.at, proof=True)
        return msgspec.structs.replace(proved, wake_at=self.plan.wake_at, wake_because=self.plan.wake_because)

    def facts(self, policy: Policy) -> Facts:
        """What the policy could ask of the ticket."""
        known = self.known
        account, summary, linked, around = known.account, known.summary, known.linked, known.around
        return facts_for(policy, known.ticket, account, summary, known.ledger, self.at, linked, around)


class Player:
    """Time, and what the policy does in it."""

    def __init__(self, policy: Policy, desk: Desk, starts: datetime) -> None:
        self._policy = policy
        self.desk = desk
        #: The instant that it is (UTC).
        self.now = starts
        #: What was done, oldest first.
        self.deeds: list[Deed] = []
        #: What was decided last about each ticket, and everything that was decided.
        self.visits: dict[TicketRef, Visit] = {}
        self.history: list[Visit] = []
        self._instants = 0

    def pass_until(self, at: datetime) -> None:
        """Let time pass up to an instant (UTC), that instant excluded. Nobody does anything meanwhile.

        Raises:
            RestlessError: the policy does not come to rest.
        """
        while (turn := self._next()) is not None and turn < at:
            self.now = turn
            self.settle()
        self.now = at

    def settle(self) -> None:
        """Have every ticket decided on now, until nothing is left to do.

        A ticket around which nothing changed, and about which nothing could change by itself yet, is passed over: the
        same would be decided.

        Raises:
            RestlessError: there is always something left.
        """
        self._instants += 1
        if self._instants > _MOST_INSTANTS:
            raise RestlessError(
                f"more than {_MOST_INSTANTS} instants would have to be looked at; make the test shorter"
            )
        for _ in range(_MOST_ROUNDS):
            enlist(self.desk, self.now)
            moved = [self._visit(ref) for ref in self._watched()]
            if not any(moved):
                return
        last = [deed.change for deed in self.deeds if deed.at == self.now][-2:]
        raise RestlessError(f"the policy does not come to rest; last it did: {last}")

    def look(self, ref: TicketRef) -> Visit:
        """What is decided about a ticket at this very instant, when it was settled."""
        visit = self.visits[ref]
        if visit.at != self.now:
            self._decide(ref, visit.found)
        return self.visits[ref]

    def _watched(self) -> Iterable[TicketRef]:
        """The tickets that are decided about: all but those that only count, and those that are gone."""
        there = self.desk.there(self.now)
        counted = self.desk.counted
        return [one.ref for one in there if one.ref not in counted and one.status is not StatusCategory.DELETED]

    def _next(self) -> datetime | None:
        """The next instant at which something could change by itself, or at which a ticket comes in."""
        turns = [visit.plan.wake_at for visit in self.visits.values() if visit.plan.wake_at is not None]
        turns += [ticket.created_at for ref, ticket in self.desk.tickets.items() if ref not in self.desk.counted]
        return min((turn for turn in turns if turn > self.now), default=None)

    def _visit(self, ref: TicketRef) -> bool:
        """Decide about one ticket and do what follows; whether anything did."""
        known = around_of(self.desk, self._policy, ref, self.now)
        last = self.visits.get(ref)
        if last is not None and not last.is_due(self.now) and last.found == known:
            return False
        return self._decide(ref, known)

    def _decide(self, ref: TicketRef, found: Surroundings) -> bool:
        known = msgspec.structs.replace(found, ledger=observe(found.ledger, found.ticket, self.now).ledger)
        decision = _decided(self._policy, known, self.now, proof=False)
        recent = sum(one.ours and one.at >= self.now - _HOUR for one in known.ticket.comments)
        recent = recent if known.ledger.comments else 0
        todo = plan(known.ticket, decision, known.ledger, self._policy, recent, self.now, around=known.around)
        visit = Visit(at=self.now, found=found, known=known, decision=decision, plan=todo)
        self.visits[ref] = visit
        self.history.append(visit)
        before = self.desk.ledgers[ref]
        carry_out(self.desk, todo, self.now)
        templates = {note.key: note.template for note in decision.desired.notes}
        for change in todo.changes:
            template = templates.get(change.key) if isinstance(change, PostComment | KeepNote) else None
            self.deeds.append(Deed(at=self.now, ref=ref, kind=kind_of(change), change=change, template=template))
        return bool(todo.changes) or not self.desk.ledgers[ref].says_what(before)


def _decided(policy: Policy, known: Surroundings, now: datetime, *, proof: bool) -> Decision:
    return decide(
        policy,
        known.ticket,
        known.account,
        known.summary,
        known.ledger,
        now,
        linked=known.linked,
        around=known.around,
        load=known.load,
        proof=proof,
    )
