"""Every way a command can fail, said in words. No traceback reaches a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from escalade.logs import log
from rules.problems import PolicyErrors, render

#: Settings, credentials, policy or usage: a person has to change something.
CONFIGURATION = 2
#: It may work next time.
FAILED = 1


@contextmanager
def explained(console: Console, *, stay: bool = False) -> Iterator[None]:
    """Turn an exception into a message and an exit code; with `stay` the program goes on after the message.

    What a run can fail at, a database that restarts included, may be over by the next one.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        console.print("Stopped.")
        raise typer.Exit(130) from None
    except Exception as error:  # noqa: BLE001 - the last line of defence: anything else would be a traceback
        message, code = _message(error)
        Console(stderr=True).print(message, style="red", highlight=False, markup=False, soft_wrap=True)
        if not stay:
            raise typer.Exit(code) from None


def _message(error: Exception) -> tuple[str, int]:
    # Most commands fail at nothing, and load no more than they need.
    from connectors.errors import ConnectorError, SettingsError  # noqa: PLC0415
    from escalade.drawings import NoDrawingError  # noqa: PLC0415
    from escalade.planfile import PlanFileError  # noqa: PLC0415
    from escalade.policies import VersionError  # noqa: PLC0415
    from escalade.store.errors import StoreError  # noqa: PLC0415
    from rules.brakes import UnsafePlanError  # noqa: PLC0415
    from sync import AlreadyRunningError  # noqa: PLC0415

    match error:
        case PolicyErrors():
            sources = {problem.file: _text(problem.file) for problem in error.problems}
            return render(error.problems, sources).rstrip(), CONFIGURATION
        case AlreadyRunningError():
            return "Another Escalade is syncing with this store right now; nothing was done.", FAILED
        case UnsafePlanError() | ConnectorError():
            return str(error), FAILED
        case (
            FileNotFoundError()
            | NoDrawingError()
            | PlanFileError()
            | SettingsError()
            | StoreError()
            | VersionError()
            | ValueError()
        ):
            return str(error), CONFIGURATION
        case OSError(filename=str() | Path() as file):
            return f"cannot use {file}: {error.strerror}", CONFIGURATION
        case _:
            log.error("command.crashed", exc_info=error)
            advice = "Set ESCALADE_LOG=escalade.log and run again; the log then has the details."
            return f"Internal error ({type(error).__name__}). {advice}", FAILED


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError:
        return ""
