"""Together: several reads of one helpdesk under way at the same time, so that a slow one does not add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Lock
from typing import TypeVar

_Wanted = TypeVar("_Wanted")
_Found = TypeVar("_Found")

#: Reads of one helpdesk that a process has under way at most, besides those of the threads that visit. Browsers open
#: six connections to a host; both vendors take far more, and their rate limits come first.
AT_ONCE = 8


class Together:
    """Carries out reads in threads that are kept, since each has connections of its own. Thread-safe.

    Every read has its turn in the rate budgets as if it were alone, with the rank and the patience of whoever asks.
    """

    def __init__(self, name: str, *, at_once: int = AT_ONCE) -> None:
        """Name the threads; none is started before there are two reads to be made."""
        self._name = name
        self._at_once = at_once
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None

    def read(self, read: Callable[[_Wanted], _Found], wanted: Iterable[_Wanted]) -> list[_Found]:
        """Call `read` for each, and return what was found in their order.

        `read` must not read together itself: it could wait for a thread that waits for it.

        Raises:
            Exception: what the first of them raised that failed. Nothing is under way any more then, and what had not
                begun is not begun.
        """
        several = list(wanted)
        if len(several) < 2:  # noqa: PLR2004 - one has nobody to share its time with
            return [read(one) for one in several]
        begun: list[Future[_Found]] = []
        try:
            pool = self._threads()
            begun.extend(pool.submit(copy_context().run, read, one) for one in several)
            return [future.result() for future in begun]
        finally:
            for future in begun:
                future.cancel()
            wait(begun)

    def close(self) -> None:
        """End the threads; reads that are under way are completed."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix=f"read {self._name}")
            return self._pool
