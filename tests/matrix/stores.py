"""The stores of tellings: each begins as a copy of how the calm telling left its own."""

from __future__ import annotations

import itertools
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg
from house import PLANTED
from sqlalchemy import URL, make_url

_names = itertools.count()


class Stores(Protocol):
    """Makes copies of one store."""

    def url(self) -> str:
        """The store itself."""
        ...

    def copy(self, directory: Path) -> str:
        """The URL of a copy for a telling in that directory."""
        ...

    def drop(self, url: str) -> None:
        """Take a copy away."""
        ...

    def spare(self, directory: Path) -> str:
        """The URL of one that nobody else has, with nothing in it."""
        ...


@dataclass(frozen=True)
class Files:
    """SQLite files."""

    home: Path

    def url(self) -> str:
        return f"sqlite:///{self.home / 'calm.db'}"

    def copy(self, directory: Path) -> str:
        for name in ("calm.db", "calm.db-wal"):
            if (self.home / name).exists():
                shutil.copy(self.home / name, directory / name)
        return f"sqlite:///{directory / 'calm.db'}"

    def drop(self, url: str) -> None:
        """It goes with the directory."""

    def spare(self, directory: Path) -> str:
        return f"sqlite:///{directory / 'spare.db'}"


@dataclass
class Databases:
    """Databases of one PostgreSQL server, with a password in their URLs that nobody may ever see."""

    server: URL
    _calm: str = field(default_factory=lambda: f"matrix_{os.getpid()}_{next(_names)}")

    def __post_init__(self) -> None:
        self._order(f'CREATE DATABASE "{self._calm}"')

    def url(self) -> str:
        return self._url(self._calm)

    def copy(self, directory: Path) -> str:
        name = f"matrix_{os.getpid()}_{directory.name}"
        self._order(f'CREATE DATABASE "{name}" TEMPLATE "{self._calm}"')
        return self._url(name)

    def drop(self, url: str) -> None:
        self._order(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def spare(self, directory: Path) -> str:
        name = f"{self._calm}_spare"
        self._order(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def _url(self, name: str) -> str:
        # Where the server trusts its socket, it asks for no password; Escalade has it all the same.
        password = self.server.password or PLANTED[0]
        url = self.server.set(drivername="postgresql", database=name, password=password)
        return url.render_as_string(hide_password=False)

    def _order(self, statement: str) -> None:
        url = self.server.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(statement)
