"""Compressed answers: read at once where that is sure to be right, and as every other answer where it is not."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError

from connectors import compression
from connectors.compression import AnswerTooLargeError, whole_body

PAGE = b'{"tickets": [' + b'{"id": 35, "subject": "Login fails"}, ' * 500 + b"{}]}"


def read(body: bytes, encoding: str | None = "gzip") -> bytes:
    told = {} if encoding is None else {"Content-Encoding": encoding}
    return whole_body(HTTPResponse(body=BytesIO(body), headers=told, preload_content=False))


@given(body=st.binary(max_size=5000), level=st.integers(min_value=0, max_value=9))
def test_any_body_comes_out_as_it_was_put_in(body: bytes, level: int) -> None:
    assert read(gzip.compress(body, level)) == body


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_is_known_by_its_names(encoding: str) -> None:
    assert read(gzip.compress(PAGE), encoding) == PAGE


@pytest.mark.parametrize("encoding", ["deflate", None])
def test_other_encodings_are_read_as_ever(encoding: str | None) -> None:
    assert read(zlib.compress(PAGE) if encoding else PAGE, encoding) == PAGE


def test_a_page_that_was_compressed_in_parts_is_read_to_its_end() -> None:
    # Parts of one length are the hard case: what stands at the end fits the first one as well as the last.
    assert read(gzip.compress(PAGE) + gzip.compress(PAGE)) == PAGE + PAGE
    assert read(gzip.compress(PAGE) + gzip.compress(b"the end")) == PAGE + b"the end"


def test_what_follows_the_compressed_page_does_no_harm() -> None:
    assert read(gzip.compress(PAGE) + b"\0" * 9) == PAGE
    assert read(gzip.compress(PAGE) + b"a proxy was here") == PAGE


def test_a_page_that_tells_a_wrong_length_is_read_like_any_other() -> None:
    # Nothing that the server says of the length decides how much memory is asked for.
    packed = gzip.compress(PAGE)
    with pytest.raises(DecodeError):
        read(packed[:-4] + b"\xff\xff\xff\xff")
    with pytest.raises(DecodeError):
        read(packed[:-4] + b"\x01\0\0\0")


def test_a_page_that_is_not_what_its_header_says_is_refused() -> None:
    with pytest.raises(DecodeError):
        read(PAGE)


@pytest.mark.parametrize("lost", [1, 8, 20, 60])
def test_a_page_that_breaks_off_gives_no_more_than_there_was(lost: int) -> None:
    # Whoever reads the JSON sees that it is cut off; a broken connection is told before it comes to this.
    assert PAGE.startswith(read(gzip.compress(PAGE)[:-lost]))


@pytest.mark.parametrize("empty", [b"", gzip.compress(b"", mtime=0)], ids=["nothing", "a member without content"])
def test_an_empty_answer_is_empty(empty: bytes) -> None:
    assert read(empty) == b""


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(compression, "MOST_BYTES", 100_000)
    return 100_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", None])
def test_an_answer_that_is_as_large_as_memory_allows_is_read(encoding: str | None, little_room: int) -> None:
    # Compressed, what cannot be compressed is a little longer than it was.
    body = random.Random(5).randbytes(little_room - 1000)
    assert read(packed(body, encoding), encoding) == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", None])
def test_an_answer_that_would_fill_the_memory_is_not_read_to_its_end(encoding: str | None, little_room: int) -> None:
    with pytest.raises(AnswerTooLargeError, match="larger than"):
        read(packed(bytes(little_room * 100), encoding), encoding)


def test_a_small_page_that_lies_about_becoming_large_fills_no_memory(little_room: int) -> None:
    bomb = gzip.compress(bytes(little_room * 100))
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLargeError):
            read(bomb[:-4] + (5).to_bytes(4, "little"))
        assert tracemalloc.get_traced_memory()[1] < 10 * little_room
    finally:
        tracemalloc.stop()


def packed(body: bytes, encoding: str | None) -> bytes:
    match encoding:
        case "gzip":
            return gzip.compress(body)
        case "deflate":
            return zlib.compress(body)
    return body
