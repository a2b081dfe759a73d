"""Facts about clocks: `sla.NAME.state` and its kin, for conditions that wait for a service level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from rules.clocks.clock import ClockReading, ClockState
from rules.fact import FactSpec, FactType, Provenance, Value

#: Every fact about a clock begins so; the clock's id and one of the parts below follow.
CLOCK_PREFIX = "sla."

_PARTS: Mapping[str, tuple[FactType, str, Callable[[ClockReading], Value], tuple[str, ...] | None]] = {
    "state": (
        FactType.CHOICE,
        "Where the clock stands; not set while the clock does not apply or has not started.",
        lambda reading: reading.state,
        tuple(ClockState),
    ),
    "remaining": (
        FactType.OPEN_TIME,
        "Open time that is left until the clock is due; less than none once it is late.",
        lambda reading: reading.remaining.total_seconds(),
        None,
    ),
    "elapsed": (
        FactType.OPEN_TIME,
        "Open time that the clock has counted, without its pauses.",
        lambda reading: reading.elapsed.total_seconds(),
        None,
    ),
    "misses": (
        FactType.NUMBER,
        "How often the clock was late on this ticket, the cycle of now included.",
        lambda reading: reading.misses,
        None,
    ),
}
#: The parts of a clock that can be asked for.
CLOCK_PARTS = tuple(_PARTS)


def split(name: str) -> tuple[str, str] | None:
    """The clock's id and the part, of a fact about a clock; None for any other name."""
    if not name.startswith(CLOCK_PREFIX):
        return None
    identity, _, part = name.removeprefix(CLOCK_PREFIX).rpartition(".")
    return (identity, part) if identity and part in _PARTS else None


def clock_spec(name: str) -> FactSpec | None:
    """The fact about a clock of that name, whatever clocks there are; None when it is none."""
    if (parts := split(name)) is None:
        return None
    kind, doc, _, values = _PARTS[parts[1]]
    return FactSpec(name=name, type=kind, doc=doc, provenance=Provenance.CLOCK, values=values)


def clock_names(identity: str) -> tuple[str, ...]:
    """Every fact about one clock."""
    return tuple(f"{CLOCK_PREFIX}{identity}.{part}" for part in _PARTS)


def value_of(reading: ClockReading | None, part: str) -> Value:
    """The fact's value; lengths of time in seconds. None = not set."""
    return None if reading is None else _PARTS[part][2](reading)


def length_of(reading: ClockReading, part: str) -> timedelta:
    """The fact's value as a length of open time."""
    return reading.remaining if part == "remaining" else reading.elapsed
