"""A PostgreSQL server for a benchmark: the one that ESCALADE_TEST_POSTGRES names, else one that is gone with it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

NAME = "escalade_benchmark"


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database, durable as PostgreSQL is unless it is told otherwise."""
    named = os.environ.get("ESCALADE_TEST_POSTGRES")
    if named:
        with _database(named) as url:
            yield url
        return
    home = Path(tempfile.mkdtemp(prefix="escalade-pg-"))
    try:
        with _server(home), _database(f"postgresql://escalade@/postgres?host={home}") as url:
            yield url
    finally:
        shutil.rmtree(home)


@contextmanager
def _database(server: str) -> Iterator[str]:
    with closing(psycopg.connect(server, autocommit=True)) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {NAME}")
        yield server.replace("/postgres", f"/{NAME}", 1)
        admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@contextmanager
def _server(home: Path) -> Iterator[None]:
    binaries, who = _binaries(), _who()
    if "user" in who:
        os.chown(home, who["user"], who["group"])
    data = home / "data"
    made: Sequence[str | Path] = [binaries / "initdb", "-D", data, "-U", "escalade", "-A", "trust", "--locale=C"]
    subprocess.run([*made, "-E", "UTF8"], cwd=home, stdout=subprocess.DEVNULL, check=True, **who)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={home}", "-c", "max_connections=200"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, *options], cwd=home, stdout=log, stderr=log, **who
        )
    try:
        _await(home)
        yield
    finally:
        server.terminate()
        server.wait(60)


def _await(home: Path) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(f"postgresql://escalade@/postgres?host={home}").close()
        except psycopg.OperationalError:
            assert time.monotonic() < ends, (home / "log").read_text(encoding="utf-8")
            time.sleep(0.1)
        else:
            return


def _binaries() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = installed[-1] if installed else shutil.which("initdb")
    assert found is not None, "no PostgreSQL server: install one, or set ESCALADE_TEST_POSTGRES"
    return Path(found).resolve().parent


def _who() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
