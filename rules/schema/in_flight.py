"""Shape of `in_flight:`: which version of the policy a running escalation follows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rules.schema.base import Shape


class InFlightShape(Shape):
    """What a changed policy means for tickets that are on the ladder already."""

    policy: Literal["keep", "rebase"] = Field(
        default="rebase",
        description="keep: the version that began the escalation decides until it is over; rebase: the newest one does",
    )
