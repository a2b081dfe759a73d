"""Prover: many conditions proved at once, each as it proves itself (`Condition.evaluate`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from rules.conditions.base import Condition, ValueCondition
from rules.conditions.criteria import CriteriaCondition, CriterionCondition
from rules.conditions.duration import DurationCondition
from rules.conditions.groups import All, AnyOf
from rules.conditions.named import NamedCondition
from rules.facts import Facts
from rules.proofs.forms import MOST_CHILDREN, Row, written_out
from rules.proofs.lengths import Lengths
from rules.proofs.values import Values
from rules.verdict import Verdict

if TYPE_CHECKING:
    from rules.policy import Policy

#: Conditions that are proved from the proofs of their parts.
_Made = All | AnyOf | NamedCondition | CriterionCondition | CriteriaCondition
_Pick = Callable[[Row], tuple[Verdict, ...]]


class Prover:
    """Conditions, numbered in the order in which they were given. Safe to share between threads.

    What they ask of one fact is answered together, and what several of them ask is answered once. The answers stand in
    one row: those about facts first, then those of conditions that look at more than a value, then those that are made
    from answers before them.
    """

    def __init__(self, conditions: Sequence[Condition]) -> None:
        gathered = _Gathered()
        for condition in conditions:
            gathered.take(condition)
        values, lengths, places = gathered.sheets()
        self._values = [(one.key, one) for one in values]
        self._lengths = [one.answers for one in lengths]
        self._others = [other.evaluate for other in gathered.others]
        places |= {id(other): len(places) + index for index, other in enumerate(gathered.others)}
        self._made: list[Callable[[Row], Verdict]] = []
        for made in gathered.made:
            self._made.append(_made_of(made, [places[gathered.same(part)] for part in made.parts]))
            places[id(made)] = len(places)
        self._wholes = _pick([places[gathered.same(condition)] for condition in conditions])

    def prove(self, facts: Facts) -> tuple[Verdict, ...]:
        """The proof of each condition."""
        row: list[Verdict] = []
        for key, values in self._values:
            row += values[key(facts)]
        for answers in self._lengths:
            row += answers(facts)
        row += [evaluate(facts) for evaluate in self._others]
        for prove in self._made:
            row.append(prove(row))
        return self._wholes(row)


class _Gathered:
    """The parts of conditions by kind, equal questions once."""

    def __init__(self) -> None:
        self.others: list[Condition] = []
        #: Parts before what is made of them.
        self.made: list[_Made] = []
        self._values: dict[str, list[ValueCondition]] = {}
        self._lengths: dict[tuple[str, int], list[DurationCondition]] = {}
        #: By what is asked, and by each condition's own number, the condition that answers for it.
        self._asked: dict[Hashable, Condition] = {}

    def take(self, condition: Condition) -> None:
        """Gather a condition with its parts."""
        if id(condition) in self._asked:
            return
        first = self._asked.setdefault(_question(condition), condition)
        self._asked[id(condition)] = first
        if first is not condition:
            return
        if isinstance(condition, ValueCondition):
            self._values.setdefault(condition.fact, []).append(condition)
        elif isinstance(condition, DurationCondition):
            self._lengths.setdefault((condition.fact, id(condition.calendar)), []).append(condition)
        elif isinstance(condition, _Made):
            for part in condition.parts:
                self.take(part)
            self.made.append(condition)
        else:
            self.others.append(condition)

    def same(self, condition: Condition) -> int:
        """The number (`id`) of the condition that answers for this one."""
        return id(self._asked[id(condition)])

    def sheets(self) -> tuple[list[Values], list[Lengths], dict[int, int]]:
        """What is answered together, and where each answer stands in the row, by its condition's number."""
        values = [Values(fact, conditions) for fact, conditions in self._values.items()]
        lengths = [Lengths(conditions) for conditions in self._lengths.values()]
        asked: list[Sequence[Condition]] = [*self._values.values(), *self._lengths.values()]
        return values, lengths, {id(one): place for place, one in enumerate(one for some in asked for one in some)}


def _question(condition: Condition) -> Hashable:
    """Equal for conditions with equal answers."""
    if isinstance(condition, ValueCondition) and condition.question is not None:
        return condition.fact, condition.wanted, condition.when_unset, condition.question.key
    if isinstance(condition, DurationCondition):
        when = condition.span, condition.after, condition.includes_due
        return condition.fact, condition.wanted, id(condition.calendar), *when
    return id(condition)


def _made_of(made: _Made, places: Sequence[int]) -> Callable[[Row], Verdict]:
    if isinstance(made, All | AnyOf) and len(places) <= MOST_CHILDREN:
        return written_out(made, places)
    pick, proved = _pick(places), made.proved
    return lambda row: proved(pick(row))


def _pick(places: Sequence[int]) -> _Pick:
    if len(places) > 1:
        pick: _Pick = itemgetter(*places)
        return pick
    return lambda row: tuple([row[place] for place in places])


def prover_of(policy: Policy) -> Prover:
    """What proves a policy's rules, numbered as the rules are; made when first asked for."""
    if not policy.provers:
        policy.provers.append(Prover([rule.when for rule in policy.rules]))
    return policy.provers[0]
