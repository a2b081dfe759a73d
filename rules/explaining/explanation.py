"""Explanation: everything that can be said about one ticket at one instant, as one value. Every instant is UTC."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from rules.explaining.clock_story import ClockStory
from rules.explaining.proof import Missed, Proof

FORM = 1


class Tense(StrEnum):
    """From where one looks."""

    PAST = "past"
    PRESENT = "present"
    #: Assuming that nobody acts.
    FUTURE = "future"


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ticket stands on the ladder."""

    tier: str
    name: str
    path: str
    entered_at: datetime
    #: The rule, cell, clock or time-out that led into the tier, and the same in a sentence.
    because: str
    told: str
    acknowledged_at: datetime | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, cell, clock, cadence or time-out: whether it holds, and its proof."""

    #: `rule:production-down`, `matrix:high/high`, `sla:first-response`, `timeout:tier1`, `reminder:…`
    source: str
    text: str
    holds: bool
    #: The tier that it wants the ticket in at least; None = none.
    wants_tier: str | None = None
    #: What failed first; None where it holds, or where there is no proof.
    failed: Missed | None = None
    proof: Proof | None = None


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that is not heard, because another one comes before it."""

    #: What both want: `priority`, `group`, `field severity`.
    what: str
    wanted: str
    by: str
    winner: str
    because: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is, or would be, written."""

    what: str
    because: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wanted and not written: a person's change, a limit, a silence."""

    what: str
    why: str


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """The next change if nobody acts."""

    #: None = nothing changes by itself.
    at: datetime | None
    #: What changes, the cause first.
    because: tuple[str, ...]
    #: What is written then.
    writes: tuple[Written, ...] = ()
    #: Instants before it at which something could have changed, and nothing does.
    looked_at: int = 0
    #: False = so many instants were looked at that the search was given up at `at`.
    certain: bool = True


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """Something that will happen on the way to a future instant."""

    at: datetime
    because: tuple[str, ...]
    writes: tuple[Written, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why, why not, and when next."""

    form: int = FORM
    ticket: str
    key: str
    url: str
    subject: str
    status: str
    priority: str | None
    #: The instant that is explained, and from where one looks at it.
    at: datetime
    tense: Tense
    #: Content hash of the policy that decides.
    policy: str
    stands: Stands | None
    #: What would be written now; in the past nothing, since it was.
    writes: tuple[Written, ...]
    kept_back: tuple[Kept, ...]
    #: What holds and what does not, in the order of the policy.
    holds: tuple[Asked, ...]
    not_held: tuple[Asked, ...]
    clocks: tuple[ClockStory, ...]
    lost: tuple[Lost, ...]
    #: The escalation as people conduct it; None where the policy has none.
    case: dict[str, Any] | None
    #: What happens until a future instant.
    until_then: tuple[Happened, ...]
    next: Next
    #: What is not known of that instant, in sentences without their full stop.
    unknown: tuple[str, ...] = ()


def explanation_json(explanation: Explanation) -> str:
    """For programs, as docs/reference/explanation.schema.json describes it; it ends with a line break."""
    return msgspec.json.format(msgspec.json.encode(explanation), indent=2).decode() + "\n"


def explanation_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of that."""
    schema = msgspec.json.schema(Explanation)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Escalade explanation", **schema}
