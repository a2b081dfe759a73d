"""Attention: which changes of a ticket a policy cannot notice, so that nothing has to be decided anew for them."""

from __future__ import annotations

from rules.conditions.base import Condition
from rules.facts import FIELD_PREFIX
from rules.ledger import Ledger
from rules.policy import Policy
from rules.replay.walk import leaves_of
from rules.sla import StartBasis
from rules.ticket import State, Ticket

#: Parts of a ticket that are asked for by a fact of the same name.
_NAMED = ("subject", "requester")
#: Parts of a ticket's state, each with the facts that tell of them or of their past.
_OF_STATE = {
    "group": ("group", "group_changes", "in_group"),
    "assignee": ("assignee", "reassignments", "with_assignee"),
}


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
        self._blind = tuple(name for name in _NAMED if name not in asked)
        unread = {part for part, names in _OF_STATE.items() if not asked.intersection(names)}
        blind = frozenset[str]() if waits or policy.assigns else unread
        #: What is compared by itself: fields are one by one.
        self._seen_of_state = tuple(name for name in State.__struct_fields__ if name not in {"fields", *blind})
        #: People conduct escalations by what they do to tickets in any way.
        #: Nothing is owed to a ticket that is over; but somebody else may ask what became of it.
        self._follows = truth is not None
        self._sees_all = policy.process is not None or policy.uses_linked

    def passes_over(self, before: Ticket, after: Ticket, ledger: Ledger) -> bool:
        """Whether a decision about a ticket cannot change by what people did to it.

        A ticket that Escalade ever touched is always looked at: what people change may be something of ours.
        """
        if self._sees_all or not _is_blank(ledger):
            return False
        if before.comments is not after.comments or before.links is not after.links:
            return False
        if not (before.status.is_open or after.status.is_open or self._follows):
            return True
        parts = ("account", "children", *(name for name in _NAMED if name not in self._blind))
        if any(getattr(before, name) != getattr(after, name) for name in parts):
            return False
        if any(getattr(before, name) != getattr(after, name) for name in self._seen_of_state):
            return False
        return all(before.fields.get(name) == after.fields.get(name) for name in self._fields)


def _is_blank(ledger: Ledger) -> bool:
    """Whether nothing was ever done to the ticket, nor met on it."""
    return ledger == Ledger(ref=ledger.ref)
