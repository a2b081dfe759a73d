"""Settled: what a condition answers whatever some of its parts answer."""

from __future__ import annotations

from collections.abc import Callable

from rules.compile.answers import MET, UNMET, Answer, either, none, whole
from rules.conditions.base import Condition
from rules.conditions.criteria import CriterionCondition
from rules.conditions.groups import All, AnyOf
from rules.conditions.named import NamedCondition
from rules.facts import Facts


def settled(condition: Condition, facts: Facts, is_open: Callable[[Condition], bool]) -> Answer | None:
    """What a condition answers, and when that could turn by itself, if its open parts do not matter.

    Args:
        condition: What is asked.
        facts: Who is asked about. Nothing that is open is read.
        is_open: Whether something in a condition is open, the condition itself included.

    Returns:
        None when it depends on what is open, or could.
    """
    if not is_open(condition):
        verdict = condition.evaluate(facts)
        return verdict.holds, verdict.flips_at
    match condition:
        case All():
            return _of_group(condition.children, facts, is_open, decides=UNMET, together=whole)
        case AnyOf():
            found = _of_group(condition.children, facts, is_open, decides=MET, together=either)
            return None if found is None else none(found) if condition.negated else found
        case NamedCondition():
            return settled(condition.meaning, facts, is_open)
        case CriterionCondition():
            return settled(condition.criterion.when, facts, is_open)
        case _:
            return None


def _of_group(
    children: tuple[Condition, ...],
    facts: Facts,
    is_open: Callable[[Condition], bool],
    *,
    decides: Answer,
    together: Callable[..., Answer],
) -> Answer | None:
    """The answer of a group: one child that answers so for good decides it, whatever the others say."""
    answers: list[Answer | None] = []
    for child in sorted(children, key=is_open):
        found = settled(child, facts, is_open)
        if found == decides:
            return decides
        answers.append(found)
    known = [answer for answer in answers if answer is not None]
    return together(*known) if len(known) == len(answers) else None
