"""Incremental exports, lists, search: what is read in bulk."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from escalade.emulator.world import World

CURSOR = "/api/v2/incremental/tickets/cursor.json"


def _ids(page: Any) -> list[int]:
    return [row["id"] for row in page["tickets"]]


def _follow(api: Any, page: Any) -> Any:
    return api.session.get(page["after_url"], timeout=10).json()


@pytest.fixture
def many(account: Any, world: World) -> list[Any]:
    """Five more tickets, an hour apart, before now."""
    now = world.clock.now()
    return [
        account.state.add_ticket(
            subject=f"Ticket {hours}", requester_id=account.requester.id, created_at=now - timedelta(hours=hours)
        )
        for hours in (5, 4, 3, 2, 1)
    ]


class TestTicketsByCursor:
    def test_pages_follow_each_other_to_the_end_of_the_stream(self, api: Any, account: Any, many: list[Any]) -> None:
        first = api.ok("GET", f"{CURSOR}?start_time=0&per_page=4")
        assert (_ids(first), first["end_of_stream"]) == ([account.ticket.id, *(t.id for t in many[:3])], False)
        last = _follow(api, first)
        assert (_ids(last), last["end_of_stream"]) == ([t.id for t in many[3:]], True)
        again = _follow(api, last)
        assert (_ids(again), again["after_cursor"], again["end_of_stream"]) == ([], last["after_cursor"], True)

    def test_the_cursor_is_stamp_and_id_in_base64_as_recorded(self, api: Any, account: Any) -> None:
        page = api.ok("GET", f"{CURSOR}?start_time=0")
        decoded = base64.b64decode(page["after_cursor"]).decode()
        assert decoded == f"{account.ticket.generated}.0||{account.ticket.id}|"

    def test_a_changed_ticket_comes_again_at_the_end(
        self, api: Any, account: Any, many: list[Any], world: World
    ) -> None:
        seen = api.ok("GET", f"{CURSOR}?start_time=0")
        api.update(account.ticket, priority="high")
        world.clock.advance(61)
        assert _ids(_follow(api, seen)) == [account.ticket.id]

    def test_the_last_minute_is_never_returned(self, api: Any, account: Any, world: World) -> None:
        seen = api.ok("GET", f"{CURSOR}?start_time=0")
        api.update(account.ticket, priority="high")
        world.clock.advance(60)
        assert _ids(_follow(api, seen)) == []
        world.clock.advance(1)
        assert _ids(_follow(api, seen)) == [account.ticket.id]

    def test_a_start_less_than_a_minute_ago_is_refused(self, api: Any, world: World) -> None:
        now = world.clock.timestamp()
        assert api("GET", f"{CURSOR}?start_time={now - 60}").status_code == 422
        assert api("GET", f"{CURSOR}?start_time={now - 61}").status_code == 200
        assert api("GET", CURSOR).json()["error"] == "ParameterMissing"
        assert api("GET", f"{CURSOR}?cursor=rubbish").status_code == 400

    def test_a_change_without_an_event_is_exported_with_its_old_updated_at(
        self, api: Any, account: Any, world: World
    ) -> None:
        seen = api.ok("GET", f"{CURSOR}?start_time=0")
        api.ok("POST", "/_emulator/act", {"ticket": account.ticket.id, "touch": True})
        world.clock.advance(61)
        row = _follow(api, seen)["tickets"][0]
        assert row["updated_at"] == seen["tickets"][0]["updated_at"]
        assert row["generated_timestamp"] > seen["tickets"][0]["generated_timestamp"]

    def test_deleted_and_scrubbed_tickets_stay_in_the_export(self, api: Any, account: Any, world: World) -> None:
        api("DELETE", f"/api/v2/tickets/{account.ticket.id}.json")
        world.clock.advance(61)
        page = api.ok("GET", f"{CURSOR}?start_time=0&include=metric_sets")
        row = page["tickets"][0]
        assert (row["status"], row["subject"], row["metric_set"]) == ("deleted", "Nothing works", None)
        api.ok("POST", "/_emulator/act", {"ticket": account.ticket.id, "scrub": True})
        world.clock.advance(3600)
        row = _follow(api, page)["tickets"][0]
        assert (row["subject"], row["description"], row["tags"]) == ("SCRUBBED", "X", [])
        assert _ids(api.ok("GET", f"{CURSOR}?start_time=0&exclude_deleted=true")) == []

    def test_sideloads_come_inside_and_beside(self, api: Any, account: Any) -> None:
        include = "users,groups,organizations,metric_sets,slas,comment_count"
        page = api.ok("GET", f"{CURSOR}?start_time=0&include={include}")
        row = page["tickets"][0]
        assert (row["comment_count"], row["slas"]) == (2, {"policy_metrics": []})
        assert {user["id"] for user in page["users"]} == {account.requester.id, account.agent.id}
        assert [group["name"] for group in page["groups"]] == ["Tier 1 Support"]
        assert page["organizations"][0]["organization_fields"] == {"tier": "enterprise"}

    def test_only_admins_may_export_and_ai_tickets_are_apart(self, api: Any, account: Any) -> None:
        assert _ids(api.ok("GET", f"{CURSOR}?start_time=0&support_type_scope=ai_agent")) == []
        assert api("GET", f"{CURSOR}?start_time=0&support_type_scope=robots").status_code == 400
        api.session.auth = ("anna@desk.example/token", "emulator-api-token")
        assert api("GET", f"{CURSOR}?start_time=0").status_code == 403


class TestByTime:
    def test_ticket_events_hold_the_changes_and_on_request_whole_comments(
        self, api: Any, account: Any, world: World
    ) -> None:
        path = "/api/v2/incremental/ticket_events.json?start_time=0"
        assert api.ok("GET", path)["count"] == 3
        api.update(account.ticket, priority="high", comment={"body": "internal", "public": False})
        world.clock.advance(61)
        bare = api.ok("GET", path)
        assert bare["count"] == 4
        children = bare["ticket_events"][-1]["child_events"]
        assert {"priority": "high", "previous_value": "normal"}.items() <= children[0].items()
        assert (children[1]["comment_present"], "body" in children[1]) == (True, False)
        whole = api.ok("GET", f"{path}&include=comment_events")["ticket_events"][-1]["child_events"][1]
        assert (whole["body"], whole["public"], whole["author_id"]) == ("internal", False, account.state.bot.id)

    def test_a_page_never_ends_inside_a_second_and_the_next_repeats_its_edge(
        self, api: Any, account: Any, many: list[Any], world: World
    ) -> None:
        path = "/api/v2/incremental/organizations.json?start_time=0&per_page=1"
        world.clock.advance(61)
        account.state.add_organization(name="Late", updated=world.clock.timestamp())
        account.state.add_organization(name="Twin", updated=account.acme.updated)
        world.clock.advance(61)
        first = api.ok("GET", path)
        assert [one["name"] for one in first["organizations"]] == ["Acme", "Twin"]
        second = api.session.get(first["next_page"], timeout=5).json()
        assert [one["name"] for one in second["organizations"]] == ["Acme", "Twin"]
        assert (second["end_time"], second["end_of_stream"]) == (first["end_time"], False)

    def test_users_are_exported_both_ways(self, api: Any, account: Any, world: World) -> None:
        world.clock.advance(61)
        by_time = api.ok("GET", "/api/v2/incremental/users.json?start_time=0")
        by_cursor = api.ok("GET", "/api/v2/incremental/users/cursor.json?start_time=0")
        assert len(by_time["users"]) == len(by_cursor["users"]) == len(account.state.users)


class TestPointReads:
    def test_show_many_takes_a_hundred_ids_and_leaves_unknown_ones_out(self, api: Any, many: list[Any]) -> None:
        ids = ",".join(str(number) for number in range(1, 101))
        assert len(api.ok("GET", f"/api/v2/tickets/show_many.json?ids={ids}")["tickets"]) == 6
        answer = api("GET", f"/api/v2/tickets/show_many.json?ids={ids},101")
        assert (answer.status_code, answer.json()["error"], answer.json()["max_count"]) == (400, "TooManyValues", 100)

    def test_organizations_come_by_id_and_external_id(self, api: Any, account: Any) -> None:
        for query in (f"ids={account.acme.id}", "external_ids=crm-1"):
            found = api.ok("GET", f"/api/v2/organizations/show_many.json?{query}")["organizations"]
            assert [one["name"] for one in found] == ["Acme"]

    def test_offset_paging_ends_after_ten_thousand_rows(self, api: Any, many: list[Any]) -> None:
        page = api.ok("GET", "/api/v2/tickets.json?per_page=4")
        assert (len(page["tickets"]), page["count"]) == (4, 6)
        assert len(api.session.get(page["next_page"], timeout=5).json()["tickets"]) == 2
        assert api("GET", "/api/v2/tickets.json?page=101").status_code == 400

    def test_an_organization_lists_its_tickets_but_not_deleted_ones(
        self, api: Any, account: Any, many: list[Any]
    ) -> None:
        api("DELETE", f"/api/v2/tickets/{many[0].id}.json")
        path = f"/api/v2/organizations/{account.acme.id}/tickets.json?page[size]=100"
        assert len(api.ok("GET", path)["tickets"]) == 5


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("type:ticket status:new", 5),
            ("type:ticket status<open", 5),
            ("status>=open", 1),
            ("priority:none", 5),
            ("tags:printer", 1),
            ("-tags:printer", 5),
            ("organization:Acme created>2026-03-04T05:30:00Z", 2),
            ("Nothing", 1),
            ("type:user Anna", 1),
        ],
    )
    def test_terms_narrow_the_results(self, api: Any, many: list[Any], query: str, count: int) -> None:
        assert api.ok("GET", "/api/v2/search.json", params={"query": query})["count"] == count

    def test_more_than_a_thousand_results_are_422(self, api: Any) -> None:
        answer = api("GET", "/api/v2/search.json?query=status:new&page=11")
        assert (answer.status_code, answer.json()["error"]) == (422, "invalid")

    def test_export_pages_by_cursor_youngest_first_and_refuses_another_type_in_the_query(
        self, api: Any, many: list[Any]
    ) -> None:
        params = {"query": "status:new", "filter[type]": "ticket", "page[size]": "3"}
        page = api.ok("GET", "/api/v2/search/export.json", params=params)
        rest = api.session.get(page["links"]["next"], timeout=5).json()
        assert [row["id"] for row in page["results"] + rest["results"]] == [ticket.id for ticket in many[::-1]]
        assert api("GET", "/api/v2/search/export.json", params={**params, "query": "type:user"}).status_code == 422
