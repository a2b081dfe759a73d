"""Real parts with some of their methods replaced: for what no emulator can be asked to do at a certain instant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from escalade.progress import QuietProgress
from rules.reports.run import Report


class Altered:
    """Something real with some of its methods replaced."""

    def __init__(self, real: Any, **others: Any) -> None:
        self._real = real
        self.__dict__.update(others)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def run(desk: Any, *, source: dict[str, Any] | None = None, sink: dict[str, Any] | None = None) -> Report:
    """One run with an altered Zendesk."""
    real = desk.app.helpdesks["zendesk"]
    zendesk = Altered(
        real,
        source=Altered(real.source, **(source or {})),
        sink=Altered(real.sink, **(sink or {})),
    )
    helpdesks = {**desk.app.helpdesks, "zendesk": zendesk}
    plain = desk.app.sync(QuietProgress())
    visitor = replace(desk.app.visitor, helpdesks=helpdesks)
    return replace(plain, helpdesks=helpdesks, visitor=visitor).once()
