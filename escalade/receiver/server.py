"""Serving applications on TCP ports, from a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from escalade.receiver.protocol import bounded

_START_SECONDS = 10.0
#: Seconds that requests in hand may take at the end: longer than a commit is waited for.
_DRAIN_SECONDS = 8
#: Seconds that an idle connection is kept for the next request.
_KEEP_ALIVE_SECONDS = 15


class Serving:
    """Applications at their addresses; use it as a context manager.

    The ports are bound at construction, so that one that is taken is told before anything else begins.

    Args:
        apps: each with host and port; port 0 chooses a free one.
        most_bytes: the largest body that any of them reads.

    Raises:
        OSError: an address cannot be bound.
    """

    def __init__(self, apps: Sequence[tuple[Starlette, str, int]], *, most_bytes: int) -> None:
        self._sockets: list[socket.socket] = []
        try:
            for _, host, port in apps:
                self._sockets.append(_listening(host, port))
        except OSError:
            self._close()
            raise
        protocol = bounded(most_bytes)
        configs = [
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                loop="auto",
                lifespan="on",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                log_config=None,
                log_level="critical",
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
            for app, _, _ in apps
        ]
        self._servers = [uvicorn.Server(config) for config in configs]
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    @property
    def urls(self) -> list[str]:
        """The addresses, in the order of the applications."""
        names = [one.getsockname()[:2] for one in self._sockets]
        return [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" for host, port in names]

    def start(self) -> Self:
        """Begin to answer; returns when requests are answered.

        Raises:
            RuntimeError: it did not come up within ten seconds.
        """
        self._thread.start()
        began = monotonic()
        waiting = threading.Event()
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive() or monotonic() - began > _START_SECONDS:
                self.stop()
                raise RuntimeError(f"the service did not start on {', '.join(self.urls)}")
            waiting.wait(0.01)
        return self

    def stop(self) -> None:
        """Take no more connections, finish the requests in hand, and end."""
        for server in self._servers:
            server.should_exit = True
        self._thread.join(_DRAIN_SECONDS + _START_SECONDS)
        self._close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        async def all_of_them() -> None:
            pairs = zip(self._servers, self._sockets, strict=True)
            await asyncio.gather(*(server.serve(sockets=[one]) for server, one in pairs))

        # uvicorn's own choice of an event loop: uvloop where it is installed.
        with asyncio.Runner(loop_factory=self._servers[0].config.get_loop_factory()) as runner:
            runner.run(all_of_them())

    def _close(self) -> None:
        for one in self._sockets:
            one.close()


def _listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made
