"""Guards: which rows a ticket's values and instants rule out, all of them looked up at once.

Every row is one bit. For each value of a fact there is a number with the bits of the rows that can still hold; the
numbers of all facts together leave the few rows that hold, or that are worth asking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rules.compile import reads
from rules.compile.generated import function
from rules.compile.rows import Row
from rules.compile.source import Source
from rules.compile.spans import Spans
from rules.compile.terms import Due, Leaf, Term
from rules.compile.texts import Texts
from rules.compile.values import Asked, Values
from rules.conditions.question import QuestionKind
from rules.facts import Facts

#: More patterns than this on one fact are left to the rows: most of them have few candidates.
_MOST_PATTERNS = 64
#: What the comments add up to: fetched once, and only where some row asks.
_COUNTED = "facts.silences"
_OF_TEXTS = frozenset({QuestionKind.PATTERN, QuestionKind.PHRASE, QuestionKind.PHRASES, QuestionKind.START})
#: For a tag: the rows that need it or one of others, and those that must not have it.
_OfTag = tuple[int, int]


@dataclass(slots=True)
class _OfTags:
    """What the rows ask of one fact with many values at once."""

    needs: dict[str, int] = field(default_factory=dict)
    lacks: dict[str, int] = field(default_factory=dict)
    #: Rows that need one of some tags.
    needing: int = 0

    def by_tag(self) -> dict[str, _OfTag]:
        return {tag: (self.needs.get(tag, 0), self.lacks.get(tag, 0)) for tag in {**self.needs, **self.lacks}}


class Guards:
    """What every row needs of the facts.

    Attributes:
        left: What has to be asked of each row that is not ruled out, its lengths of time aside.
        candidates: With the facts and the tables of `tables`: the rows that are not ruled out, and those that have to
            be asked because of their lengths of time, as bits.
        moving: The rows with lengths of time.
    """

    def __init__(self, rows: Sequence[Row], *, answers: bool) -> None:
        self._answers = answers
        self._everything = (1 << len(rows)) - 1
        self._tags: dict[str, _OfTags] = {fact: _OfTags() for fact in reads.TAGS}
        self._asked: dict[str, dict[tuple[Leaf, bool], int]] = {}
        self._dues: dict[str, dict[Due, int]] = {}
        self._many = _with_many_patterns(rows)
        self.left: list[list[tuple[Leaf, bool]]] = []
        for place, row in enumerate(rows):
            self.left.append([one for one in row.values if not self._takes(*one, 1 << place)])
            for due in row.dues:
                of_fact = self._dues.setdefault(due.condition.fact, {})
                of_fact[due] = of_fact.get(due, 0) | 1 << place
        self.candidates: Callable[[Facts, object], tuple[int, int]] = self._generated()

    def tables(self, slots: Mapping[Due, int], over: Sequence[datetime], running: Sequence[datetime]) -> object:
        """What is known of the lengths of time at a moment, as `candidates` wants it."""
        return tuple(
            Spans(
                [(due.condition, over[slots[due]], running[slots[due]], bits) for due, bits in dues.items()],
                self._everything,
                answers=self._answers,
            ).table
            for dues in self._dues.values()
        )

    def _takes(self, leaf: Leaf, wanted: bool, bit: int) -> bool:  # noqa: FBT001 - the pair of a row
        """Whether the question is settled by a look-up."""
        question, fact = leaf.condition.question, leaf.condition.fact
        if question is None:
            return False
        if fact in self._tags:
            return self._takes_tag(leaf, wanted, bit)
        if question.kind is QuestionKind.PATTERN and fact in self._many:
            return False
        asked = self._asked.setdefault(fact, {})
        asked[leaf, wanted] = asked.get((leaf, wanted), 0) | bit
        return True

    def _takes_tag(self, leaf: Leaf, wanted: bool, bit: int) -> bool:  # noqa: FBT001 - the pair of a row
        question, of_fact = leaf.condition.question, self._tags[leaf.condition.fact]
        if question is None or leaf.condition.when_unset is not question.negated:
            return False
        if question.kind is QuestionKind.TAG and question.negated is wanted:
            for tag in question.values:
                of_fact.lacks[tag] = of_fact.lacks.get(tag, 0) | bit
            return True
        if question.kind not in {QuestionKind.TAG, QuestionKind.TAGS} or not wanted or of_fact.needing & bit:
            return False
        # Of tags that all have to be there the first one is looked up; the rest is asked.
        values = question.values if question.kind is QuestionKind.TAG else question.values[:1]
        of_fact.needing |= bit
        for tag in values:
            of_fact.needs[tag] = of_fact.needs.get(tag, 0) | bit
        return question.kind is QuestionKind.TAG or len(question.values) == 1

    def _generated(self) -> Callable[[Facts, object], tuple[int, int]]:
        source = Source({}, Counter())
        source.names["bisect"] = bisect_right
        lines = ["ticket = facts.ticket", "ledger = facts.ledger"]
        lines += [f"left = {source.name(self._everything)}", "unsure = 0"]
        cheap = [fact for fact in self._asked if self._is_cheap(fact)]
        costly = sorted((fact for fact in self._asked if fact not in cheap), key=reads.is_cheap, reverse=True)
        for fact in cheap:
            lines += self._look_up(fact, source)
        for fact, of_fact in self._tags.items():
            lines += self._look_up_tags(fact, of_fact, source)
        lines += self._look_up_late(costly, source)
        made: Callable[[Facts, object], tuple[int, int]] = function(
            "facts, tables", [*lines, "return left, unsure"], source.names
        )
        return made

    def _look_up_late(self, costly: Sequence[str], source: Source) -> list[str]:
        """What is looked up only where rows are left that ask for it."""
        blocks = [(_united(self._asked[fact]), self._look_up(fact, source)) for fact in costly]
        for place, (fact, dues) in enumerate(self._dues.items()):
            bits = _united(dues)
            blocks.append((bits, _look_up_since(place, fact, source.name(bits), source)))
        counted = 0
        for bits, block in blocks:
            if any(_COUNTED in line for line in block):
                counted |= bits
        lines = [f"counted = {_COUNTED} if left & {source.name(counted)} else None"] if counted else []
        for bits, block in blocks:
            lines.append(f"if left & {source.name(bits)}:")
            lines += [f"    {line.replace(_COUNTED, 'counted')}" for line in block]
        return lines

    def _is_cheap(self, fact: str) -> bool:
        """Whether a fact is read at a glance and has values that many tickets share."""
        return reads.is_cheap(fact) and not self._has_texts(fact)

    def _has_texts(self, fact: str) -> bool:
        questions = [leaf.condition.question for leaf, _ in self._asked[fact]]
        return any(question is not None and question.kind in _OF_TEXTS for question in questions)

    def _look_up(self, fact: str, source: Source) -> list[str]:
        asked: list[Asked] = [(leaf.condition, wanted, bits) for (leaf, wanted), bits in self._asked[fact].items()]
        values = (Texts if self._has_texts(fact) else Values)(asked, self._everything)
        kept, value = source.name(values), reads.read(fact, source.name)
        if not reads.is_field(fact):
            return [f"left &= {kept}[{value}]"]
        sort = "value.__class__ is str or value.__class__ is int or value is None"
        return [f"value = {value}", f"left &= {kept}[value] if {sort} else {source.name(values.of)}(value)"]

    def _look_up_tags(self, fact: str, of_fact: _OfTags, source: Source) -> list[str]:
        by_tag = of_fact.by_tag()
        if not by_tag:
            return []
        worn, known = reads.read(fact, source.name), source.name(by_tag)
        return [
            f"some = {source.name(self._everything & ~of_fact.needing)}",
            "none = 0",
            f"for tag in {worn} or ():",
            f"    if tag in {known}:",
            f"        needed, unwanted = {known}[tag]",
            "        some |= needed",
            "        none |= unwanted",
            "left &= some & ~none",
        ]


def _look_up_since(place: int, fact: str, bits: str, source: Source) -> list[str]:
    return [
        f"since = {reads.since(fact, source.name)}",
        f"if since is None: left &= ~{bits}",
        "else:",
        f"    cuts, found, work_out = tables[{place}]",
        "    place = bisect(cuts, since)",
        "    kept, asked = found[place] or work_out(place)",
        "    left &= kept",
        "    unsure |= asked",
    ]


def _with_many_patterns(rows: Sequence[Row]) -> frozenset[str]:
    """Facts that are asked for more patterns than are worth running together."""
    patterns: set[Term] = set()
    found: Counter[str] = Counter()
    for row in rows:
        for leaf, _ in row.values:
            question = leaf.condition.question
            if question is not None and question.kind is QuestionKind.PATTERN and leaf not in patterns:
                patterns.add(leaf)
                found[leaf.condition.fact] += 1
    return frozenset(fact for fact, count in found.items() if count > _MOST_PATTERNS)


def _united(bits: Mapping[Any, int]) -> int:
    found = 0
    for some in bits.values():
        found |= some
    return found
