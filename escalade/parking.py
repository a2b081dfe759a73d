"""Parking: why a visit stops short, for how long, and what that means for the others."""

from __future__ import annotations

from connectors.errors import ConnectorError, ErrorKind, Later, Scope
from escalade.logs import log
from rules.ticket import TicketRef

#: What ends without anybody touching the ticket, however long it lasts: such a visit is never given up.
_PASSING = frozenset({ErrorKind.RETRY, ErrorKind.RATE_LIMITED, ErrorKind.UNREACHABLE, ErrorKind.AUTH})
_FORBIDDEN = 403


class ParkError(Exception):
    """The visit cannot go on now."""

    def __init__(
        self,
        why: str,
        *,
        wait: float | None = None,
        pause: bool = False,
        gone: bool = False,
        passing: bool = False,
        later: Later | None = None,
    ) -> None:
        super().__init__(why)
        #: Seconds until the next attempt; None = the usual backoff.
        self.wait = wait
        #: The whole helpdesk is in trouble.
        self.pause = pause
        self.gone = gone
        #: The trouble is not the ticket's, and ends some time.
        self.passing = passing
        #: A rate budget has no room: the visit is given back, and nothing has failed.
        self.later = later


def crashed(error: Exception, ref: TicketRef) -> ParkError:
    """Log what should not have happened, and say so."""
    log.error("visit.crashed", ticket=str(ref), exc_info=error)
    return ParkError(f"internal error ({type(error).__name__}); the log has the details")


def parked(error: ConnectorError, home: str) -> ParkError:
    """How a visit stops on an error that surely left nothing half-done.

    Trouble with another helpdesk than the ticket's own (its tracker, say) parks this ticket and no other. So does a
    403: it may be about this ticket alone, and must not keep the others from being visited.
    """
    if error.later is not None:
        return ParkError(str(error), wait=error.retry_after, later=error.later, passing=True)
    passing = error.kind in _PASSING
    if error.helpdesk != home:
        told = str(error) if str(error).startswith(error.helpdesk) else f"{error.helpdesk}: {error}"
        return ParkError(told, wait=error.retry_after, passing=passing)
    whole = (
        (error.kind is ErrorKind.AUTH and error.status != _FORBIDDEN)
        or error.kind is ErrorKind.UNREACHABLE
        or (error.kind is ErrorKind.RATE_LIMITED and error.scope is Scope.HELPDESK)
    )
    return ParkError(str(error), wait=error.retry_after, pause=whole, passing=passing)
