"""Cell: some conditions as generated functions, one for every combination of a few facts' values that comes up.

What a ticket's helpdesk, status and priority say already is worked out when the combination is first seen, so that
nothing of it is asked again for the next ticket with the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rules.compile.source import Source
from rules.compile.terms import NO, YES, Due, Term, Terms, changes_by_itself

#: (facts, ticket, ledger, now, over, running) → what was found.
Function = Callable[..., list[Any]]
#: (facts, ticket, ledger) → the values of some facts.
Reader = Callable[..., tuple[Any, ...]]
#: More combinations than this do not come up where facts have few values; then all are forgotten.
_MOST_KNOWN = 2048
_HEAD = "def asked(facts, ticket, ledger, now, over, running):"


class Cell:
    """Numbered conditions that are asked together."""

    __slots__ = ("_few", "_holding", "_slots", "_terms", "_turning", "numbered")

    def __init__(
        self, numbered: Sequence[tuple[int, Term]], terms: Terms, few: Sequence[str], slots: Mapping[Due, int]
    ) -> None:
        self.numbered = tuple(numbered)
        self._terms = terms
        self._few = tuple(few)
        self._slots = slots
        self._holding: dict[tuple[object, ...], Function] = {}
        self._turning: dict[tuple[object, ...], Function] = {}

    def holding(self, values: tuple[object, ...]) -> Function:
        """The function that lists the numbers of the conditions that hold, for the values of the few facts."""
        return self._holding.get(values) or self._kept(self._holding, values, self._holding_lines)

    def turning(self, values: tuple[object, ...]) -> Function:
        """The same for (number, holds, flips_at) of those that hold or could change by themselves."""
        return self._turning.get(values) or self._kept(self._turning, values, self._turning_lines)

    def _kept(
        self,
        known: dict[tuple[object, ...], Function],
        values: tuple[object, ...],
        lines: Callable[[Source, Sequence[tuple[int, Term]]], list[str]],
    ) -> Function:
        left = self._left(values)
        source = Source(self._slots, [term for _, term in left])
        body = [*lines(source, left), "return found"]
        found: Function = function(
            [_HEAD, *(f"    {line}" for line in ("found = []", *source.opening(), *body))], source.names
        )
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[values] = found
        return found

    def _left(self, values: tuple[object, ...]) -> list[tuple[int, Term]]:
        """What the values leave open; conditions that they rule out for good are dropped."""
        known = dict(zip(self._few, values, strict=True))
        done: dict[Term, Term] = {}
        reduced = ((number, self._terms.reduced(term, known, done)) for number, term in self.numbered)
        return [(number, term) for number, term in reduced if term is not NO]

    @staticmethod
    def _holding_lines(source: Source, left: Sequence[tuple[int, Term]]) -> list[str]:
        return [
            f"found.append({number})" if term is YES else f"if {source.holds(term)}: found.append({number})"
            for number, term in left
        ]

    @staticmethod
    def _turning_lines(source: Source, left: Sequence[tuple[int, Term]]) -> list[str]:
        lines: list[str] = []
        for number, term in left:
            if changes_by_itself(term):
                lines.append(f"holds, at = {source.answer(term)}")
                lines.append(f"if holds or at is not None: found.append(({number}, holds, at))")
            else:
                asked = "" if term is YES else f"if {source.holds(term)}: "
                lines.append(f"{asked}found.append(({number}, True, None))")
        return lines


def function(lines: Sequence[str], names: Mapping[str, object]) -> Any:
    """The function that generated lines define; only our own text is ever run, values travel in `names`."""
    namespace: dict[str, Any] = {"__builtins__": {"str": str, "int": int}, **names}
    exec(compile("\n".join(lines), "<policy>", "exec"), namespace)  # noqa: S102 - the text is ours, see Source
    return namespace["asked"]
