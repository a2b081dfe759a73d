"""Compression: the body of an answer in one piece, uncompressed at once where its length is known beforehand."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from urllib3 import HTTPResponse

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


def whole_body(raw: BaseHTTPResponse) -> bytes:
    """Read what is left of an answer, uncompressed.

    A gzip body says at its end how long it is uncompressed. Memory of that length is asked for once; growing it as the
    text comes out costs four times as much for a page of tickets.

    Raises:
        urllib3.exceptions.HTTPError: the connection broke, or the body is not compressed as its header says.
    """
    encoding = raw.headers.get("content-encoding", "")
    if encoding.lower() not in _GZIP:
        return raw.read(decode_content=True)
    packed = raw.read(decode_content=False)
    body = _unpacked(packed)
    if body is not None:
        return body
    # Anything unusual is read, or refused, as every other encoding is.
    again = HTTPResponse(body=BytesIO(packed), headers={"content-encoding": encoding}, preload_content=False)
    return again.read(decode_content=True)


def _unpacked(packed: bytes) -> bytes | None:
    """The content of a gzip file of one member; None for any other, and for what may be another."""
    length = int.from_bytes(packed[-_LENGTH:], "little")
    if not 0 < length <= len(packed) * _BEST_RATIO or packed.find(_MEMBER, 1) > 0:
        return None
    try:
        body = zlib.decompress(packed, _WITH_HEADER, length)
    except zlib.error:
        return None
    # Shorter or longer: what stood at the end was not the length, so something follows the member.
    return body if len(body) == length else None
