"""Garbage: how often Python looks for values that hold each other and that nobody else holds any more."""

from __future__ import annotations

import atexit
import gc

#: So many more values that can hold others than were given up since the last look. Python's own 700 come anew with
#: every other module, and looking takes a fifth of a short command.
_BETWEEN_LOOKS = 20_000


def look_less_often() -> None:
    """Look seldom while the process runs, and not at all when it ends: its memory goes back as a whole."""
    gc.set_threshold(_BETWEEN_LOOKS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)
