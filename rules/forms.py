"""Form: how a comment is written, kept without its words. Pure."""

from __future__ import annotations

import re
from typing import Self

import msgspec

#: Signs around the date line that only shape it: quotes, bold, headings; and the command `#update` before it.
_DATE_LINE = re.compile(
    r"[\s>*_#]*(?:update[\s:*_]+)?date[\s*_]*[-–—][\s*_]*(\d{1,2})/(\d{1,2})(?![\d/.-])", re.IGNORECASE
)
_WORD = re.compile(r"\w")


class CommentForm(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whether a comment begins with a line `Date - MM/DD`, and whether it says anything besides."""

    #: The two numbers as they are written, also where they are no date; None without such a line.
    month: int | None = None
    day: int | None = None
    #: There is text: after the date line, or at all where there is none.
    text: bool = False

    @property
    def code(self) -> str:
        """The form as a few signs, for keeping: `3/14+` with text, `3/14` without; `+` and the empty text undated."""
        dated = "" if self.month is None else f"{self.month}/{self.day}"
        return f"{dated}+" if self.text else dated

    @classmethod
    def parse(cls, code: str) -> Self:
        """Read what `code` gave.

        Raises:
            ValueError: when it is no code.
        """
        dated = code.removesuffix("+")
        if not dated:
            return cls(text=bool(code))
        month, day = dated.split("/")
        return cls(month=int(month), day=int(day), text=code.endswith("+"))


#: What nearly every comment is.
_PLAIN = CommentForm(text=True)


def form_of(body: str) -> CommentForm:
    """The form of a comment's text. Its words are looked at and not kept; the time is linear in the length."""
    first = body[:1]
    if first.isalnum() and first not in "dD":
        # A word that is no date: so begin nearly all comments, and there are very many.
        return _PLAIN
    found = _DATE_LINE.match(body)
    if found is None:
        return _PLAIN if _WORD.search(body) else CommentForm()
    text = _WORD.search(body, found.end()) is not None
    return CommentForm(month=int(found[1]), day=int(found[2]), text=text)
