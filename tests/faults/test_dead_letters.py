"""Dead letters on a desk that really refuses: what is listed, what replaying and dropping do, and what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

ATTEMPTS = 3
REFUSED = "PUT /api/v2/tickets/{id}"


@pytest.fixture
def desk(make_bench: Callable[..., Any], store_url: str) -> Any:
    """A desk on each database whose first ticket is refused until it is given up."""
    bench = make_bench(tickets=12, linked=1, store=store_url)
    bench.edit("escalade.yaml", "version: 1\n", f"version: 1\nattempts: {ATTEMPTS}\n")
    bench.fault("status", "PUT", "/api/v2/tickets/1$", times=0, status=422)
    for _ in range(ATTEMPTS):
        assert bench.call()[0] == 1
        bench.pass_minutes(61)
    return bench


def listed(desk: Any, *arguments: str) -> list[dict[str, Any]]:
    code, output = desk.call("dead", *(arguments or ("list",)), "--json")
    assert code == 0, output
    found: list[dict[str, Any]] = json.loads(output)["dead"]
    return found


def attempts(desk: Any) -> int:
    return int(desk.control("GET", "/calls")["counts"].get(REFUSED, 0))


def test_a_given_up_ticket_is_listed_with_its_error_and_not_tried_again(desk: Any) -> None:
    (letter,) = listed(desk)
    assert (letter["ref"], letter["attempts"]) == ("zendesk:1", ATTEMPTS)
    assert "answered 422" in letter["error"]
    assert letter["since"].startswith("2026-03-04T")
    before = attempts(desk)
    assert desk.call()[0] == 0
    assert attempts(desk) == before


def test_show_tells_the_journal_of_the_ticket(desk: Any) -> None:
    code, output = desk.call("dead", "show", "zendesk:1")
    assert code == 0
    assert output.count("visit.parked") == ATTEMPTS - 1
    assert "visit.given_up" in output
    (letter,) = listed(desk, "show", "zendesk:1")
    assert letter["journal"][-1]["action"] == "visit.given_up"


def test_people_are_told_in_the_status_and_in_the_daily_digest_but_executives_are_not(desk: Any) -> None:
    for command in (("status",), ("digest",)):
        code, output = desk.call(*command)
        assert (code, "Given up (1)" in output) == (0, True), output
        assert "zendesk:1: zendesk answered 422" in output
    assert "Given up" not in desk.call("digest", "--weekly")[1]
    code, output = desk.call("status", "--format", "json")
    assert [one["ref"] for one in json.loads(output)["dead"]] == ["zendesk:1"]
    assert 'escalade_dead_letters{helpdesk="zendesk"} 1.0' in desk.call("status", "--format", "metrics")[1]


def test_a_replayed_ticket_is_done_by_the_next_run_once_the_helpdesk_takes_it(desk: Any) -> None:
    desk.control("DELETE", "/faults")
    code, output = desk.call("dead", "replay", "zendesk:1")
    assert code == 0
    assert "zendesk:1 is visited by the next run" in output
    assert listed(desk) == []
    before = attempts(desk)
    assert desk.call()[0] == 0
    assert attempts(desk) == before + 1
    assert "dead.replayed" in desk.call("journal", "zendesk:1")[1]


def test_a_ticket_that_is_replayed_too_early_begins_to_count_anew(desk: Any) -> None:
    assert desk.call("dead", "replay", "--all")[0] == 0
    for _ in range(ATTEMPTS - 1):
        assert desk.call()[0] == 1
        assert listed(desk) == []
        desk.pass_minutes(61)
    assert desk.call()[0] == 1
    assert [one["ref"] for one in listed(desk)] == ["zendesk:1"]


def test_a_dropped_ticket_is_neither_listed_nor_visited_until_somebody_touches_it(desk: Any) -> None:
    desk.control("DELETE", "/faults")
    code, output = desk.call("dead", "drop", "zendesk:1")
    assert (code, "is put away" in output) == (0, True)
    assert listed(desk) == []
    before = attempts(desk)
    assert desk.call()[0] == 0
    assert attempts(desk) == before
    assert "dead.dropped" in desk.call("journal", "zendesk:1")[1]
    desk.control("POST", "/act", {"ticket": 1, "change": {"comment": {"body": "Any news?", "public": True}}})
    desk.pass_minutes(2)
    assert desk.call()[0] == 0
    assert attempts(desk) > before


def test_a_ticket_that_is_no_dead_letter_is_named_and_the_others_are_done(desk: Any) -> None:
    code, output = desk.call("dead", "replay", "zendesk:1", "zendesk:2")
    assert code == 1
    assert "zendesk:2 is no dead letter; escalade journal zendesk:2 says how it stands" in output
    assert "zendesk:1 is visited" in output
    assert "zendesk:2 is visited" not in output
    assert desk.call("dead", "replay", "--all") == (0, "Nothing was done: there is no dead letter. ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list", "zendesk:1"), "list shows all of them"),
        (("show",), "name the tickets to show"),
        (("replay",), "name the tickets to replay, or say --all"),
        (("drop", "zendesk:1", "--all"), "name the tickets to drop, or say --all"),
        (("replay", "35"), "a ticket reference is written helpdesk:id"),
        (("bury",), "'bury' is not one of"),
    ],
)
def test_a_wrong_call_says_how_it_is_right_and_ends_with_2(
    make_bench: Callable[..., Any], arguments: tuple[str, ...], told: str
) -> None:
    code, output = make_bench(tickets=1, linked=0).call("dead", *arguments)
    assert code == 2
    assert told in output.replace("│ ", "")
