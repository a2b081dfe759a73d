"""Answer: what is said about an act: that it counts and what follows, or why it does not and what is missing."""

from __future__ import annotations

import msgspec

from rules.escalation.act import Act


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The one answer to an act; posted once, as an internal comment, by the key of the act."""

    act: Act
    accepted: bool
    #: What happened, or what is missing; plain text for people.
    text: str

    @property
    def key(self) -> str:
        """The occasion of the note: the same act is never answered twice."""
        return f"answer:{self.act.key}"
