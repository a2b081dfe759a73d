"""Processes of Escalade that begin with everything imported, forked from one that waits for orders.

To import all of Escalade takes longer than most things that it is told to do. How it starts from nothing is shown
where that is what is tested; a test that wants a process to be served by, to freeze or to kill, takes one of these.
They are real ones, with a pid, an environment and a folder of their own, and end as a program does.

This file is both sides: imported it has `Warm`, which starts them; run as a program it is the process that they are
forked from.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: What is imported before anybody asks: every package that a command loads late, too.
LOADED = (
    "alembic.command",
    "alembic.config",
    "connectors.jira",
    "connectors.zendesk",
    "escalade.app",
    "escalade.checking.blocks",
    "escalade.cli",
    "escalade.commands.act",
    "escalade.commands.brakes",
    "escalade.commands.runs",
    "escalade.commands.serve",
    "jira",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "zenpy",
)
_LENGTH = struct.Struct("!Q")
_CODE = struct.Struct("!i")
_PID = struct.Struct("!q")


class WarmProcess:
    """One process; what `subprocess.Popen` can do with its own, as far as tests ask for it."""

    def __init__(self, pid: int, out: int | None, ends: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ends = ends
        #: What it prints, on both streams; None where it goes into a file.
        self.stdout = None if out is None else os.fdopen(out, encoding="utf-8")

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._look(0)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._ends], [], [], seconds)[0]:
            told = os.read(self._ends, _CODE.size)
            os.close(self._ends)
            assert told, f"nobody knows how process {self.pid} ended"
            self.returncode = _CODE.unpack(told)[0]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; its exit code, negative for a signal."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Everything that it still prints, up to its end."""
        assert self.stdout is not None
        said = "" if self.stdout.closed else self._read(timeout)
        self.wait(timeout)
        return said, None

    def _read(self, timeout: float | None) -> str:
        assert self.stdout is not None
        end = None if timeout is None else time.monotonic() + timeout
        parts = []
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self.stdout], [], [], left)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0, output="".join(parts))
            part = self.stdout.readline()
            if not part:
                self.stdout.close()
                return "".join(parts)
            parts.append(part)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it on the spot."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Warm:
    """The one that waits, and starts processes of Escalade when it is told to."""

    def __init__(self, prelude: str = "") -> None:
        """Nothing is started before the first order.

        Args:
            prelude: the text of a Python program that is run before anything is imported. Each process that is started
                calls its function `begin` first.
        """
        self._prelude = prelude
        self._waits: tuple[socket.socket, subprocess.Popen[bytes]] | None = None

    def _orders_to(self) -> socket.socket:
        if self._waits is None:
            ours, theirs = socket.socketpair()
            command = [sys.executable, __file__, str(theirs.fileno()), self._prelude]
            self._waits = (ours, subprocess.Popen(command, pass_fds=[theirs.fileno()]))
            theirs.close()
        return self._waits[0]

    def start(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        prelude: Mapping[str, Any] | None = None,
        out: Path | None = None,
    ) -> WarmProcess:
        """Start `escalade ARGUMENTS` in the folder of the test.

        Args:
            arguments: what follows `escalade`.
            environment: all of its environment.
            prelude: what the function `begin` of the prelude is called with.
            out: a file to which it adds what it prints; None = the process's `stdout`.
        """
        order = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(Path.cwd()),
            "prelude": dict(prelude or {}),
        }
        hears, says = os.pipe() if out is None else (None, os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
        ends, told = os.pipe()
        text = json.dumps(order).encode()
        orders = self._orders_to()
        socket.send_fds(orders, [_LENGTH.pack(len(text))], [says, told])
        orders.sendall(text)
        os.close(says)
        os.close(told)
        return WarmProcess(_PID.unpack(os.read(ends, _PID.size))[0], hears, ends)

    def close(self) -> None:
        """Start no more."""
        if self._waits is not None:
            orders, process = self._waits
            orders.close()
            process.wait()


def _orders(comes: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next order, and the ends of pipes that came with it; None when there will be no more."""
    head, fds, _, _ = socket.recv_fds(comes, _LENGTH.size, 2)
    if not head:
        return None
    text = comes.recv(_LENGTH.unpack(head)[0], socket.MSG_WAITALL)
    return json.loads(text), fds


def _begin(order: Mapping[str, Any], says: int, begin: Callable[..., None]) -> None:
    """Become the process of an order."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(says, 1)
    os.dup2(says, 2)
    os.close(says)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["folder"])
    sys.argv = ["escalade", *order["arguments"]]
    begin(**order["prelude"])


def _keep(pid: int, told: int) -> None:
    """Tell how a process ends; never returns."""
    os.write(told, _PID.pack(pid))
    os.close(1)
    os.close(2)
    _, status = os.waitpid(pid, 0)
    os.write(told, _CODE.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def serve(comes: socket.socket, begin: Callable[..., None]) -> bool:
    """Fork a process for every order; True in each of them, False in the one that waits, when no order can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while (came := _orders(comes)) is not None:
        order, (says, told) = came
        if os.fork() == 0:
            # It lives as long as the process that it starts, and tells of its end.
            comes.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if pid:
                os.close(says)
                _keep(pid, told)
            os.close(told)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _begin(order, says, begin)
            return True
        os.close(says)
        os.close(told)
    return False


def _prepare() -> None:
    """Know the tables of a new database, too."""
    import pytest
    from shortcuts import shorten

    from escalade.store.sql import open_store

    shorten(pytest.MonkeyPatch())
    with tempfile.TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/escalade.db").close()


def _nothing() -> None:
    """Where there is no prelude, nothing is to be begun."""


def main(number: str, prelude: str) -> None:
    """Import everything, and wait for orders."""
    names: dict[str, Any] = {"begin": _nothing}
    # Before the imports, so that nobody has taken hold of what it replaces.
    exec(prelude, names)  # noqa: S102 - the test's own
    for name in LOADED:
        importlib.import_module(name)
    _prepare()
    from escalade.cli import main as escalade

    if serve(socket.socket(fileno=int(number)), names["begin"]):
        escalade()


if __name__ == "__main__":
    main(*sys.argv[1:])
