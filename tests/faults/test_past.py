"""What Escalade writes is no person's act, not even when it dies between sending a write and hearing of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from escalade.store.sql import open_store
from rules.ticket import State, TicketRef


def people(state: State) -> object:
    """What Escalade could have set, had it not been people."""
    return state.priority, state.group, state.tags, frozenset(state.fields.items())


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 6])
def test_nobody_touched_a_ticket_so_its_past_shows_one_state(
    make_bench: Callable[..., Any], phase: str, nth: int
) -> None:
    bench = make_bench()
    bench.fault(f"hold_{phase}", "PUT", "/api/v2/tickets/", nth=nth)
    process = bench.start("sync", "--once", "--force")
    assert bench.wait_until_held(process)
    bench.kill(process)
    bench.control("DELETE", "/faults")
    bench.control("POST", "/release", {"drop": phase == "before"})
    for _ in range(4):
        # The first of these takes in what the write left behind before it looks for the write itself.
        bench.pass_minutes(2)
        code, output = bench.call()
    assert code == 0, output
    refs = [TicketRef("zendesk", str(number)) for number in bench.emulator.world.zendesk.tickets]
    with open_store(f"sqlite:///{Path(bench.directory) / 'escalade.db'}") as store:
        known = store.load(refs)
    assert sum(bool(one.ledger.tags) for one in known.values()) > 1, "nothing was written: nothing is shown"
    pasts = {ref: {people(moment.state) for moment in one.ticket.timeline.moments} for ref, one in known.items()}
    assert {str(ref): past for ref, past in pasts.items() if len(past) > 1} == {}
