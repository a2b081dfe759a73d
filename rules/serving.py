"""Serving: in the name of which role something is done, told with the reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rules.diff import Skipped, Step
from rules.directory import Directory


def in_somebodys_name(steps: Iterable[Step], directory: Directory) -> Iterator[Step]:
    """The same changes; where the directory says whose work they do, each reason names the role."""
    for step in steps:
        role = None if isinstance(step, Skipped) else directory.served_by(step.rule)
        yield step if isinstance(step, Skipped) or role is None else replace(step, because=f"{step.because} [{role}]")
