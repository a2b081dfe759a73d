"""What an update of a ticket changed, out of Zendesk's event export and in the words of a history. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.zendesk import wire
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.translate import STATUSES, Names, TicketField, scalar
from rules.histories.edit import CUSTOM, Edit, Value, Values
from rules.histories.lack import Lack, LackKind
from rules.ticket import Priority, TicketRef

_CREATED, _CHANGED = "Create", "Change"
_TRUE = frozenset({True, "true", "1"})
_NO_GROUP = Lack(
    kind=LackKind.NAMES, told="groups that are deleted: Zendesk tells their ids alone, and they read as none"
)
_NO_STATUS = Lack(kind=LackKind.NAMES, told="statuses that are none of Zendesk's own are left out")


class Reading:
    """Reads updates of one account. Made once for a page."""

    def __init__(self, helpdesk: str, settings: ZendeskSettings, names: Names, me: int) -> None:
        """Keep what updates are read with; `me` is our own user's id."""
        self._helpdesk = helpdesk
        self._settings = settings
        self._names = names
        self._me = me
        self._fields = {str(field.id): (name, field) for name, field in names.fields.items()}
        self._lacks: set[Lack] = set()

    def edits(self, event: wire.EventRow) -> Iterator[Edit]:
        """What one update set and changed: the values of a creation apart from what triggers then changed."""
        for place, kind in enumerate((_CREATED, _CHANGED)):
            children = [child for child in event.child_events if child.event_type == kind]
            if children:
                yield self._edit(event, children, place, creates=kind == _CREATED)

    def lacks(self) -> Iterable[Lack]:
        """What could not be told so far."""
        return sorted(self._lacks)

    def _edit(self, event: wire.EventRow, children: Iterable[wire.ChildEvent], place: int, *, creates: bool) -> Edit:
        before: Values = {}
        after: Values = {}
        added: frozenset[str] = frozenset()
        removed: frozenset[str] = frozenset()
        for child in children:
            for name, value in self._values(child, child):
                after[name] = value
            if child.previous_value is not msgspec.UNSET:
                for name, value in self._values(child, _previous(child)):
                    # A trigger may change in the same update what was changed before: the first one knows what was.
                    before.setdefault(name, value)
            if "tags" not in before and not creates:
                added |= frozenset(child.added_tags or ())
                removed |= frozenset(child.removed_tags or ())
        told_whole = "tags" in before or creates or not (added or removed)
        if not told_whole:
            after.pop("tags", None)
        return Edit(
            on=TicketRef(self._helpdesk, str(event.ticket_id)),
            at=datetime.fromtimestamp(event.timestamp, UTC),
            order=2 * event.id + place,
            before={} if creates else before,
            after=after,
            added={} if told_whole else {"tags": added},
            removed={} if told_whole else {"tags": removed},
            creates=creates,
            ours=event.updater_id == self._me,
        )

    def _values(self, child: wire.ChildEvent, told: wire.ChildEvent) -> Iterator[tuple[str, Value]]:
        """The values of the field that `child` is about, as `told` has them."""
        for theirs, (ours, read) in _PLAIN.items():
            if getattr(child, theirs) is not msgspec.UNSET:
                yield ours, read(getattr(told, theirs))
        if child.status is not msgspec.UNSET:
            yield from self._status(told.status)
        if child.group_id is not msgspec.UNSET:
            yield "group", self._group(_text(told.group_id))
        if child.type is not None and not self._settings.type_field:
            yield "type", _text(told.type)
        for identity in child.custom_ticket_fields or ():
            if identity in self._fields:
                yield from self._custom(*self._fields[identity], (told.custom_ticket_fields or {}).get(identity))

    def _custom(self, name: str, field: TicketField, raw: Any) -> Iterator[tuple[str, Value]]:
        value = _typed(field, raw)
        yield f"{CUSTOM}{name}", value
        text = None if value is None else str(value)
        if name == self._settings.product_field:
            yield "product", text
        if name == self._settings.type_field:
            yield "type", text

    def _status(self, raw: Any) -> Iterator[tuple[str, Value]]:
        status = STATUSES.get(str(raw))
        if status is None:
            self._lacks.add(_NO_STATUS)
        else:
            yield "status", str(status)

    def _group(self, identity: str | None) -> str | None:
        if identity is None:
            return None
        name = self._names.groups.get(int(identity)) if identity.isdigit() else None
        if name is None:
            self._lacks.add(_NO_GROUP)
        return name


def _previous(child: wire.ChildEvent) -> wire.ChildEvent:
    """The same part of an update with its field as it was before."""
    value = child.previous_value
    if child.custom_ticket_fields is not None:
        told = value if isinstance(value, dict) else dict.fromkeys(child.custom_ticket_fields, value)
        return msgspec.structs.replace(child, custom_ticket_fields=told)
    if child.type is not None:
        return msgspec.structs.replace(child, type=_text(value))
    named = (*_PLAIN, "status", "group_id")
    return msgspec.structs.replace(
        child, **{name: value for name in named if getattr(child, name) is not msgspec.UNSET}
    )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _tags(value: Any) -> tuple[str, ...]:
    """Tags are told as a list, and by old updates as one text."""
    words = value.split() if isinstance(value, str) else value or ()
    return tuple(sorted(str(word) for word in words))


def _typed(field: TicketField, value: Any) -> Value:
    """A custom field's value as tickets have it: updates tell numbers and ticks as texts."""
    if field.type == "checkbox":
        return None if value is None else value in _TRUE
    if value in (None, "", []):
        return None
    if not isinstance(value, str):
        return scalar(value)
    try:
        return _READERS.get(field.type, str)(value)
    except ValueError:
        return value


#: Types of custom fields whose values are no texts.
_READERS: Mapping[str, Callable[[str], Value]] = {
    "integer": int,
    "decimal": float,
    "multiselect": lambda text: scalar(text.split()),
}
#: Zendesk's name of a field → a history's, and how its values are read.
_PLAIN: Mapping[str, tuple[str, Callable[[Any], Value]]] = {
    "subject": ("subject", lambda value: _text(value) or ""),
    "priority": ("priority", lambda value: value if value in tuple(Priority) else None),
    "tags": ("tags", _tags),
    "requester_id": ("requester", _text),
    "assignee_id": ("assignee", _text),
    "organization_id": ("account", _text),
}
