"""Gap: something that a history does not tell and the policy asks for, so that parts of it could not be judged."""

from __future__ import annotations

import msgspec


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is missing, and what that concerns."""

    #: `comments`, `account fields`, `links`, `field.severity`, …
    what: str
    #: What that means, in a sentence.
    because: str
    #: Parts of the policy that could not be judged, or not reliably: `rule:…`, `sla:…`, `reminder:…`, …
    concerns: tuple[str, ...] = ()
    #: These parts were not played at all, since what is missing would be taken for something that people did not do.
    left_out: bool = False
