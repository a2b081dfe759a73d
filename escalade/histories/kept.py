"""Kept: what an export has read so far, in a file beside the one that it writes, so that it can go on after an end.

The file is a row of frames (length, checksum, content): the first tells what is exported, each other one is a page.
What a sudden end left of a frame is cut off.
"""

from __future__ import annotations

import fcntl
import glob
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from connectors.pasts import PastPage
from escalade.histories.file import HistoryFileError
from rules.histories.life import Period

#: Of the frames and of what is in them; a file of another form is not gone on with.
FORM = 1
_SIZE = 4


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; only an export that asks for the same goes on with what another one read."""

    form: int = FORM
    helpdesks: tuple[str, ...]
    #: A hash of the settings of these helpdesks.
    settings: str
    since: str | None
    until: str | None
    texts: bool


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    asked: Asked
    #: What that came to when it was begun.
    period: Period


#: Part of what is asked for → how people ask for it.
_NAMES = MappingProxyType(
    {
        "helpdesks": "--from",
        "since": "--since",
        "until": "--until",
        "texts": "--with-text",
        "settings": "helpdesks in the settings",
    }
)
_HEAD = msgspec.msgpack.Decoder(_Head)
_PAGE = msgspec.msgpack.Decoder(tuple[str, PastPage])


class Kept:
    """The pages of an export that is under way. One process at a time has it open."""

    def __init__(self, file: BinaryIO, period: Period) -> None:
        """Go on with a file that ends behind its last whole frame, or that has only told what is exported."""
        self._file = file
        #: What is exported; of an export that is gone on with, what it was when that was begun.
        self.period = period
        #: It is gone on with: something was read before.
        self.goes_on = any(_says_something(page) for _, page in self.pages())
        self._is_worth_keeping = self.goes_on

    def pages(self) -> Iterator[tuple[str, PastPage]]:
        """Yield what was read before, in its order: the helpdesk's name and the page."""
        self._file.seek(0)
        frames = _frames(self._file)
        next(frames, None)
        for content in frames:
            yield _PAGE.decode(content)

    def keep(self, helpdesk: str, page: PastPage) -> None:
        """Keep one more page. It outlasts the end of this process from here on."""
        self._file.seek(0, os.SEEK_END)
        _write(self._file, msgspec.msgpack.encode((helpdesk, page)))
        self._is_worth_keeping |= _says_something(page)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether it has anything that a helpdesk was asked for."""
        return self._is_worth_keeping


@contextmanager
def keeping(path: Path, asked: Asked, period: Period) -> Iterator[Kept]:
    """Keep what an export reads beside the file that it writes, readable by its owner only, until that is written.

    Args:
        path: The file that is written.
        asked: What is asked for.
        period: What that comes to now.

    Raises:
        HistoryFileError: it cannot be written, another export is writing it, or one was interrupted that asked for
            something else.
    """
    part = part_of(path)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HistoryFileError(f"cannot write {part}: {error.strerror}") from error
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HistoryFileError(f"another export is writing {path}; wait for its end") from None
        head = _taken_up(file, part, asked) or _begun(file, _Head(asked=asked, period=period))
        _sweep(path)
        kept = Kept(file, head.period)
        try:
            yield kept
        except BaseException:
            if not kept.is_worth_keeping:
                part.unlink(missing_ok=True)
            raise
        part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Where the pages are kept while that file is written."""
    return path.with_name(f"{path.name}.part")


def _taken_up(file: BinaryIO, part: Path, asked: Asked) -> _Head | None:
    """What the file tells of itself, cut off behind its last whole frame; None where it tells nothing."""
    first = next(_frames(file), None)
    if first is None:
        return None
    head = None
    with suppress(msgspec.DecodeError):
        head = _HEAD.decode(first)
    if head is None or head.asked != asked:
        told = "by another version of Escalade" if head is None else _difference(head.asked, asked)
        raise HistoryFileError(
            f"{part} is what an interrupted export has read, {told}; ask for the same again to finish it, or remove "
            "that file to begin anew"
        )
    file.seek(0)
    end = sum(2 * _SIZE + len(content) for content in _frames(file))
    file.truncate(end)
    return head


def _begun(file: BinaryIO, head: _Head) -> _Head:
    file.seek(0)
    file.truncate(0)
    _write(file, msgspec.msgpack.encode(head))
    return head


def _difference(before: Asked, now: Asked) -> str:
    """What was asked for otherwise, in words."""
    other = [told for name, told in _NAMES.items() if getattr(before, name) != getattr(now, name)]
    return f"with another value of {', '.join(other)}" if other else "in another form"


def _sweep(path: Path) -> None:
    """Remove what exports that were killed while they wrote the file have left of it."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        left.unlink(missing_ok=True)


def _says_something(page: PastPage) -> bool:
    return bool(page.tickets or page.edits or page.comments)


def _write(file: BinaryIO, content: bytes) -> None:
    frame = len(content).to_bytes(_SIZE, "big") + zlib.crc32(content).to_bytes(_SIZE, "big") + content
    while frame:
        frame = frame[file.write(frame) :]


def _frames(file: BinaryIO) -> Iterator[bytes]:
    """The contents of whole frames from here on, up to the first that is not whole."""
    while len(head := _read(file, 2 * _SIZE)) == 2 * _SIZE:
        content = _read(file, int.from_bytes(head[:_SIZE], "big"))
        if zlib.crc32(content).to_bytes(_SIZE, "big") != head[_SIZE:]:
            return
        yield content


def _read(file: BinaryIO, size: int) -> bytes:
    """So many bytes, or fewer where the file ends."""
    found = bytearray()
    while len(found) < size and (more := file.read(size - len(found))):
        found += more
    return bytes(found)
