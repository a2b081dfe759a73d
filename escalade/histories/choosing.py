"""Choosing: which helpdesks a history is rebuilt from, and reading them with somebody watching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from rich.console import Console

from connectors.base import Helpdesk
from escalade.histories.kept import Kept
from escalade.histories.rebuilt import rebuilt
from escalade.progress import progress_on
from rules.histories.event import PastEvent
from rules.histories.life import Period
from rules.problems import did_you_mean

#: What happened less long ago is not shown by every helpdesk yet.
SETTLED = timedelta(minutes=2)


class UnknownSourceError(ValueError):
    """No helpdesk of the settings has that name, and none is of that vendor."""


def chosen(helpdesks: Mapping[str, Helpdesk], words: Iterable[str], *others: str) -> dict[str, Helpdesk]:
    """The helpdesks that words name: by their names in the settings, else by their vendor.

    Args:
        helpdesks: All of the settings.
        words: What was asked for.
        others: Further words that would have been right where these came from.

    Raises:
        UnknownSourceError: a word names none; says which would.
    """
    found: dict[str, Helpdesk] = {}
    for word in words:
        named = {word: helpdesks[word]} if word in helpdesks else {}
        meant = named or {name: helpdesk for name, helpdesk in helpdesks.items() if helpdesk.vendor == word}
        if not meant:
            allowed = sorted({*helpdesks, *(helpdesk.vendor for helpdesk in helpdesks.values()), *others})
            near = did_you_mean(word, allowed)
            hint = f" Did you mean {near!r}?" if near else ""
            raise UnknownSourceError(f"{word}: there is no such helpdesk.{hint} Allowed: {', '.join(allowed)}.")
        found |= meant
    return found


def read_watched(
    console: Console,
    helpdesks: Mapping[str, Helpdesk],
    period: Period,
    *,
    texts: bool = False,
    kept: Kept | None = None,
) -> Iterator[PastEvent]:
    """The events that these helpdesks remember, with a bar that shows how far the reading has come.

    Raises:
        ConnectorError: a helpdesk cannot be read, or does not remember.
    """
    events = rebuilt(helpdesks, period, progress := progress_on(console), texts=texts, kept=kept)
    with progress:
        # All reading is done before the first event is told.
        first = next(events, None)
    if first is not None:
        yield first
        yield from events
