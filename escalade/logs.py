"""Logs: JSON lines with stable action names, to the file that ESCALADE_LOG names; without it nothing is logged."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any


class Log:
    """The log of this process; silent until it is opened."""

    def __init__(self) -> None:
        self._lines: Any = None

    def open(self, file: Path) -> None:
        """Append to a file, which only its owner may read where it is new.

        Raises:
            OSError: the file cannot be written.
        """
        # Loading it takes as long as showing the help, and most runs log nothing.
        import structlog  # noqa: PLC0415

        file.touch(mode=0o600)
        self._lines = structlog.wrap_logger(
            structlog.PrintLogger(file.open("a", encoding="utf-8", buffering=1)),
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
    """Open the log where ESCALADE_LOG names a file, once, at the start of a command.

    Raises:
        OSError: the file cannot be written.
    """
    target = os.environ.get("ESCALADE_LOG")
    if target:
        log.open(Path(target))
