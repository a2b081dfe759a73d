"""Migrations take nothing away from the programs of the version before, which work on while machines are upgraded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import escalade.store.migrations
from escalade.store import migrate
from escalade.store.engine import make_engine
from escalade.store.errors import StoreError
from escalade.store.migrate import CONTRACT, newest_schema
from escalade.store.migrations import RELEASES
from escalade.store.sql import open_store

_HEAD = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"
branch_labels = None
depends_on = None
"""
FIRST_ONES = """
def upgrade():
    op.create_table("shelves", sa.Column("name", sa.Text, nullable=False), sa.Column("wide", sa.Integer))
"""


class Migrations:
    """A copy of the migrations that more can be added to."""

    def __init__(self, folder: Path) -> None:
        self._versions = folder / "versions"
        shutil.copytree(escalade.store.migrations.__path__[0], folder, dirs_exist_ok=True)
        self.config = Config()
        self.config.set_main_option("script_location", str(folder).replace("%", "%%"))

    def add(self, body: str, *, unused_since: str | None = None) -> str:
        """Add a migration; its number."""
        before = self.numbers[-1]
        number = f"{int(before) + 1:04d}"
        mark = f'{CONTRACT} = "{unused_since}"\n' if unused_since is not None else ""
        text = _HEAD.format(number=number, before=before) + mark + body
        (self._versions / f"{number}_added.py").write_text(text, encoding="utf-8")
        return number

    @property
    def scripts(self) -> list[Any]:
        return sorted(ScriptDirectory.from_config(self.config).walk_revisions(), key=lambda one: str(one.revision))

    @property
    def numbers(self) -> list[str]:
        return [str(script.revision) for script in self.scripts]

    def upgrade(self, connection: sa.Connection, number: str) -> None:
        self.config.attributes["connection"] = connection
        command.upgrade(self.config, number)


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    return Migrations(tmp_path / "migrations")


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'escalade.db'}"


@contextmanager
def trial(url: str) -> Iterator[sa.Connection]:
    """A transaction of which nothing is kept."""
    engine = make_engine(url)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


Columns = Mapping[str, Mapping[str, Any]]
Shape = Mapping[str, SimpleNamespace]


def shape_of(connection: sa.Connection) -> Shape:
    """What a database is like: its tables with their columns and what forbids rows in them."""
    inspector = sa.inspect(connection)
    shape = {}
    for name in set(inspector.get_table_names()) - {"alembic_version"}:
        forbids = [("unique", *sorted(one["column_names"])) for one in inspector.get_unique_constraints(name)]
        forbids += [("unique", *map(str, one["column_names"])) for one in inspector.get_indexes(name) if one["unique"]]
        forbids += [("check", one["sqltext"]) for one in inspector.get_check_constraints(name)]
        forbids += [("foreign key", *one["constrained_columns"]) for one in inspector.get_foreign_keys(name)]
        forbids += [("primary key", *inspector.get_pk_constraint(name)["constrained_columns"])]
        columns = {column["name"]: column for column in inspector.get_columns(name)}
        shape[name] = SimpleNamespace(columns=columns, forbids=set(forbids))
    return shape


def taken_away(before: Shape, after: Shape) -> list[str]:
    """What programs that know the shape before can use no more, or must do from now on."""
    found = [f"the table {name} is gone" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        found += [f"{name}: {told}" for told in _lost_columns(before[name].columns, after[name].columns)]
        new = sorted(after[name].forbids - before[name].forbids)
        found += [f"{name}: rows are refused that were not ({' '.join(told)})" for told in new]
    return found


def _lost_columns(before: Columns, after: Columns) -> list[str]:
    found = [f"the column {name} is gone" for name in sorted(before.keys() - after.keys())]
    for name, column in sorted(after.items()):
        old = before.get(name)
        if old is not None and str(old["type"]) != str(column["type"]):
            found.append(f"the type of {name} is {column['type']} instead of {old['type']}")
        if not column["nullable"] and column["default"] is None and (old is None or old["nullable"]):
            found.append(f"{name} has to be given")
    return found


def complaints(migrations: Migrations, url: str, releases: Mapping[str, str], *since: str) -> list[str]:
    """What is wrong with these migrations, the last ones; none named = all of them."""
    with trial(url) as connection:
        before: Shape = {}
        earlier = [number for number in migrations.numbers if since and number < since[0]]
        if earlier:
            migrations.upgrade(connection, earlier[-1])
            before = shape_of(connection)
        found: list[str] = []
        for script in migrations.scripts[len(earlier) :]:
            migrations.upgrade(connection, str(script.revision))
            after = shape_of(connection)
            found += _judged(script, taken_away(before, after), releases)
            before = after
    return found


def _judged(script: Any, lost: list[str], releases: Mapping[str, str]) -> list[str]:
    number, mark = str(script.revision), getattr(script.module, CONTRACT, None)
    if mark is None:
        return [f"{number}: {told}, and no {CONTRACT} says that nobody needs it" for told in lost]
    if not lost:
        return [f"{number}: it takes nothing away, so that {CONTRACT} means nothing"]
    if not any(mark <= schema < number for schema in releases.values()):
        return [f"{number}: no version was released that knows schema {mark} and not this migration"]
    return []


def test_no_migration_takes_away_what_the_version_before_uses(migrations: Migrations, database_url: str) -> None:
    assert complaints(migrations, database_url, RELEASES) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('op.drop_table("gifts")', "the table gifts is gone"),
        ('op.drop_column("comments", "form")', "comments: the column form is gone"),
        ('op.alter_column("comments", "form", new_column_name="shape")', "comments: the column form is gone"),
        ('op.rename_table("gifts", "presents")', "the table gifts is gone"),
        (
            'op.alter_column("comments", "form", type_=sa.LargeBinary, postgresql_using="form::bytea")',
            "comments: the type of form is BYTEA instead of VARCHAR(64)",
        ),
        ('op.alter_column("comments", "form", nullable=False)', "comments: form has to be given"),
        (
            'op.add_column("comments", sa.Column("depth", sa.Integer, nullable=False))',
            "comments: depth has to be given",
        ),
        (
            'op.create_index("ix_one", "comments", ["form"], unique=True)',
            "comments: rows are refused that were not (unique form)",
        ),
        ('op.execute("ALTER TABLE comments DROP COLUMN form")', "comments: the column form is gone"),
    ],
)
def test_a_migration_that_takes_something_away_is_found(
    migrations: Migrations, kept_postgres_database: str, change: str, told: str
) -> None:
    number = migrations.add(f"\ndef upgrade():\n    {change}\n")
    [complaint] = complaints(migrations, kept_postgres_database, RELEASES, number)
    assert complaint.startswith(f"{number}: {told}, and no unused_since says")


def test_additions_that_an_older_program_leaves_alone_are_no_fault(migrations: Migrations, store_url: str) -> None:
    body = f"""{FIRST_ONES}
    op.add_column("comments", sa.Column("depth", sa.Integer))
    op.add_column("visits", sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_comments_form", "comments", ["form"])
"""
    number = migrations.add(body)
    assert complaints(migrations, store_url, RELEASES, number) == []


def test_what_is_taken_away_must_have_been_unused_in_a_version_that_was_released(
    migrations: Migrations, file_url: str
) -> None:
    expand = migrations.add(FIRST_ONES)
    contract = migrations.add('\ndef upgrade():\n    op.drop_table("gifts")\n', unused_since=expand)
    [same] = complaints(migrations, file_url, {"1.0": migrations.numbers[-3]}, expand)
    assert same == f"{contract}: no version was released that knows schema {expand} and not this migration"


def test_it_may_be_taken_away_in_the_version_after(migrations: Migrations, file_url: str) -> None:
    expand = migrations.add(FIRST_ONES)
    migrations.add('\ndef upgrade():\n    op.drop_table("gifts")\n', unused_since=expand)
    assert complaints(migrations, file_url, {"1.0": expand}, expand) == []


def test_a_mark_on_a_migration_that_takes_nothing_away_is_found(migrations: Migrations, file_url: str) -> None:
    number = migrations.add(FIRST_ONES, unused_since="0001")
    [complaint] = complaints(migrations, file_url, {"1.0": "0002"}, number)
    assert complaint == f"{number}: it takes nothing away, so that unused_since means nothing"


@pytest.fixture
def next_version(migrations: Migrations, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Upgrade a database as a later version would, whose migrations are those of `migrations`."""

    def upgrade(url: str) -> None:
        with monkeypatch.context() as later:
            later.setattr(migrate, "scripts", lambda: Path(str(migrations.config.get_main_option("script_location"))))
            open_store(url).close()

    return upgrade


def test_a_program_works_on_a_newer_schema_that_only_added(
    migrations: Migrations, next_version: Any, database_url: str
) -> None:
    with open_store(database_url) as store:
        first = store.instance()
        migrations.add(FIRST_ONES)
        next_version(database_url)
        assert store.instance() == first
    with open_store(database_url) as again:
        assert again.instance() == first
    with trial(database_url) as connection:
        assert "shelves" in shape_of(connection)


def test_a_program_works_on_a_newer_schema_that_took_away_what_it_does_not_use(
    migrations: Migrations, next_version: Any, file_url: str
) -> None:
    migrations.add('\ndef upgrade():\n    op.drop_table("gifts")\n', unused_since=newest_schema())
    next_version(file_url)
    open_store(file_url).close()


def test_a_program_refuses_a_newer_schema_that_took_away_what_it_uses(
    migrations: Migrations, next_version: Any, database_url: str
) -> None:
    expand = migrations.add(FIRST_ONES)
    contract = migrations.add('\ndef upgrade():\n    op.drop_table("gifts")\n', unused_since=expand)
    next_version(database_url)
    with pytest.raises(StoreError, match=rf"made by a newer Escalade \(schema {contract}; this version knows up to"):
        open_store(database_url)
