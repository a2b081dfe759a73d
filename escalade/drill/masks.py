"""Masks: what may be told of a real case in a drill made of it: no name, no word and no date of anybody. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from rules.commands import OPTIONS, Command
from rules.escalation.record.aftercare import OUTCOMES
from rules.escalation.record.planning import PREVENTIONS
from rules.escalation.record.seating import PARTIES
from rules.policy import Policy
from rules.span import Span
from rules.ticket import Comment
from rules.verbs import VERBS

#: What commands say besides names and words.
_SAID = frozenset({"account", "plan", "exit", "yes", "no", "none", "tried", "good", "bad", *OUTCOMES, *PREVENTIONS})
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)([ T]\d\d:\d\d)?")
#: Longer numbers may be telephone numbers or amounts.
_NUMBER = re.compile(r"\d{1,3}")


class Masks:
    """Who, what and when is called how: equal words get equal masks, so that what refers to something still does.

    Args:
        policy: Its own words may be told: ids of roles, questions and exit criteria.
        shift: Is added to every date: whole weeks, so that weekdays and times of the day stay.
    """

    def __init__(self, policy: Policy, shift: timedelta) -> None:
        self._policy = policy
        self._shift = shift
        self._people: dict[str, str] = {}
        self._words: dict[str, str] = {}
        programme, process = policy.accounts, policy.process
        tests = () if programme is None else (test.id for test in programme.exits)
        functions = () if programme is None else programme.functions
        self._known = frozenset(
            {*_SAID, *PARTIES, *tests, *functions, *policy.directory.roles, *policy.directory.teams}
        )
        asked = () if process is None else (question.id for question in process.questions)
        self._options = OPTIONS | frozenset(asked)

    @property
    def people(self) -> dict[str, str]:
        """Everybody of the directory who was named so far: id → mask."""
        return dict(self._people)

    def at(self, instant: datetime) -> datetime:
        """An instant, moved."""
        return instant + self._shift

    def person(self, identity: str) -> str:
        """The mask of somebody of the directory."""
        return self._people.setdefault(identity, f"person-{len(self._people) + 1}")

    def comment(self, comment: Comment) -> str:
        """What somebody wrote, as far as it told Escalade anything; empty when it told nothing."""
        lines = [self._command(command) for command in comment.commands if command.verb in VERBS and not command.phrase]
        return "\n".join([*self._date_line(comment), *lines])

    def _date_line(self, comment: Comment) -> Iterator[str]:
        form = comment.form
        if form is None or form.month is None or form.day is None:
            return
        try:
            written = date(comment.at.year, form.month, form.day) + self._shift
        except ValueError:
            # A slip of the pen stays one.
            yield "Date - 13/40"
        else:
            yield f"Date - {written:%m/%d}"
        yield "How it stands." if form.text else ""

    def _command(self, command: Command) -> str:
        text = self._value(command.text) if command.text else ""
        options = {name: value for name, value in command.options.items() if name in self._options}
        told = [f"{name}: {self._value(value)}" for name, value in options.items()]
        return " | ".join([f"#{command.verb} {text}".rstrip(), *told])

    def _value(self, value: str) -> str:
        """A text or an option's value; lists keep their length."""
        parts = [part.strip() for part in value.split(",")]
        return ", ".join(self._first(part) for part in parts) if len(parts) > 1 else self._first(value.strip())

    def _first(self, part: str) -> str:
        """A text whose first word may be told: an exit criterion, somebody of the directory, `account`."""
        first, _, rest = part.partition(" ")
        if rest and (first.casefold() in self._known or first in self._policy.directory.people):
            return f"{self._part(first)} {self._part(rest.strip())}"
        return self._part(part)

    def _part(self, part: str) -> str:
        known = part.casefold()
        person = self._policy.directory.people.get(part) or next(
            (one for one in self._policy.directory.people.values() if one.name.casefold() == known), None
        )
        if person is not None:
            return self.person(person.id)
        if known in self._known or _NUMBER.fullmatch(part):
            return part
        moment = _INSTANT.fullmatch(part)
        return self._moved(moment) or self._span(part) or self._words.setdefault(known, f"words {len(self._words) + 1}")

    def _moved(self, moment: re.Match[str] | None) -> str:
        if moment is None:
            return ""
        try:
            return f"{date.fromisoformat(moment[1]) + self._shift}{moment[2] or ''}"
        except ValueError:
            return ""

    @staticmethod
    def _span(part: str) -> str:
        try:
            return str(Span.parse(part)).replace(" ", "")
        except ValueError:
            return ""
