"""How fast deliveries are taken in durably, next to the endpoint that one would write first.

Both get the same signed deliveries over 16 connections, check the signature, keep the delivery's id and make the ticket
due in SQLite with synchronous=FULL, and answer 202 after the commit. The other one is FastAPI on uvicorn with one
commit a request, on a plain sqlite3 connection. Servers and sender are processes of their own, and take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from section import Measure, Section, show, spread, table

SECRET = "benchmark-signing-secret"  # noqa: S105 - of this benchmark
CONNECTIONS = 16
BODY_BYTES = 4096
TICKETS = 5000
ROUNDS = 5
REQUESTS = 3000
CONTENDERS = ("Escalade", "FastAPI, one commit a request")

SETTINGS = """\
version: 1
helpdesks: {zendesk: {vendor: zendesk, url: "https://example.zendesk.com", auth: {email: e@example.com, token_env: A}}}
webhooks: {zendesk: {secret_env: A}}
"""


class Secrets:
    """The environment of the benchmark."""

    def get(self, env: str, *, file: Path | None = None) -> str:  # noqa: ARG002 - one secret for all
        return SECRET


def serve_ours(folder: Path) -> None:
    """The receiver as the service runs it."""
    from escalade.clock import SystemClock
    from escalade.receiver.app import receiver
    from escalade.receiver.opening import open_webhooks
    from escalade.receiver.server import Serving
    from escalade.settings import load_settings
    from escalade.store.sql import open_store

    file = folder / "escalade.yaml"
    file.write_text(SETTINGS, encoding="utf-8")
    settings = load_settings(file)
    with open_store(settings.store) as store:
        app = receiver(open_webhooks(settings, Secrets()), store, SystemClock())
        with Serving([(app, "127.0.0.1", 0)], most_bytes=1_048_576) as serving:
            print(serving.urls[0], flush=True)
            sys.stdin.read()


def serve_plain(folder: Path) -> None:
    """The endpoint that one would write first."""
    import uvicorn
    from plain_endpoint import build

    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(build(folder / "plain.db", SECRET), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def deliveries(first: int, count: int) -> list[bytes]:
    """Signed requests, each about one of 5,000 tickets."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = []
    for number in range(first, first + count):
        event: dict[str, Any] = {
            "account_id": 22129848,
            "id": hashlib.sha256(b"%d" % number).hexdigest(),
            "subject": f"zen:ticket:{number % TICKETS + 1}",
            "type": "zen:event-type:ticket.comment_added",
            "detail": {"id": str(number % TICKETS + 1), "description": ""},
        }
        event["detail"]["description"] = "x" * (BODY_BYTES - len(json.dumps(event)))
        body = json.dumps(event).encode()
        digest = hmac.new(SECRET.encode(), stamp.encode() + body, hashlib.sha256).digest()
        head = (
            "POST /hooks/zendesk HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Zendesk-Webhook-Signature: {base64.b64encode(digest).decode()}\r\n"
            f"X-Zendesk-Webhook-Signature-Timestamp: {stamp}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one turn came to."""

    #: Deliveries acknowledged a second.
    rate: float
    #: Milliseconds in which half and 99 in 100 were answered.
    p50: float
    p99: float
    #: Microseconds of processor time that the server took for each.
    processor: float = 0.0


class Sender(asyncio.Protocol):
    """One connection: sends the next delivery when the last one was answered."""

    def __init__(self, waiting: Iterator[bytes], took: list[float], done: asyncio.Event) -> None:
        self._waiting, self._took, self._done = waiting, took, done
        self._got = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._got.endswith(b"}"):
            if not self._got.startswith(b"HTTP/1.1 202"):
                self._end()
                return
            self._took.append(perf_counter() - self._begun)
            self._send()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._done.set()

    def _send(self) -> None:
        self._got = b""
        following = next(self._waiting, None)
        if following is None:
            self._end()
            return
        self._begun = perf_counter()
        self._transport.write(following)

    def _end(self) -> None:
        self._done.set()
        self._transport.close()


async def send_all(port: int, requests: list[bytes]) -> Round:
    """Send them over 16 connections, each as fast as it is answered."""
    waiting, took = iter(requests), list[float]()
    ends = [asyncio.Event() for _ in range(CONNECTIONS)]
    loop = asyncio.get_running_loop()
    begun = perf_counter()
    for end in ends:
        await loop.create_connection(lambda end=end: Sender(waiting, took, end), "127.0.0.1", port)
    for end in ends:
        await end.wait()
    seconds = perf_counter() - begun
    assert len(took) == len(requests), "a delivery was not accepted"
    cuts = statistics.quantiles(took, n=100)
    return Round(rate=len(took) / seconds, p50=cuts[49] * 1000, p99=cuts[98] * 1000)


def send(port: int, first: int, count: int) -> None:
    """Send deliveries from a process of its own, and print what came of it."""
    found = asyncio.run(send_all(port, deliveries(first, count)))
    print(json.dumps([found.rate, found.p50, found.p99]))


@contextmanager
def running(contender: str, folder: Path) -> Iterator[tuple[int, int]]:
    """A server in a process of its own; gives its port and its process id."""
    words = [sys.executable, __file__, "--serve", contender, "--folder", str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().rsplit(":", 1)[1]), process.pid
        finally:
            process.terminate()


def processor_seconds(process: int) -> float:
    """What a process has used of the processor so far."""
    parts = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def turn(server: tuple[int, int], first: int, count: int) -> Round:
    """One turn of one contender."""
    port, process = server
    before = processor_seconds(process)
    words = [sys.executable, __file__, "--send", str(port), str(first), str(count)]
    told = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout
    rate, p50, p99 = json.loads(told)
    return Round(rate=rate, p50=p50, p99=p99, processor=(processor_seconds(process) - before) / count * 1e6)


def measure(*, quick: bool) -> Section:
    """Take in deliveries in turns."""
    rounds, requests = (1, 200) if quick else (ROUNDS, REQUESTS)
    found: dict[str, list[Round]] = {contender: [] for contender in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        ours, plain = CONTENDERS
        with running(ours, Path(folder)) as one, running(plain, Path(folder)) as other:
            for number in range(rounds + 1):
                for contender, server in ((ours, one), (plain, other)):
                    each = turn(server, number * requests, requests)
                    if number or quick:  # the first round warms up
                        found[contender].append(each)
    ratios = [a.rate / b.rate for a, b in zip(found[ours], found[plain], strict=True)]
    ratio = statistics.median(ratios)
    p99 = statistics.median(each.p99 for each in found[ours])
    rows = [
        (
            contender,
            *spread([each.rate for each in turns]),
            f"{statistics.median(each.p50 for each in turns):.1f} ms",
            f"{statistics.median(each.p99 for each in turns):.1f} ms",
            f"{statistics.median(each.processor for each in turns):.0f} µs",
        )
        for contender, turns in found.items()
    ]
    return Section(
        title="Webhooks: deliveries kept durably before they are acknowledged",
        body=f"{CONNECTIONS} connections, bodies of {BODY_BYTES:,} bytes, SQLite with synchronous=FULL, server and "
        f"sender on the same machine; {rounds} rounds of {requests:,} deliveries in turns. Ratio by round: "
        f"{min(ratios):.1f} to {max(ratios):.1f}.\n\n"
        + table(("endpoint", "deliveries/s", "range", "p50", "p99", "processor time each"), rows),
        measures=(
            Measure(text="at least 2 × the endpoint with one commit a request", found=f"{ratio:.1f} ×", met=ratio >= 2),
            Measure(text="99 in 100 deliveries are acknowledged within 20 ms", found=f"{p99:.1f} ms", met=p99 < 20),
        ),
        figures={"ratio": ratio, "p99": p99},
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--serve", choices=CONTENDERS)
    options.add_argument("--folder", type=Path)
    options.add_argument("--send", nargs=3, type=int)
    chosen, _ = options.parse_known_args()
    if chosen.serve:
        (serve_ours if chosen.serve == CONTENDERS[0] else serve_plain)(chosen.folder)
    elif chosen.send:
        send(*chosen.send)
    else:
        show(measure)
