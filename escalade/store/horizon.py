"""Horizon: how far beyond a ticket the rules look, and so what is loaded with it and whose changes concern it."""

from __future__ import annotations

from typing import Self

import msgspec

from rules.policy import Policy


class Horizon(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions read apart from their own ticket. What nothing reads is neither loaded nor watched."""

    #: The counts of the account's open tickets.
    siblings: bool = False
    #: Those tickets one by one.
    account_tickets: bool = False
    #: The tickets at the other ends of links.
    linked: bool = False
    #: The escalations of accounts: their records, what these say, and the tickets that they are about.
    records: bool = False

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """As far as this policy looks."""
        return cls(
            siblings=policy.uses_account_summary or policy.uses_account_tickets,
            account_tickets=policy.uses_account_tickets,
            linked=policy.uses_linked,
            records=policy.uses_records,
        )

    def and_of(self, policy: Policy) -> Horizon:
        """As far as this and as far as the policy looks: tickets may follow different versions."""
        other = Horizon.of(policy)
        return Horizon(
            siblings=self.siblings or other.siblings,
            account_tickets=self.account_tickets or other.account_tickets,
            linked=self.linked or other.linked,
            records=self.records or other.records,
        )
