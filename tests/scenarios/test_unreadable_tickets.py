"""A run over a store that holds what this version cannot read of one ticket: that one is parked, the others are done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from escalade.progress import QuietProgress
from escalade.store.schema import ledgers


def test_a_run_parks_such_a_ticket_never_gives_it_up_and_completes_the_others(desk: Any) -> None:
    odd, other = desk.ticket("Odd", "complaint"), desk.ticket("Other")
    desk.settle()
    with desk.app.store.writing() as connection:
        connection.execute(update(ledgers).where(ledgers.c.ticket == odd.id).values(ledger=b"\xc0"))
    desk.act(odd, subject="Odder")
    desk.act(other, tags=["complaint"])
    desk.pass_time()
    report = desk.app.sync(QuietProgress()).once()
    assert list(report.parked) == [str(odd)]
    assert "cannot read" in report.parked[str(odd)]
    assert "esc_t1" in desk.tags(other)
    for _ in range(12):
        desk.pass_time(timedelta(hours=2))
        desk.app.sync(QuietProgress()).once()
    assert desk.app.store.dead_letters() == {}
    parked = desk.journal(odd, "visit.parked")
    assert len(parked) > 8, "more often than a visit that fails is tried"
