"""Upkeep: what a service does besides visits: reads helpdesks, sends digests, takes new policies over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from connectors.errors import ConnectorError
from escalade.digests import deliver_alone
from escalade.engine.inforce import InForce
from escalade.engine.schedules import Schedule
from escalade.engine.trouble import Trouble
from escalade.logs import log
from rules.reports.run import Report

#: How often to see whether a digest is due.
_DIGESTS = timedelta(minutes=1)


def schedules_of(in_force: InForce, trouble: Trouble, every: timedelta) -> list[Schedule]:
    """Everything that is done once for all workers.

    Args:
        in_force: What to do it with.
        trouble: Helpdesks in trouble are not read.
        every: How often each helpdesk is read.
    """
    polls = [
        Schedule(name=f"poll {name}", every=every, job=_poll(in_force, trouble, name))
        for name in in_force.app.helpdesks
    ]
    return [*polls, Schedule(name="digests", every=_DIGESTS, job=lambda: _send(in_force))]


def _poll(in_force: InForce, trouble: Trouble, name: str) -> Callable[[], None]:
    told: set[str] = set()

    def job() -> None:
        if name in trouble.paused():
            return
        app = in_force.app
        report = Report(started_at=app.clock.now())
        try:
            app.sync_quietly().poll(name, report)
        except ConnectorError as error:
            trouble.pause(name, str(error), error.retry_after)
            return
        trouble.answered(name)
        for helpdesk, why in app.begin([name]).items():
            if helpdesk not in told:
                log.warning("helpdesk.waiting", helpdesk=helpdesk, why=why)
            told.add(helpdesk)
        for row, why in report.unreadable.items():
            log.warning("poll.unreadable", row=row, why=why)

    return job


def _send(in_force: InForce) -> None:
    for dispatch in deliver_alone(in_force.app):
        tell = log.info if dispatch.sent else log.warning
        tell("digest.dispatched", digest=dispatch.digest, text=dispatch.text)
