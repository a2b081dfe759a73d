"""Prover: many conditions proved at once, each as it proves itself (`Condition.evaluate`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from rules.conditions.base import Condition, ValueCondition
from rules.conditions.criteria import CriteriaCondition, CriterionCondition
from rules.conditions.duration import DurationCondition
from rules.conditions.groups import All, AnyOf
from rules.conditions.named import NamedCondition
from rules.facts import Facts
from rules.proofs.lengths import Lengths
from rules.proofs.pages import MOST_ON_PAGE, Made, Page, Row, unwritten, written
from rules.proofs.values import Values
from rules.verdict import Verdict

if TYPE_CHECKING:
    from rules.policy import Policy

#: The proof from which on pages are written out: for a few proofs that takes longer than it saves.
WRITTEN_FROM = 8
#: Conditions that are proved from the proofs of their parts.
_Whole = All | AnyOf | NamedCondition | CriterionCondition | CriteriaCondition
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
        places |= {id(made): len(places) + index for index, made in enumerate(gathered.made)}
        made = [Made(one, tuple(places[gathered.same(part)] for part in one.parts)) for one in gathered.made]
        self._made = [made[start : start + MOST_ON_PAGE] for start in range(0, len(made), MOST_ON_PAGE)]
        self._pages: list[Page] = [partial(unwritten, page) for page in self._made]
        self._proofs, self._writing = 0, iter(range(len(self._pages)))
        self._all_written = not self._pages
        self._wholes = _pick([places[gathered.same(condition)] for condition in conditions])

    def prove(self, facts: Facts) -> tuple[Verdict, ...]:
        """The proof of each condition."""
        row: list[Verdict] = []
        for key, values in self._values:
            row += values[key(facts)]
        for answers in self._lengths:
            row += answers(facts)
        row += [evaluate(facts) for evaluate in self._others]
        if not self._all_written:
            self._write()
        for page in self._pages:
            page(row)
        return self._wholes(row)

    def _write(self) -> None:
        """Write a page out: one with each proof, so that none takes long."""
        self._proofs += 1
        if self._proofs >= WRITTEN_FROM:
            place = next(self._writing, None)
            if place is None:
                self._all_written = True
            else:
                self._pages[place] = written(self._made[place])


class _Gathered:
    """The parts of conditions by kind, equal questions once."""

    def __init__(self) -> None:
        self.others: list[Condition] = []
        #: Parts before what is made of them.
        self.made: list[_Whole] = []
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
        elif isinstance(condition, _Whole):
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
