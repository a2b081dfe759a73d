"""Numbers as helpdesks hand them over: 5, 5.0 or '5'."""

from __future__ import annotations

import math


def number_of(value: object) -> float | None:
    """The number that a fact's value stands for; None for flags, and for text that is no finite number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            # More than any limit that a policy can write, or less.
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return None
