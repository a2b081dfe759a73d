"""Attention: which changes of a ticket a policy cannot notice, so that nothing has to be decided anew for them."""

from __future__ import annotations

from enum import Enum, auto
from operator import attrgetter

from rules.conditions.base import Condition
from rules.facts import FIELD_PREFIX
from rules.ledger import Ledger
from rules.policy import Policy
from rules.replay.walk import leaves_of
from rules.sla import StartBasis
from rules.ticket import OPEN, State, Ticket

#: Parts of a ticket that are asked for by a fact of the same name.
_NAMED = ("subject", "requester")
#: Parts of a ticket's state, each with the facts that tell of them or of their past.
_OF_STATE = {
    "group": ("group", "group_changes", "in_group"),
    "assignee": ("assignee", "reassignments", "with_assignee"),
}


#: Everything about a ticket but when it was touched last.
_LASTING = tuple(name for name in Ticket.__struct_fields__ if name not in {"updated_at", "version"})


class Notice(Enum):
    """What the policy notices of something that people did to a ticket."""

    NOTHING = auto()
    #: They touched it, and left everything as it was.
    TOUCH = auto()
    CHANGE = auto()


class Attention:
    """What one policy notices. Where it is not sure, it does."""

    def __init__(self, policy: Policy, truth: Condition | None = None) -> None:
        """Find out what is noticed.

        Args:
            policy: What decides.
            truth: What else is asked of every ticket.
        """
        asked = {name for leaf in leaves_of(policy) for name in leaf.facts}
        asked |= frozenset() if truth is None else truth.facts
        asked |= frozenset() if policy.matrix is None else policy.matrix.facts
        waits = any(target.start.basis is StartBasis.ASSIGNED for target in policy.sla)
        self._fields = frozenset(name.removeprefix(FIELD_PREFIX) for name in asked if name.startswith(FIELD_PREFIX))
        unasked = {name for name in _NAMED if name not in asked}
        unread = {part for part, names in _OF_STATE.items() if not asked.intersection(names)}
        blind = frozenset[str]() if waits or policy.assigns else unread
        of_state = (name for name in State.__struct_fields__ if name not in {"fields", *blind})
        #: What is compared as a whole; fields are compared one by one.
        self._seen = attrgetter("account", "children", *(name for name in _NAMED if name not in unasked), *of_state)
        #: Nothing is owed to a ticket that is over; but somebody else may ask what became of it.
        self._follows = truth is not None
        #: People conduct escalations by what they do to tickets in any way.
        self._sees_all = policy.process is not None or policy.uses_linked
        #: Who has a ticket by us has it since it was touched last, as far as anybody can tell.
        self._sees_touches = self._sees_all or waits

    def noticed(self, before: Ticket, after: Ticket, ledger: Ledger) -> Notice:
        """What can be noticed of what people did to a ticket."""
        if ledger.is_blank:
            return Notice.NOTHING if self._passes_over(before, after) else Notice.CHANGE
        # Escalade touched it: what people change may be something of ours.
        return Notice.TOUCH if not self._sees_touches and _is_same(before, after) else Notice.CHANGE

    def _passes_over(self, before: Ticket, after: Ticket) -> bool:
        """Whether a decision about a ticket that Escalade never touched cannot change by what people did to it."""
        if self._sees_all:
            return False
        if before.comments is not after.comments or before.links is not after.links:
            return False
        if not (before.status in OPEN or after.status in OPEN or self._follows):
            return True
        if self._seen(before) != self._seen(after):
            return False
        if before.fields == after.fields:
            return True
        return all(before.fields.get(name) == after.fields.get(name) for name in self._fields)


def _is_same(before: Ticket, after: Ticket) -> bool:
    """Whether people left a ticket as it was, and its past tells so up to now."""
    if before.timeline is not after.timeline or not after.timeline.moments:
        return False
    last = after.timeline.moments[-1].state
    if last.status is not after.status:
        # Since when it has a status of ours, only the last touch tells.
        return False
    return all(getattr(before, name) == getattr(after, name) for name in _LASTING)
