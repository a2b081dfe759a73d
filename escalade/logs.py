"""Logs: JSON lines with stable action names, to where ESCALADE_LOG says; without it nothing is logged."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from escalade.actions import Level


class Log:
    """The log of this process; silent until it is opened."""

    def __init__(self) -> None:
        self._lines: Any = None

    def open(self, file: Path) -> None:
        """Append to a file, which only its owner may read where it is new.

        Raises:
            OSError: the file cannot be written.
        """
        file.touch(mode=0o600)
        self.write_to(file.open("a", encoding="utf-8", buffering=1))

    def write_to(self, stream: TextIO) -> None:
        """Write to a stream that is open."""
        # Loading it takes as long as showing the help, and most runs log nothing.
        import structlog  # noqa: PLC0415

        self._lines = structlog.wrap_logger(
            structlog.PrintLogger(stream),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            cache_logger_on_first_use=True,
        )

    @property
    def is_open(self) -> bool:
        """Whether anything is logged."""
        return self._lines is not None

    def tell(self, level: Level, action: str, **facts: Any) -> None:
        """Log with a level that is not known beforehand."""
        {Level.INFO: self.info, Level.WARNING: self.warning}.get(level, self.error)(action, **facts)

    def info(self, action: str, **facts: Any) -> None:
        """Log what went as it should, and is worth knowing."""
        if self._lines is not None:
            self._lines.info(action, **facts)

    def warning(self, action: str, **facts: Any) -> None:
        """Log what an operator should look at some time."""
        if self._lines is not None:
            self._lines.warning(action, **facts)

    def error(self, action: str, **facts: Any) -> None:
        """Log what went wrong; `exc_info` may be the exception."""
        if self._lines is not None:
            self._lines.error(action, **facts)


log = Log()


def configure_logs() -> None:
    """Open the log where ESCALADE_LOG names a file (`-` is standard error), once, at the start of a command.

    Raises:
        OSError: the file cannot be written.
    """
    target = os.environ.get("ESCALADE_LOG")
    if target == "-":
        log.write_to(sys.stderr)
    elif target:
        log.open(Path(target))
