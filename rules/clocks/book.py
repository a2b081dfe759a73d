"""ClockBook: the clocks of a policy, by their ids, as facts read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rules.calendar import ALWAYS, BusinessCalendar
from rules.clocks.clock import ClockReading
from rules.clocks.reading import read_clock
from rules.escalation.standing import ALONE, Around
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.policy import Policy
from rules.sla import SlaTarget
from rules.ticket import Account, AccountSummary, Ticket


class ClockBook:
    """Reads the clocks of one policy. Holds no answers: the facts of one instant remember theirs."""

    __slots__ = ("_targets",)

    def __init__(self, targets: Iterable[SlaTarget]) -> None:
        self._targets = {target.id: target for target in targets}

    def read(self, identity: str, facts: Facts) -> ClockReading | None:
        """The clock's reading; None when there is none, it does not apply, or it has not started."""
        target = self._targets.get(identity)
        if target is None or (target.when is not None and not target.when.evaluate(facts).holds):
            return None
        return read_clock(target, facts)

    def turn(self, identity: str, reading: ClockReading | None, facts: Facts) -> datetime | None:
        """The earliest instant (UTC) at which the reading could become another by itself, time that passes aside."""
        target = self._targets.get(identity)
        if target is None:
            return None
        turns = [None if reading is None else reading.next_at]
        if target.when is not None:
            turns.append(target.when.evaluate(facts).flips_at)
        if reading is None and target.start.when is not None:
            turns.append(target.start.when.evaluate(facts).flips_at)
        return min((turn for turn in turns if turn is not None and turn > facts.now), default=None)

    def calendar(self, identity: str) -> BusinessCalendar:
        """The calendar that the clock's time passes in."""
        target = self._targets.get(identity)
        return ALWAYS if target is None else target.calendar


def facts_for(  # noqa: PLR0917 - the policy, and the things that facts are made of
    policy: Policy,
    ticket: Ticket,
    account: Account | None,
    summary: AccountSummary | None,
    ledger: Ledger,
    now: datetime,
    linked: Sequence[Ticket] = (),
    around: Around = ALONE,
) -> Facts:
    """The facts of a ticket as one policy counts them: with its table of responses and its clocks."""
    clocks = policy.books[0] if policy.books else _book_of(policy)
    return facts_of(ticket, account, summary, ledger, now, linked, policy.responses, clocks, around, policy)


def _book_of(policy: Policy) -> ClockBook:
    policy.books.append(ClockBook(policy.sla))
    return policy.books[0]
