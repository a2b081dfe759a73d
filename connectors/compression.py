"""Compression: the body of an answer in one piece, uncompressed at once where its length is known beforehand."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_GZIP = frozenset({"gzip", "x-gzip"})
#: How each member of a gzip file begins (RFC 1952): two signs, and the only method that there is.
_MEMBER = b"\x1f\x8b\x08"
#: zlib's word for "with a gzip header".
_WITH_HEADER = 16 + zlib.MAX_WBITS
#: Bytes at the end that tell the length of what was compressed.
_LENGTH = 4
#: Deflate makes nothing smaller than this; a length beyond it is no length.
_BEST_RATIO = 1032
#: Bytes of an answer, as it comes and uncompressed. Pages of tickets have a few millions.
MOST_BYTES = 536_870_912
#: Bytes that are read at a time where nobody knows how much they become.
_PIECE = 65_536


class AnswerTooLargeError(HTTPError):
    """More comes than a helpdesk ever tells, and memory would not last."""

    def __init__(self) -> None:
        super().__init__(f"the answer is larger than {MOST_BYTES >> 20} MiB, which is no helpdesk's")


def whole_body(raw: BaseHTTPResponse) -> bytes:
    """Read what is left of an answer, uncompressed.

    A gzip body says at its end how long it is uncompressed. Memory of that length is asked for once; growing it as the
    text comes out costs four times as much for a page of tickets.

    Raises:
        urllib3.exceptions.HTTPError: the connection broke, or the body is not compressed as its header says.
        AnswerTooLargeError: it does not end in time.
    """
    encoding = raw.headers.get("content-encoding", "")
    if not encoding:
        return _bounded(raw)
    if encoding.lower() not in _GZIP:
        return _in_pieces(raw)
    packed = _bounded(raw)
    body = _unpacked(packed)
    if body is not None:
        return body
    # Anything unusual is read, or refused, as every other encoding is.
    again = HTTPResponse(body=BytesIO(packed), headers={"content-encoding": encoding}, preload_content=False)
    return _in_pieces(again)


def _bounded(raw: BaseHTTPResponse) -> bytes:
    """The body as it comes."""
    # One read is all of it; a further one says whether it was cut off.
    return _joined(iter(lambda: raw.read(MOST_BYTES + 1, decode_content=False), b""), raw)


def _in_pieces(raw: BaseHTTPResponse) -> bytes:
    """The body uncompressed: a small piece may grow, but to a thousand times its size at most."""
    return _joined(raw.stream(_PIECE, decode_content=True), raw)


def _joined(arriving: Iterator[bytes], raw: BaseHTTPResponse) -> bytes:
    pieces, size = [], 0
    for piece in arriving:
        size += len(piece)
        if size > MOST_BYTES:
            raw.close()
            raise AnswerTooLargeError
        pieces.append(piece)
    return b"".join(pieces)


def _unpacked(packed: bytes) -> bytes | None:
    """The content of a gzip file of one member; None for any other, and for what may be another."""
    length = int.from_bytes(packed[-_LENGTH:], "little")
    most = len(packed) * _BEST_RATIO
    # What it says of its length may be a lie: only what can never become too large is uncompressed without looking.
    if not 0 < length <= most <= MOST_BYTES or packed.find(_MEMBER, 1) > 0:
        return None
    try:
        body = zlib.decompress(packed, _WITH_HEADER, length)
    except zlib.error:
        return None
    # Shorter or longer: what stood at the end was not the length, so something follows the member.
    return body if len(body) == length else None
