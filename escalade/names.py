"""The name guard: our top-level packages have common names, and another distribution may have taken one of them."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions

OURS = ("connectors", "rules", "escalade", "sync")
DISTRIBUTION = "escalade"
#: A file of one of our packages, or one of our modules, in a distribution's list of files.
_OURS = re.compile(rf"^(?:({'|'.join(OURS)})(?:/|\.py,))", re.MULTILINE)


def intruders() -> dict[str, tuple[str, ...]]:
    """Which of our import names other installed distributions provide too: name → those distributions."""
    found: dict[str, set[str]] = {}
    for one in distributions():
        names = _taken(one)
        if names and one.name.lower() != DISTRIBUTION:
            for name in names:
                found.setdefault(name, set()).add(one.name)
    return {name: tuple(sorted(found[name])) for name in OURS if name in found}


def _taken(one: Distribution) -> set[str]:
    """Which of our names a distribution provides.

    Its list of files is searched as it is: to read it entry by entry, for all that is installed, would take longer than
    many a command.
    """
    named = one.read_text("top_level.txt")
    if named is not None:
        return set(named.split()) & set(OURS)
    return set(_OURS.findall(one.read_text("RECORD") or ""))


def message(found: dict[str, tuple[str, ...]]) -> str:
    """What to tell the operator."""
    lines = [f"  {name!r} is also installed by {', '.join(dists)}" for name, dists in sorted(found.items())]
    names = " ".join(sorted({dist for dists in found.values() for dist in dists}))
    return "\n".join(
        [
            "Another package has taken a name that Escalade needs:",
            *lines,
            f"Install Escalade into a virtual environment of its own, or run: pip uninstall {names}",
        ]
    )
