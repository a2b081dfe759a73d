"""Who starts while another one's visits lie there takes them over at once, however short a life it may have itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg

from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.engine.inforce import InForce
from escalade.engine.service import Service
from escalade.engine.worker import BEAT
from escalade.settings import load_settings
from escalade.store.crew import Crew
from rules.ticket import TicketRef


class Secrets:
    def get(self, env: str, *, file: Any = None) -> str:
        return "emulator-api-token"


def test_a_service_that_starts_takes_over_at_once_from_one_that_fell_silent(
    make_shop: Callable[..., Any], new_postgres_database: Callable[[], str]
) -> None:
    url = new_postgres_database()
    shop = make_shop(url)
    ticket = shop.ticket("complaint")
    settings = load_settings(shop.directory / "escalade.yaml")
    with open_app(settings, SystemClock(), secrets=Secrets()) as app, Crew(app.store).at_work("starting") as admitted:
        assert admitted
        # What is there is no backlog that somebody has to decide about.
        app.starting.begin("zendesk", app.clock.now())
        crew = Crew(app.store)
        crew.join("killed")
        app.store.nudge([TicketRef("zendesk", str(ticket))], app.clock.now(), "webhook")
        assert len(crew.claim("killed", app.clock.now(), 10)) == 1
        with closing(psycopg.connect(url, autocommit=True)) as admin:
            admin.execute("UPDATE workers SET seen_at = 0 WHERE name = 'killed'")
        crew.join("starting")
        in_force = InForce(app)
        in_force.settle()
        service = Service("starting", in_force, threads=2, force=False, said=lambda _text: None)
        service.start()
        took = shop.wait(lambda: "esc_t1" in shop.tags(ticket))
        assert service.stop(30)
    assert took < BEAT.total_seconds()
