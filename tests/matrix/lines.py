"""Dying at one line: the lines of Escalade that are executed from the intent of a write to its outcome, and a kill at each.

What counts is everything within `Writer._send`: from before the intent is kept, over the request, to after the journal
is. A line is told by the write in which it is executed, its file and its number, and by how many steps had been made
before it that outlive the process: transactions committed, and requests sent.

A kill takes away what the process alone knew. So two kills in the same write with no such step between them leave the
same behind, and those at the first and the last line after each step stand for all between them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import requests
from sqlalchemy import Connection, Engine, event

import connectors
import escalade
import rules
from escalade.writer import Writer

_SEND = Writer._send.__code__
_HOMES = tuple(str(Path(str(package.__file__)).parent) + os.sep for package in (connectors, escalade, rules))


@dataclass(frozen=True, order=True)
class Spot:
    """A line within a write: which write of the run (from 0), and where."""

    write: int
    #: Steps made before it in this write that outlive the process.
    after: int
    file: str
    line: int

    def __str__(self) -> str:
        return f"write {self.write}, after step {self.after}, {Path(self.file).relative_to(Path(_HOMES[0]).parent)}:{self.line}"


class Lines:
    """Follows the lines within writes; kills this process at one of them, or keeps them all."""

    def __init__(self, at: Spot | None = None) -> None:
        self.spots: dict[Spot, None] = {}
        self._at = at
        self._writes = -1
        self._inside = threading.local()

    def begin(self) -> None:
        """Follow every write from now on; what is done between them goes at full speed."""
        really: Callable[..., Any] = Writer._send
        self._really = really

        def followed(*arguments: Any, **named: Any) -> Any:
            sys.settrace(self._called)
            try:
                return really(*arguments, **named)
            finally:
                sys.settrace(None)

        Writer._send = followed  # type: ignore[method-assign]
        send = self._sends = requests.Session.send

        def sent(session: requests.Session, *arguments: Any, **named: Any) -> requests.Response:
            self._step()
            return send(session, *arguments, **named)

        requests.Session.send = sent  # type: ignore[method-assign]
        event.listen(Engine, "commit", self._step)

    def end(self) -> None:
        """Follow nothing any more."""
        event.remove(Engine, "commit", self._step)
        requests.Session.send = self._sends  # type: ignore[method-assign]
        Writer._send = self._really  # type: ignore[method-assign]

    def _step(self, _: Connection | None = None) -> None:
        """Something is about to be done that outlives the process; until it is, none of our own lines is executed."""
        if getattr(self._inside, "writing", False):
            self._inside.steps += 1

    def _called(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code is _SEND:
            self._writes += 1
            self._inside.writing, self._inside.steps = True, 0
            return self._sending
        if getattr(self._inside, "writing", False) and frame.f_code.co_filename.startswith(_HOMES):
            return self._executed
        return None

    def _sending(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "return":
            self._inside.writing = False
        self._executed(frame, event, arg)
        return self._sending

    def _executed(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            steps: int = self._inside.steps
            spot = Spot(self._writes, steps, frame.f_code.co_filename, frame.f_lineno)
            if spot == self._at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.spots[spot] = None
        return self._executed
