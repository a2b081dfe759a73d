"""Pseudonyms: a history without the names of people and customers, in which they can still be told apart. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from rules.histories.event import Fields, PastEvent

_PEOPLE = ("requester", "assignee")


class Pseudonyms:
    """Gives everybody a number, in the order in which they appear: equal histories get equal ones."""

    def __init__(self) -> None:
        self._given: dict[str, dict[str, str]] = {}

    def masked(self, event: PastEvent) -> PastEvent:
        """The event without subject and text, and with numbers in the place of people and accounts.

        Groups, tags and custom fields stay as they are: rules ask for them.
        """
        author = event.author
        if author is not None:
            author = replace(author, id=self._name("person", author.id))
        return replace(event, fields=self._fields(event.fields), author=author, body="")

    def _fields(self, fields: Fields) -> Fields:
        masked: dict[str, Any] = {name: self._name("person", getattr(fields, name)) for name in _PEOPLE}
        masked["account"] = self._name("account", fields.account)
        if fields.subject is not UNSET:
            masked["subject"] = ""
        return replace(fields, **masked)

    def _name(self, kind: str, told: str | UnsetType | None) -> str | UnsetType | None:
        if told is UNSET or told is None:
            return told
        given = self._given.setdefault(kind, {})
        return given.setdefault(told, f"{kind}-{len(given) + 1}")
