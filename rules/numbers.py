"""Numbers as helpdesks hand them over: 5, 5.0 or '5'."""

from __future__ import annotations

import math


def number_of(value: object) -> float | None:
    """The number that a fact's value stands for; None for flags, other text and what is not finite."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return None
