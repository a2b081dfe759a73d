"""What a newer version keeps of a ticket, and this one cannot read: that ticket waits, and no other does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, text

from escalade.settings import load_settings

#: A ledger with a state that this version has never heard of.
NEWER = b"\x82\xa3ref\xc0\xa6status\xa6asleep"

BROKEN = """
import escalade.engine.worker
from escalade.cli import main

def broken(*_):
    raise ZeroDivisionError

escalade.engine.worker.judge = broken
main()
"""


@contextmanager
def database(shop: Any) -> Iterator[Any]:
    engine = create_engine(
        re.sub("^postgresql:", "postgresql+psycopg:", load_settings(shop.directory / "escalade.yaml").store)
    )
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def written_by_a_newer_version(shop: Any, ticket: int) -> None:
    with database(shop) as connection:
        changed = connection.execute(
            text("UPDATE ledgers SET ledger = :newer WHERE ticket = :ticket"), {"newer": NEWER, "ticket": str(ticket)}
        )
        assert changed.rowcount == 1


def said_of(shop: Any, ticket: int) -> str:
    with database(shop) as connection:
        query = text("SELECT last_error FROM visits WHERE ticket = :ticket")
        return connection.scalar(query, {"ticket": str(ticket)}) or ""


def test_one_such_ticket_is_parked_and_the_service_goes_on_with_the_others(any_shop: Any) -> None:
    shop = any_shop
    odd = shop.ticket("complaint")
    service = shop.serve()
    shop.send_webhooks()
    shop.wait(lambda: "esc_t1" in shop.tags(odd))
    assert shop.end(service)[0] == 0
    written_by_a_newer_version(shop, odd)
    others = [shop.ticket() for _ in range(3)]
    service = shop.serve()
    for ticket in (odd, *others):
        shop.act(ticket, tags=["complaint", "seen"])
    shop.wait(lambda: all("esc_t1" in shop.tags(ticket) for ticket in others))
    shop.wait(lambda: "cannot read" in said_of(shop, odd))
    assert shop.end(service)[0] == 0
    assert [len(shop.notes(ticket)) for ticket in (odd, *others)] == [1, 1, 1, 1]
    for trouble in ("worker.crashed", "schedule.failed", "read_failed", "visit.given_up"):
        assert trouble not in shop.log, shop.log


def test_who_ends_by_a_mistake_says_so_by_its_exit_code(shop: Any) -> None:
    # systemd and containers start again what failed, and leave alone what ended in order.
    shop.ticket("complaint")
    service = shop.start("serve", program=("-c", BROKEN))
    output, _ = service.communicate(timeout=60)
    assert service.returncode == 1, output
    assert "worker.crashed" in output
    assert "ZeroDivisionError" in shop.log
