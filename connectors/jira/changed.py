"""What a change of an issue changed, out of Jira's changelogs and in the words of a history. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.jira import wire
from connectors.jira.directory import Field
from connectors.jira.translate import Lexicon, UnreadableError, instant, status_of
from connectors.jira.wire_past import Entry, Item
from rules.histories.edit import CUSTOM, Edit, Value, Values
from rules.histories.lack import Lack, LackKind
from rules.ticket import Ticket

_LINK = "link"
_MILLISECONDS = 1000
_NO_STATUS = Lack(
    kind=LackKind.NAMES, told="statuses that Jira has no more: nobody knows where they stood, so they are left out"
)
_LINKS = Lack(kind=LackKind.LINKS, told="links that were taken away: Jira tells the other issue's key alone")
_COMPONENTS = Lack(
    kind=LackKind.UNTOLD_CHANGES, told="components came and went: the group is told as the first one is now", tickets=1
)

Told = tuple[str, Value]


class Reading:
    """Reads the changelogs of one site. Made once for a reading."""

    def __init__(self, lexicon: Lexicon, fields: Iterable[Field], statuses: Mapping[str, wire.Status]) -> None:
        """Keep what changes are read with: `fields` are the site's own that the settings name."""
        self._lexicon = lexicon
        self._statuses = statuses
        self._fields = {key: field for field in fields for key in (field.id, field.name.casefold())}
        self._ours: dict[str, list[str]] = {}
        for name, field_id in lexicon.fields.items():
            self._ours.setdefault(field_id, []).append(f"{CUSTOM}{name}")
        for name, used in (("product", lexicon.product_field), ("group", lexicon.group_field)):
            if used:
                self._ours.setdefault(used, []).append(name)
        if lexicon.account_field:
            self._ours.setdefault(lexicon.account_field, []).append("account")
        self._lacks: list[Lack] = []

    def edit(self, ticket: Ticket, entry: Entry) -> Edit:
        """What one change of a ticket changed.

        Raises:
            UnreadableError: for a broken time.
        """
        before: Values = {}
        after: Values = {}
        added: frozenset[str] = frozenset()
        for item in entry.items:
            if item.field.casefold() == _LINK:
                added |= self._linked(ticket, item)
                continue
            for name, old, new in self._values(item):
                before.setdefault(name, old)
                after[name] = new
        return Edit(
            on=ticket.ref,
            at=_at(entry.created),
            order=int(entry.id),
            before=before,
            after=after,
            added={"links": added} if added else {},
            ours=entry.author is not None and entry.author.id == self._lexicon.me,
        )

    def lacks(self) -> tuple[Lack, ...]:
        """What could not be told since the last call."""
        found, self._lacks = tuple(self._lacks), []
        return found

    def _linked(self, ticket: Ticket, item: Item) -> frozenset[str]:
        """Links are told by the other issue's key, which says its id only as long as the link is there."""
        ids = {link.key: str(link.to) for link in ticket.links}
        if item.to in ids:
            return frozenset({ids[item.to]})
        self._lacks.append(_LINKS)
        return frozenset()

    def _values(self, item: Item) -> Iterator[tuple[str, Value, Value]]:
        field = self._fields.get(item.field_id or "") or self._fields.get(item.field.casefold())
        if field is not None and field.id in self._ours:
            yield from self._custom(field, item)
            return
        plain = _PLAIN.get((item.field_id or item.field).casefold())
        if plain is not None:
            name, read = plain
            yield name, read(self, item.from_, item.from_string), read(self, item.to, item.to_string)
        elif item.field.casefold() == "status":
            old, new = self._status(item.from_, item.from_string), self._status(item.to, item.to_string)
            if old is None or new is None:
                self._lacks.append(_NO_STATUS)
            else:
                yield "status", old, new
        elif item.field.casefold() == "component" and self._lexicon.group_part == "component":
            self._lacks.append(_COMPONENTS)
        elif item.field.casefold() == "project" and self._lexicon.group_part == "project":
            yield "group", item.from_string, item.to_string

    def _custom(self, field: Field, item: Item) -> Iterator[tuple[str, Value, Value]]:
        read = None if "account" in self._ours[field.id] else _reader(field)
        if read is None:
            told = f"changes of the field {field.name!r}, which Jira writes in no fixed way: it is told as it is now"
            self._lacks.append(Lack(kind=LackKind.UNTOLD_CHANGES, told=told, tickets=1))
            return
        old, new = read(item.from_, item.from_string), read(item.to, item.to_string)
        for name in self._ours[field.id]:
            yield name, old, new

    def _status(self, identity: Any, word: str | None) -> str | None:
        status = self._statuses.get(str(identity)) or self._statuses.get((word or "").casefold())
        if status is None:
            named = self._lexicon.statuses.get((word or "").casefold())
            return None if named is None else str(named)
        try:
            return str(status_of(status, self._lexicon))
        except UnreadableError:
            return None

    def priority(self, word: str | None) -> Value:
        """Our priority behind Jira's word."""
        found = self._lexicon.priorities.get((word or "").casefold())
        return None if found is None else str(found)


def _at(created: str | int) -> datetime:
    if isinstance(created, int):
        return datetime.fromtimestamp(created / _MILLISECONDS, UTC)
    return instant(created)


def _tags(text: str | None) -> tuple[str, ...]:
    return tuple(sorted((text or "").split()))


def _word(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


#: Jira's name of a field → a history's, and how its values are read out of id and word.
_PLAIN: Mapping[str, tuple[str, Callable[[Reading, Any, str | None], Value]]] = {
    "summary": ("subject", lambda _reading, _identity, word: word or ""),
    "priority": ("priority", lambda reading, _identity, word: reading.priority(word)),
    "labels": ("tags", lambda _reading, _identity, word: _tags(word)),
    "assignee": ("assignee", lambda _reading, identity, _text: _word(identity)),
    "reporter": ("requester", lambda _reading, identity, _text: _word(identity)),
    "issuetype": ("type", lambda _reading, _identity, word: _word(word)),
}


def _number(_identity: Any, word: str | None) -> Value:
    try:
        return None if not word else float(word)
    except ValueError:
        return word


def _listed(_identity: Any, word: str | None) -> Value:
    return ", ".join(part.strip() for part in word.split(",")) if word else None


#: Type of a field → how a value of it is read out of id and word, as far as Jira writes it in a fixed way.
_READERS: Mapping[str, Callable[[Any, str | None], Value]] = {
    "string": lambda _identity, word: _word(word),
    "option": lambda _identity, word: _word(word),
    "number": _number,
    "date": lambda identity, _text: _word(identity),
    "array of option": _listed,
    "array of version": _listed,
    "array of string": lambda _identity, word: ", ".join((word or "").split()) or None,
}


def _reader(field: Field) -> Callable[[Any, str | None], Value] | None:
    return _READERS.get(f"array of {field.items}" if field.type == "array" else field.type)
