"""Matrix: where a ticket lies on some axes, and what the cell there means. Complete by construction of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from rules.facts import FactType
from rules.numbers import number_of
from rules.verdict import Verdict

if TYPE_CHECKING:
    from rules.conditions.base import Condition
    from rules.facts import Facts
    from rules.policy import Position
    from rules.templates import Template
    from rules.ticket import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """What one place of the matrix means: a tier and a priority to have at least, tags, a note, or nothing."""

    tier: str | None = None
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    #: Internal note posted once per episode in which the ticket came to lie here.
    note: Template | None = None


_EMPTY = MatrixCell()


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: a fact with its values, or a fact or a score cut into bands."""

    #: What people call it: `impact`.
    name: str
    #: What is looked at: a fact's name, or `points`.
    subject: str
    #: Every value, or the names of the bands from the lowest to the highest.
    values: tuple[str, ...]
    #: The fact and its type; None = the points of criteria.
    fact: str | None = None
    kind: FactType | None = None
    #: Where the next band begins, from the lowest to the highest: one fewer than there are bands. Empty = no bands.
    edges: tuple[Condition, ...] = ()
    #: The value or band that stands for a fact that is not set; None = such tickets lie outside.
    unset: str | None = None

    @property
    def facts(self) -> frozenset[str]:
        """The facts that decide where a ticket lies."""
        own = frozenset() if self.fact is None else frozenset((self.fact,))
        return own.union(*(edge.facts for edge in self.edges))

    def read(self, facts: Facts) -> AxisReading:
        """Where the ticket lies on this axis, with the proof."""
        value = None if self.fact is None else facts.value(self.fact)
        if self.fact is not None and value is None:
            verdict = Verdict(
                holds=self.unset is not None, subject=self.subject, wanted="is in the matrix", observed="not set"
            )
            return AxisReading(axis=self, value=self.unset, verdict=verdict)
        if self.edges:
            return self._in_a_band(facts, value)
        found = str(value)
        known = found in self.values
        verdict = Verdict(holds=known, subject=self.subject, wanted="is in the matrix", observed=found)
        return AxisReading(axis=self, value=found if known else None, verdict=verdict, told=found)

    def _in_a_band(self, facts: Facts, value: object) -> AxisReading:
        if self.kind is FactType.ANY and number_of(value) is None:
            wanted, told = "is a number, as the bands of the matrix need", str(value)
            verdict = Verdict(holds=False, subject=self.subject, wanted=wanted, observed=told)
            return AxisReading(axis=self, value=None, verdict=verdict, told=told)
        asked = tuple(edge.evaluate(facts) for edge in self.edges)
        reached = next((number for number, verdict in enumerate(asked) if not verdict.holds), len(asked))
        band = self.values[reached]
        # The band changes when an edge that was reached is lost, or when the next one is reached.
        turns = [verdict.flips_at for verdict in asked[: reached + 1] if verdict.flips_at is not None]
        verdict = Verdict(
            holds=True,
            subject=self.subject,
            wanted=f"{self.subject} is in the matrix",
            observed=f"{asked[0].observed}, which is {band}",
            flips_at=min(turns, default=None),
            children=asked[: reached + 1],
        )
        return AxisReading(axis=self, value=band, verdict=verdict, told=f"{band} ({asked[0].observed})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The decision matrix. Every combination of the axes' values has a cell (checked at load)."""

    at: Position
    axes: tuple[Axis, ...]
    #: One value of each axis, in their order → what is meant there.
    cells: Mapping[tuple[str, ...], MatrixCell]

    @property
    def facts(self) -> frozenset[str]:
        """The facts that decide where a ticket lies."""
        return frozenset().union(*(axis.facts for axis in self.axes))

    def read(self, facts: Facts) -> MatrixReading:
        """Find the ticket's cell."""
        readings = tuple(axis.read(facts) for axis in self.axes)
        outside = next((reading for reading in readings if reading.value is None), None)
        if outside is not None:
            return MatrixReading(
                source="matrix", text=_outside(outside), cell=MatrixCell(), verdict=outside.verdict, values=()
            )
        values = tuple(str(reading.value) for reading in readings)
        cell = self.cells[values]
        turns = [reading.verdict.flips_at for reading in readings if reading.verdict.flips_at is not None]
        return MatrixReading(
            source=f"matrix:{'/'.join(values)}",
            text=" × ".join(f"{reading.axis.subject} {reading.said}" for reading in readings),
            cell=cell,
            values=values,
            verdict=Verdict(
                holds=cell != _EMPTY,
                subject=" × ".join(reading.axis.subject for reading in readings),
                wanted="has a cell that asks for something",
                observed=" × ".join(values),
                flips_at=min(turns, default=None),
                children=tuple(reading.verdict for reading in readings if reading.verdict.children),
            ),
        )

    def spell(self, place: str) -> str:
        """A place as a source names it, `high/few`, in words: `impact high and backlog few`."""
        values = place.split("/")
        if len(values) != len(self.axes):
            return f"matrix {place}"
        return " and ".join(f"{axis.name} {value}" for axis, value in zip(self.axes, values, strict=True))


class AxisReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a ticket lies on one axis."""

    axis: Axis
    #: One of the axis's values; None = outside of it.
    value: str | None
    verdict: Verdict
    #: What was seen, where that says more than the value.
    told: str = ""

    @property
    def said(self) -> str:
        """The value with what was observed: `many (7)`."""
        return self.told or f"{self.value} (not set)"


class MatrixReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the matrix says of one ticket."""

    #: `matrix:high/few`; `matrix` when the ticket lies outside.
    source: str
    text: str
    cell: MatrixCell
    #: Empty when the ticket lies outside.
    values: tuple[str, ...]
    verdict: Verdict

    @property
    def flips_at(self) -> datetime | None:
        """When the cell could be another one (UTC); None = not by itself."""
        return self.verdict.flips_at


def _outside(reading: AxisReading) -> str:
    if not reading.told:
        return f"the matrix needs {reading.axis.subject}"
    return f"the matrix has no place for {reading.axis.subject} {reading.told}"
