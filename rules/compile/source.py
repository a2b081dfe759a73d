"""Source: generated Python text for terms. Values of the policy travel by name; no text of a policy becomes code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from rules.compile import reads
from rules.compile.answers import MET, UNMET, Asking, Turning, either, none, whole
from rules.compile.generated import PARAMETERS, function
from rules.compile.leaves import cost_of, look
from rules.compile.terms import Constant, Due, Either, Leaf, Other, Term, Whole, changes_by_itself
from rules.conditions.duration import DurationCondition

#: Rough costs, which only order the parts of a group: the cheap ones are asked first.
_DUE_COST, _OTHER_COST = 8, 1000
#: A term that several conditions share is worked out once for a ticket if it costs more than this.
_CHEAP = 5
#: A fact that more places than this ask for is read at the beginning.
_MANY = 2
_UNREAD = object()


class Source:
    """The text of one function in the making.

    The function has the parameters of `rules.compile.generated`. Expressions come in pairs where a value is used twice:
    for the first use in a place, and for those behind it.

    Args:
        slots: The number of every length of time.
        uses: How many places ask for each term, in all conditions.
    """

    def __init__(self, slots: Mapping[Due, int], uses: Counter[Term]) -> None:
        self.names: dict[str, object] = {
            "unread": _UNREAD,
            "met": MET,
            "unmet": UNMET,
            "whole": whole,
            "either": either,
            "none": none,
        }
        self._slots = slots
        self._uses = uses
        self._constants: dict[object, str] = {}
        self._locals: dict[object, tuple[str, str]] = {}
        self._lazy: list[str] = []
        self._eager: list[str] = []
        self._asked: Counter[str] = Counter()

    def one(self, term: Term, *, answers: bool) -> Callable[..., object]:
        """A function that asks one term: whether it holds, or with `answers` also when that could change."""
        self._count(term)
        text = self._answer(term) if answers else self._holds(term)
        made: Callable[..., object] = function(PARAMETERS, [*self._opening(), f"return {text}"], self.names)
        return made

    def _opening(self) -> list[str]:
        lazy = [f"{' = '.join(self._lazy)} = unread"] if self._lazy else []
        return [*lazy, *self._eager]

    def name(self, value: object) -> str:
        """The name of a value in the function's namespace; values of different types are never taken for the same."""
        key = (type(value), value) if isinstance(value, str | float | int) else id(value)
        if (known := self._constants.get(key)) is None:
            known = self._constants[key] = f"c{len(self._constants)}"
            self.names[known] = value
        return known

    def holds(self, term: Term) -> str:
        """An expression that is true when the term holds."""
        if self._is_shared(term):
            return self._shared(term, answers=False)
        return self._holds(term)

    def answer(self, term: Term) -> str:
        """An expression for whether a term holds and when that could change by itself."""
        if not changes_by_itself(term):
            return f"(met if {self.holds(term)} else unmet)"
        if self._is_shared(term):
            return self._shared(term, answers=True)
        return self._answer(term)

    def fact(self, fact: str) -> tuple[str, str]:
        """Expressions for a fact's value."""
        return self.local(fact, reads.read(fact, self.name), fact)

    def local(self, key: object, text: str, fact: str) -> tuple[str, str]:
        """Expressions for a value that is made from a fact and kept in a local once it is needed."""
        if (known := self._locals.get(key)) is not None:
            return known
        local = f"v{len(self._locals)}"
        if self._asked[fact] > _MANY and key == fact and reads.is_at_hand(fact):
            self._eager.append(f"{local} = {text}")
            pair = (local, local)
        elif self._asked[fact] > 1:
            self._lazy.append(local)
            pair = (f"({local} if {local} is not unread else ({local} := {text}))", local)
        else:
            pair = (f"({local} := {text})", local)
        self._locals[key] = pair
        return pair

    def _is_shared(self, term: Term) -> bool:
        return self._uses[term] > 1 and cost(term) > _CHEAP

    def _shared(self, term: Term, *, answers: bool) -> str:
        """A term that is worked out by a function of its own, once for a ticket."""
        ask = self.name(_Once(term, self._slots, self._uses, answers=answers))
        key = self.name(f"{id(term)}{answers}")
        return f"(kept[{key}] if {key} in kept else {ask}.ask({key}, {PARAMETERS}))"

    def _holds(self, term: Term) -> str:
        if isinstance(term, Whole | Either):
            word = " and " if isinstance(term, Whole) else " or "
            text = word.join(self.holds(part) for part in sorted(term.parts, key=cost))
            return f"(not ({text}))" if isinstance(term, Either) and term.negated else f"({text})"
        if isinstance(term, Leaf):
            return look(term.condition, self)
        if isinstance(term, Due):
            return self._reached(term)
        return f"{self.name(Asking(term.condition))}.holds(facts)" if isinstance(term, Other) else str(term.holds)

    def _reached(self, term: Due) -> str:
        (first, again), slot = self._since(term.condition), self._slots[term]
        turning = self.name(Turning(term.condition))
        text = f"{again} <= over[{slot}] or ({again} < running[{slot}] and {turning}.reached({again}, now))"
        return f"({first} is not None and {'' if term.condition.after else 'not '}({text}))"

    def _answer(self, term: Term) -> str:
        if isinstance(term, Due):
            (first, again), slot = self._since(term.condition), self._slots[term]
            over = "met" if term.condition.after else "unmet"
            turning = self.name(Turning(term.condition))
            text = f"({over} if {again} <= over[{slot}] else {turning}.answer({again}, now))"
            return f"(unmet if {first} is None else {text})"
        if isinstance(term, Whole | Either):
            return self._answer_of_parts(term)
        if isinstance(term, Other):
            return f"{self.name(Asking(term.condition))}.answer(facts)"
        return f"(met if {self._holds(term)} else unmet)"

    def _answer_of_parts(self, term: Whole | Either) -> str:
        still = sorted((part for part in term.parts if not changes_by_itself(part)), key=cost)
        moving = [part for part in term.parts if changes_by_itself(part)]
        if not moving:
            return f"(met if {self._holds(term)} else unmet)"
        # One part that never changes can settle it: then nothing else matters, so these are asked first.
        guards = [self.holds(part) for part in still]
        asked = ", ".join(self.answer(part) for part in moving)
        if isinstance(term, Whole):
            text = asked if len(moving) == 1 else f"whole({asked})"
            return f"({text} if {' and '.join(guards)} else unmet)" if guards else text
        text = f"{'none' if term.negated else 'either'}({asked})"
        return f"({'unmet' if term.negated else 'met'} if {' or '.join(guards)} else {text})" if guards else text

    def _since(self, condition: DurationCondition) -> tuple[str, str]:
        return self.local(("since", condition.fact), reads.since(condition.fact, self.name), condition.fact)

    def _count(self, term: Term) -> None:
        """Count how often each fact is asked for in this function."""
        if isinstance(term, Whole | Either):
            for part in term.parts:
                self._count(part)
        elif isinstance(term, Leaf | Due):
            self._asked[term.condition.fact] += 1


class _Once:
    """A term that several conditions share; its function is made when it is first needed."""

    __slots__ = ("_answers", "_function", "_slots", "_term", "_uses")

    def __init__(self, term: Term, slots: Mapping[Due, int], uses: Counter[Term], *, answers: bool) -> None:
        self._term, self._slots, self._uses, self._answers = term, slots, uses, answers
        self._function: Callable[..., object] | None = None

    def ask(self, key: str, *given: Any) -> object:
        """Ask, and keep what was found for this ticket; the last of the parameters is where that is kept."""
        if self._function is None:
            self._function = Source(self._slots, self._uses).one(self._term, answers=self._answers)
        found = given[-1][key] = self._function(*given)
        return found


def cost(term: Term) -> int:
    """What asking a term costs, roughly."""
    if isinstance(term, Whole | Either):
        return sum(cost(part) for part in term.parts)
    if isinstance(term, Leaf):
        return cost_of(term.condition)
    if isinstance(term, Constant):
        return 0
    return _DUE_COST if isinstance(term, Due) else _OTHER_COST
