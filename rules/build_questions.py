"""Build: the questions that an escalation asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules.build import Ground
from rules.conditions.base import Condition
from rules.escalation.questions import AnsweredBy, Question
from rules.facts import FACTS, FactSpec, FactType, Provenance, spec_of
from rules.policy import NameKind
from rules.schema.escalation import QuestionShape
from rules.yamltext import Path

#: The step of taking an escalation up.
ACCEPT = "accept"
#: What has a value only in passing, and so is no answer.
_PASSING = frozenset({FactType.DURATION, FactType.OPEN_TIME})

#: What can depend on the escalation itself.
_CIRCLES = frozenset({Provenance.CASE, Provenance.CLOCK})
#: Which passes by itself.
_NOW = "now"
_ON_THE_TICKET = "ask for something that is seen on the ticket itself"


def question_conditions(ground: Ground, raw: Any, path: Path) -> dict[int, Condition | None]:
    """The conditions of the questions, by their place; read even where the rest of the section is wrong."""
    parts = raw.get("questions") if isinstance(raw, dict) else None
    found: dict[int, Condition | None] = {}
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        here = (*path, index)
        if isinstance(part, dict) and "when" in part:
            found[index] = ground.when(part, here)
            refuse_unsteady(ground, found[index], (*here, "when"))
    return found


def build_questions(
    ground: Ground, shapes: Sequence[QuestionShape], conditions: Mapping[int, Condition | None], path: Path
) -> tuple[Question, ...]:
    """Every question that could be built, in the order of the file; equal ids are noted."""
    found: list[Question] = []
    for index, shape in enumerate(shapes):
        here = (*path, index)
        if any(one.id == shape.id for one in shapes[:index]):
            hint = "every entry needs an id of its own"
            ground.tree.refuse((*here, "id"), f"the id {shape.id!r} is taken", found=shape.id, hint=hint)
        for number, step in enumerate(shape.required_for):
            if step != ACCEPT and step not in ground.tiers:
                allowed = (ACCEPT, *ground.tiers)
                message = "no step of this name waits for answers"
                ground.tree.refuse((*here, "required_for", number), message, found=step, allowed=allowed)
        place = _place(ground, shape, here)
        if place is None or (index in conditions and conditions[index] is None):
            continue
        by, name = place
        found.append(
            Question(
                id=shape.id,
                ask=shape.ask,
                by=by,
                name=name,
                accepts=frozenset(word.lower() for word in shape.accepts),
                required_for=frozenset(shape.required_for),
                when=conditions.get(index),
            )
        )
    return tuple(found)


def refuse_circle(ground: Ground, condition: Condition | None, path: Path) -> None:
    """Refuse a condition that asks for the escalation that it is a part of, by its facts or by a clock's."""
    for name in sorted(frozenset() if condition is None else condition.facts):
        spec = spec_of(name)
        if spec is not None and spec.provenance in _CIRCLES and name != _NOW:
            message = "an escalation cannot wait for what it says itself, or for a clock"
            ground.tree.refuse(path, message, found=name, hint=_ON_THE_TICKET)


def refuse_unsteady(ground: Ground, condition: Condition | None, path: Path) -> None:
    """Refuse such a condition, and one whose past nobody knows."""
    refuse_circle(ground, condition, path)
    for name in sorted(frozenset() if condition is None else condition.facts):
        spec = spec_of(name)
        if spec is not None and not spec.past and spec.provenance not in _CIRCLES:
            message = f"what {name} was when somebody acted is not known"
            ground.tree.refuse(path, message, found=name, hint=_ON_THE_TICKET)


def _place(ground: Ground, shape: QuestionShape, path: Path) -> tuple[AnsweredBy, str] | None:
    """Where the answer is looked for."""
    named = {by: name for by in AnsweredBy if (name := getattr(shape, by.value)) is not None}
    if len(named) != 1:
        hint = "add one of field: NAME, option: NAME or fact: NAME"
        ground.tree.refuse(path, "where does the answer stand?", found=", ".join(named) or None, hint=hint)
        return None
    by, name = next(iter(named.items()))
    if by is AnsweredBy.OPTION:
        return by, name.lower()
    if by is AnsweredBy.FIELD:
        ground.name(NameKind.FIELD, name, (*path, "field"), helpdesk=None, is_key=False)
        return by, name
    spec = spec_of(name)
    if spec is None or not _can_answer(spec):
        allowed = [known for known, one in FACTS.items() if _can_answer(one)]
        ground.tree.refuse((*path, "fact"), "no fact that can answer has this name", found=name, allowed=allowed)
        return None
    ground.facts.add(name)
    return by, name


def _can_answer(spec: FactSpec) -> bool:
    return spec.past and spec.type not in _PASSING and spec.provenance not in _CIRCLES
