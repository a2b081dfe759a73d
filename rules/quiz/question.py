"""Question: what somebody is asked, what they may choose from, which choice is right, and why."""

from __future__ import annotations

import msgspec

#: How choices are called, in their order.
LETTERS = "abcdefgh"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    #: What the question is about: `tier`, `rule`, `due`, …
    kind: str
    #: The situation, one line each.
    situation: tuple[str, ...]
    ask: str
    #: All different; at most as many as there are letters.
    choices: tuple[str, ...]
    #: The place of the right one, 0 for the first.
    right: int
    #: Why it is right, one line each, as Escalade explains its decisions.
    because: tuple[str, ...]

    @property
    def letter(self) -> str:
        """The letter of the right choice."""
        return LETTERS[self.right]

    @property
    def answer(self) -> str:
        """The right choice."""
        return self.choices[self.right]

    def is_right(self, said: str) -> bool | None:
        """Whether what somebody typed is the right choice; None when it names no choice.

        A letter is a choice, and so is a choice's whole text, in capitals or not.
        """
        words = said.strip().casefold().rstrip(").")
        named = {letter: at for at, letter in enumerate(LETTERS[: len(self.choices)])}
        named |= {choice.casefold(): at for at, choice in enumerate(self.choices)}
        return None if words not in named else named[words] == self.right
