"""Entry: one fact of the catalogue, with the function that reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rules.fact import FactSpec, FactType, Provenance, Value

if TYPE_CHECKING:
    from rules.facts import Facts

Read = Callable[["Facts"], Value]
Since = Callable[["Facts"], datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact: its specification, and how it is read."""

    spec: FactSpec
    #: Its value; None on a DURATION.
    read: Read | None = None
    #: The instant (UTC) from which a DURATION counts; None on the others.
    since: Since | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Makes the entries of facts that come from one place."""

    provenance: Provenance
    #: Whether their values at an instant in the past can be told.
    past: bool = True

    def text(self, name: str, read: Read, doc: str) -> Entry:
        """A TEXT."""
        return self._entry(name, FactType.TEXT, read, doc)

    def number(self, name: str, read: Read, doc: str) -> Entry:
        """A NUMBER."""
        return self._entry(name, FactType.NUMBER, read, doc)

    def flag(self, name: str, read: Read, doc: str) -> Entry:
        """A FLAG."""
        return self._entry(name, FactType.FLAG, read, doc)

    def instant(self, name: str, read: Read, doc: str) -> Entry:
        """An INSTANT."""
        return self._entry(name, FactType.INSTANT, read, doc)

    def date(self, name: str, read: Read, doc: str) -> Entry:
        """A DATE."""
        return self._entry(name, FactType.DATE, read, doc)

    def count(self, name: str, read: Read, doc: str) -> Entry:
        """A COUNT."""
        return self._entry(name, FactType.COUNT, read, doc)

    def choice(self, name: str, read: Read, doc: str, values: tuple[str, ...]) -> Entry:
        """A CHOICE."""
        return self._entry(name, FactType.CHOICE, read, doc, values)

    def tags(self, name: str, read: Read, doc: str, values: tuple[str, ...] | None = None) -> Entry:
        """TAGS; where `values` are given, no others can be worn."""
        return self._entry(name, FactType.TAGS, read, doc, values)

    def duration(self, name: str, since: Since, doc: str) -> Entry:
        """A DURATION, by the instant from which it counts."""
        spec = FactSpec(name=name, type=FactType.DURATION, doc=doc, provenance=self.provenance, past=self.past)
        return Entry(spec=spec, since=since)

    def _entry(self, name: str, kind: FactType, read: Read, doc: str, values: tuple[str, ...] | None = None) -> Entry:
        spec = FactSpec(name=name, type=kind, doc=doc, provenance=self.provenance, values=values, past=self.past)
        return Entry(spec=spec, read=read)
