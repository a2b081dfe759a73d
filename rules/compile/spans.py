"""Spans: by the instant from which one fact counts, the rows that its lengths of time rule out at a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from rules.compile.horizon import EARLIEST, LATEST
from rules.conditions.duration import DurationCondition

_TICK = timedelta(microseconds=1)
#: The rows that an instant does not rule out, and those of them that have to be asked all the same, as bits.
Found = tuple[int, int]
#: A length of time, what is known of it now (`rules.compile.horizon`), and the rows that ask for it, as bits.
Known = tuple[DurationCondition, datetime, datetime, int]


class Spans:
    """The lengths of time of one fact at one moment.

    Attributes:
        cuts: Instants in order; between two of them nothing differs.
        found: What holds before the first of them, and from each on; None = not worked out yet.
    """

    __slots__ = ("_answers", "_everything", "_known", "cuts", "found")

    def __init__(self, known: Sequence[Known], everything: int, *, answers: bool) -> None:
        self._known, self._everything, self._answers = known, everything, answers
        ends = {over + _TICK for _, over, _, _ in known if over < LATEST}
        self.cuts: list[datetime] = sorted(ends | {running for _, _, running, _ in known})
        self.found: list[Found | None] = [None] * (len(self.cuts) + 1)

    @property
    def table(self) -> tuple[list[datetime], list[Found | None], Callable[[int], Found]]:
        """What generated code looks into, and asks where nothing is found."""
        return self.cuts, self.found, self.work_out

    def work_out(self, place: int) -> Found:
        """What holds for instants from the cut before this place on."""
        since = self.cuts[place - 1] if place else EARLIEST
        left, unsure = self._everything, 0
        for condition, over, running, bits in self._known:
            is_over, runs = since <= over, since >= running
            if runs if condition.after and not self._answers else is_over and not condition.after:
                left &= ~bits
            elif not (is_over if condition.after else runs and not self._answers):
                unsure |= bits
        found = self.found[place] = left, unsure
        return found
