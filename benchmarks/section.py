"""One section of RESULTS.md, and the command line that every benchmark shares."""

from __future__ import annotations

import argparse
import logging
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a figure has to reach."""

    text: str
    found: str
    met: bool

    def line(self) -> str:
        """The measure as a line of Markdown; `run.py` collects these lines."""
        return f"- **{'met' if self.met else 'missed'}**: {self.text}; found {self.found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one benchmark found."""

    title: str
    #: Markdown between the title and the measures.
    body: str
    measures: tuple[Measure, ...] = ()
    #: The same as numbers, by name.
    figures: Mapping[str, float] = field(default_factory=dict)

    def markdown(self) -> str:
        """The section as it stands in RESULTS.md."""
        parts = [f"## {self.title}", self.body, "\n".join(measure.line() for measure in self.measures)]
        return "\n\n".join(part for part in parts if part)


class Benchmark(Protocol):
    """What every benchmark offers."""

    def __call__(self, *, quick: bool) -> Section:
        """Measure; `quick` is small and without meaning, and shows that it works."""
        ...


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def spread(values: Sequence[float], form: str = ",.0f") -> tuple[str, str]:
    """The median, and the range, as texts."""
    return f"{statistics.median(values):{form}}", f"{min(values):{form}} to {max(values):{form}}"


def show(measure: Benchmark) -> None:
    """Run a benchmark from the command line; `--quick` proves only that it works."""
    options = argparse.ArgumentParser(description=measure.__doc__)
    options.add_argument("--quick", action="store_true", help="small and without meaning: shows that it works")
    # What the connectors say to an operator is no news to somebody who measures them.
    logging.disable(logging.WARNING)
    print(measure(quick=options.parse_args().quick).markdown())
