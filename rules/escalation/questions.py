"""Questions: the facts that an escalation needs, by whom they are answered, and for which step they are required."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.conditions.base import Condition
    from rules.escalation.act import Act
    from rules.facts import Facts

#: Acts whose own text answers the question of their name.
_SPEAKING = frozenset({"impact", "workaround", "cause", "plan", "tried"})


class AnsweredBy(StrEnum):
    """Where the answer to a question is looked for."""

    #: A custom field of the ticket.
    FIELD = "field"
    #: An option of any command: `#escalate … | impact: nobody can print`; `#impact …` answers `impact`, too.
    OPTION = "option"
    #: Any fact that has a value and is not false.
    FACT = "fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to know."""

    id: str
    #: As it is asked.
    ask: str
    by: AnsweredBy
    #: The field, option or fact that has the answer.
    name: str
    #: Only these count as an answer, whatever their case; empty = any.
    accepts: frozenset[str] = frozenset()
    #: Steps that wait for the answer: `accept`, or ids of tiers.
    required_for: frozenset[str] = frozenset()
    #: Asked only where it holds; None = always.
    when: Condition | None = None

    def applies(self, facts: Facts) -> bool:
        """Whether it is asked on this ticket."""
        return self.when is None or self.when.evaluate(facts).holds

    def is_answered(self, facts: Facts, acts: Iterable[Act]) -> bool:
        """Whether the answer is there."""
        found = self._found(facts, acts)
        return any(self._counts(answer) for answer in found)

    def _found(self, facts: Facts, acts: Iterable[Act]) -> list[str]:
        if self.by is AnsweredBy.OPTION:
            told = [act.options.get(self.name, "") for act in acts]
            return told + [act.text for act in acts if act.verb == self.name and self.name in _SPEAKING]
        value = facts.value(f"field.{self.name}" if self.by is AnsweredBy.FIELD else self.name)
        return [] if value is None or value is False or value == frozenset() else [str(value)]

    def _counts(self, answer: str) -> bool:
        words = answer.strip()
        return bool(words) and (not self.accepts or words.lower() in self.accepts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The questions of one ticket at one instant."""

    #: Those that apply, in the order of the policy.
    applying: tuple[Question, ...] = ()
    #: Those of them that nobody answered.
    missing: tuple[Question, ...] = ()
    #: When another one could begin or cease to apply by itself (UTC); None = never.
    flips_at: datetime | None = None

    @property
    def completeness(self) -> int:
        """Answered questions in percent, rounded down; 100 where there are none."""
        count = len(self.applying)
        return 100 if not count else 100 * (count - len(self.missing)) // count


#: Nothing to ask.
NOTHING_ASKED = Asked()


def asked_of(questions: Sequence[Question], facts: Facts, acts: Sequence[Act]) -> Asked:
    """Which questions apply to a ticket, and which of them are answered by these acts and by the ticket."""
    if not questions:
        return NOTHING_ASKED
    applying = tuple(question for question in questions if question.applies(facts))
    flips = [one.when.evaluate(facts).flips_at for one in questions if one.when is not None]
    return Asked(
        applying=applying,
        missing=tuple(question for question in applying if not question.is_answered(facts, acts)),
        flips_at=min((at for at in flips if at is not None and at > facts.now), default=None),
    )
