"""In which order a worker hands out what it has taken: the urgent first, but nothing is passed over for long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.rank import Rank
from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.engine import worker as engine
from escalade.engine.inforce import InForce
from escalade.engine.judging import Errand, Judged
from escalade.engine.service import Service
from escalade.settings import load_settings
from escalade.store.crew import Crew
from rules.ticket import TicketRef
from sync import DueVisit

RANKS = {"1": Rank.FIRST, "2": Rank.LAST, "3": Rank.LAST, "4": Rank.FIRST}


class Secrets:
    def get(self, env: str, *, file: Any = None) -> str:
        return "emulator-api-token"


class Recorder:
    """Takes what is handed out, in its order."""

    def __init__(self) -> None:
        self.refs: list[str] = []

    def submit(self, _what: object, _app: App, _helpdesk: str, _rank: Rank, those: Sequence[DueVisit]) -> None:
        self.refs += [visit.ref.id for visit in those]


def ranked(_app: App, visits: Sequence[DueVisit], judged: Judged) -> None:
    """Everything calls, as urgently as RANKS says."""
    for visit in visits:
        judged.calling.append(visit)
        judged.errands[visit.ref] = Errand(rank=RANKS[visit.ref.id], needs=frozenset({"zendesk"}))


def test_the_urgent_goes_first_unless_something_has_been_overdue_for_long(
    make_shop: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "judge", ranked)
    settings = load_settings(make_shop().directory / "escalade.yaml")
    with open_app(settings, SystemClock(), secrets=Secrets()) as app, Crew(app.store).at_work("one"):
        now = app.clock.now()
        handed_out = Recorder()
        service = Service("one", InForce(app), threads=1, force=True, said=lambda _text: None)
        service.worker._pool = handed_out  # type: ignore[assignment]
        due: dict[str, datetime] = {"1": now, "2": now, "3": now - timedelta(minutes=1), "4": now}
        for number, at in due.items():
            app.store.nudge([TicketRef("zendesk", number)], at, "webhook")
        service.worker._hand_out(app, service.crew.claim("one", app.clock.now(), 10))
    assert handed_out.refs == ["3", "1", "4", "2"]
