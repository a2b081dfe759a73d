"""Anchors: what a known case of a ticket has to speak of before it can make a formula certain.

Large policies compare every rule with every other one. Two rules that speak of different things cannot imply each
other, and that is seen here without a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.lint.atoms import Atom, Unknown, Wears
from rules.lint.formula import Both, Fact, Formula, satisfiable
from rules.lint.worlds import World

#: A statement that only itself can make certain, or the name of a fact of which any statement may do so.
Anchor = Atom | str
#: At least one of the anchors has to be touched.
Clause = frozenset[Anchor]


def anchors_of(formula: Formula, world: World) -> tuple[Clause, ...]:
    """What every case that makes the formula certain touches: at least one anchor of each clause."""
    clauses = (_literals(part) for part in _conjuncts(formula))
    return tuple(
        frozenset(_anchor(literal) for literal in clause)
        for clause in clauses
        # What holds of every ticket is certain without anything being known.
        if clause and satisfiable(Both(tuple(Fact(one.atom, not one.holds) for one in clause)), world)
    )


def touched_by(case: Mapping[Atom, bool]) -> Clause:
    """The anchors that a case touches."""
    return frozenset(anchor for atom in case for anchor in (atom, _topic(atom)))


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Both):
        for part in formula.parts:
            yield from _conjuncts(part)
    else:
        yield formula


def _literals(part: Formula) -> tuple[Fact, ...]:
    """The statements of which one has to hold; none where the part is made of more than statements."""
    if isinstance(part, Fact):
        return (part,)
    facts = () if isinstance(part, Both) else part.parts
    return tuple(fact for fact in facts if isinstance(fact, Fact)) if all(_is_fact(one) for one in facts) else ()


def _is_fact(part: Formula) -> bool:
    return isinstance(part, Fact)


def _anchor(literal: Fact) -> Anchor:
    """That a tag is worn follows from nothing else; values, lengths of time and missing tags do."""
    return literal.atom if isinstance(literal.atom, Wears) and literal.holds else _topic(literal.atom)


def _topic(atom: Atom) -> Anchor:
    return atom if isinstance(atom, Unknown) else atom.fact
