"""The commands that go on: `serve` and `worker`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import App, braked, open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.engine.inforce import InForce
from escalade.engine.names import worker_name
from escalade.engine.service import Service, await_end, hold_signals, quit_at_once_on_signal
from escalade.engine.upkeep import schedules_of
from escalade.failures import FAILED, explained
from escalade.metrics import metrics
from escalade.receiver.admin import Check, admin
from escalade.receiver.app import receiver
from escalade.receiver.opening import open_webhooks
from escalade.receiver.readiness import helpdesk_check, store_check
from escalade.receiver.server import Serving
from escalade.receiver.tally import Tally
from escalade.render import show_skew
from escalade.settings import EnvironmentSecrets, find_settings, load_settings
from escalade.store.crew import Crew

Directory = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Where escalade.yaml is; or use --config.")]
Threads = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=64, help="Visits at the same time; the default is in the settings."),
]
Force = Annotated[bool, typer.Option("--force", help="Write however many tickets that concerns at once.")]
Drain = Annotated[
    float,
    typer.Option("--drain", min=0.0, help="Seconds that visits in hand may take after SIGTERM.", metavar="SECONDS"),
]


def serve(
    directory: Directory = None,
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address for webhooks; else service.host in the settings.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port for webhooks; else service.port in the settings.")
    ] = None,
    workers: Threads = None,
    force: Force = False,
    drain: Drain = 30.0,
) -> None:
    """Run as a service: take webhooks, read the helpdesks every so often, and act to the second until told to end.

    SIGTERM or Ctrl-C: complete what was begun, give the rest back, exit 0. A second one: quit at once.

    Exit codes: 0 ended in order; 1 it did not, or another Escalade works on this store; 2 settings or policy.
    """
    console = Console()
    with explained(console), _service(console, directory or config, workers, force=force) as (app, service, in_force):
        every = timedelta(seconds=app.settings.poll_every)
        with _serving(app, service, host, port) as serving:
            service.start(schedules_of(in_force, service.trouble, every))
            _tell(console, f"Webhooks at {serving.urls[0]}/hooks/, figures at {serving.urls[1]}/metrics.")
            await_end(lambda: service.runs)
            quit_at_once_on_signal()
        _end(console, service, drain)


def worker(
    directory: Directory = None,
    config: Config = None,
    workers: Threads = None,
    force: Force = False,
    drain: Drain = 30.0,
) -> None:
    """Only carry out visits, beside any number of other workers and at least one 'escalade serve', on PostgreSQL.

    Exit codes: as those of 'escalade serve'.
    """
    console = Console()
    with explained(console), _service(console, directory or config, workers, force=force) as (app, service, _):
        if app.store.has_one_worker:
            raise ValueError(
                "with SQLite one process does all the work: use 'escalade serve', "
                "or set the store to postgresql://… to have several workers"
            )
        service.start()
        await_end(lambda: service.runs)
        quit_at_once_on_signal()
        _end(console, service, drain)


@contextmanager
def _service(
    console: Console, place: Path | None, workers: int | None, *, force: bool
) -> Iterator[tuple[App, Service, InForce]]:
    """A service that is not started yet, admitted to its store."""
    with ExitStack() as stack:
        settings = load_settings(find_settings(place))
        app = stack.enter_context(open_app(settings, SystemClock()))
        show_skew(console, app.skewed)
        app.share_budgets()
        name = worker_name()
        if not stack.enter_context(Crew(app.store).at_work(name)):
            _refuse(console)
        app = app if force else braked(app)
        in_force = InForce(app)
        in_force.settle()
        hold_signals()
        said = _teller(console)
        for helpdesk, error in app.absent.items():
            said(f"{helpdesk} does not answer yet: {error}")
        threads = workers or settings.workers
        service = Service(name, in_force, threads=threads, force=force, said=said)
        said(f"Escalade works on {', '.join(app.helpdesks)} with {threads} workers. Ctrl-C ends it.")
        yield app, service, in_force


def _serving(app: App, service: Service, host: str | None, port: int | None) -> Serving:
    """The addresses of the service, bound and not yet answering."""
    settings, secrets = app.settings.service, EnvironmentSecrets()
    tally = Tally()
    app.measured().registry().register(tally)
    hooks = receiver(
        open_webhooks(app.settings, secrets),
        app.store,
        app.clock,
        service.worker.ring,
        tally=tally,
        most_bytes=settings.most_bytes,
    )
    checks: dict[str, Check] = {"database": store_check(app.store, app.clock), "brakes": lambda: service.gate.held}
    checks |= {f"helpdesk {name}": helpdesk_check(app.store, app.clock, name) for name in app.helpdesks}
    token = None
    if settings.has_admin_token:
        token = secrets.get(settings.admin_token_env, file=settings.admin_token_file)
    apps = [
        (hooks, host or settings.host, settings.port if port is None else port),
        (admin(checks, metrics.exposition, token=token), settings.admin_host, settings.admin_port),
    ]
    return Serving(apps, most_bytes=settings.most_bytes)


def _refuse(console: Console) -> None:
    _tell(
        console,
        "Another Escalade works on this store; nothing was done. End it first, or let several share one "
        "PostgreSQL database.",
    )
    raise typer.Exit(FAILED)


def _end(console: Console, service: Service, drain: float) -> None:
    _tell(console, "Ending: what was begun is completed.")
    if not service.stop(drain):
        _tell(console, f"Not everything was completed within {drain:g} s; the rest is looked for at the next start.")
        console.file.flush()
        # Threads that do not end would hold the interpreter; others take over once this process is seen to be dead.
        os._exit(FAILED)
    if service.worker.has_crashed:
        _tell(console, "It ended by a mistake of the program, which the log tells as worker.crashed.")
        raise typer.Exit(FAILED)


def _teller(console: Console) -> Callable[[str], None]:
    return lambda text: _tell(console, text)


def _tell(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
