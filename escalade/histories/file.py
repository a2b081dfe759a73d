"""History files, format version 1: one JSON object a line, ordered by `at`; plain or packed with gzip."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from rules.histories.event import PastEvent, UnreadableEventError, event_of, line_of

_GZIP = b"\x1f\x8b"
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class HistoryFileError(ValueError):
    """A history file that cannot be read, with its line, or written; the message names the file."""


def read_history(path: Path) -> Iterator[PastEvent]:
    """Yield the events of a file, one line in memory at a time.

    Raises:
        HistoryFileError: a line is not an event, the lines are not ordered, or the file is cut off.
        OSError: the file cannot be read.
    """
    last = _BEFORE_ALL
    number = 0
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                event = event_of(line)
                if event.at < last:
                    told = f"{event.at.isoformat()} comes after {last.isoformat()} of the line above; sort by `at`"
                    raise HistoryFileError(f"{path}:{number}: {told}")
                last = event.at
                yield event
    except UnreadableEventError as error:
        raise HistoryFileError(f"{path}:{number}: {error}") from None
    except (EOFError, gzip.BadGzipFile) as error:
        raise HistoryFileError(f"{path}:{number + 1}: the packed file is cut off or broken ({error})") from None


def write_history(path: Path, events: Iterable[PastEvent]) -> int:
    """Write a history, packed where the name ends in `.gz`; the file appears as a whole or not at all.

    Equal events give equal bytes.

    Returns:
        How many events were written.

    Raises:
        HistoryFileError: the file cannot be begun.
        OSError: it cannot be finished.
    """
    count = 0
    with _whole(path) as file:
        for event in events:
            file.write(line_of(event) + b"\n")
            count += 1
    return count


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once everything is in it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        opened = unfinished.open("wb")
    except OSError as error:
        raise HistoryFileError(f"cannot write {path}: {error.strerror}") from error
    try:
        with opened as raw:
            if path.suffix == ".gz":
                # No name and no time in the header: the same history is the same file.
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")
