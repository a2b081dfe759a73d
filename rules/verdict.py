"""Verdict: the answer of one condition, with what was observed, what was wanted, and when it could change."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One node of the proof tree. `holds` is never shown without the rest."""

    holds: bool
    #: `all`, `any`, `none`, or the name of the fact that was looked at.
    subject: str
    #: What was wanted, in words: `at least 4h (calendar support)`.
    wanted: str
    #: What was observed, in words: `2h 10m`, `not set`.
    observed: str
    #: The earliest instant (UTC) at which this answer could change if nobody touches anything; None = never.
    flips_at: datetime | None = None
    children: tuple[Verdict, ...] = ()
