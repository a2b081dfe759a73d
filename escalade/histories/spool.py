"""Spool: more rows than memory should hold, put in order on disk."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

import msgspec

#: Rows that are put in order in memory at a time.
_AT_ONCE = 50_000
_LENGTH = 4

_Row = tuple[str, int, bytes]
_DECODER = msgspec.msgpack.Decoder(_Row)


class Spool:
    """Takes rows in any order, gives them in the order of their keys; of equal keys the first comes first."""

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        """Keep up to `at_once` rows in memory; the rest goes to files that nobody else sees."""
        self._at_once = at_once
        self._rows: list[_Row] = []
        self._runs: list[IO[bytes]] = []
        self._count = 0

    def add(self, key: str, row: bytes) -> None:
        """Take one row."""
        self._rows.append((key, self._count, row))
        self._count += 1
        if len(self._rows) >= self._at_once:
            self._spill()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        self._rows.sort()
        runs = [_read(run) for run in self._runs]
        for key, _, row in heapq.merge(*runs, self._rows):
            yield key, row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in self._runs:
            run.close()

    def _spill(self) -> None:
        self._rows.sort()
        # Closed with the spool, and without a name: nothing of it stays on disk, whatever happens.
        run = tempfile.TemporaryFile()  # noqa: SIM115
        self._runs.append(run)
        for row in self._rows:
            written = msgspec.msgpack.encode(row)
            run.write(len(written).to_bytes(_LENGTH, "big") + written)
        self._rows = []


def _read(run: IO[bytes]) -> Iterator[_Row]:
    run.seek(0)
    while length := run.read(_LENGTH):
        yield _DECODER.decode(run.read(int.from_bytes(length, "big")))
