"""What a service does with much at once: bursts, pile-ups over the brakes, trouble, edited policies, downtime."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import current_thread
from typing import Any

import pytest
import requests

from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.engine.inforce import InForce
from escalade.engine.service import Service
from escalade.engine.upkeep import schedules_of
from escalade.settings import load_settings
from escalade.starting import Starting
from escalade.store.crew import Crew
from escalade.store.errors import PassingStoreError, StoreError
from escalade.store.sql import SqlStore
from rules.ticket import TicketRef


class Secrets:
    def get(self, env: str, *, file: Any = None) -> str:
        return "emulator-api-token"


@pytest.fixture
def running(any_shop: Any) -> Iterator[tuple[Any, App, Service]]:
    """A service inside this process, after its first poll."""
    shop = any_shop
    shop.burst = [shop.ticket() for _ in range(10)]
    settings = load_settings(shop.directory / "escalade.yaml")
    with open_app(settings, SystemClock(), secrets=Secrets()) as app, Crew(app.store).at_work("one") as admitted:
        assert admitted
        in_force = InForce(app)
        in_force.settle()
        service = Service("one", in_force, threads=4, force=False, said=lambda _text: None)
        service.start(schedules_of(in_force, service.trouble, timedelta(hours=1)))
        shop.wait(lambda: app.store.open_tickets() == 10 and nothing_due(app))
        yield shop, app, service
        assert service.stop(30)


def nothing_due(app: App) -> bool:
    figures = app.store.figures(app.clock.now())
    return not sum(figures.due.values())


@pytest.fixture
def visits(running: Any, monkeypatch: pytest.MonkeyPatch) -> Counter[TicketRef]:
    """How often each ticket is visited from now on."""
    from escalade.visits import TicketVisitor

    counted: Counter[TicketRef] = Counter()
    visit = TicketVisitor.visit

    def counting(self: Any, due: Any, known: Any) -> Any:
        counted[due.ref] += 1
        return visit(self, due, known)

    monkeypatch.setattr(TicketVisitor, "visit", counting)
    return counted


def test_a_thousand_events_on_ten_tickets_make_a_visit_or_two_of_each(running: Any, visits: Counter[TicketRef]) -> None:
    shop, app, _ = running
    slow = {"method": "GET", "path_regex": "/api/v2/tickets", "nth": 1, "times": 0}
    shop.control("POST", "/faults", {"kind": "slow", "match": slow, "params": {"seconds": 0.5}})
    refs = [TicketRef("zendesk", str(number)) for number in shop.burst]
    for turn in range(100):
        app.store.nudge([refs[(turn + at) % 10] for at in range(10)], app.clock.now(), "webhook")
    shop.wait(lambda: nothing_due(app))
    assert set(visits) == set(refs)
    assert 10 <= visits.total() <= 30, visits


def test_an_event_during_a_visit_makes_exactly_one_more(running: Any, visits: Counter[TicketRef]) -> None:
    shop, app, service = running
    ref = TicketRef("zendesk", str(shop.burst[0]))
    shop.hold(1)
    shop.control("POST", "/act", {"ticket": shop.burst[0], "user": shop.agent.id, "change": {"tags": ["complaint"]}})
    app.store.nudge([ref], app.clock.now(), "webhook")
    shop.wait(shop.held)
    for _ in range(20):
        app.store.nudge([ref], app.clock.now(), "webhook")
    shop.control("POST", "/release", {})
    shop.wait(lambda: nothing_due(app) and service.worker.is_idle)
    assert visits[ref] == 2
    assert len(shop.notes(shop.burst[0])) == 1


def test_a_helpdesk_that_asks_for_a_pause_gets_it(running: Any) -> None:
    shop, app, _ = running
    ticket = shop.burst[0]
    limited = {"method": "GET", "path_regex": "/api/v2/tickets", "nth": 1, "times": 1}
    shop.control("POST", "/faults", {"kind": "rate_limited", "match": limited, "params": {"retry_after": 3}})
    shop.control("POST", "/act", {"ticket": ticket, "user": shop.agent.id, "change": {"tags": ["complaint"]}})
    app.store.nudge([TicketRef("zendesk", str(ticket))], app.clock.now(), "webhook")
    took = shop.wait(lambda: "esc_t1" in shop.tags(ticket), 20)
    assert took >= 2.9


def test_a_pile_up_over_the_brakes_is_not_begun(shop: Any) -> None:
    tickets = [shop.ticket("complaint") for _ in range(30)]
    shop.write_policy(most=20)
    service = shop.serve()
    shop.wait(lambda: "brakes.held" in shop.log)
    time.sleep(1)
    assert shop.writes == 0
    assert shop.end(service)[0] == 0
    forced = shop.serve("--force")
    shop.wait(lambda: all("esc_t1" in shop.tags(ticket) for ticket in tickets))
    shop.end(forced)


def test_a_wrong_rule_that_trickles_in_is_stopped_and_goes_on_when_somebody_says_so(shop: Any) -> None:
    tickets = [shop.ticket() for _ in range(8)]
    shop.write_policy(most=5)
    service = shop.serve()
    shop.send_webhooks()
    for ticket in tickets:
        shop.act(ticket, tags=["complaint"])
        time.sleep(0.3)
    shop.wait(lambda: "brakes.tripped" in shop.log)
    time.sleep(1)
    assert sum("esc_t1" in shop.tags(ticket) for ticket in tickets) == 5
    assert "brakes" in requests.get(f"http://127.0.0.1:{shop.admin_port}/readyz", timeout=10).text
    shop.end(service)
    again = shop.serve()
    time.sleep(1)
    assert sum("esc_t1" in shop.tags(ticket) for ticket in tickets) == 5
    assert "Released" in shop.command("brakes", "--release", "-c", str(shop.directory))
    shop.wait(lambda: all("esc_t1" in shop.tags(ticket) for ticket in tickets), 90)
    shop.end(again)


def test_an_edited_policy_is_taken_over_and_a_wrong_one_is_not(shop: Any) -> None:
    ticket, other = shop.ticket("complaint"), shop.ticket("complaint")
    shop.write_policy(
        text="version: 1\nbrakes: {max_tickets: 1000, max_share: 1}\nrules:\n"
        "  - {id: complaint, description: A complaint, when: {tags: {contains: complaint}}, tags: [seen]}\n"
    )
    service = shop.serve()
    shop.wait(lambda: all("seen" in shop.tags(one) for one in (ticket, other)))
    rules = shop.directory / "rules.yaml"
    right = rules.read_text(encoding="utf-8")
    rules.write_text(right.replace("tags: [seen]", "tagz: [heard]"), encoding="utf-8")
    shop.wait(lambda: "policy.refused" in shop.log)
    assert "rules.yaml:4:" in shop.log
    rules.write_text(right.replace("tags: [seen]", "tags: [heard]"), encoding="utf-8")
    shop.wait(lambda: all("heard" in shop.tags(one) for one in (ticket, other)))
    code, output = shop.end(service)
    assert code == 0
    assert "the policy in force goes on" in output
    assert "is in force now" in output


def test_after_downtime_a_ticket_is_brought_to_its_state_without_old_notices(any_shop: Any) -> None:
    shop = any_shop
    shop.write_policy(timeout="5s")
    shop.poll_every(2)
    ticket = shop.ticket("complaint")
    service = shop.serve()
    shop.wait(lambda: "esc_t1" in shop.tags(ticket))
    service.kill()
    late = shop.ticket("complaint", age=timedelta(minutes=4))
    time.sleep(7)
    again = shop.serve()
    shop.wait(lambda: "esc_t2" in shop.tags(ticket) and shop.tags(late) & {"esc_t1", "esc_t2"})
    time.sleep(0.5)
    assert [note.partition(":")[0] for note in shop.notes(ticket)] == ["Escalated to Tier 1", "Escalated to Tier 2"]
    shop.end(again)


def test_a_mistake_that_one_ticket_provokes_parks_that_ticket_and_no_other(
    running: Any, visits: Counter[TicketRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, app, service = running
    odd, *others = [TicketRef("zendesk", str(number)) for number in running[0].burst]
    refresh = SqlStore.refresh

    def picky(self: Any, tickets: Any, now: Any) -> None:
        if odd in {ticket.ref for ticket in tickets}:
            raise ZeroDivisionError
        refresh(self, tickets, now)

    monkeypatch.setattr(SqlStore, "refresh", picky)
    app.store.nudge([odd, *others], app.clock.now(), "webhook")
    running[0].wait(lambda: nothing_due(app) and service.worker.is_idle)
    assert visits == Counter(others)
    assert any(entry.action == "visit.parked" for entry in app.store.journal(odd))


def test_trouble_with_the_database_gives_back_nothing_that_was_begun(
    running: Any, visits: Counter[TicketRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, app, service = running
    gone, *others = [TicketRef("zendesk", str(number)) for number in shop.burst]
    with shop.world.lock:
        shop.zendesk.tickets[int(gone.id)].status = "deleted"
    forget, failed = SqlStore.forget, []

    def failing(self: Any, ref: Any, now: Any) -> None:
        if not failed:
            failed.append(ref)
            raise PassingStoreError("the database was away for a moment")
        forget(self, ref, now)

    monkeypatch.setattr(SqlStore, "forget", failing)
    app.store.nudge([*others, gone], app.clock.now(), "webhook")
    shop.wait(lambda: nothing_due(app) and service.worker.is_idle)
    assert failed == [gone]
    assert visits == Counter(others), "each once: who is at a ticket keeps it"


@pytest.mark.parametrize("error", [StoreError("the disk is full"), ZeroDivisionError()])
def test_a_visit_that_cannot_even_begin_is_given_back_and_not_in_hand_for_ever(
    running: Any, visits: Counter[TicketRef], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    shop, app, service = running
    ref, quiet, failed = TicketRef("zendesk", str(shop.burst[0])), Starting.quiet, []

    def failing(self: Any) -> frozenset[str]:
        if not failed and current_thread().name.startswith("visit"):
            failed.append(self)
            raise error
        return quiet(self)

    monkeypatch.setattr(Starting, "quiet", failing)
    app.store.nudge([ref], app.clock.now(), "webhook")
    shop.wait(lambda: visits[ref] == 1 and nothing_due(app) and service.worker.is_idle)
    assert failed
