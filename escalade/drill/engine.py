"""Engine: lets Escalade take in what happened on the stage, until it has nothing left to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from escalade.progress import QuietProgress
from rules.plan import Plan

if TYPE_CHECKING:
    from escalade.app import App
    from escalade.drill.stage import Stage

#: Exports hide the most recent minute: our own writes are seen again only after it.
ECHO = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What Escalade did."""

    plans: tuple[Plan, ...] = ()
    #: Ticket or helpdesk → what went wrong.
    troubles: dict[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """Runs Escalade."""

    def settle(self, stage: Stage) -> Settled:
        """Run now, let the echo of what was written become visible, and take it in."""
        ...


class OwnEngine:
    """Runs Escalade in this process."""

    def __init__(self, app: App) -> None:
        self._app = app

    def settle(self, stage: Stage) -> Settled:
        """Run now, let the echo of what was written become visible, and take it in."""
        first = self._run()
        stage.pass_time(ECHO)
        second = self._run()
        return Settled(plans=first.plans + second.plans, troubles={**first.troubles, **second.troubles})

    def _run(self) -> Settled:
        report = self._app.sync(QuietProgress()).once()
        troubles = {**report.parked, **report.troubled, **report.unreadable}
        return Settled(plans=tuple(report.plans), troubles=troubles)
