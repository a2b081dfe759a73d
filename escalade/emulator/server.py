"""Serving a world on a TCP port, in a thread of this process or for a whole process."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from escalade.emulator.app import TRANSPORT, build_app

if TYPE_CHECKING:
    from types import TracebackType

    from escalade.emulator.world import World

START_SECONDS = 10.0
#: Seconds between uvicorn's own looks at what it serves; it counts on ten a second.
_TICK = 0.1


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, plus the transport in the scope, so that a connection can be reset."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
        extensions[TRANSPORT] = self.transport


def _config(world: World, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(world),
        host=host,
        port=port,
        http=_Protocol,
        loop="asyncio",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
    )


class _Prompt(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn looks every tenth of a second, and then waits for another one."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Tell it from another thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Serve until told to end, with uvicorn's own ticks."""
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, let those that there are finish, and end what takes too long."""
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finished(), self.config.timeout_graceful_shutdown)
        for task in self.server_state.tasks:
            task.cancel()

    async def _finished(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells of no change
            await asyncio.sleep(_TICK / 50)


class RunningEmulator:
    """A world served from a thread on 127.0.0.1; use it as a context manager.

    Raises:
        RuntimeError: The server did not come up within ten seconds.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = _Prompt(_config(world, "127.0.0.1", self.port))
        sockets = {"sockets": [self._socket]}
        self._thread = threading.Thread(target=self._server.run, kwargs=sockets, name="emulator", daemon=True)

    def start(self) -> Self:
        """Start serving; returns when requests are answered."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_SECONDS / 0.005)):
            if self._server.started:
                return self
            if not self._thread.is_alive():
                break
            waited.wait(0.005)
        raise RuntimeError(f"the emulator did not start on {self.url}")

    def stop(self) -> None:
        """Stop serving; held requests end with a reset."""
        self.world.faults.release(drop=True)
        self._server.end()
        self._thread.join(timeout=START_SECONDS)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Announcing(uvicorn.Server):
    """Tells its address once it answers, and takes signals: a signal before that would meet a half-made event loop."""

    def __init__(self, config: uvicorn.Config, url: str | None) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say where."""
        await super().startup(sockets=sockets)
        if self._url is not None:
            print(self._url, flush=True)  # noqa: T201 - the product of the command


def serve(world: World, host: str = "127.0.0.1", port: int = 0, *, print_url: bool = True) -> None:
    """Serve a world until the process is interrupted; the URL goes to standard output."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        url = f"http://{host}:{listening.getsockname()[1]}" if print_url else None
        _Announcing(_config(world, host, port), url).run(sockets=[listening])
