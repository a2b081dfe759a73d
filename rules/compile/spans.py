"""Spans: by the instant from which one fact counts, the rows that its lengths of time rule out at a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from rules.compile.horizon import EARLIEST, LATEST
from rules.conditions.duration import DurationCondition

_TICK = timedelta(microseconds=1)
#: A length of time, what is known of it now (`rules.compile.horizon`), and the rows that ask for it, as bits.
Known = tuple[DurationCondition, datetime, datetime, int]


class Spans:
    """The lengths of time of one fact at one moment.

    Attributes:
        cuts: Instants in order; between two of them nothing differs.
        left: The rows, as bits, that instants before the first of them do not rule out, and those from each on; None =
            not worked out yet.
        unsure: Those of them that have to be asked all the same.
    """

    __slots__ = ("_answers", "_everything", "_known", "cuts", "left", "unsure")

    def __init__(self, known: Sequence[Known], everything: int, *, answers: bool) -> None:
        self._known, self._everything, self._answers = known, everything, answers
        ends = {over + _TICK for _, over, _, _ in known if over < LATEST}
        self.cuts: list[datetime] = sorted(ends | {running for _, _, running, _ in known})
        self.left: list[int | None] = [None] * (len(self.cuts) + 1)
        self.unsure = [0] * len(self.left)

    @property
    def table(self) -> tuple[list[datetime], list[int | None], list[int], Callable[[int], int]]:
        """What generated code looks into, and asks where nothing is found."""
        return self.cuts, self.left, self.unsure, self.work_out

    def work_out(self, place: int) -> int:
        """What is left for instants from the cut before this place on."""
        since = self.cuts[place - 1] if place else EARLIEST
        left, unsure = self._everything, 0
        for condition, over, running, bits in self._known:
            is_over, runs = since <= over, since >= running
            if runs if condition.after and not self._answers else is_over and not condition.after:
                left &= ~bits
            elif not (is_over if condition.after else runs and not self._answers):
                unsure |= bits
        # Whoever finds the first of the two has to find the second.
        self.unsure[place] = unsure
        self.left[place] = left
        return left
