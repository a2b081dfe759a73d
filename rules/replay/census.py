"""Census: the open tickets of each account, and of each person, kept up to date as they change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from rules.ledger import Ledger
from rules.policy import Policy
from rules.replay.kin import CommonAnswer, Kin, Seen, Sight
from rules.ticket import OPEN, AccountRef, AccountSummary, OpenTicket, Priority, State, Ticket, TicketRef
from rules.timeline import state_of

_NO_TICKETS: Counter[Priority | None] = Counter()


class Census:
    """What the open tickets add up to. Values are those that people set."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self._assigns = policy, policy.assigns
        #: What the policy asks about other tickets.
        self.kin = Kin(policy)
        #: Where each open ticket is counted: its account, and its priority.
        self._counted: dict[TicketRef, tuple[AccountRef, Priority | None]] = {}
        self._totals: defaultdict[AccountRef, Counter[Priority | None]] = defaultdict(Counter)
        self._of: defaultdict[AccountRef, dict[TicketRef, None]] = defaultdict(dict)
        #: By account the tickets that a count of the policy may see, with what it sees.
        self._seen: defaultdict[AccountRef, dict[TicketRef, Seen]] = defaultdict(dict)
        #: What is told of an account to all of its tickets, until something of it changes.
        self._summaries: dict[AccountRef, AccountSummary] = {}
        #: By account and place of a question: which piece of news was the last one about it.
        self._news: defaultdict[AccountRef, dict[int, int]] = defaultdict(dict)
        self._told = 0
        self._assigned: dict[TicketRef, str] = {}
        self._load: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def tickets_of(self, account: AccountRef) -> tuple[TicketRef, ...]:
        """The open tickets of an account."""
        return tuple(self._of.get(account, ()))

    @property
    def told(self) -> int:
        """The number of the last piece of news about any account."""
        return self._told

    def news(self, account: AccountRef, since: int) -> frozenset[int]:
        """The questions about an account's tickets that may be answered otherwise since that piece of news.

        Those are among them whose answer only lasts longer.
        """
        return frozenset(place for place, number in self._news.get(account, {}).items() if number > since)

    def overlooks(self, before: Ticket, after: Ticket) -> bool:
        """Whether a change of a ticket leaves it what it was to all counts: people changed none of its values.

        Both tickets have their timeline as of the change.
        """
        if self._assigns or not self.kin.is_timeless:
            return False
        if before.account != after.account or before.requester != after.requester:
            return False
        if (before.status in OPEN) is not (after.status in OPEN):
            return False
        was, now = before.timeline, after.timeline
        return was is now or self.kin.sees_no_change(was.moments[-1].state, now.moments[-1].state)

    def load(self, helpdesk: str) -> Counter[str]:
        """Open tickets by assignee."""
        return self._load[helpdesk]

    def summary(self, ticket: Ticket, account: AccountRef, ledger: Ledger) -> AccountSummary:
        """What the open tickets of an account add up to, for one of its tickets.

        Of the tickets one by one those are left out that no condition of the policy counts; the ticket itself counts
        in any case, also where it is not among them.
        """
        common = self._summaries.get(account)
        if common is None:
            common = self._summed(account)
            if account in self._of:
                self._summaries[account] = common
        if not self._policy.uses_account_tickets or common.tickets:
            return common
        # It counts as it is whatever is known of it. That one is there says that the others are known.
        return replace(common, tickets=(_in_state(ticket, state_of(ticket, ledger)),))

    def _summed(self, account: AccountRef) -> AccountSummary:
        totals = self._totals.get(account, _NO_TICKETS)
        seen = (one for one, _ in self._seen.get(account, {}).values())
        return AccountSummary(
            ref=account,
            open_tickets=sum(totals.values()),
            open_by_priority={priority: count for priority, count in totals.items() if priority is not None and count},
            tickets=tuple(sorted(seen, key=lambda one: (one.created_at, one.ref))),
        )

    def note(self, ticket: Ticket, ledger: Ledger, at: datetime) -> set[AccountRef]:
        """Count a ticket anew (UTC).

        Returns:
            The accounts whose tickets could be decided otherwise now.
        """
        if self._assigns:
            self._note_load(ticket)
        before = self._counted.get(ticket.ref)
        owner = ticket.account if ticket.status.is_open else None
        after = None if owner is None else (owner, ledger.base_priority(ticket.priority))
        concerned = self._note_sums(ticket.ref, before, after, at)
        if self._policy.uses_account_tickets:
            concerned |= self._note_sight(ticket, before, owner, at)
        return concerned

    def _note_load(self, ticket: Ticket) -> None:
        load = self._load[ticket.ref.helpdesk]
        before = self._assigned.pop(ticket.ref, None)
        if before is not None:
            load[before] -= 1
            if not load[before]:
                del load[before]
        if ticket.status.is_open and ticket.assignee is not None:
            self._assigned[ticket.ref] = ticket.assignee
            load[ticket.assignee] += 1

    def _note_sums(
        self,
        ref: TicketRef,
        before: tuple[AccountRef, Priority | None] | None,
        after: tuple[AccountRef, Priority | None] | None,
        at: datetime,
    ) -> set[AccountRef]:
        if before == after:
            return set()
        accounts = {place[0] for place in (before, after) if place is not None}
        for account in accounts:
            self._summaries.pop(account, None)
        asks = self._policy.uses_account_summary
        answers = {account: self._answers(account, at) for account in accounts} if asks else {}
        if before is not None:
            self._totals[before[0]][before[1]] -= 1
            del self._of[before[0]][ref]
            del self._counted[ref]
        if after is not None:
            self._totals[after[0]][after[1]] += 1
            self._of[after[0]][ref] = None
            self._counted[ref] = after
        concerned = {
            account for account in answers if self._tell(account, answers[account], self._answers(account, at))
        }
        for account in accounts:
            if not self._of[account]:
                del self._of[account], self._totals[account]
        return concerned

    def _tell(self, account: AccountRef, before: Mapping[int, object], after: Mapping[int, object]) -> bool:
        """Take note of the questions that are answered otherwise; whether there are any."""
        places = [place for place in before.keys() | after.keys() if before.get(place) != after.get(place)]
        if places:
            self._told += 1
            self._news[account].update(dict.fromkeys(places, self._told))
        return bool(places)

    def _answers(self, account: AccountRef, at: datetime) -> dict[int, bool]:
        return self.kin.sums(account, self._totals.get(account, _NO_TICKETS), at)

    def _note_sight(
        self,
        ticket: Ticket,
        before: tuple[AccountRef, Priority | None] | None,
        owner: AccountRef | None,
        at: datetime,
    ) -> set[AccountRef]:
        ref = ticket.ref
        old = None if before is None else self._seen.get(before[0], {}).get(ref)
        new = None if owner is None else self._sight(ticket, at)
        places = {} if before is None else {before[0]: old}
        accounts = {*places, *([] if owner is None else [owner])}
        stays = before is None or before[0] == owner
        if stays and (old and old[1]) == (new and new[1]):
            if new is not None and owner is not None:
                self._seen[owner][ref] = new
                self._summaries.pop(owner, None)
            return set()
        answers = {account: self._counts(account, at) for account in accounts}
        for account in accounts:
            self._summaries.pop(account, None)
        for account in places:
            self._seen[account].pop(ref, None)
        if new is not None and owner is not None:
            self._seen[owner][ref] = new
        concerned: set[AccountRef] = set()
        for account in accounts:
            before_it, after_it = answers[account], self._counts(account, at)
            if self._tell(account, before_it, after_it) and _is_news(before_it, after_it):
                concerned.add(account)
            was, now = places.get(account), new if account == owner else None
            if self._tell(account, self._own(was), self._own(now)):
                concerned.add(account)
            if not self._seen[account]:
                del self._seen[account]
        return concerned

    def _sight(self, ticket: Ticket, at: datetime) -> Seen | None:
        """What counts see of a ticket; None = none of them ever sees it."""
        # Its timeline has just been told.
        one = _in_state(ticket, ticket.timeline.moments[-1].state)
        sight = self.kin.sight(one, at)
        return (one, sight) if any(part is not None for part in sight) else None

    def _counts(self, account: AccountRef, at: datetime) -> dict[int, CommonAnswer]:
        return self.kin.counts(account, self._seen.get(account, {}).values(), at)

    def _own(self, found: Seen | None) -> dict[int, Sight]:
        """What of a ticket counts for some tickets of the account alone; nothing of it where it is not there."""
        own = {} if found is None else self.kin.own(found[1])
        return {place: sight for place, sight in own.items() if sight is not None}


def _in_state(ticket: Ticket, state: State) -> OpenTicket:
    """The ticket with its values as people set them."""
    return OpenTicket(
        ref=ticket.ref,
        created_at=ticket.created_at,
        status=state.status,
        priority=state.priority,
        type=state.type,
        product=state.product,
        requester=ticket.requester,
        tags=state.tags,
        fields=state.fields,
    )


def _is_news(before: Mapping[int, CommonAnswer], after: Mapping[int, CommonAnswer]) -> bool:
    """Whether an answer is another one, or turns sooner. Who wakes up too soon finds nothing new, and sleeps on."""
    for place, (held, turned) in before.items():
        holds, turns = after[place]
        if held != holds or (turns is not None and (turned is None or turns < turned)):
            return True
    return False
