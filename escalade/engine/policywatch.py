"""Policy watch: edited rule files are taken over while the service runs; with mistakes, the old policy goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from escalade.app import App, reloaded
from escalade.engine.inforce import InForce
from escalade.logs import log
from escalade.store.errors import StoreError
from rules.problems import PolicyErrors, Problem

#: How often to see whether the rule files were edited, and whether the people of groups are to be read anew (seconds).
GLANCE = 2.0
_SETTLE = 60.0


class PolicyWatch:
    """Looks at the files every now and then."""

    def __init__(
        self, in_force: InForce, said: Callable[[str], None], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._in_force, self._said, self._ticks = in_force, said, ticks
        self._seen = self._look()
        self._settle_at = ticks() + _SETTLE

    def run(self, stop: Event) -> None:
        """Watch until told to stop."""
        while not stop.wait(GLANCE):
            self.glance()

    def glance(self) -> None:
        """Take the files over if they changed since the last time."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            if (app := self._read()) is not None:
                self._in_force.replace(app)
                self._settle_at = self._ticks()
                log.info("policy.reloaded", policy=app.policy.hash)
                self._said(f"the policy {app.policy.hash} is in force now")
        if self._ticks() >= self._settle_at:
            self._settle()

    def _read(self) -> App | None:
        """The application with the files as they are now; None when that does not work, or changes nothing."""
        try:
            return reloaded(self._in_force.app)
        except PolicyErrors as error:
            for problem in error.problems:
                self._refuse(problem.message, problem)
        except (OSError, ValueError, StoreError) as error:
            self._refuse(str(error), None)
        return None

    def _refuse(self, why: str, problem: Problem | None) -> None:
        place = "" if problem is None else f"{problem.file}:{problem.line}:{problem.column}: {problem.path}: "
        log.error("policy.refused", place=place.removesuffix(": "), why=why)
        self._said(f"{place}{why}; the policy in force goes on")

    def _settle(self) -> None:
        self._settle_at = self._ticks() + _SETTLE
        try:
            self._in_force.settle()
        except StoreError as error:
            self._settle_at = self._ticks()
            log.error("policy.unsettled", why=str(error))

    def _look(self) -> dict[Path, tuple[int, int]]:
        """The files that matter, with what tells that they were edited."""
        settings = self._in_force.app.settings
        files = [path for path in settings.policy.glob("*") if path.suffix in {".yaml", ".yml", ".ics"}]
        files += [settings.account_facts] if settings.account_facts is not None else []
        seen = {}
        for path in files:
            try:
                stat = path.stat()
            except OSError:
                continue
            seen[path] = (stat.st_mtime_ns, stat.st_size)
        return seen
