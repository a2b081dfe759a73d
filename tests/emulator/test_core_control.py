"""The emulator's core: time, faults, counts, and what happens on the wire."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from escalade.emulator.clock import VirtualClock
from escalade.emulator.faults import BadFaultError, Faults
from escalade.emulator.routing import Req, Resp, Route, Router
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World


def _answer(_world: World, _req: Req) -> Resp:
    return Resp()


def _route(template: str) -> Route:
    return Route(method="GET", template=template, function=_answer, write=False, vendor="zendesk")


class TestClock:
    def test_stands_still_until_it_is_moved(self, world: World) -> None:
        first = world.clock.now()
        assert world.clock.now() == first
        world.clock.advance(90.5)
        assert world.clock.now() == first + timedelta(seconds=90.5)

    def test_refuses_to_go_back_and_to_guess_a_zone(self, world: World) -> None:
        with pytest.raises(ValueError, match="cannot go back"):
            world.clock.advance(-1)
        with pytest.raises(ValueError, match="time zone"):
            world.clock.set(world.clock.now().replace(tzinfo=None))

    def test_lets_each_thing_of_the_agenda_happen_at_its_own_instant(self, world: World) -> None:
        clock = world.clock
        due = [clock.now() + timedelta(hours=hours) for hours in (1, 2, 5)]
        seen: list[Any] = []

        class Agenda:
            def next_at(self) -> Any:
                return due[0] if due else None

            def run_next(self) -> None:
                assert clock.now() == due[0]
                seen.append(due.pop(0))

        world.pending = Agenda()
        clock.advance(3 * 3600)
        assert len(seen) == 2
        assert len(due) == 1


class TestRouter:
    def test_a_literal_segment_wins_over_a_parameter(self) -> None:
        router = Router([_route("/t/{id}"), _route("/t/show_many"), _route("/t/{id}/tags")])
        assert [
            found and found[0].template for found in (router.find("GET", "/t/show_many"), router.find("GET", "/t/7"))
        ] == [
            "/t/show_many",
            "/t/{id}",
        ]
        found = router.find("GET", "/t/7/tags")
        assert found is not None
        assert found[1] == {"id": "7"}

    def test_a_literal_that_leads_nowhere_falls_back_to_the_parameter(self) -> None:
        router = Router([_route("/t/show_many"), _route("/t/{id}/tags")])
        found = router.find("GET", "/t/show_many/tags")
        assert found is not None
        assert found[1] == {"id": "show_many"}

    def test_two_routes_for_the_same_place_are_an_error(self) -> None:
        with pytest.raises(ValueError, match="two routes"):
            Router([_route("/t/{id}"), _route("/t/{key}")])


class TestFaultsThatCount:
    def test_strike_the_nth_request_that_matches_and_so_many_after_it(self) -> None:
        faults = Faults()
        faults.add("status", {"method": "PUT", "path_regex": "/tickets/", "nth": 2, "times": 2})
        requests_seen = [("GET", "/tickets/1"), *[("PUT", "/tickets/1")] * 5]
        assert [bool(faults.strike(*one)) for one in requests_seen] == [False, False, True, True, False, False]

    def test_with_times_zero_stay_until_removed(self) -> None:
        faults = Faults()
        fault = faults.add("status", {"times": 0})
        assert all(faults.strike("GET", "/x") for _ in range(10))
        faults.clear(fault.id)
        assert not faults.strike("GET", "/x")

    def test_are_refused_when_they_make_no_sense(self) -> None:
        faults = Faults()
        for kind, match in (("nonsense", {}), ("status", {"path_regex": "("}), ("status", {"paht": "x"})):
            with pytest.raises(BadFaultError):
                faults.add(kind, match)


@pytest.mark.usefixtures("account")
class TestFaultsOnTheWire:
    def test_a_reset_before_leaves_the_ticket_as_it_was(self, world: World, api: Any, account: Any) -> None:
        world.faults.add("reset_before", {"method": "PUT"})
        with pytest.raises(requests.ConnectionError):
            api.update(account.ticket, priority="urgent")
        assert account.ticket.priority == "normal"
        assert world.calls.writes == 0

    def test_a_reset_after_has_changed_the_ticket(self, world: World, api: Any, account: Any) -> None:
        world.faults.add("reset_after", {"method": "PUT"})
        with pytest.raises(requests.ConnectionError):
            api.update(account.ticket, priority="urgent")
        assert account.ticket.priority == "urgent"
        assert world.calls.writes == 1

    def test_a_body_that_is_not_json_and_one_that_is_cut_cannot_be_read(self, world: World, api: Any) -> None:
        for kind in ("not_json", "truncated"):
            world.faults.add(kind)
            answer = api("GET", "/api/v2/users/me.json")
            assert answer.status_code == 200
            with pytest.raises(requests.JSONDecodeError):
                answer.json()

    def test_any_status_can_be_answered_with_any_body(self, world: World, api: Any) -> None:
        world.faults.add(
            "status", status=503, body="try later", content_type="text/plain", headers={"retry-after": "7"}
        )
        answer = api("GET", "/api/v2/users/me.json")
        assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (503, "try later", "7")

    def test_the_vendor_words_its_own_refusals(self, world: World, api: Any) -> None:
        for kind in ("unauthorized", "forbidden", "rate_limited"):
            world.faults.add(kind)
        world.faults.clear("fault-2")
        world.faults.clear("fault-3")
        assert api("GET", "/api/v2/users/me.json").json() == {"error": "Couldn't authenticate you"}
        world.faults.add("rate_limited", retry_after=93)
        answer = api("GET", "/api/v2/users/me.json")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "93")
        assert answer.headers["content-type"].startswith("text/plain")

    def test_somebody_else_edits_first_when_told_so(self, world: World, api: Any, account: Any) -> None:
        stamp = api.ok("GET", f"/api/v2/tickets/{account.ticket.id}.json")["ticket"]["updated_at"]
        world.faults.add("edit_conflict", {"method": "PUT"})
        answer = api.update(account.ticket, priority="high", safe_update=True, updated_stamp=stamp)
        assert answer.status_code == 409
        assert account.ticket.priority == "normal"


class TestHeldRequests:
    @pytest.fixture
    def thread(self, api: Any, account: Any) -> Iterator[threading.Thread]:
        outcome: list[Any] = []

        def put() -> None:
            try:
                outcome.append(api.update(account.ticket, priority="urgent").status_code)
            except requests.ConnectionError as error:
                outcome.append(type(error))

        thread = threading.Thread(target=put)
        thread.outcome = outcome  # type: ignore[attr-defined]
        yield thread
        thread.join(timeout=10)

    def _wait_until_held(self, running: RunningEmulator, thread: threading.Thread) -> None:
        thread.start()
        while not requests.get(f"{running.url}/_emulator/held", timeout=5).json()["held"]:
            thread.join(timeout=0.01)
            assert thread.is_alive()

    def _release(self, running: RunningEmulator, **how: Any) -> int:
        answer = requests.post(f"{running.url}/_emulator/release", json=how, timeout=5)
        return int(answer.json()["released"])

    def test_held_before_are_processed_once_released(self, running: RunningEmulator, account: Any, thread: Any) -> None:
        running.world.faults.add("hold_before", {"method": "PUT"})
        self._wait_until_held(running, thread)
        assert account.ticket.priority == "normal"
        assert self._release(running) == 1
        thread.join(timeout=10)
        assert (thread.outcome, account.ticket.priority) == ([200], "urgent")

    def test_held_after_are_processed_already(self, running: RunningEmulator, account: Any, thread: Any) -> None:
        running.world.faults.add("hold_after", {"method": "PUT"})
        self._wait_until_held(running, thread)
        assert account.ticket.priority == "urgent"
        self._release(running)
        thread.join(timeout=10)
        assert thread.outcome == [200]

    def test_held_before_and_dropped_never_happened(self, running: RunningEmulator, account: Any, thread: Any) -> None:
        running.world.faults.add("hold_before", {"method": "PUT"})
        self._wait_until_held(running, thread)
        self._release(running, drop=True)
        thread.join(timeout=10)
        assert (thread.outcome, account.ticket.priority) == ([requests.ConnectionError], "normal")


@pytest.mark.usefixtures("account")
class TestControl:
    def test_an_unknown_route_is_501_and_remembered(self, api: Any) -> None:
        answer = api("GET", "/api/v2/crystal_balls.json")
        assert answer.status_code == 501
        assert "GET /api/v2/crystal_balls.json" in answer.json()["description"]
        assert api.ok("GET", "/_emulator/state")["unknown_routes"] == ["GET /api/v2/crystal_balls.json"]

    def test_calls_are_counted_by_route_and_writes_apart(self, api: Any, account: Any) -> None:
        for _ in range(3):
            api.ok("GET", f"/api/v2/tickets/{account.ticket.id}.json")
        api.update(account.ticket, priority="high")
        api.update(account.ticket, status="nonsense")
        calls = api.ok("GET", "/_emulator/calls")
        assert calls["counts"] == {"GET /api/v2/tickets/{id}": 3, "PUT /api/v2/tickets/{id}": 2}
        assert calls["writes"] == 1, "a refused update changed nothing"
        assert [call["status"] for call in calls["requests"]] == [200, 200, 200, 200, 422]
        api.ok("DELETE", "/_emulator/calls")
        assert api.ok("GET", "/_emulator/calls")["total"] == 0

    def test_faults_are_managed_as_json(self, api: Any) -> None:
        wanted = {"id": "f", "kind": "status", "match": {"nth": 5}, "params": {"status": 500}}
        assert api("POST", "/_emulator/faults", [wanted]).status_code == 201
        shown = api.ok("GET", "/_emulator/faults")["faults"]
        assert [(one["id"], one["match"]["nth"], one["params"]) for one in shown] == [("f", 5, {"status": 500})]
        assert api.ok("DELETE", "/_emulator/faults")["faults"] == []
        assert api("POST", "/_emulator/faults", {"kind": "nonsense"}).status_code == 400

    def test_time_advances_by_seconds_or_to_an_instant(self, api: Any) -> None:
        assert api.ok("POST", "/_emulator/advance", {"seconds": 60})["now"] == "2026-03-04T08:01:00+00:00"
        later = "2026-03-07T00:00:00+00:00"
        assert api.ok("POST", "/_emulator/advance", {"to": later})["now"] == later
        assert api("POST", "/_emulator/advance", {"seconds": -1}).status_code == 400

    def test_a_person_acts_under_the_same_rules(self, api: Any, account: Any) -> None:
        ticket, agent = account.ticket, account.agent
        said = {"comment": {"body": "On it.", "public": True}, "status": "pending"}
        act = {"vendor": "zendesk", "ticket": ticket.id, "user": agent.id, "change": said}
        api.ok("POST", "/_emulator/act", act)
        assert (ticket.status, ticket.comments[-1].author_id, ticket.audits[-1].via) == ("pending", agent.id, "web")
        refused = api("POST", "/_emulator/act", {**act, "change": {"priority": ""}})
        assert refused.status_code == 422

    def test_webhooks_are_registered_at_each_vendor(self, api: Any, world: World) -> None:
        place = {"url": "http://127.0.0.1:9/hooks", "secret": "s"}
        made = api("POST", "/_emulator/webhooks", {**place, "vendor": "jira", "events": ["jira:issue_updated"]})
        assert (made.status_code, made.json()["secret"]) == (201, "s")
        api.ok("POST", "/_emulator/webhooks", place)
        assert (len(world.jira.webhooks), len(world.zendesk.webhooks), len(world.jira_dc.webhooks)) == (1, 1, 0)
        assert api("POST", "/_emulator/webhooks", {**place, "vendor": "lotus"}).status_code == 400

    def test_a_server_that_is_stopped_lets_go_of_held_requests(self, world: World, account: Any) -> None:
        world.faults.add("hold_before")
        emulator = RunningEmulator(world).start()
        failed: list[BaseException] = []

        def get() -> None:
            try:
                requests.get(f"{emulator.url}/api/v2/users/me", timeout=10)
            except requests.ConnectionError as error:
                failed.append(error)

        thread = threading.Thread(target=get)
        thread.start()
        while not world.faults.held:
            thread.join(timeout=0.01)
            assert thread.is_alive()
        emulator.stop()
        thread.join(timeout=10)
        assert len(failed) == 1


def test_the_clock_can_be_made_in_any_zone_and_shows_utc(world: World) -> None:
    clock = VirtualClock(world.clock.now())
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize("path", ["/api/v2/tickets.json", "/_emulator/advance"])
def test_a_caller_who_hangs_up_in_the_middle_of_a_request_is_let_go_without_a_word(
    running: Any, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", running.port)) as caller:
            caller.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{{".encode())
            # Answered only after the emulator has begun to wait for the rest of the request above.
            assert requests.get(f"{running.url}/_emulator/health", timeout=10).ok
    running.stop()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_chat_room_keeps_what_is_posted_and_says_no_in_its_own_words(world: World) -> None:
    with RunningEmulator(world) as emulator:
        said = {"title": "Down", "text": "Production is down"}
        assert requests.post(f"{emulator.url}/room/T0", json=said, timeout=5).text == "ok"
        assert requests.post(f"{emulator.url}/room/T0", json={}, timeout=5).status_code == 400
        emulator.world.faults.add("rate_limited", {"path_regex": "^/room/"}, retry_after=7)
        refused = requests.post(f"{emulator.url}/room/T0", json=said, timeout=5)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
        assert emulator.world.letters == ["Down\nProduction is down"]
