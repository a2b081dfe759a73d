"""Playing many rule tests on several cores: each process plays a part of them, and tells only what failed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from multiprocessing.connection import Connection

from rules.policy import Policy
from rules.testing.rule_test import RuleTest
from rules.testing.suite import Played, Suite, play_all, play_shortly, put_together

#: Fewer tests for a process are played sooner than it is begun.
_WORTH_A_PROCESS = 50


def play_on_all_cores(tests: Sequence[RuleTest], policy: Policy, cores: int | None = None) -> Suite:
    """Play tests in their order; the result is that of `play_all`, sooner.

    Args:
        tests: The tests.
        policy: The policy whose parts are counted.
        cores: How many processes at most; None = one for each core that this one may use.
    """
    most = min(cores or _usable_cores(), len(tests) // _WORTH_A_PROCESS)
    if most <= 1:
        return play_all(tests, policy)
    size = ceil(len(tests) / most)
    here, *others = [tests[first : first + size] for first in range(0, len(tests), size)]
    told = [_begun(part, policy) for part in others]
    played = [play_shortly(here, policy)]
    played += [_heard(one, part, policy) for one, part in zip(told, others, strict=True)]
    return put_together(list(zip([here, *others], played, strict=True)), policy)


def _usable_cores() -> int:
    # Elsewhere a process begins with nothing loaded, and a policy cannot be handed over.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _begun(tests: Sequence[RuleTest], policy: Policy) -> Connection:
    """Have another process play tests, which it finds in its memory as they are here; where its answer is heard."""
    fork = multiprocessing.get_context("fork")
    hears, tells = fork.Pipe(duplex=False)
    fork.Process(target=_tell, args=(tells, tests, policy), daemon=True).start()
    tells.close()
    return hears


def _tell(tells: Connection, tests: Sequence[RuleTest], policy: Policy) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever goes wrong here goes wrong there once more, where it is told.
    with suppress(Exception):
        tells.send(play_shortly(tests, policy))


def _heard(hears: Connection, tests: Sequence[RuleTest], policy: Policy) -> Played:
    try:
        played: Played = hears.recv()
    except EOFError:
        return play_shortly(tests, policy)
    return played
