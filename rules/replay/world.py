"""World: the helpdesks of a replay: tickets that the past changes, and that the policy writes to as it would have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from rules.account_facts import AccountFacts
from rules.escalation.standing import Standing, accounts_of, foremost, is_record, proposed_by
from rules.ledger import Ledger
from rules.listening import hearing_of
from rules.policy import Policy
from rules.replay.census import Census
from rules.replay.shelf import Rack, Rested, Shelf
from rules.replay.trail import Trail
from rules.testing.desk import Desk
from rules.ticket import Account, AccountRef, StatusCategory, Ticket, TicketRef
from rules.timeline import grown

#: Tickets that the policy opens are numbered from here.
_FIRST_NUMBER = 900_000_000
#: Tickets that rest and stay in memory: one that was solved is mostly touched again before long.
_MOST_AT_HAND = 2048
_READ = msgspec.msgpack.Decoder(Rested)
_WRITE = msgspec.msgpack.Encoder()


class _Tickets(dict[TicketRef, Ticket]):
    """The tickets in memory; one that is asked for and rests is taken from the shelf."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def __missing__(self, ref: TicketRef) -> Ticket:
        found = self._world.find(ref)
        if found is None:
            raise KeyError(ref)
        return found


@dataclass(slots=True, kw_only=True)
class World(Desk):
    """A desk for very many tickets: those that rest are on a shelf, and what all add up to is counted meanwhile."""

    policy: Policy
    shelf: Shelf = field(default_factory=Rack)
    account_facts: AccountFacts = field(default_factory=AccountFacts)
    trails: dict[TicketRef, Trail] = field(default_factory=dict)
    #: Tickets that a change of another one concerns, to be decided about.
    dirty: set[TicketRef] = field(default_factory=set)
    #: Tickets of accounts about which something may be answered otherwise, to be decided about if that matters to them.
    stirred: set[TicketRef] = field(default_factory=set)
    #: Tickets that were in memory at some time since they were last put to rest.
    touched: set[TicketRef] = field(default_factory=set)
    #: Tickets that the replay itself opened, also while they rest: nobody in the past could work on them.
    ours: set[TicketRef] = field(default_factory=set)
    #: Tickets that the policy writes to and the history tells nothing of, such as linked ones of another helpdesk.
    untold: set[TicketRef] = field(default_factory=set)
    census: Census = field(init=False)
    #: Tickets that were put to rest and are not on the shelf yet, the oldest first.
    _at_hand: dict[TicketRef, Rested] = field(default_factory=dict)
    #: Tickets that the policy opened so far.
    _opened: int = 0
    #: Ticket → tickets in memory that are linked to it.
    _linking: defaultdict[TicketRef, set[TicketRef]] = field(default_factory=lambda: defaultdict(set))
    #: Account → what its records say.
    _standings: defaultdict[AccountRef, dict[TicketRef, Standing]] = field(default_factory=lambda: defaultdict(dict))
    #: Account → that of its standings which counts for its tickets.
    _foremost: dict[AccountRef, Standing] = field(default_factory=dict)
    #: Ticket → records that are about it.
    _records_of: defaultdict[TicketRef, set[TicketRef]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, policy: Policy, shelf: Shelf, account_facts: AccountFacts) -> World:
        """An empty world that listens as the policy wants."""
        words = {category.value: category for category in StatusCategory}
        return cls(hearing=hearing_of(policy), statuses=words, policy=policy, shelf=shelf, account_facts=account_facts)

    def __post_init__(self) -> None:
        self.tickets = _Tickets(self)
        self.census = Census(self.policy)

    @property
    def open_tickets(self) -> int:
        """How many tickets of the past are open."""
        return sum(ticket.status.is_open and ref not in self.ours for ref, ticket in self.tickets.items())

    def knows(self, ref: TicketRef) -> bool:
        """Whether there is such a ticket."""
        return ref in self.tickets or self._rested(ref) is not None

    def look(self, ref: TicketRef) -> tuple[Ticket, Ledger] | None:
        """A ticket without waking it; None = there is none."""
        if ref in self.tickets:
            return self.tickets[ref], self.ledgers[ref]
        rested = self._rested(ref)
        return None if rested is None else (rested.ticket, rested.ledger)

    def find(self, ref: TicketRef) -> Ticket | None:
        """A ticket, which wakes if it rests; None = there is none."""
        if (ticket := self.tickets.get(ref)) is not None:
            return ticket
        rested = self._rested(ref)
        if rested is None:
            return None
        # What the shelf has of it is out of date from now on, and is written over before it is looked at again.
        self._at_hand.pop(ref, None)
        self.ledgers[ref], self.trails[ref] = rested.ledger, rested.trail
        dict.__setitem__(self.tickets, ref, rested.ticket)
        self._tie(rested.ticket)
        self.touched.add(ref)
        return rested.ticket

    def _rested(self, ref: TicketRef) -> Rested | None:
        """What rests of a ticket that is not awake; None = nothing."""
        if (rested := self._at_hand.get(ref)) is not None:
            return rested
        content = self.shelf.look(str(ref))
        return None if content is None else _READ.decode(content)

    def rest(self, ref: TicketRef) -> None:
        """Let a ticket rest; those that do so for the longest go onto the shelf."""
        ticket = self.tickets[ref]
        self._at_hand[ref] = Rested(ticket=ticket, ledger=self.ledgers[ref], trail=self.trails[ref])
        for link in ticket.links:
            self._untie(ref, link.to)
        del self.tickets[ref], self.ledgers[ref], self.trails[ref]
        if len(self._at_hand) > _MOST_AT_HAND:
            oldest = list(self._at_hand)[: _MOST_AT_HAND // 2]
            self.shelf.put({str(one): _WRITE.encode(self._at_hand.pop(one)) for one in sorted(oldest)})

    def begin(self, ticket: Ticket, at: datetime) -> None:
        """A ticket comes in, or is first seen, at an instant (UTC)."""
        self._put(ticket, at)

    def add(self, ticket: Ticket, name: str = "") -> None:  # noqa: ARG002 - a desk that names its tickets asks so
        """Put a ticket there that the policy opened."""
        self.ours.add(ticket.ref)
        self._put(ticket, ticket.created_at)

    def stand_in(self, ref: TicketRef, at: datetime) -> None:
        """Put something in the place of a ticket that is written to and was never told of, at an instant (UTC)."""
        if self.knows(ref):
            return
        blank = Ticket(
            ref=ref,
            key=ref.id,
            url="",
            subject="",
            status=StatusCategory.NEW,
            status_name="new",
            priority=None,
            created_at=at,
            updated_at=at,
            version="1",
        )
        self.add(blank)
        self.untold.add(ref)

    def next_number(self, helpdesk: str) -> int:  # noqa: ARG002 - a desk with few tickets counts those of a helpdesk
        """A number that no ticket of the past has: what the policy opens must not be taken for one of those."""
        self._opened += 1
        return _FIRST_NUMBER + self._opened

    def _put(self, ticket: Ticket, at: datetime) -> None:
        ledger = Ledger(ref=ticket.ref)
        whole = replace(ticket, timeline=grown(ticket.timeline, ticket, ledger, at))
        self.ledgers[ticket.ref], self.trails[ticket.ref] = ledger, Trail()
        self._keep(None, whole, at)

    def write(self, ref: TicketRef, at: datetime, **values: Any) -> None:
        """Give a ticket other values, at an instant (UTC)."""
        before = self.tickets[ref]
        changed = replace(before, **values, updated_at=at, version=str(int(before.version) + 1))
        longer = grown(before.timeline, changed, self.ledgers[ref], at)
        self._keep(before, changed if longer is changed.timeline else replace(changed, timeline=longer), at)

    def _keep(self, before: Ticket | None, after: Ticket, at: datetime) -> None:
        """Take a ticket for what it is now, and find out whom that concerns."""
        ref = after.ref
        dict.__setitem__(self.tickets, ref, after)
        self.touched.add(ref)
        if before is None or not self.census.overlooks(before, after):
            for account in self.census.note(after, self.ledgers[ref], at):
                self.stirred.update(self.census.tickets_of(account))
        if before is None or before.links is not after.links:
            for link in () if before is None else before.links:
                self._untie(ref, link.to)
            self._tie(after)
        moved = before is None or before.timeline is not after.timeline
        spoke = before is not None and before.comments is not after.comments and not after.comments[-1].ours
        if moved and self.policy.uses_linked:
            self.dirty |= self._linking.get(ref, set())
        if self.policy.uses_records and (moved or spoke):
            self._tell_records(before, after)

    def _tie(self, ticket: Ticket) -> None:
        for link in ticket.links:
            self._linking[link.to].add(ticket.ref)

    def _untie(self, ref: TicketRef, to: TicketRef) -> None:
        ends = self._linking.get(to)
        if ends is not None:
            ends.discard(ref)
            if not ends:
                del self._linking[to]

    def _tell_records(self, before: Ticket | None, after: Ticket) -> None:
        if is_record(after) or (before is not None and is_record(before)):
            self.restand(before, after)
        elif after.account is not None and after.status.is_open:
            for standing in self._standings.get(after.account, {}).values():
                if not standing.state.is_over:
                    self._join(standing.record, after.ref)
        about = {after.ref, *self._linking.get(after.ref, ())}
        self.dirty.update(*(self._records_of.get(ref, ()) for ref in about))

    def _join(self, record: TicketRef, member: TicketRef) -> None:
        if record in self.ours:
            # Nothing is decided about it, so nobody asks which tickets it has been about; and they may be very many.
            return
        self.members.setdefault(record, set()).add(member)
        self._records_of[member].add(record)

    def restand(self, before: Ticket | None, after: Ticket) -> None:
        """A record may say something else of its accounts now."""
        ref = after.ref
        for account in () if before is None else accounts_of(before):
            if ref in self._standings[account]:
                del self._standings[account][ref]
                self._foremost.pop(account, None)
                self.dirty.update(self.census.tickets_of(account))
        if not is_record(after):
            return
        told = self.ledgers[ref].standing
        standing = proposed_by(after) if told is None else replace(told, accounts=accounts_of(after))
        for account in standing.accounts:
            self._standings[account][ref] = standing
            self._foremost.pop(account, None)
            theirs = self.census.tickets_of(account)
            self.dirty.update(theirs)
            for member in () if standing.state.is_over else theirs:
                self._join(ref, member)

    def standing_of(self, account: AccountRef) -> Standing | None:
        """What the records of an account say of it; None = it has none."""
        found = self._standings.get(account)
        if not found:
            return None
        if (known := self._foremost.get(account)) is None and (known := foremost(found.values())) is not None:
            self._foremost[account] = known
        return known

    def members_of(self, record: TicketRef) -> Iterator[tuple[Ticket, Ledger]]:
        """The tickets that a record has been about, and what these are linked to."""
        named = self.members.get(record, set())
        known = {ref: found for ref in sorted(named) if (found := self.look(ref)) is not None}
        tied = sorted({link.to for ticket, _ in known.values() for link in ticket.links} - known.keys() - {record})
        yield from known.values()
        yield from (found for ref in tied if (found := self.look(ref)) is not None)

    def account(self, ref: AccountRef) -> Account | None:
        """What is known of an account: its id stands for its name, and a file may say more."""
        if ref not in self.accounts:
            told = self.account_facts.told(Account(ref=ref, name=ref.id))
            self.accounts[ref] = told or Account(ref=ref, name=ref.id)
        return self.accounts[ref]

    def rest_all(self, at_rest: Iterable[TicketRef]) -> None:
        """Put tickets on the shelf."""
        for ref in at_rest:
            self.rest(ref)
        self.kept.clear()
