"""Story words: a storyline as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.reports.happening import Happening, HappeningKind
from rules.ticket import Side

_SIDES = {Side.AGENT: "agent", Side.REQUESTER: "customer", Side.SYSTEM: "machine"}


def story_text(story: Sequence[Happening]) -> str:
    """One line a happening: instant (UTC), ticket, who and how, what; words of several lines go on indented."""
    width = max((len(one.key) for one in story), default=0)
    who = max((len(_who(one)) for one in story), default=0)
    return "\n".join("\n".join(_lines(one, width, who)) for one in story)


def _lines(one: Happening, width: int, who: int) -> Iterator[str]:
    head = f"{one.at:%Y-%m-%d %H:%M:%S}Z  {one.key:<{width}}  {_who(one):<{who}}  "
    first, *more = (one.text or "(words not read)").splitlines() or [""]
    yield f"{head}{first}".rstrip()
    yield from (f"{' ' * len(head)}{line}".rstrip() for line in more)
    if one.because:
        yield f"{' ' * len(head)}because {one.because}"


def _who(one: Happening) -> str:
    if one.kind is not HappeningKind.COMMENT or one.public is None:
        return one.kind
    name = "escalade" if one.ours else _SIDES.get(one.side or Side.SYSTEM, "")
    by = f" {one.author}" if one.author is not None and not one.ours else ""
    return f"{name}{by}, {'public' if one.public else 'internal'}"
