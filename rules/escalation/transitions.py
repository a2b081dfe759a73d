"""Transitions: which act leads from which stage to which, and what it needs. A table; whoever asks reads it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from rules.escalation.stage import AFTER, EVERY, LEFT, RUNNING, WAITING, Stage


class Need(StrEnum):
    """What an act has to bring, or what has to have been done before it."""

    REASON = "reason"
    #: Every question that is required for this step is answered.
    ANSWERS = "answers"
    #: The tier that is named is one, and notes tell what was tried before it.
    TIER = "tier"
    #: A path or team that there is.
    TARGET = "target"
    #: What was done, in words.
    WORDS = "words"
    #: How it was tested.
    EVIDENCE = "evidence"
    #: Who of the customer's side agreed, and how.
    CUSTOMER = "customer"
    #: A point of the checklist, with its note or reference.
    POINT = "point"
    CONFIRMED = "confirmed"
    #: A date that is not over.
    DATE = "date"
    #: Review notes with attendees, where the policy asks for a review.
    REVIEW = "review"
    #: Who was there.
    ATTENDEES = "attendees"
    #: Somebody whom the directory knows.
    PERSON = "person"


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One row: an act, from where it is allowed, where it leads, and what is said when it counts."""

    verb: str
    sources: frozenset[Stage]
    #: None = the stage stays.
    to: Stage | None
    says: str
    needs: tuple[Need, ...] = ()


#: Something was taken up and is not over, or could come back.
_BEGUN = (RUNNING | LEFT) - {Stage.ACCEPTED}
_REQUESTABLE = EVERY - RUNNING - WAITING
_DECIDING = WAITING
_WORKED_ON = RUNNING - {Stage.ACCEPTED}

TRANSITIONS: tuple[Transition, ...] = (
    Transition(verb="escalate", sources=_REQUESTABLE, to=Stage.REQUESTED, says="The escalation is requested."),
    Transition(verb="escalate", sources=WAITING, to=None, says="The escalation is requested already; this joins it."),
    Transition(
        verb="escalate",
        sources=frozenset({Stage.IN_PROGRESS}),
        to=None,
        says="The ticket goes on to the next tier.",
        needs=(Need.REASON, Need.TIER, Need.ANSWERS),
    ),
    Transition(
        verb="ack", sources=frozenset({Stage.REQUESTED}), to=Stage.EVALUATION, says="The request is being evaluated."
    ),
    Transition(verb="ack", sources=_BEGUN | {Stage.EVALUATION}, to=None, says="Acknowledged."),
    Transition(
        verb="accept",
        sources=_DECIDING,
        to=Stage.ACCEPTED,
        says="The escalation is accepted.",
        needs=(Need.TIER, Need.ANSWERS),
    ),
    Transition(
        verb="decline",
        sources=_DECIDING,
        to=Stage.DECLINED,
        says="The escalation is declined.",
        needs=(Need.REASON,),
    ),
    Transition(
        verb="redirect",
        sources=_DECIDING | {Stage.IN_PROGRESS},
        to=Stage.REDIRECTED,
        says="The escalation is redirected.",
        needs=(Need.TARGET,),
    ),
    Transition(
        verb="fix",
        sources=frozenset({Stage.IN_PROGRESS, Stage.FIX_PROPOSED, Stage.VERIFIED}),
        to=Stage.FIX_PROPOSED,
        says="A fix is proposed. The customer hears of it once somebody has verified it: #verified with the evidence.",
        needs=(Need.WORDS,),
    ),
    Transition(
        verb="verified",
        sources=frozenset({Stage.FIX_PROPOSED}),
        to=Stage.VERIFIED,
        says="The fix is verified.",
        needs=(Need.EVIDENCE,),
    ),
    Transition(
        verb="confirm",
        sources=frozenset({Stage.VERIFIED, *AFTER}),
        to=None,
        says="The customer's confirmation is noted.",
        needs=(Need.CUSTOMER,),
    ),
    Transition(
        verb="resolve",
        sources=frozenset({Stage.VERIFIED}),
        to=Stage.RESOLVED,
        says="The escalation is resolved.",
        needs=(Need.CONFIRMED,),
    ),
    Transition(
        verb="de-escalate",
        sources=frozenset({Stage.IN_PROGRESS}),
        to=Stage.DEESCALATION,
        says="De-escalation is requested.",
    ),
    Transition(
        verb="check",
        sources=frozenset({Stage.IN_PROGRESS, Stage.DEESCALATION}),
        to=None,
        says="Checked.",
        needs=(Need.POINT,),
    ),
    Transition(
        verb="consent",
        sources=frozenset({Stage.IN_PROGRESS, Stage.DEESCALATION}),
        to=None,
        says="The customer's agreement is noted.",
        needs=(Need.CUSTOMER,),
    ),
    Transition(
        verb="refuse",
        sources=frozenset({Stage.DEESCALATION}),
        to=Stage.IN_PROGRESS,
        says="De-escalation is refused; the escalation goes on.",
        needs=(Need.REASON,),
    ),
    Transition(
        verb="concern",
        sources=WAITING | {Stage.REDIRECTED},
        to=None,
        says="The concern is raised with the management line now.",
        needs=(Need.REASON,),
    ),
    Transition(
        verb="concern",
        sources=_WORKED_ON | LEFT,
        to=Stage.IN_PROGRESS,
        says="The concern is raised with the management line now.",
        needs=(Need.REASON,),
    ),
    Transition(verb="feedback", sources=_BEGUN | {Stage.DECLINED}, to=None, says="Thank you for the feedback."),
    Transition(
        verb="close",
        sources=AFTER,
        to=Stage.CLOSED,
        says="The escalation is closed.",
        needs=(Need.CONFIRMED, Need.REVIEW),
    ),
    Transition(
        verb="summary",
        sources=AFTER | {Stage.CLOSED, Stage.DEESCALATED},
        to=None,
        says="The review is noted.",
        needs=(Need.WORDS, Need.ATTENDEES),
    ),
    Transition(verb="owner", sources=EVERY - {Stage.CLOSED}, to=None, says="The lead is named.", needs=(Need.PERSON,)),
    Transition(verb="promise", sources=EVERY, to=None, says="The promise is noted.", needs=(Need.DATE,)),
    *(
        Transition(verb=verb, sources=EVERY, to=None, says=says, needs=(Need.WORDS,))
        for verb, says in (
            ("tried", "Noted what was tried."),
            ("impact", "The impact is noted."),
            ("workaround", "The workaround is noted; the customer is told with the next update."),
            ("plan", "The action plan is noted."),
            ("call", "The call is noted."),
            ("cause", "The cause is noted."),
            ("update", "The update is noted."),
        )
    ),
)

#: What somebody does where the whole account is meant.
ELSEWHERE = frozenset(
    ("red", "yellow", "green", "declare", "item", "agree", "sponsor", "stakeholder", "exit", "met", "waive", "comms")
) | {"rca", "corrective"}


def _by_verb() -> Mapping[str, tuple[Transition, ...]]:
    verbs = dict.fromkeys(row.verb for row in TRANSITIONS)
    return MappingProxyType({verb: tuple(row for row in TRANSITIONS if row.verb == verb) for verb in verbs})


_ROWS = _by_verb()
#: Every act that the escalation of one ticket knows.
KNOWN = frozenset(_ROWS)


def row_for(verb: str, stage: Stage) -> Transition | None:
    """The row that tells what an act does at a stage; None = it is not allowed there."""
    return next((row for row in _ROWS.get(verb, ()) if stage in row.sources), None)


def stages_for(verb: str) -> tuple[Stage, ...]:
    """The stages at which an act is allowed, in their order; empty for an act that there is none of."""
    allowed = {stage for row in _ROWS.get(verb, ()) for stage in row.sources}
    return tuple(stage for stage in Stage if stage in allowed)


def verbs_at(stage: Stage) -> tuple[str, ...]:
    """What people can do at a stage, in the order of the table."""
    return tuple(dict.fromkeys(row.verb for row in TRANSITIONS if stage in row.sources))
