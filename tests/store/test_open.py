"""Opening the store: what is refused, and what is there afterwards."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, make_url, text

from escalade.store.engine import make_engine
from escalade.store.errors import StoreError
from escalade.store.schema import metadata
from escalade.store.sql import open_store


def engine_of(database_url: str) -> Engine:
    return create_engine(make_url(database_url.replace("postgresql:", "postgresql+psycopg:")))


def test_the_migrations_build_exactly_the_tables_that_the_code_uses(database_url: str) -> None:
    open_store(database_url).close()
    engine = engine_of(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_opening_again_keeps_what_is_there(database_url: str) -> None:
    with open_store(database_url) as store:
        first = store.instance()
    with open_store(database_url) as store:
        assert store.instance() == first
        assert len(first) == 32


def test_a_database_of_a_newer_escalade_is_refused(database_url: str) -> None:
    open_store(database_url).close()
    engine = engine_of(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE meta SET value = '9999' WHERE name = 'needed_schema'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"made by a newer Escalade \(schema 9999; this version knows up to"):
        open_store(database_url)


def test_without_leave_to_migrate_an_old_schema_is_an_error(database_url: str) -> None:
    with pytest.raises(StoreError, match=r"has schema none and this version needs .*back it up"):
        open_store(database_url, migrate=False)
    open_store(database_url).close()
    open_store(database_url, migrate=False).close()


def test_a_failed_migration_leaves_nothing_behind(database_url: str) -> None:
    engine = engine_of(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE journal (x INTEGER)"))
    with pytest.raises(StoreError, match="journal"):
        open_store(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE journal"))
    engine.dispose()
    open_store(database_url).close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="must survive the process"):
        open_store(url)


def test_another_database_is_refused_with_an_example() -> None:
    with pytest.raises(StoreError, match="cannot be kept in 'mysql'; use sqlite:///"):
        open_store("mysql://host/db")


def test_a_malformed_url_is_refused_without_repeating_it() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql:hunter2@host")
    assert "hunter2" not in str(caught.value)
    assert "write it like" in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"the folder {tmp_path / 'none'} does not exist"):
        open_store(f"sqlite:///{tmp_path / 'none' / 'x.db'}")


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, this is no database at all" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_sqlite_file_is_made_for_its_owner_only_and_written_durably(tmp_path: Path) -> None:
    path = tmp_path / "escalade.db"
    with open_store(f"sqlite:///{path}") as store, store.writing() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        modes = {stat.S_IMODE(file.stat().st_mode) for file in Path(tmp_path).iterdir()}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}
    assert modes == {0o600}


def test_a_password_appears_in_no_message_and_no_repr() -> None:
    url = "postgresql://escalade:hunter2@127.0.0.1:1/escalade"
    with pytest.raises(StoreError) as caught:
        open_store(url)
    told = [str(caught.value), repr(caught.value), repr(caught.value.__cause__), repr(make_engine(url))]
    assert not any("hunter2" in text for text in told)
    assert "the database postgresql://escalade:***@127.0.0.1:1/escalade failed" in told[0]


def test_a_full_or_broken_database_is_told_without_ticket_content(tmp_path: Path) -> None:
    path = tmp_path / "escalade.db"
    with open_store(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path)
        other.execute("DROP TABLE checkpoints")
        other.close()
        with pytest.raises(StoreError, match="no such table: checkpoints; nothing of this step was kept"):
            store.checkpoint("zendesk", "tickets")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        open_store(f"sqlite:///{tmp_path / 'x.db'}")
