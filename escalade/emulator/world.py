"""One world: a Zendesk account, a Jira Cloud site and a Jira Data Center that share a clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from escalade.emulator.calls import CallLog
from escalade.emulator.clock import Agenda, VirtualClock
from escalade.emulator.deliver import Outbox
from escalade.emulator.faults import Faults
from escalade.emulator.jira.state import JiraSite
from escalade.emulator.ratelimits import Budgets
from escalade.emulator.zendesk.state import ZendeskAccount

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(kw_only=True)
class World:
    """Everything the emulator serves.

    Attributes:
        clock: The virtual clock that every part reads.
        faults: What goes wrong with which request.
        calls: What was asked of the vendors.
        outbox: Signed webhooks that wait for delivery.
        budgets: Spent request budgets; looked at only while `limits` is on.
        limits: Whether the vendors' rate limits apply.
        auto_deliver: Whether webhooks leave right after the answer that caused them.
        letters: What channels were told: title and text of each notice, one string each.
        lock: Held while a vendor's code runs; hold it to look at or change the state from another thread.
    """

    clock: VirtualClock
    zendesk: ZendeskAccount
    jira: JiraSite
    jira_dc: JiraSite
    faults: Faults = field(default_factory=Faults)
    calls: CallLog = field(default_factory=CallLog)
    outbox: Outbox = field(default_factory=Outbox)
    budgets: Budgets = field(default_factory=Budgets)
    limits: bool = False
    auto_deliver: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    letters: list[str] = field(default_factory=list)
    unknown_routes: list[str] = field(default_factory=list)

    @classmethod
    def empty(cls, start: datetime) -> World:
        """Make a world without tickets whose clock shows `start` (aware)."""
        clock = VirtualClock(start)
        outbox = Outbox()
        return cls(
            clock=clock,
            zendesk=ZendeskAccount(clock=clock, outbox=outbox),
            jira=JiraSite(deployment="Cloud", clock=clock),
            jira_dc=JiraSite(deployment="Server", clock=clock),
            outbox=outbox,
        )

    @property
    def pending(self) -> Agenda | None:
        """What will happen by itself while the clock advances."""
        return self.clock.agenda

    @pending.setter
    def pending(self, agenda: Agenda | None) -> None:
        self.clock.agenda = agenda
