"""Trying: variants of a policy on a past, several at a time: judged on its earlier part, tried on the later one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from datetime import datetime
from multiprocessing import get_context

import msgspec

from escalade.backtest.played import Past, played
from escalade.commands.digest import zone_of
from escalade.progress import QuietProgress
from rules.load import load_policy
from rules.replay.backtest import Backtest
from rules.replay.counted import Counted
from rules.replay.replay import Setting
from rules.replay.truth import truth_of
from rules.replay.variants import Variant
from sync import Progress


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """How every variant is tried."""

    past: Past
    #: What tells that people escalated a ticket.
    truth: str
    #: The past is judged from `begins` to `split`, and tried from there to `ends` (UTC).
    begins: datetime
    split: datetime
    ends: datetime | None
    as_told: bool = False

    def run(self, texts: Mapping[str, str]) -> tuple[Backtest, Backtest]:
        """Play one policy: what it comes to in the part that is judged, and in the later one."""
        policy, truth = load_policy(texts), truth_of(texts, self.truth)
        stretches = (Counted(self.begins, self.split), Counted(self.split, self.ends))
        judged, later = (
            played(
                self.past,
                [policy],
                Setting(truth=truth, counted=counted, zone=zone_of(policy), as_told=self.as_told, most_listed=0),
                QuietProgress(),
            )[0]
            for counted in stretches
        )
        return judged, later


def tried(
    trial: Trial, variants: Sequence[Variant], progress: Progress, *, workers: int | None = None
) -> Iterator[tuple[Backtest, Backtest]]:
    """Try variants, as many at a time as there are processors; the answers come in the order of the variants.

    Args:
        trial: How.
        variants: What.
        progress: Hears of each that is done.
        workers: So many at a time; None = one for each processor.
    """
    progress.phase("Trying", len(variants))
    with _pool(min(workers or os.cpu_count() or 1, len(variants))) as pool:
        places = {pool.submit(trial.run, dict(one.texts)): place for place, one in enumerate(variants)}
        found: dict[int, tuple[Backtest, Backtest]] = {}
        try:
            for done in as_completed(places):
                found[places[done]] = done.result()
                progress.advance()
        except BaseException:
            # A mistake in one variant is one in all, and nobody waits for the others after Ctrl-C.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    yield from (found[place] for place in range(len(variants)))


def _pool(workers: int) -> Executor:
    """Processes, which do not share a lock; one at a time needs none."""
    if workers == 1:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
