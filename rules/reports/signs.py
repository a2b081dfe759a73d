"""Signs: which of them a document of HTML or XML may hold."""

from __future__ import annotations

import re

#: Signs that no such document may hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with a mark for every sign that HTML does not take."""
    replaced = _FORBIDDEN.sub("\ufffd", text)
    # The last two of every plane are no characters.
    return "".join("\ufffd" if ord(sign) & 0xFFFE == 0xFFFE else sign for sign in replaced)  # noqa: PLR2004 - of Unicode
