"""What tests of several parts stand on: databases, SQLite files and a real PostgreSQL server; and a chat room's webhook.

The server is the one that ESCALADE_TEST_POSTGRES names (a URL whose user may create databases), else one that is
started from an installed PostgreSQL, on a Unix socket, for this test session and gone with it.
"""

from __future__ import annotations

import itertools
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from spreading import spread
from sqlalchemy import URL, make_url
from warm import Warm

if TYPE_CHECKING:
    from escalade.store.sql import SqlStore
    from rules.policy import Policy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal out the slow files, and let every report name the capabilities that its test proves, also one sent on."""
    items[:] = spread(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    for item in items:
        named = {str(one) for mark in item.iter_markers("capability") for one in mark.args}
        item.user_properties.extend(("capability", one) for one in sorted(named))


@pytest.fixture(scope="session", autouse=True)
def _quick_stores(request: pytest.FixtureRequest) -> Iterator[None]:
    """What stores work out once for a database or an engine is worked out once for all of them."""
    # Tests of the rules do not load a database library.
    if all("rules" in item.path.parts for item in request.session.items):
        yield
        return
    from shortcuts import shorten

    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        yield


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Starts processes of Escalade that have everything imported."""
    waiting = Warm()
    yield waiting
    waiting.close()


_SECONDS_TO_START = 60
_databases = itertools.count()


def _server_folder() -> Path | None:
    """Where initdb and postgres are: the newest Debian version, else wherever the PATH leads."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda initdb: int(initdb.parts[-3]) if initdb.parts[-3].isdigit() else 0,
    )
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: the account to use instead, or None to stay who we are."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class _Server:
    def __init__(self, binaries: Path, home: Path) -> None:
        self.home = home
        self._log = home / "server.log"
        user = _server_user()
        self._as: dict[str, object] = {}
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(home, account.pw_uid, account.pw_gid)
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        made = self._run(
            [
                binaries / "initdb",
                "-D",
                home / "data",
                "-U",
                "escalade",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ]
        )
        assert made.returncode == 0, made.stderr
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(home),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "50",
            "shared_buffers": "64MB",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [binaries / "postgres", "-D", home / "data", *settings],
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as,
            )
        self._await(binaries)

    def _run(self, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.home, capture_output=True, text=True, check=False, **self._as)

    def _await(self, binaries: Path) -> None:
        ready = self._run([binaries / "pg_isready", "-h", self.home, "-U", "escalade", "-d", "postgres", "-t", "0"])
        for _ in range(_SECONDS_TO_START * 10):
            if ready.returncode == 0:
                return
            assert self._process.poll() is None, self._log.read_text()
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                ready = self._run([binaries / "pg_isready", "-h", self.home, "-U", "escalade", "-d", "postgres"])
        self.stop()
        pytest.fail(f"the PostgreSQL server did not start within {_SECONDS_TO_START} seconds")

    @property
    def url(self) -> URL:
        return URL.create("postgresql", username="escalade", database="postgres", query={"host": str(self.home)})

    def stop(self) -> None:
        # SIGQUIT is PostgreSQL's immediate shutdown: nothing of a test server is worth a checkpoint.
        self._process.send_signal(3)
        self._process.wait(30)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server whose user may create databases."""
    named = os.environ.get("ESCALADE_TEST_POSTGRES")
    if named:
        yield make_url(named)
        return
    binaries = _server_folder()
    if binaries is None:
        message = "no PostgreSQL server: install one (Debian: apt-get install postgresql) or set ESCALADE_TEST_POSTGRES"
        if os.environ.get("CI") or os.environ.get("ESCALADE_REQUIRE_POSTGRES"):
            pytest.fail(message)
        pytest.skip(message)
    # Not pytest's tmp_path: its folders are closed to the server's user, and a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="escalade-pg-"))
    try:
        server = _Server(binaries, home)
        try:
            yield server.url
        finally:
            server.stop()
    finally:
        shutil.rmtree(home)


@pytest.fixture
def new_postgres_database(postgres_server: URL) -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases, and drops them after the test."""
    made: list[str] = []
    with closing(psycopg.connect(_plain(postgres_server), autocommit=True)) as admin:

        def create() -> str:
            name = f"escalade_{os.getpid()}_{next(_databases)}"
            admin.execute(f'CREATE DATABASE "{name}"')
            made.append(name)
            return _plain(postgres_server.set(database=name))

        yield create
        for name in made:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'escalade.db'}"
    create: Callable[[], str] = request.getfixturevalue("new_postgres_database")
    return create()


@pytest.fixture(scope="session")
def kept_postgres_database(postgres_server: URL) -> Iterator[str]:
    """One PostgreSQL database with this version's tables, for many tests: making one takes longer than most of them."""
    from escalade.store.sql import open_store

    name = f"escalade_{os.getpid()}_kept"
    with closing(psycopg.connect(_plain(postgres_server), autocommit=True)) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        url = _plain(postgres_server.set(database=name))
        open_store(url).close()
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


#: Ends whatever a test before left open in the database, and takes out what it left there.
_EMPTYING = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables
   WHERE schemaname = current_schema() AND tablename NOT IN ('alembic_version', 'meta') LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
END $$
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database for a store with nothing in it; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'escalade.db'}"
    url: str = request.getfixturevalue("kept_postgres_database")
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(_EMPTYING)
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """An open store with sibling nudges, on each database in turn."""
    # Here, so that tests of the rules do not load a database library.
    from escalade.store.horizon import Horizon
    from escalade.store.sql import open_store

    with open_store(store_url, horizon=Horizon(siblings=True)) as opened:
        yield opened


@pytest.fixture
def policies_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of one test that find the same texts share the policy that is made of them, as visits of one run do."""
    from escalade import app
    from rules.load import load_policy

    loaded: dict[frozenset[tuple[str, str]], Policy] = {}

    def load_once(files: Mapping[str, str]) -> Policy:
        key = frozenset(files.items())
        if key not in loaded:
            loaded[key] = load_policy(files)
        return loaded[key]

    monkeypatch.setattr(app, "load_policy", load_once)


@dataclass
class Receiver:
    """A chat room's webhook on this machine."""

    server: ThreadingHTTPServer
    received: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    #: What it answers; None = it hangs up without an answer.
    status: int | None = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook/T0SECRET"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A running chat room."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.received.append((self.path, dict(self.headers), json.loads(body)))
            if found.status is None:
                self.connection.close()
                return
            self.send_response(found.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found = Receiver(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
