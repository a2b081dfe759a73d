"""The name guard: our top-level packages have common names, and another distribution may have taken one of them."""

from __future__ import annotations

from importlib.metadata import packages_distributions

OURS = ("connectors", "rules", "escalade", "sync")
DISTRIBUTION = "escalade"


def intruders() -> dict[str, tuple[str, ...]]:
    """Which of our import names other installed distributions provide too: name → those distributions."""
    provided = packages_distributions()
    found = {
        name: tuple(sorted({dist for dist in provided.get(name, ()) if dist.lower() != DISTRIBUTION})) for name in OURS
    }
    return {name: distributions for name, distributions in found.items() if distributions}


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
