"""The log: what it tells of a story of faults, in which order, and what it never holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from escalade.actions import ACTIONS, JOURNAL_FACTS, LEVELS

#: What a helpdesk may say back to us in an error.
PLANTED = "my card number is 4111 1111 1111 1111"


@pytest.fixture
def desk(make_bench: Callable[..., Any]) -> Any:
    return make_bench(tickets=12, linked=1)


def lines(desk: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in desk.log.splitlines()]


def events(desk: Any, name: str) -> list[dict[str, Any]]:
    return [line for line in lines(desk) if line["event"] == name]


def test_each_outcome_is_one_line_with_the_number_that_it_has_in_the_journal(desk: Any) -> None:
    assert desk.call()[0] == 0
    applied = events(desk, "write.applied")
    assert applied
    assert len({line["journal"] for line in applied}) == len(applied)
    assert events(desk, "write.intended") == []
    for line in lines(desk):
        known = next(action for action in ACTIONS if action.name == line["event"])
        assert line["level"] == LEVELS[line["event"]]
        facts = JOURNAL_FACTS if known.facts is None else known.facts
        assert set(line) <= {"event", "level", "timestamp", *facts}, line
        assert line["timestamp"].endswith("Z")


def test_a_ticket_that_fails_is_told_when_it_begins_and_when_it_is_over_and_not_in_between(desk: Any) -> None:
    desk.fault("status", "PUT", "/api/v2/tickets/1$", times=4, status=422)
    for _ in range(4):
        assert desk.call()[0] == 1
        desk.pass_minutes(61)
    assert len(events(desk, "visit.parked")) == 1
    assert desk.call()[0] == 0
    (recovered,) = events(desk, "visit.recovered")
    assert (recovered["ticket"], recovered["attempts"]) == ("zendesk:1", 4)
    assert len(events(desk, "visit.parked")) == 1


def test_a_ticket_that_is_given_up_is_an_error(desk: Any) -> None:
    desk.edit("escalade.yaml", "version: 1\n", "version: 1\nattempts: 2\n")
    desk.fault("status", "PUT", "/api/v2/tickets/1$", times=0, status=422)
    for _ in range(3):
        desk.call()
        desk.pass_minutes(61)
    (given_up,) = events(desk, "visit.given_up")
    assert (given_up["level"], given_up["ticket"]) == ("error", "zendesk:1")


def test_a_helpdesk_that_is_away_is_told_once_and_its_recovery_once(desk: Any) -> None:
    assert desk.call()[0] == 0
    desk.fault("status", "GET", "/rest/api/", times=0, status=503)
    desk.fault("status", "POST", "/rest/api/", times=0, status=503)
    for _ in range(4):
        assert desk.call()[0] == 1
        desk.pass_minutes(61)
    assert [line["helpdesk"] for line in events(desk, "helpdesk.troubled")] == ["jira"]
    assert events(desk, "helpdesk.recovered") == []
    desk.mend()
    assert desk.call()[0] == 0
    assert desk.call()[0] == 0
    assert [line["helpdesk"] for line in events(desk, "helpdesk.recovered")] == ["jira"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 422, "body": {"error": "RecordInvalid", "description": PLANTED, "details": {}}},
        {"status": 400, "body": {"errorMessages": [], "errors": {}, "warning": PLANTED}},
        {"status": 500, "body": PLANTED, "content_type": "text/plain"},
        {"status": 200, "body": f"<html>{PLANTED}</html>", "content_type": "text/html"},
        {"status": 200, "body": f'{{"ticket": {{"id": "{PLANTED}"'},
        {"status": 200, "body": {"ticket": {"id": PLANTED, "subject": PLANTED}}},
        {"status": 302, "headers": {"Location": f"http://elsewhere.example/?q={PLANTED.replace(' ', '+')}"}},
        {"status": 404, "body": PLANTED},
        {"status": 409, "body": {"error": PLANTED[:20] + "…", "description": PLANTED}},
    ],
    ids=lambda fault: f"{fault['status']} {fault.get('content_type', '')}",
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/v2/tickets/"), ("GET", "/api/v2/"), ("POST", "/rest/api/"), ("GET", "/rest/api/")],
)
def test_what_a_helpdesk_says_back_of_a_customers_words_is_in_no_log(
    desk: Any, method: str, path: str, fault: dict[str, Any]
) -> None:
    desk.fault("status", method, path, nth=2, times=3, **fault)
    desk.call()
    desk.call()
    assert PLANTED not in desk.log
    assert PLANTED.replace(" ", "+") not in desk.log


def test_every_name_is_given_once() -> None:
    assert max(Counter(action.name for action in ACTIONS).values()) == 1
