"""Jira Service Management: requests, service levels by the virtual clock, organizations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

HOUR = 3_600_000


@pytest.fixture
def resolution(site: Any, sup: Any) -> Any:
    return site.add_sla(
        "Time to resolution",
        sup,
        default_goal=timedelta(hours=4),
        goals={"Highest": timedelta(hours=1)},
        paused_in=["Waiting for customer"],
    )


@pytest.fixture
def first_reply(site: Any, sup: Any) -> Any:
    return site.add_sla("Time to first response", sup, default_goal=timedelta(hours=1), stops_at_reply=True)


def ongoing(api: Any, field: Any) -> Any:
    return api.fields("SUP-1", field.field_id)[field.field_id].get("ongoingCycle")


def test_the_clock_of_a_request_runs_from_its_creation(api: Any, resolution: Any, request_of_customer: Any) -> None:
    cycle = ongoing(api, resolution)
    assert (cycle["elapsedTime"]["millis"], cycle["remainingTime"]["millis"]) == (2 * HOUR, 2 * HOUR)
    assert (cycle["breached"], cycle["paused"], cycle["withinCalendarHours"]) == (False, False, True)
    assert cycle["breachTime"]["iso8601"] == "2026-03-04T11:00:00+0100"
    assert cycle["startTime"].keys() == {"iso8601", "jira", "friendly", "epochMillis"}


def test_a_breach_comes_with_time_and_without_an_update(
    api: Any, resolution: Any, request_of_customer: Any, world: Any
) -> None:
    before = api.fields("SUP-1", "updated")
    world.clock.advance(3 * 3600)
    cycle = ongoing(api, resolution)
    assert (cycle["breached"], cycle["remainingTime"]["millis"]) == (True, -HOUR)
    assert api.fields("SUP-1", "updated") == before
    assert api.found('"Time to resolution" = breached()') == ["SUP-1"]


def test_the_goal_follows_the_priority(api: Any, resolution: Any, request_of_customer: Any) -> None:
    api("PUT", "issue/SUP-1", {"fields": {"priority": {"name": "Highest"}}})
    cycle = ongoing(api, resolution)
    assert (cycle["goalDuration"]["millis"], cycle["breached"]) == (HOUR, True)


def test_waiting_for_the_customer_pauses_the_clock(
    api: Any, resolution: Any, request_of_customer: Any, world: Any
) -> None:
    api("POST", "issue/SUP-1/transitions", {"transition": {"id": "701"}})
    world.clock.advance(10 * 3600)
    paused = ongoing(api, resolution)
    assert (paused["paused"], paused["elapsedTime"]["millis"], "breachTime" in paused) == (True, 2 * HOUR, False)
    assert api.found('"Time to resolution" = paused()') == ["SUP-1"]
    api("POST", "issue/SUP-1/transitions", {"transition": {"id": "711"}})
    world.clock.advance(3600)
    running = ongoing(api, resolution)
    assert (running["elapsedTime"]["millis"], running["breachTime"]["jira"]) == (
        3 * HOUR,
        "2026-03-04T21:00:00.000+0100",
    )


def test_a_reopened_request_has_a_completed_cycle_and_a_new_one(
    api: Any, resolution: Any, request_of_customer: Any, world: Any
) -> None:
    solve = {"transition": {"id": "761"}, "fields": {"resolution": {"name": "Done"}}}
    api("POST", "issue/SUP-1/transitions", solve)
    assert ongoing(api, resolution) is None
    assert api.found('"Time to resolution" = completed()') == ["SUP-1"]
    world.clock.advance(3600)
    api("POST", "issue/SUP-1/transitions", {"transition": {"id": "781"}})
    value = api.fields("SUP-1", resolution.field_id)[resolution.field_id]
    (completed,) = value["completedCycles"]
    assert (completed["elapsedTime"]["millis"], "ongoingCycle" in value) == (2 * HOUR, True)
    assert value["ongoingCycle"]["elapsedTime"]["millis"] == 0


def test_a_request_seeded_as_resolved_has_a_completed_cycle(api: Any, resolution: Any, site: Any, sup: Any) -> None:
    now = site.now()
    site.add_issue(sup, "x", status="Resolved", created=now - timedelta(hours=5), updated=now - timedelta(hours=2))
    value = api.fields("SUP-1", resolution.field_id)[resolution.field_id]
    assert [cycle["elapsedTime"]["millis"] for cycle in value["completedCycles"]] == [3 * HOUR]
    assert api.fields("SUP-1", "resolution")["resolution"]["name"] == "Done"


def test_only_a_public_comment_of_an_agent_is_a_first_reply(
    api: Any, first_reply: Any, request_of_customer: Any, site: Any, customer: Any
) -> None:
    site.add_comment(request_of_customer, customer, "hello?")
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    api("POST", "issue/SUP-1/comment", {"body": "secret", "properties": internal})
    assert ongoing(api, first_reply)["breached"] is True
    api("POST", "issue/SUP-1/comment", {"body": "hello"})
    assert ongoing(api, first_reply) is None


def test_office_hours_stop_the_clock_at_night(api: Any, site: Any, sup: Any, world: Any) -> None:
    metric = site.add_sla(
        "Office",
        sup,
        default_goal=timedelta(hours=10),
        weekly=[(day, 9 * 60, 17 * 60) for day in range(5)],
        zone="Europe/Berlin",
    )
    site.add_issue(sup, "x", created=world.clock.now())
    # It is Wednesday 09:00 in Berlin: eight hours today, two tomorrow.
    assert ongoing(api, metric)["breachTime"]["jira"] == "2026-03-05T11:00:00.000+0100"
    world.clock.advance(3 * 3600)
    cycle = ongoing(api, metric)
    assert (cycle["elapsedTime"]["millis"], cycle["withinCalendarHours"]) == (3 * HOUR, True)
    world.clock.advance(9 * 3600)
    cycle = ongoing(api, metric)
    assert (cycle["elapsedTime"]["millis"], cycle["withinCalendarHours"]) == (8 * HOUR, False)


def test_the_endpoint_and_the_field_say_the_same(
    api: Any, desk: Any, resolution: Any, first_reply: Any, request_of_customer: Any
) -> None:
    page = desk("GET", "request/SUP-1/sla").json()
    assert (page["size"], page["isLastPage"]) == (2, True)
    fields = api.fields("SUP-1", resolution.field_id, first_reply.field_id)
    assert page["values"] == [fields[resolution.field_id], fields[first_reply.field_id]]
    assert desk("GET", f"request/SUP-1/sla/{resolution.id}").json() == page["values"][0]


def test_the_sla_field_is_found_by_its_plugin_and_comes_with_a_search(
    api: Any, resolution: Any, request_of_customer: Any, issue: Any
) -> None:
    rows = api("GET", "field").json()
    (field,) = [row["id"] for row in rows if row["schema"].get("custom") == "com.atlassian.servicedesk:sd-sla-field"]
    hits = api("POST", "search/jql", {"jql": "project in (SUP, OPS) ORDER BY key", "fields": [field]}).json()["issues"]
    assert [row["fields"][field] is None for row in hits] == [True, False]


def test_an_issue_without_request_type_is_no_request(api: Any, desk: Any, resolution: Any) -> None:
    body = {"fields": {"project": {"key": "SUP"}, "issuetype": {"id": "10004"}, "summary": "by an agent"}}
    api("POST", "issue", body)
    assert desk("GET", "request/SUP-1").status_code == 404
    assert ongoing(api, resolution) is not None


def test_service_levels_are_for_agents(
    desk: Any, resolution: Any, request_of_customer: Any, site: Any, customer: Any
) -> None:
    site.tokens["carla-token"] = customer.account_id
    desk.auth = (customer.email, "carla-token")
    assert desk("GET", "request/SUP-1").status_code == 200
    assert desk("GET", "request/SUP-1/sla").status_code == 403


def test_a_comment_is_public_or_not_by_a_flag(api: Any, desk: Any, request_of_customer: Any) -> None:
    assert desk("POST", "request/SUP-1/comment", {"body": "a"}).json()["public"] is True
    assert desk("POST", "request/SUP-1/comment", {"body": "b", "public": False}).json()["public"] is False
    assert [row["jsdPublic"] for row in api("GET", "issue/SUP-1/comment").json()["comments"]] == [True, False]
    only = desk("GET", "request/SUP-1/comment", internal="false").json()["values"]
    assert [row["body"] for row in only] == ["a"]


def test_organizations_are_read_as_objects_and_written_as_numbers(
    api: Any, request_of_customer: Any, site: Any, customer: Any, desk: Any
) -> None:
    acme = site.add_organization("Acme", members=[customer])
    field = site.field_of_kind("organizations").id
    assert api("PUT", "issue/SUP-1", {"fields": {field: [acme.id]}}).status_code == 204
    assert [row["name"] for row in api.fields("SUP-1", field)[field]] == ["Acme"]
    assert api("PUT", "issue/SUP-1", {"fields": {field: [{"id": acme.id}]}}).status_code == 400
    assert [row["name"] for row in desk("GET", "organization").json()["values"]] == ["Acme"]
    assert desk("GET", f"organization/{acme.id}/user").json()["values"][0]["displayName"] == "Carla Customer"


def test_an_organization_keeps_properties(desk: Any, site: Any) -> None:
    place = f"organization/{site.add_organization('Acme').id}/property/esc"
    assert [desk("PUT", place, {"tier": n}).status_code for n in (1, 2)] == [201, 200]
    assert desk("GET", place).json()["value"] == {"tier": 2}
    assert [desk("DELETE", place).status_code for _ in range(2)] == [204, 404]
    assert desk("GET", "organization/99/property/esc").json().keys() == {"errorMessage", "i18nErrorMessage"}
