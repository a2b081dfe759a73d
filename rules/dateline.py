"""Date line: whether an update carries the date that it has to carry, and if not, what is wrong with it. Pure."""

from __future__ import annotations

from datetime import date

from rules.forms import CommentForm

#: Days of each month in a leap year: whether a 29 February is possible depends on the year, which is not written.
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def form_problem(form: CommentForm | None, written_on: date, tolerance: int) -> str | None:
    """What is wrong with the date line of an update.

    Args:
        form: How the comment is written; None where its text was never seen, which is not held against it.
        written_on: The local date of its creation.
        tolerance: How many days the written date may lie before or after that date.

    Returns:
        The reason for its author, as a sentence without its full stop; None when nothing is wrong.
    """
    if form is None:
        return None
    if form.month is None or form.day is None:
        return "it does not begin with a line 'Date - MM/DD'"
    shown = f"{form.month:02}/{form.day:02}"
    if not 1 <= form.month <= len(_DAYS):
        return f"{shown} is no date: it is written MM/DD, and there is no month {form.month}"
    if not 1 <= form.day <= _DAYS[form.month - 1]:
        return f"{shown} is no date: month {form.month} has no day {form.day}"
    if _days_apart(form.month, form.day, written_on) > tolerance:
        return f"it is dated {shown}, but was written on {written_on:%m/%d}"
    return None if form.text else "nothing is said below the date"


def _days_apart(month: int, day: int, written_on: date) -> int:
    """Days between a date without a year and the nearest year's date like it: in January, 12/31 is yesterday."""
    years = (written_on.year - 1, written_on.year, written_on.year + 1)
    leap = 29
    dates = (date(year, month, day) for year in years if (month, day) != (2, leap) or _is_leap(year))
    return min((abs((other - written_on).days) for other in dates), default=366)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
