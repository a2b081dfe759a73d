"""Quorum: who is asked, who agreed, who refused, and who is silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rules.escalation.record.colour import last_worsened
from rules.escalation.record.course import Agreement, Course
from rules.escalation.record.programme import Quorum
from rules.escalation.record.step import Desk

PLAN, CLOSURE = "plan", "closure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How a question stands with those who are asked, by name."""

    given: tuple[Agreement, ...]
    refused: tuple[Agreement, ...]
    silent: tuple[str, ...]
    #: So many are needed.
    needed: int

    @property
    def is_reached(self) -> bool:
        """Enough agreed, and there was somebody to ask. Where all are asked, one refusal is enough to fail."""
        return 0 < self.needed <= len(self.given)

    @property
    def told(self) -> str:
        """In words: `1 of 2: Anna; refused: Eve (too early); silent: Jane Doe`."""
        parts = [f"{len(self.given)} of {self.needed}"]
        if self.given:
            parts[0] += f": {', '.join(one.who for one in self.given)}"
        if self.refused:
            parts.append(f"refused: {', '.join(_reasoned(one) for one in self.refused)}")
        if self.silent:
            parts.append(f"silent: {', '.join(self.silent)}")
        return "; ".join(parts)


def poll(desk: Desk, course: Course, what: str) -> Poll:
    """How the agreement to the plan, or the consent to the closure, stands.

    Of each person the last word counts. Consent that was given before the colour worsened does not count any more.
    """
    asked_by = desk.programme.plan_agreement if what == PLAN else desk.programme.consent
    asked = _asked(desk, course, asked_by)
    since = last_worsened(course.colours) if what == CLOSURE else None
    words = _last_words(course, what, since)
    given = tuple(words[name] for name in asked if name in words and words[name].given)
    against = tuple(words[name] for name in asked if name in words and not words[name].given)
    return Poll(
        given=given,
        refused=against,
        silent=tuple(name for name in asked if name not in words),
        needed=len(asked) if asked_by.number is None else asked_by.number,
    )


def lacking(desk: Desk, course: Course, what: str) -> str:
    """Whose agreement is missing, in words; empty when there is enough."""
    result = poll(desk, course, what)
    if result.is_reached:
        return ""
    if not (result.given or result.refused or result.silent):
        return "anybody: there is no stakeholder; name them with #stakeholder"
    return result.told


def _asked(desk: Desk, course: Course, quorum: Quorum) -> tuple[str, ...]:
    """Names of all who are asked: the stakeholders, then one after the other the people of the roles."""
    names = [one.name for one in course.stakeholders]
    names += [one.name for role in quorum.roles for one in desk.directory.people_of(role)]
    return tuple(dict.fromkeys(names))


def _last_words(course: Course, what: str, since: datetime | None) -> dict[str, Agreement]:
    return {one.who: one for one in course.agreements if one.to == what and (since is None or one.at >= since)}


def _reasoned(one: Agreement) -> str:
    return f"{one.who} ({one.how})" if one.how else one.who
