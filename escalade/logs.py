"""Logs: JSON lines with stable action names, to the file that ESCALADE_LOG names; warnings to standard error else."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TextIO

import structlog


def configure_logs() -> None:
    """Set up structlog once, at the start of a command."""
    target = os.environ.get("ESCALADE_LOG")
    stream: TextIO = sys.stderr
    level = logging.CRITICAL
    if target:
        path = Path(target)
        path.touch(mode=0o600)
        stream = path.open("a", encoding="utf-8", buffering=1)
        level = logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
