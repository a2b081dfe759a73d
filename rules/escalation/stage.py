"""Stage: where the escalation of one ticket stands."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Every stage, in the order in which an escalation passes through them."""

    #: Nobody asked for an escalation, and nothing led to one.
    NONE = "none"
    REQUESTED = "requested"
    #: Somebody has taken the request on and decides about it.
    EVALUATION = "under evaluation"
    DECLINED = "declined"
    #: Another path or team has it.
    REDIRECTED = "redirected"
    #: Taken up; it is in progress from the same instant on, since the ladder follows what people decide.
    ACCEPTED = "accepted"
    #: On the ladder.
    IN_PROGRESS = "in progress"
    FIX_PROPOSED = "fix proposed"
    #: A person tested the fix, with evidence: the customer may be told.
    VERIFIED = "verified"
    DEESCALATION = "de-escalation requested"
    #: Off the ladder, and the ticket is still open.
    DEESCALATED = "de-escalated"
    RESOLVED = "resolved"
    #: The customer was asked whether all is well.
    FOLLOW_UP = "follow-up"
    CLOSED = "closed"

    @property
    def is_waiting(self) -> bool:
        """Somebody has to decide about the request."""
        return self in WAITING

    @property
    def is_running(self) -> bool:
        """It was taken up, and work is owed."""
        return self in RUNNING


WAITING = frozenset({Stage.REQUESTED, Stage.EVALUATION})
RUNNING = frozenset({Stage.ACCEPTED, Stage.IN_PROGRESS, Stage.FIX_PROPOSED, Stage.VERIFIED, Stage.DEESCALATION})
#: Taken off the ladder by what people did: what held the ticket there before does not bring it back.
LEFT = frozenset({Stage.DEESCALATED, Stage.RESOLVED, Stage.FOLLOW_UP, Stage.CLOSED})
#: It was solved, and the customer may still be asked.
AFTER = frozenset({Stage.RESOLVED, Stage.FOLLOW_UP})
EVERY = frozenset(Stage)
