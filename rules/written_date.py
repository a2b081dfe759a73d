"""Dates as people write them in a policy."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_FORM = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_MONTHS = 12


def written_date(text: str) -> date:
    """The date of a text `YYYY-MM-DD`.

    Raises:
        ValueError: it is none; the message is what its author has to know, after "this is no date".
    """
    # Python reads further forms of ISO 8601, which nobody means here: 20261225, 2026-W52-5.
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("write it as YYYY-MM-DD")
    year, month, day = map(int, found.groups())
    if year == 0:
        raise ValueError("there is no year 0000")
    if not 1 <= month <= _MONTHS:
        raise ValueError(f"there is no month {found[2]}")
    if not 1 <= day <= monthrange(year, month)[1]:
        raise ValueError(f"{found[1]}-{found[2]} has no day {found[3]}")
    return date(year, month, day)


def date_hint(value: object) -> str | None:
    """What to tell the author of a value that is no date; None where it is one."""
    try:
        written_date(value if isinstance(value, str) else "")
    except ValueError as error:
        return str(error)
    return None
