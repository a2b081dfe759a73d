"""Progress of long work: a moving bar on a terminal, one plain line a phase elsewhere (cron mails, CI logs)."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class QuietProgress:
    """Shows nothing."""

    def phase(self, name: str, total: int | None = None) -> None:
        """Nothing to show."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Nothing to show."""


class PlainProgress:
    """One line when a phase ends, with its count."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._name = ""
        self._done = 0

    def phase(self, name: str, total: int | None = None) -> None:  # noqa: ARG002 - the port's signature
        """Close the phase before, begin a new one."""
        self._flush()
        self._name, self._done = name, 0

    def advance(self, steps: int = 1, note: str = "") -> None:  # noqa: ARG002 - the port's signature
        """Count."""
        self._done += steps

    def _flush(self) -> None:
        if self._name and self._done:
            self._console.print(f"{self._name}: {self._done:,}", highlight=False, markup=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._name = ""


class BarProgress:
    """A bar that moves; finished phases stay on the screen as one line each."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
            transient=True,
        )
        self._console = console
        self._task: TaskID | None = None
        self._name = ""

    def phase(self, name: str, total: int | None = None) -> None:
        """Close the phase before, begin a new one."""
        self._close()
        self._name = name
        self._task = self._bar.add_task(name, total=total, note="")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.update(self._task, advance=steps, note=note)

    def _close(self) -> None:
        if self._task is None:
            return
        done = int(self._bar.tasks[self._bar.task_ids.index(self._task)].completed)
        self._bar.remove_task(self._task)
        self._task = None
        if done:
            self._console.print(f"[green]✓[/] {self._name}: {done:,}", highlight=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        self._bar.stop()


def progress_on(console: Console) -> BarProgress | PlainProgress:
    """The progress that suits this console."""
    return BarProgress(console) if console.is_terminal else PlainProgress(console)
