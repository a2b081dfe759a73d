"""Guards: which conditions a ticket's plain values rule out, all of them looked up at once.

Every condition is one bit. For each value of a fact there is a number with the bits of the conditions that can still
hold; the numbers of all facts together leave the few conditions that are worth asking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from rules.compile import reads
from rules.compile.generated import function
from rules.compile.source import Source
from rules.compile.terms import Either, Leaf, Term, Terms, Whole, answer
from rules.conditions.equality import field_text
from rules.conditions.question import QuestionKind
from rules.facts import Facts

#: A fact that fewer conditions ask for is not worth a look-up.
_FEWEST = 2
#: Stands for every value that no condition names.
_UNNAMED = object()
#: For every condition the tags of which a ticket has to wear one; None = it needs none.
_Needs = Sequence[frozenset[str] | None]


class Guards:
    """What every condition needs of the facts that are read at a glance.

    Attributes:
        candidates: The conditions, as bits, that the facts do not rule out.
        left: What is left to ask of each condition that is not ruled out.
    """

    def __init__(self, wholes: Sequence[Term], terms: Terms) -> None:
        named = [_named(whole) for whole in wholes]
        uses = Counter(fact for values in named for fact in values)
        self._facts = [fact for fact, count in uses.items() if count >= min(_FEWEST, len(wholes))]
        self._wholes, self._named = wholes, named
        needs = {fact: [_needed(whole, fact) for whole in wholes] for fact in reads.TAGS}
        self.left = [self._left(whole, terms) for whole in wholes]
        self.candidates: Callable[[Facts], int] = self._generated(needs)

    def _generated(self, needs: Mapping[str, _Needs]) -> Any:
        source = Source({}, Counter())
        everything = source.name((1 << len(self._wholes)) - 1)
        lines = ["ticket = facts.ticket", "ledger = facts.ledger", f"left = {everything}"]
        for fact in self._facts:
            by_value, unnamed = self._by_value(fact)
            lines.append(f"value = {reads.read(fact, source.name)}")
            if reads.is_field(fact):
                lines.append(
                    f"if not (value is None or value.__class__ is str): value = {source.name(field_text)}(value)"
                )
            lines.append(f"left &= {source.name(by_value.get)}(value, {source.name(unnamed)})")
        for fact, needed in needs.items():
            if any(tags is not None for tags in needed):
                by_tag, free = _by_tag(needed)
                worn, find = reads.read(fact, source.name), source.name(by_tag.get)
                lines += [f"some = {source.name(free)}", f"for tag in {worn} or (): some |= {find}(tag, 0)"]
                lines.append("left &= some")
        return function("facts", [*lines, "return left"], source.names)

    def _by_value(self, fact: str) -> tuple[dict[Hashable, int], int]:
        """For every value that some condition names: the conditions that can hold; and the same for other values."""
        concerned = [number for number, values in enumerate(self._named) if fact in values]
        unnamed = (1 << len(self._wholes)) - 1
        for number in concerned:
            if _decided(self._wholes[number], fact, _UNNAMED) is False:
                unnamed &= ~(1 << number)
        by_value: dict[Hashable, int] = {None: unnamed}
        for number in concerned:
            for value in (None, *self._named[number][fact]):
                rest = by_value.get(value, unnamed) & ~(1 << number)
                by_value[value] = rest | ((_decided(self._wholes[number], fact, value) is not False) << number)
        return by_value, unnamed

    def _left(self, whole: Term, terms: Terms) -> Term:
        """The parts that are not settled once a condition is not ruled out."""
        parts = whole.parts if isinstance(whole, Whole) else (whole,)
        tags = {fact: _needing(parts, fact) for fact in reads.TAGS}
        kept = [
            part
            for part in parts
            if not (
                _is_settled(part, self._facts) or (isinstance(part, Leaf) and tags.get(part.condition.fact) is part)
            )
        ]
        return terms.whole(kept)


def _named(term: Term) -> dict[str, frozenset[Hashable]]:
    """The values that a term compares plain facts with, by fact."""
    found: dict[str, frozenset[Hashable]] = {}
    for leaf in _leaves(term):
        if leaf.plain and leaf.condition.question is not None:
            fact = leaf.condition.fact
            found[fact] = found.get(fact, frozenset()) | frozenset(leaf.condition.question.values)
    return found


def _leaves(term: Term) -> Iterator[Leaf]:
    if isinstance(term, Leaf):
        yield term
    elif isinstance(term, Whole | Either):
        for part in term.parts:
            yield from _leaves(part)


def _decided(term: Term, fact: str, value: object) -> bool | None:
    """What a term says where one fact has this value, whatever the others are; None = that depends on them."""
    if isinstance(term, Leaf):
        if term.condition.fact != fact or not term.plain:
            return None
        question = term.condition.question
        unnamed = value is _UNNAMED and question is not None
        return question.negated if unnamed and question is not None else answer(term.condition, value)
    if isinstance(term, Whole | Either):
        decisive = isinstance(term, Either)
        answers = [_decided(part, fact, value) for part in term.parts]
        if decisive in answers:
            found: bool | None = decisive
        else:
            found = None if None in answers else not decisive
        return not found if found is not None and isinstance(term, Either) and term.negated else found
    return None


def _is_settled(part: Term, facts: Sequence[str]) -> bool:
    """Whether one fact's value alone, looked up already, makes a part hold."""
    leaves = list(_leaves(part))
    if not leaves or leaves[0].condition.fact not in facts:
        return False
    fact = leaves[0].condition.fact
    return _decided(part, fact, _UNNAMED) is not None and all(
        leaf.condition.fact == fact and leaf.plain for leaf in leaves
    )


def _needed(whole: Term, fact: str) -> frozenset[str] | None:
    """Tags of which a ticket has to wear one for the whole to hold."""
    parts = whole.parts if isinstance(whole, Whole) else (whole,)
    leaf = _needing(parts, fact)
    if leaf is not None and leaf.condition.question is not None:
        return frozenset(leaf.condition.question.values)
    alternatives = [_needs(part, fact) for part in parts]
    return next((tags for tags in alternatives if tags is not None), None)


def _needing(parts: Sequence[Term], fact: str) -> Leaf | None:
    """The first part that asks for one of some tags and for nothing else."""
    return next((part for part in parts if isinstance(part, Leaf) and _asks_for_tag(part, fact)), None)


def _asks_for_tag(leaf: Leaf, fact: str) -> bool:
    question = leaf.condition.question
    plain = leaf.condition.fact == fact and question is not None and not question.negated
    return plain and question is not None and question.kind is QuestionKind.TAG and not leaf.condition.when_unset


def _needs(term: Term, fact: str) -> frozenset[str] | None:
    """Tags without any of which a term does not hold; None = it may hold without tags."""
    if isinstance(term, Leaf):
        question = term.condition.question
        if question is not None and _asks_for_tag(term, fact):
            return frozenset(question.values)
        all_of = question is not None and question.kind is QuestionKind.TAGS and term.condition.fact == fact
        return frozenset(question.values[:1]) if all_of and question is not None else None
    if isinstance(term, Whole):
        return next((tags for part in term.parts if (tags := _needs(part, fact)) is not None), None)
    if isinstance(term, Either) and not term.negated:
        found = [_needs(part, fact) for part in term.parts]
        return None if None in found else frozenset().union(*(tags for tags in found if tags is not None))
    return None


def _by_tag(needed: _Needs) -> tuple[dict[str, int], int]:
    """For every tag the conditions that need it or one of others, and those that need none."""
    by_tag: dict[str, int] = {}
    free = 0
    for number, tags in enumerate(needed):
        if tags is None:
            free |= 1 << number
        for tag in tags or ():
            by_tag[tag] = by_tag.get(tag, 0) | (1 << number)
    return by_tag, free
