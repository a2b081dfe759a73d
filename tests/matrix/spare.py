"""A process that waits, with everything loaded, until it is told to run Escalade; it is there to be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from house import PLANTED

_MOST_FILES = 4096
#: Called in the spare before Escalade runs, with the seconds that its clock has skipped.
Before = Callable[[float], None]


class Spare:
    """Forked before anything in this process has a thread, so that no lock is held in it for ever."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        before: Before | None = None,
    ) -> None:
        self._output = directory / f"output-{len(list(directory.glob('output-*')))}"
        self._output.touch()
        hears, self._tells = os.pipe()
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._tells)
            _wait_and_run(hears, arguments, environment, self._output, before)
        os.close(hears)

    def go(self, skipped: float = 0.0) -> None:
        """Let it run, on a clock that has skipped so many seconds."""
        os.write(self._tells, f"{skipped}\n".encode())

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status is not None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal, and wait for the end."""
        if not self.is_over:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)
            self.wait()

    def wait(self) -> int:
        """Wait for its end; its exit code, negative for a signal."""
        if self._status is None:
            _, status = os.waitpid(self._pid, 0)
            self._status = os.waitstatus_to_exitcode(status)
        return self._status

    @property
    def output(self) -> str:
        """Everything that it printed."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def complaints(self) -> list[str]:
        """What nobody should read in what it printed."""
        text = self.output
        found = [f"a secret is told: {secret}" for secret in PLANTED if secret in text]
        return found + (["Traceback is told: " + text[-700:]] if "Traceback" in text else [])


def _wait_and_run(
    hears: int, arguments: Sequence[str], environment: Mapping[str, str], output: Path, before: Before | None
) -> None:
    """Never returns."""
    # The ends of other pipes and the emulator's socket, too: who waits for their other ends must not wait for this one.
    os.closerange(3, hears)
    os.closerange(hears + 1, _MOST_FILES)
    told = b""
    while not told.endswith(b"\n"):
        part = os.read(hears, 100)
        if not part:
            os._exit(0)
        told += part
    written = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(written, 1)
    os.dup2(written, 2)
    code = 70
    try:
        os.environ.update(environment)
        if before is not None:
            before(float(told))
        code = _run(arguments)
    finally:
        os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    import sys
    import traceback

    from escalade.cli import main

    sys.argv = ["escalade", *arguments]
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it was is to be seen
        traceback.print_exc()
        code = 70
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code
