"""Source: generated Python text for terms. Values of the policy travel by name; no text of a policy becomes code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from rules.compile import reads
from rules.compile.answers import MET, UNMET, Asking, Turning, either, none, whole
from rules.compile.leaves import cost_of, look
from rules.compile.terms import Constant, Due, Either, Leaf, Other, Term, Whole, changes_by_itself
from rules.conditions.duration import DurationCondition

#: Rough costs, which only order the parts of a group: the cheap ones are asked first.
_DUE_COST, _OTHER_COST = 8, 1000
#: A term that so many others share is worked out once at the beginning; others when they are first needed.
_MANY_USES = 4
_UNREAD = object()


class Source:
    """The text of one function in the making.

    The function has `facts`, `ticket`, `ledger`, `now` and the bounds `over` and `running` of every length of time at
    hand. Expressions come in pairs where a value is used twice: for the first use in a place, and for those behind it.
    """

    def __init__(self, slots: Mapping[Due, int], terms: Iterable[Term]) -> None:
        self.names: dict[str, object] = {
            "unread": _UNREAD,
            "met": MET,
            "unmet": UNMET,
            "whole": whole,
            "either": either,
            "none": none,
        }
        self._slots = slots
        self._constants: dict[object, str] = {}
        self._locals: dict[object, tuple[str, str]] = {}
        self._eager: list[str] = []
        self._lazy: list[str] = []
        self._costs: dict[Term, int] = {}
        self._uses: Counter[object] = Counter()
        for term in terms:
            self._count(term)

    def opening(self) -> list[str]:
        """The lines that come before everything else; complete once everything else is there."""
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
        if isinstance(term, Constant):
            return str(term.holds)
        if self._uses[term] > 1 and self.cost(term) > 1:
            return self._shared(term, "holds", lambda: self._holds(term))
        return self._holds(term)

    def answer(self, term: Term) -> str:
        """An expression for whether a term holds and when that could change by itself."""
        if not changes_by_itself(term):
            return f"(met if {self.holds(term)} else unmet)"
        if self._uses[term] > 1:
            return self._shared(term, "answer", lambda: self._answer(term))
        return self._answer(term)

    def fact(self, fact: str) -> tuple[str, str]:
        """Expressions for a fact's value."""
        eager = reads.is_cheap(fact) and self._uses[fact] > 1
        return self.local(fact, reads.read(fact, self.name), uses=self._uses[fact], eager=eager)

    def uses(self, fact: str) -> int:
        """How often a fact is asked for."""
        return self._uses[fact]

    def local(self, key: object, text: str, *, uses: int, eager: bool = False) -> tuple[str, str]:
        """Expressions for a value that is worked out once: at the beginning, or when it is first needed."""
        if (known := self._locals.get(key)) is not None:
            return known
        local = f"v{len(self._locals)}"
        if eager:
            self._eager.append(f"{local} = {text}")
            pair = (local, local)
        elif uses > 1:
            self._lazy.append(local)
            pair = (f"({local} if {local} is not unread else ({local} := {text}))", local)
        else:
            pair = (f"({local} := {text})", local)
        self._locals[key] = pair
        return pair

    def cost(self, term: Term) -> int:
        """What asking a term costs, roughly."""
        if (found := self._costs.get(term)) is None:
            if isinstance(term, Whole | Either):
                found = sum(self.cost(part) for part in term.parts)
            elif isinstance(term, Leaf):
                found = cost_of(term.condition)
            else:
                found = _DUE_COST if isinstance(term, Due) else _OTHER_COST
            self._costs[term] = found
        return found

    def _shared(self, term: Term, what: str, text: Callable[[], str]) -> str:
        key = (what, term)
        known = self._locals.get(key) or self.local(
            key, text(), uses=self._uses[term], eager=self._uses[term] > _MANY_USES
        )
        return known[0]

    def _holds(self, term: Term) -> str:
        if isinstance(term, Whole | Either):
            word = " and " if isinstance(term, Whole) else " or "
            text = word.join(self.holds(part) for part in sorted(term.parts, key=self.cost))
            return f"(not ({text}))" if isinstance(term, Either) and term.negated else f"({text})"
        if isinstance(term, Leaf):
            return look(term.condition, self)
        if isinstance(term, Due):
            return self._reached(term)
        return f"{self.name(Asking(term.condition))}.holds(facts)" if isinstance(term, Other) else "False"

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
        return f"{self.name(Asking(term.condition))}.answer(facts)" if isinstance(term, Other) else "unmet"

    def _answer_of_parts(self, term: Whole | Either) -> str:
        still = sorted((part for part in term.parts if not changes_by_itself(part)), key=self.cost)
        moving = [self.answer(part) for part in term.parts if changes_by_itself(part)]
        guards = [self.holds(part) for part in still]
        if isinstance(term, Whole):
            text = moving[0] if len(moving) == 1 else f"whole({', '.join(moving)})"
            # One part that never changes and does not hold: nothing else matters.
            return f"({text} if {' and '.join(guards)} else unmet)" if guards else text
        text = f"{'none' if term.negated else 'either'}({', '.join(moving)})"
        return f"({'unmet' if term.negated else 'met'} if {' or '.join(guards)} else {text})" if guards else text

    def _since(self, condition: DurationCondition) -> tuple[str, str]:
        text = reads.since(condition.fact, self.name)
        return self.local(("since", condition.fact), text, uses=self._uses["since", condition.fact])

    def _count(self, term: Term) -> None:
        self._uses[term] += 1
        if isinstance(term, Whole | Either):
            if self._uses[term] == 1:
                for part in term.parts:
                    self._count(part)
        elif isinstance(term, Leaf):
            self._uses[term.condition.fact] += 1
        elif isinstance(term, Due):
            self._uses["since", term.condition.fact] += 1
