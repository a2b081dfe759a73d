"""A password of the database shows in nothing that is said or written down, however the address is wrong."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from escalade import logs
from escalade.cli import cli
from escalade.store.engine import redacted
from escalade.store.errors import StoreError
from escalade.store.sql import open_store

PASSWORD = "hunter2-Xy"
SETTINGS = """\
version: 1
store: {store}
policy: .
backlog: write
helpdesks:
  zendesk:
    vendor: zendesk
    url: http://127.0.0.1:9
    auth: {{email: bot@example.com, token_env: ZENDESK_TOKEN}}
"""
POLICY = """\
version: 1
default_calendar: always
rules:
  - {id: asked, description: Somebody asks, when: {tags: {contains: question}}, tags: [asked]}
"""
#: Requests that libpq begins with, to which a plain server says no.
_ASIDE = {80877103, 80877104}


def _read(connection: socket.socket) -> bytes:
    """One message without a type: what a client begins with."""
    size = struct.unpack("!i", connection.recv(4, socket.MSG_WAITALL))[0]
    return connection.recv(size - 4, socket.MSG_WAITALL)


def _refuse(connection: socket.socket) -> None:
    """What PostgreSQL says to a wrong password."""
    with connection:
        while struct.unpack("!i", _read(connection)[:4])[0] in _ASIDE:
            connection.sendall(b"N")
        connection.sendall(b"R" + struct.pack("!ii", 8, 3))
        assert connection.recv(1) == b"p"
        assert PASSWORD.encode() in _read(connection)
        told = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "escalade"\0\0'
        connection.sendall(b"E" + struct.pack("!i", len(told) + 4) + told)


@pytest.fixture
def refusing() -> Iterator[int]:
    """The port of a server that knows another password."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                _refuse(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


#: How an address is wrong, and what is said of it.
WRONG = {
    "nobody listens": (f"postgresql://escalade:{PASSWORD}@127.0.0.1:1/escalade", "Connection refused"),
    "another password": (f"postgresql://escalade:{PASSWORD}@127.0.0.1:REFUSING/escalade", "authentication failed"),
    "a bad option": (f"postgresql://escalade:{PASSWORD}@127.0.0.1:1/escalade?sslmode=nonsense", "invalid sslmode"),
    "an unknown option": (
        f"postgresql://escalade@127.0.0.1:1/escalade?pasword={PASSWORD}",
        "invalid connection option",
    ),
    "a password among the options": (
        f"postgresql://127.0.0.1:1/escalade?user=escalade&password={PASSWORD}",
        "Connection refused",
    ),
    "an @ that is not written as %40": (f"postgresql://escalade:x@{PASSWORD}@127.0.0.1:1/escalade", "has an @ in it"),
    "a port that is no number": (f"postgresql://escalade:x@{PASSWORD}:y@127.0.0.1/escalade", "cannot be read"),
    "no address at all": (f"host=127.0.0.1 password={PASSWORD}", "cannot be read"),
    "another database": (f"mysql://escalade:{PASSWORD}@127.0.0.1:1/escalade", "cannot be kept in 'mysql'"),
}


@pytest.mark.parametrize("how", WRONG)
def test_the_message_says_what_is_wrong_without_the_password(how: str, refusing: int) -> None:
    url, told = WRONG[how]
    with pytest.raises(StoreError) as caught:
        open_store(url.replace("REFUSING", str(refusing)))
    assert told in str(caught.value)
    error: BaseException | None = caught.value
    while error is not None:
        assert PASSWORD not in f"{error} {error!r}"
        error = error.__cause__


@pytest.mark.parametrize("command", ["sync", "serve", "worker", "check", "status"])
@pytest.mark.parametrize("how", ["another password", "an unknown option", "an @ that is not written as %40"])
def test_no_command_says_or_logs_the_password(
    command: str, how: str, refusing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = WRONG[how][0].replace("REFUSING", str(refusing))
    (tmp_path / "escalade.yaml").write_text(SETTINGS.format(store=f'"{url}"'), encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(POLICY, encoding="utf-8")
    log = tmp_path / "escalade.log"
    monkeypatch.setenv("ESCALADE_LOG", str(log))
    monkeypatch.setenv("ZENDESK_TOKEN", "token-of-nobody")
    # It is put back as it was, so that no other test writes into this file.
    monkeypatch.setattr(logs.log, "_lines", None)
    done = CliRunner().invoke(cli, [command, *([] if command == "check" else ["--config"]), str(tmp_path)])
    assert done.exit_code == (0 if command == "check" else 2), done.output
    assert PASSWORD not in done.output
    assert not log.exists() or PASSWORD not in log.read_text(encoding="utf-8")


def test_what_a_driver_repeats_of_the_password_is_left_out() -> None:
    url = make_url("postgresql://escalade:a%2Fb-secret@127.0.0.1/escalade?sslpassword=other-secret")
    told = redacted("bad: a/b-secret, a%2Fb-secret and other-secret at 127.0.0.1", url)
    assert told == "bad: ***, *** and *** at 127.0.0.1"


def test_a_store_that_loses_its_connections_says_so_without_the_password(
    new_postgres_database: Callable[[], str],
) -> None:
    url = make_url(new_postgres_database()).set(password=PASSWORD)
    with open_store(url.render_as_string(hide_password=False)) as store:
        with pytest.raises(StoreError) as caught, store.writing() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        assert PASSWORD not in str(caught.value)
        assert store.instance()
