"""Patience: waiting that ends at once when the program is to end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

_LONGEST: ContextVar[float] = ContextVar("escalade_longest_wait", default=math.inf)


def longest_wait() -> float:
    """Seconds that this thread is ready to wait for its turn; infinity = as long as the settings say."""
    return _LONGEST.get()


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Let no call in the block (in this thread) wait longer for its turn: whoever asks comes back later instead."""
    token = _LONGEST.set(seconds)
    try:
        yield
    finally:
        _LONGEST.reset(token)


class Patience:
    """Waits as long as nobody is in a hurry. Thread-safe."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        """Wait by `sleep`, which takes seconds; the machine's own sleep is the one that can be cut short."""
        self._sleep = sleep
        self._over = Event()

    @property
    def is_over(self) -> bool:
        """Nobody is to wait any more."""
        return self._over.is_set()

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until somebody is in a hurry."""
        if self._sleep is time.sleep:
            self._over.wait(seconds)
        elif not self.is_over:
            self._sleep(seconds)

    def end(self) -> None:
        """Wake all who wait, and let nobody wait from now on."""
        self._over.set()
