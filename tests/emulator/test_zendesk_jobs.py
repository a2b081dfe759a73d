"""Bulk updates and the jobs that do them."""

from __future__ import annotations

from typing import Any

import pytest

from escalade.emulator.world import World


def _finished(api: Any, job: Any) -> Any:
    for _ in range(2):
        job = api.ok("GET", f"/api/v2/job_statuses/{job['id']}.json")["job_status"]
    assert job["status"] == "completed"
    return job["results"]


@pytest.fixture
def pair(account: Any) -> list[Any]:
    other = account.state.add_ticket(subject="Other", requester_id=account.requester.id, tags=["fax"])
    return [account.ticket, other]


def _ids(pair: list[Any]) -> str:
    return ",".join(str(ticket.id) for ticket in pair)


class TestUpdateMany:
    def test_a_job_is_queued_then_working_then_completed(self, api: Any, pair: list[Any]) -> None:
        body = {"ticket": {"priority": "high"}}
        job = api.ok("PUT", f"/api/v2/tickets/update_many.json?ids={_ids(pair)}", body)["job_status"]
        assert (job["status"], job["progress"], job["results"], job["total"]) == ("queued", None, None, 2)
        path = f"/api/v2/job_statuses/{job['id']}.json"
        working = api.ok("GET", path)["job_status"]
        assert (working["status"], working["results"], pair[1].priority) == ("working", None, None)
        done = api.ok("GET", path)["job_status"]
        assert [row["status"] for row in done["results"]] == ["Updated", "Updated"]
        assert {ticket.priority for ticket in pair} == {"high"}

    def test_bulk_adds_and_removes_tags_without_touching_the_others(self, api: Any, pair: list[Any]) -> None:
        body = {"ticket": {"additional_tags": ["esc_t1"], "remove_tags": ["fax"]}}
        job = api.ok("PUT", f"/api/v2/tickets/update_many.json?ids={_ids(pair)}", body)["job_status"]
        _finished(api, job)
        assert [ticket.tags for ticket in pair] == [["esc_t1", "printer"], ["esc_t1"]]

    def test_a_single_update_ignores_additional_tags(self, api: Any, account: Any) -> None:
        api.update(account.ticket, additional_tags=["esc_t1"])
        assert account.ticket.tags == ["printer"]

    def test_batch_changes_each_ticket_in_its_own_way_and_fails_row_by_row(self, api: Any, pair: list[Any]) -> None:
        rows = [{"id": pair[0].id, "priority": "low"}, {"id": pair[1].id, "status": "nonsense"}, {"id": 4711}]
        job = api.ok("PUT", "/api/v2/tickets/update_many.json", {"tickets": rows})["job_status"]
        results = _finished(api, job)
        assert [(row["id"], row["success"]) for row in results] == [
            (pair[0].id, True),
            (pair[1].id, False),
            (4711, False),
        ]
        assert [row.get("error") for row in results] == [None, "RecordInvalid", "RecordNotFound"]

    def test_a_ticket_that_changes_after_queueing_is_a_conflict_of_its_row(
        self, api: Any, pair: list[Any], world: World
    ) -> None:
        body = {"ticket": {"priority": "low"}}
        job = api.ok("PUT", f"/api/v2/tickets/update_many.json?ids={_ids(pair)}", body)["job_status"]
        world.clock.advance(1)
        api.update(pair[1], priority="urgent")
        results = _finished(api, job)
        assert [row.get("error") for row in results] == [None, "UpdateConflict"]
        assert pair[1].priority == "urgent"

    def test_stamp_and_safe_update_of_a_batch_row_come_together(self, api: Any, pair: list[Any]) -> None:
        rows = [{"id": pair[0].id, "updated_stamp": "2026-01-01T00:00:00Z"}]
        assert api("PUT", "/api/v2/tickets/update_many.json", {"tickets": rows}).status_code == 400

    def test_one_row_fails_when_a_fault_says_so(self, api: Any, pair: list[Any], world: World) -> None:
        world.faults.add("job_partial", row=1)
        body = {"ticket": {"priority": "low"}}
        job = api.ok("PUT", f"/api/v2/tickets/update_many.json?ids={_ids(pair)}", body)["job_status"]
        assert [row["success"] for row in _finished(api, job)] == [True, False]
        assert [ticket.priority for ticket in pair] == ["low", None]

    def test_more_than_a_hundred_tickets_are_refused(self, api: Any, account: Any) -> None:
        ids = ",".join(["1"] * 101)
        answer = api("PUT", f"/api/v2/tickets/update_many.json?ids={ids}", {"ticket": {}})
        assert (answer.status_code, answer.json()["error"]) == (400, "TooManyValues")

    def test_more_than_thirty_jobs_at_once_are_refused(self, api: Any, pair: list[Any]) -> None:
        path = f"/api/v2/tickets/update_many.json?ids={_ids(pair)}"
        for _ in range(30):
            api.ok("PUT", path, {"ticket": {"priority": "low"}})
        answer = api("PUT", path, {"ticket": {"priority": "low"}})
        assert (answer.status_code, answer.json()["error"]) == (429, "TooManyJobs")
        assert len(answer.json()["current_job_ids"]) == 30

    def test_a_job_that_nobody_polls_is_done_after_some_seconds(self, api: Any, pair: list[Any], world: World) -> None:
        api.ok("PUT", f"/api/v2/tickets/update_many.json?ids={_ids(pair)}", {"ticket": {"priority": "low"}})
        world.clock.advance(5)
        api.ok("GET", "/api/v2/users/me.json")
        assert {ticket.priority for ticket in pair} == {"low"}


def test_many_tickets_are_created_and_deleted_by_jobs(api: Any, account: Any) -> None:
    rows = [{"subject": f"n{number}", "comment": {"body": "x"}} for number in range(3)]
    job = api.ok("POST", "/api/v2/tickets/create_many.json", {"tickets": rows})["job_status"]
    made = _finished(api, job)
    assert [(row["index"], row["status"]) for row in made] == [(0, "Created"), (1, "Created"), (2, "Created")]
    ids = ",".join(str(row["id"]) for row in made)
    job = api.ok("DELETE", f"/api/v2/tickets/destroy_many.json?ids={ids}")["job_status"]
    assert _finished(api, job) == {"success": True}, "an object, not a list"
    assert api("GET", f"/api/v2/tickets/{made[0]['id']}.json").status_code == 404


def test_several_jobs_are_polled_at_once(api: Any, pair: list[Any]) -> None:
    path = f"/api/v2/tickets/update_many.json?ids={_ids(pair)}"
    ids = [api.ok("PUT", path, {"ticket": {"priority": "low"}})["job_status"]["id"] for _ in range(2)]
    shown = api.ok("GET", f"/api/v2/job_statuses/show_many.json?ids={','.join(ids)}")["job_statuses"]
    assert [job["status"] for job in shown] == ["working", "working"]
