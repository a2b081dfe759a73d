"""Outcomes of visits, counted for the metrics and told to the log."""

from __future__ import annotations

from escalade.logs import log
from escalade.metrics import metrics
from sync import DueVisit, Visited


def counted(due: DueVisit, visited: Visited) -> Visited:
    """Count what a visit came to, and hand it on."""
    if visited.pause is not None:
        outcome = "paused"
    elif visited.later is not None:
        outcome = "put_off"
    elif visited.gone:
        outcome = "gone"
    elif visited.failed is not None:
        outcome = "given_up" if visited.given_up else "failed"
    else:
        outcome = "written" if visited.writes else "nothing"
        if due.attempts:
            log.info("visit.recovered", ticket=str(due.ref), attempts=due.attempts)
    metrics.visited(due.ref.helpdesk, outcome)
    return visited
