"""RACI: who does the work, who answers for it, who is asked before, and who is only told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Raci:
    """Roles, teams or people of the directory by the part that they have in an escalation."""

    #: Gets the tasks that nobody else was named for; the first who has somebody on duty.
    responsible: tuple[str, ...]
    #: Answers for the whole. There is exactly one.
    accountable: str
    #: Is asked before a plan is agreed, and the answer recorded.
    consulted: tuple[str, ...] = ()
    #: Reads digests, and is never paged or chased.
    informed: tuple[str, ...] = ()

    @property
    def only_informed(self) -> frozenset[str]:
        """Those who have no other part."""
        return frozenset(self.informed) - {*self.responsible, self.accountable, *self.consulted}
