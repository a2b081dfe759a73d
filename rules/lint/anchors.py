"""Anchors: what a known case of a ticket has to speak of before it can make a formula certain.

Large policies compare every rule with every other one. Two rules that speak of different things, or look for different
words in a text, cannot imply each other, and that is seen here without a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.conditions.question import QuestionKind
from rules.lint.atoms import Ask, Atom, Unknown, Wears
from rules.lint.formula import Both, Fact, Formula, satisfiable
from rules.lint.worlds import World

#: Between texts that are looked through as one; no phrase has it.
_BETWEEN = "\0"
_TEXTS = frozenset({QuestionKind.PHRASE, QuestionKind.START, QuestionKind.PATTERN})


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of which something else is known than what its text contains."""

    fact: str


#: A statement that only itself can make certain, or the name of a fact of which any statement may do so.
Anchor = Atom | str | Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What may make one part of a formula certain: at least one of these has to be touched."""

    anchors: frozenset[Anchor]
    #: Facts with what their texts would have to contain.
    phrases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a case speaks of."""

    anchors: frozenset[Anchor]
    #: Fact → every text that it is known to contain.
    texts: Mapping[str, str]

    def misses(self, clause: Clause) -> bool:
        """Whether the case cannot make that part certain."""
        if not self.anchors.isdisjoint(clause.anchors):
            return False
        # A loop, since nearly all clauses have one phrase or none and there are very many of them.
        for fact, phrase in clause.phrases:  # noqa: SIM110
            if phrase in self.texts.get(fact, ""):
                return False
        return True


def anchors_of(formula: Formula, world: World) -> tuple[Clause, ...]:
    """What every case that makes the formula certain touches: at least one anchor of each clause."""
    clauses = (_literals(part) for part in _conjuncts(formula))
    return tuple(
        _clause(clause, world)
        for clause in clauses
        # What holds of every ticket is certain without anything being known.
        if clause and satisfiable(Both(tuple(Fact(one.atom, not one.holds) for one in clause)), world)
    )


def touched_by(case: Mapping[Atom, bool]) -> Touched:
    """What a case touches."""
    texts: dict[str, str] = {}
    for atom, holds in case.items():
        if holds and isinstance(atom, Ask) and atom.kind in {QuestionKind.PHRASE, QuestionKind.START}:
            texts[atom.fact] = f"{texts.get(atom.fact, '')}{_BETWEEN}{atom.values[0]}"
    anchors = frozenset(anchor for atom in case for anchor in (atom, _topic(atom), *_told(atom)))
    return Touched(anchors=anchors, texts=texts)


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


def _clause(literals: tuple[Fact, ...], world: World) -> Clause:
    anchors: set[Anchor] = set()
    phrases: list[tuple[str, str]] = []
    for literal in literals:
        atom = literal.atom
        if isinstance(atom, Wears) and literal.holds:
            # That a tag is worn follows from nothing else; values, lengths of time and missing tags do.
            anchors.add(atom)
        elif isinstance(atom, Ask) and _is_only_said(atom, holds=literal.holds) and not world.lists(atom.fact):
            anchors |= {atom, Told(atom.fact)}
            phrases += [(atom.fact, atom.values[0])] if atom.kind is QuestionKind.PHRASE else []
        else:
            anchors.add(_topic(atom))
    return Clause(anchors=frozenset(anchors), phrases=tuple(phrases))


def _is_only_said(ask: Ask, *, holds: bool) -> bool:
    """Whether, of other words about the text, only those that contain these can answer.

    No search knows what a pattern has to do with anything else that is known of a text.
    """
    return ask.kind is QuestionKind.PATTERN or (ask.kind is QuestionKind.PHRASE and holds)


def _told(atom: Atom) -> tuple[Told, ...]:
    is_text = isinstance(atom, Ask) and atom.kind in _TEXTS
    return () if is_text or isinstance(atom, Unknown) else (Told(atom.fact),)


def _topic(atom: Atom) -> Anchor:
    return atom if isinstance(atom, Unknown) else atom.fact
