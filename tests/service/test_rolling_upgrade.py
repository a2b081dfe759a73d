"""An upgrade of one machine after the other, under load: programs of two versions share a database, and nothing is lost.

There is no version before this one, so this one is the old version here, and the new one is this one with a migration
more, which changes every table that visits use.
"""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

import escalade.store.migrations
from escalade.store.migrate import newest_schema

#: More than anybody complains about while the processes of a busy machine start.
TICKETS = 600
#: Between two edits (seconds).
PAUSE = 0.1
NEXT = "9000"

_MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{newest_schema()}"
branch_labels = None
depends_on = None


def upgrade():
    # In the other order than a visit uses them.
    for table in ("journal", "intents", "ledgers", "comments", "tickets", "visits", "workers"):
        op.add_column(table, sa.Column("later", sa.Boolean, nullable=False, server_default=sa.false()))
        op.create_index("ix_later_" + table, table, ["later"])
    op.create_table("shelves", sa.Column("name", sa.Text, primary_key=True))
"""
_NEXT_VERSION = """
from pathlib import Path

from escalade.store import migrate

migrate.scripts = lambda: Path({folder!r})

from escalade.cli import main

main()
"""


def next_version(folder: Path) -> tuple[str, str]:
    """How to start a program of the next version."""
    shutil.copytree(escalade.store.migrations.__path__[0], folder)
    (folder / "versions" / f"{NEXT}_added.py").write_text(_MIGRATION, encoding="utf-8")
    return "-c", _NEXT_VERSION.format(folder=str(folder))


@contextmanager
def watching(url: str) -> Iterator[Callable[[], str]]:
    """Tells the schema that the database has by now."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:

        def schema() -> str:
            # Not as often as a test looks: that would be the load.
            time.sleep(0.1)
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            assert row is not None
            return str(row[0])

        yield schema


def test_programs_of_two_versions_work_side_by_side_while_the_schema_is_upgraded(
    make_shop: Callable[..., Any], new_postgres_database: Callable[[], str], tmp_path: Path
) -> None:
    url, program = new_postgres_database(), next_version(tmp_path / "next")
    shop = make_shop(url, workers=4)
    tickets = [shop.ticket("quiet") for _ in range(TICKETS)]
    acted: list[int] = []
    over = threading.Event()

    def written() -> int:
        return sum("esc_t1" in shop.tags(ticket) for ticket in acted)

    def work() -> None:
        for ticket in tickets:
            shop.act(ticket, tags=["complaint"])
            acted.append(ticket)
            if over.wait(PAUSE):
                return

    service, old = shop.serve(), shop.start("worker")
    shop.wait(lambda: shop.log.count("service.started") == 2)
    shop.send_webhooks()
    agents = threading.Thread(target=work, daemon=True)
    agents.start()
    shop.wait(lambda: written() >= 3)

    # The first machine is upgraded: whoever is of the new version upgrades the schema under the others.
    with watching(url) as schema:
        assert schema() == newest_schema()
        new = [shop.start("worker", program=program), shop.start("worker", program=program)]
        shop.wait(lambda: schema() == NEXT)
    before = len(acted)

    # One of the old version dies, and is started again where only newer ones have been since.
    old.kill()
    again = shop.start("worker")
    shop.wait(lambda: shop.log.count("service.started") == 5)
    assert "store.ahead" in shop.log

    over.set()
    agents.join()
    assert 0 < before < len(acted) < TICKETS, "not under load"
    shop.wait(lambda: written() == len(acted))
    for process in (*new, again, service):
        code, told = shop.end(process, signal.SIGTERM)
        assert code == 0, told
    assert [len(shop.notes(ticket)) for ticket in acted] == [1] * len(acted)
    for trouble in ("visit.crashed", "visit.parked", "store_failed", "read_failed", "webhooks.not_kept"):
        assert trouble not in shop.log, shop.log
