"""The stage: the emulator in a process of its own, its clock, and people who act in its helpdesks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

_START_SECONDS = 60
_CALL_SECONDS = 60


class StageError(Exception):
    """The emulator did not start or refused something."""


class Stage:
    """A running emulator. Speaks only its control API and, as an agent would, the vendors' own."""

    def __init__(self, world: str) -> None:
        self._world = world
        self._process: subprocess.Popen[str] | None = None
        self._http = requests.Session()
        self._http.trust_env = False
        self.url = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "escalade.emulator", "--port", "0", "--world", self._world, "--print-url"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not line.startswith("http://"):
            self._process.terminate()
            raise StageError(f"the emulator did not start with the world {self._world!r}; its message is above")
        self.url = line
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=_START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call the control API."""
        answer = self._http.request(method, f"{self.url}/_emulator{path}", json=body, timeout=_CALL_SECONDS)
        if not answer.ok:
            raise StageError(f"the emulator refused {method} {path}: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found

    def now(self) -> datetime:
        """The virtual clock."""
        return datetime.fromisoformat(self.control("GET", "/health")["now"])

    def advance(self, span: timedelta) -> datetime:
        """Let virtual time pass."""
        return datetime.fromisoformat(self.control("POST", "/advance", {"seconds": span.total_seconds()})["now"])

    def writes(self) -> int:
        """State-changing calls that the vendors' APIs have served so far, by the emulator's own count."""
        return int(self.control("GET", "/calls")["writes"])

    def calls(self) -> dict[str, int]:
        """Calls served so far by method and route."""
        counts: dict[str, int] = self.control("GET", "/calls")["counts"]
        return counts

    def act(self, ticket: str, user: str | int, change: Mapping[str, Any], vendor: str = "zendesk") -> None:
        """Let a person act in a helpdesk, as its API would."""
        self.control("POST", "/act", {"vendor": vendor, "ticket": ticket, "user": user, "change": dict(change)})

    def get(self, path: str, auth: tuple[str, str]) -> dict[str, Any]:
        """Read a vendor's API as an agent's browser would."""
        answer = self._http.get(self.url + path, auth=auth, timeout=_CALL_SECONDS)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def world_of(history: Path | None) -> str:
    """The emulator's world argument for a history file, or for the demo's own desk."""
    return f"history:{history}" if history is not None else "demo"
