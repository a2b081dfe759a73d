"""Survey: what a history tells of, and what it never mentions. One look at each event, before anything is played."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET

from rules.histories.event import EventKind, PastEvent
from rules.histories.lack import Lack

#: Parts of a ticket that facts are read from.
_PARTS = ("priority", "account", "requester", "group", "assignee", "type", "product")


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a history tells of. Instants are UTC."""

    begins: datetime | None = None
    ends: datetime | None = None
    events: int = 0
    comments: int = 0
    #: Comments whose words are told.
    texts: int = 0
    #: What the history itself says that it does not tell.
    lacks: tuple[Lack, ...] = ()
    #: Parts of tickets, `tags`, `links` and `field.NAME` that had a value at some time.
    told: frozenset[str] = frozenset()


class Surveyor:
    """Looks at one event after the other."""

    def __init__(self) -> None:
        self._begins: datetime | None = None
        self._ends: datetime | None = None
        self._events = self._comments = self._texts = 0
        self._lacks: tuple[Lack, ...] = ()
        self._told: set[str] = set()
        self._custom: set[str] = set()

    def see(self, event: PastEvent) -> None:
        """One more event."""
        self._begins = self._begins or event.at
        self._ends = event.at
        self._events += 1
        if event.about is not None:
            self._lacks = event.about.lacks
        if event.kind is EventKind.COMMENT:
            self._comments += 1
            self._texts += bool(event.body)
            return
        fields = event.fields
        for name in _PARTS:
            if name not in self._told and getattr(fields, name) not in {UNSET, None}:
                self._told.add(name)
        for name in ("tags", "links"):
            if name not in self._told and getattr(fields, name) is not UNSET and getattr(fields, name):
                self._told.add(name)
        if fields.custom is not UNSET:
            self._custom.update(name for name, value in fields.custom.items() if value is not None)

    def survey(self) -> Survey:
        """What all events together tell of."""
        return Survey(
            begins=self._begins,
            ends=self._ends,
            events=self._events,
            comments=self._comments,
            texts=self._texts,
            lacks=self._lacks,
            told=frozenset(self._told) | {f"field.{name}" for name in self._custom},
        )
