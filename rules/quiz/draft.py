"""Draft: a made-up ticket while it is made to fit a condition, as far as a ticket can be made to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from rules.span import Span
from rules.ticket import Priority

_STATUSES = ("new", "open", "pending", "hold")
_PRIORITIES = tuple(str(priority) for priority in Priority)
_FIELD, _ACCOUNT, _ACCOUNT_FIELD = "field.", "account.", "account.field."
#: Facts that count an account's open tickets → the priority of those.
_COUNTED = {
    "account.open_tickets": "normal",
    "account.tickets": "high",
    **{f"account.open_{priority}": priority for priority in _PRIORITIES},
}
#: Time that is asked for in working days is made to pass in days of the week.
_STRETCH = 1.6


@dataclass(slots=True, kw_only=True)
class Draft:
    """A ticket in the making."""

    helpdesk: str
    status: str = "open"
    priority: str = "normal"
    subject: str = "Something does not work"
    key: str = "4711"
    tags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    account_tags: list[str] = field(default_factory=list)
    account_fields: dict[str, Any] = field(default_factory=dict)
    #: Priority → other open tickets of the account.
    others: dict[str, int] = field(default_factory=dict)
    #: Since it was opened.
    age: timedelta = timedelta(hours=1)
    #: What the customer wrote since, without an answer.
    replies: int = 0

    def fit(self, condition: Any, document: Mapping[str, Any], random: Random) -> None:
        """Make the ticket fit a condition of the policy's files. What no ticket can be given is passed over.

        Args:
            condition: As the file has it.
            document: The whole policy, for its `conditions:` and `sets:`.
            random: Chooses where there is a choice.
        """
        for key, part in _parts(condition):
            if key == "all":
                for one in part:
                    self.fit(one, document, random)
            elif key == "any" and part:
                self.fit(random.choice(part), document, random)
            elif key == "condition":
                self.fit(document.get("conditions", {}).get(str(part)), document, random)
            elif key not in {"none", "not", "criterion"}:
                self._give(str(key), _value(str(key), part, document, random))

    def _give(self, fact: str, value: Any) -> None:
        if fact in {"status", "priority", "helpdesk", "subject", "key"}:
            if isinstance(value, str):
                setattr(self, fact, value)
        elif fact in {"tags", "account.tags"}:
            (self.tags if fact == "tags" else self.account_tags).extend(_many(value))
        elif fact in _COUNTED:
            self.others[_COUNTED[fact]] = int(value) if isinstance(value, int) else 1
        elif fact in {"age", "customer_waiting", "no_response_for"} and isinstance(value, str):
            self.age = max(self.age, Span.parse(value).clock_time * _STRETCH)
        elif fact == "unanswered_replies" and isinstance(value, int):
            self.replies = value
        elif fact.startswith(_FIELD):
            self.fields[fact.removeprefix(_FIELD)] = value
        elif fact.startswith(_ACCOUNT):
            self.account_fields[fact.removeprefix(_ACCOUNT_FIELD).removeprefix(_ACCOUNT)] = value

    def disturb(self, random: Random) -> None:
        """Change one thing, so that perhaps it does not fit any more."""
        match random.randrange(4):
            case 0:
                self.status = random.choice(_STATUSES)
            case 1:
                self.priority = random.choice(_PRIORITIES)
            case 2 if self.tags:
                self.tags.pop(random.randrange(len(self.tags)))
            case 2:
                self.others = {priority: max(0, count - 1) for priority, count in self.others.items()}
            case _:
                self.age, self.replies = timedelta(hours=1), max(0, self.replies - 1)


def _parts(condition: Any) -> Iterator[tuple[Any, Any]]:
    yield from condition.items() if isinstance(condition, Mapping) else ()


def _value(fact: str, asked: Any, document: Mapping[str, Any], random: Random) -> Any:
    """A value that an operand asks for; of several ones, one."""
    if not isinstance(asked, Mapping):
        return asked
    for name, said in asked.items():
        operand = document.get("sets", {}).get(said.get("set")) if isinstance(said, Mapping) else said
        if name in {"in", "contains_any"} and isinstance(operand, list) and operand:
            return random.choice(operand)
        if name == "at_least" and fact == "priority":
            return random.choice(_PRIORITIES[_PRIORITIES.index(operand) :])
        if name == "starts_with":
            return f"{operand}{random.randint(10, 999)}"
        if name in {"at_least", "more_than", "contains", "contains_all"}:
            return operand + 1 if name == "more_than" and isinstance(operand, int) else operand
    return None


def _many(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]
