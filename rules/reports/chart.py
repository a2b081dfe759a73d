"""Chart: numbers to be drawn, before anybody chose what draws them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ChartKind(StrEnum):
    """How numbers are laid out."""

    #: An upright bar for each label, the series on top of each other.
    COLUMNS = "columns"
    #: A lying bar for each label, the series one after the other; for labels that are names.
    BARS = "bars"
    #: A line for each series, its points at the labels.
    LINES = "lines"
    #: A field for each label (across) and series (down), the darker, the greater its number.
    HEAT = "heat"
    #: A span for each label from the first series to the last one, with a mark at the one between them.
    SPANS = "spans"


class Series(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Numbers that belong together, one for each label of the chart; None = there is none."""

    name: str
    values: tuple[float | None, ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of numbers. The table beside it says the same to those who do not see it."""

    title: str
    kind: ChartKind
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    #: What the numbers count; empty = the title says it.
    unit: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)
