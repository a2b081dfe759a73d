"""Jobs in forked processes: each begins with everything as it is here, and leaves nothing behind."""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
#: Longest that one job may take (seconds).
LONGEST = 1200


def parted(part: str) -> Callable[[list[T]], list[T]]:
    """What falls to the N-th of M runs that share all that is chosen (`N/M`), one after the other."""
    which, runs = map(int, part.split("/"))
    numbers = itertools.count(1)

    def ours(chosen: list[T]) -> list[T]:
        return [one for one in chosen if next(numbers) % runs == which % runs]

    return ours


def forked(jobs: Iterable[Callable[[], T]], at_once: int) -> Iterator[tuple[int, T | str]]:
    """Carry out jobs, some at the same time; their numbers with their results, or with why there is none."""
    running: deque[tuple[int, int, int]] = deque()
    for number, job in enumerate(jobs):
        running.append((number, *_start(job)))
        if len(running) >= at_once:
            yield _end(*running.popleft())
    while running:
        yield _end(*running.popleft())


def _start(job: Callable[[], T]) -> tuple[int, int]:
    hears, tells = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tells)
        return pid, hears
    os.close(hears)
    signal.alarm(LONGEST)
    try:
        result: object = job()
    except BaseException:  # noqa: BLE001 - the parent tells it
        result = traceback.format_exc()
    try:
        with os.fdopen(tells, "wb") as stream:
            pickle.dump(result, stream)
    finally:
        # Also when nobody hears it any more: this process must not go on with what its parent does.
        os._exit(0)


def _end(number: int, pid: int, hears: int) -> tuple[int, T | str]:
    with os.fdopen(hears, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(pid, 0)
    if not told:
        return number, f"the telling ended by itself ({os.waitstatus_to_exitcode(status)})"
    result: T | str = pickle.loads(told)  # noqa: S301 - our own process wrote it
    return number, result
