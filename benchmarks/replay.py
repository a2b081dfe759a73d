"""A server that answers from memory, in a process of its own, so that a race is about reading and not about serving.

    python benchmarks/replay.py http://127.0.0.1:PORT_OF_THE_EMULATOR

A request that it has not seen is asked of the emulator, once. Bodies are compressed, as both vendors' are.
"""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import requests

#: The headers that decide what is answered.
_PASSED_ON = ("authorization", "content-type", "accept")
_OK = 200


class Replay:
    """Remembers answers by request line and body."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session = requests.Session()
        self._session.trust_env = False
        self._answers: dict[tuple[bytes, bytes], bytes] = {}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it is closed."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *fields = head.decode().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in fields)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                key = (line.encode(), body)
                writer.write(self._answers.get(key) or self._ask(key, headers))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _ask(self, key: tuple[bytes, bytes], headers: dict[str, str]) -> bytes:
        method, path, _ = key[0].decode().split(" ")
        passed = {name: headers[name] for name in _PASSED_ON if name in headers}
        # With our own host, so that the addresses of further pages lead here.
        passed |= {"Host": headers["host"], "Accept-Encoding": "identity"}
        found = self._session.request(method, self._upstream + path, data=key[1], headers=passed, timeout=120)
        body = gzip.compress(found.content, 6)
        kind = found.headers.get("content-type", "application/json")
        head = (
            f"HTTP/1.1 {found.status_code} {found.reason}\r\nContent-Type: {kind}\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        answer = head.encode() + body
        if found.status_code == _OK:
            self._answers[key] = answer
        return answer


async def serve(upstream: str) -> None:
    """Serve until the process is ended; the address goes to standard output."""
    server = await asyncio.start_server(Replay(upstream).converse, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextmanager
def serving(*command: str) -> Iterator[str]:
    """Run a Python program that prints its address when it serves; yields the address."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"{' '.join(command)} ended with exit status {process.wait()}; its error is above")
        yield url
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def emulator(world: str) -> Iterator[str]:
    """Serve a world (`big:1000`, `demo`, …) from a process of its own; yields its address."""
    with serving("-m", "escalade.emulator", "--world", world, "--port", "0", "--print-url") as url:
        yield url


@contextmanager
def replay(upstream: str) -> Iterator[str]:
    """Replay what an emulator answers, from a process of its own; yields its address."""
    with serving(__file__, upstream) as url:
        yield url


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
