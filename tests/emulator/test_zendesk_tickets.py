"""Reading, creating and changing single tickets under Zendesk's rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from escalade.emulator.world import World


def _ticket(api: Any, ticket: Any) -> Any:
    return api.ok("GET", f"/api/v2/tickets/{ticket.id}.json")["ticket"]


def _field(shown: Any, field: Any) -> Any:
    return next(row["value"] for row in shown["custom_fields"] if row["id"] == field.id)


class TestUpdate:
    def test_one_request_changes_everything_and_answers_ticket_and_audit(self, api: Any, account: Any) -> None:
        answer = api.update(
            account.ticket,
            priority="urgent",
            tags=["printer", "esc_t2"],
            custom_fields=[{"id": account.note.id, "value": "Tier 2"}],
            comment={"body": "Escalated.", "public": False},
            metadata={"esc_op": "op-1"},
        )
        body = answer.json()
        assert (body["ticket"]["priority"], body["ticket"]["tags"]) == ("urgent", ["esc_t2", "printer"])
        assert _field(body["ticket"], account.note) == "Tier 2"
        audit = body["audit"]
        assert audit["metadata"]["custom"] == {"esc_op": "op-1"}
        assert audit["via"]["channel"] == "api"
        changes = {event["field_name"]: (event["previous_value"], event["value"]) for event in audit["events"][1:]}
        assert changes["priority"] == ("normal", "urgent")
        assert changes["tags"] == (["printer"], ["esc_t2", "printer"])
        assert audit["events"][0]["public"] is False
        assert len(account.ticket.audits) == 4, "everything went into one audit"

    def test_what_is_not_named_stays(self, api: Any, account: Any) -> None:
        before = _ticket(api, account.ticket)
        api.update(account.ticket, priority="high")
        changed = {key for key, value in _ticket(api, account.ticket).items() if before[key] != value}
        assert changed == {"priority", "updated_at", "generated_timestamp"}

    def test_an_update_that_changes_nothing_leaves_no_trace(self, api: Any, account: Any) -> None:
        before = _ticket(api, account.ticket)
        assert api.update(account.ticket, priority="normal").status_code == 200
        assert _ticket(api, account.ticket) == before

    @pytest.mark.parametrize("safe_update", [True, False, "true"])
    def test_a_stale_stamp_is_refused_even_when_safe_update_is_false(
        self, api: Any, account: Any, safe_update: Any
    ) -> None:
        answer = api.update(
            account.ticket, priority="high", safe_update=safe_update, updated_stamp="2026-01-01T00:00:00Z"
        )
        assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")
        assert account.ticket.priority == "normal"

    def test_a_fresh_stamp_passes(self, api: Any, account: Any) -> None:
        stamp = _ticket(api, account.ticket)["updated_at"]
        assert api.update(account.ticket, priority="high", safe_update=True, updated_stamp=stamp).status_code == 200

    def test_a_system_change_without_event_is_not_seen_by_safe_update(self, api: Any, account: Any) -> None:
        before = _ticket(api, account.ticket)
        api.ok("POST", "/_emulator/act", {"ticket": account.ticket.id, "system": {"priority": "low"}})
        shown = _ticket(api, account.ticket)
        assert (shown["priority"], shown["updated_at"]) == ("low", before["updated_at"])
        assert shown["generated_timestamp"] > before["generated_timestamp"]
        stamp = shown["updated_at"]
        assert api.update(account.ticket, priority="high", safe_update=True, updated_stamp=stamp).status_code == 200

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"priority": "highest"}, "priority"),
            ({"priority": ""}, "priority"),
            ({"priority": None}, "priority"),
            ({"status": "reopened"}, "status"),
            ({"status": "new"}, "status"),
            ({"group_id": 4711}, "group"),
            ({"assignee_id": 4711}, "assignee"),
            ({"problem_id": 1}, "problem_id"),
            ({"organization_id": 4711}, "organization"),
        ],
    )
    def test_what_the_rules_forbid_is_422_and_names_the_field(
        self, api: Any, account: Any, change: dict[str, Any], field: str
    ) -> None:
        before = _ticket(api, account.ticket)
        answer = api.update(account.ticket, subject="Not this either", **change)
        assert answer.status_code == 422
        assert answer.json()["error"] == "RecordInvalid"
        assert list(answer.json()["details"]) == [field]
        assert _ticket(api, account.ticket) == before

    def test_a_body_without_ticket_or_without_json_is_refused(self, api: Any, account: Any) -> None:
        path = f"/api/v2/tickets/{account.ticket.id}.json"
        assert api("PUT", path, {"tickte": {}}).json()["error"] == "ParameterMissing"
        assert api("PUT", path, data=b"{", headers={"content-type": "application/json"}).status_code == 422


class TestAssignment:
    def test_a_new_group_without_the_assignee_clears_the_assignee(self, api: Any, account: Any) -> None:
        shown = api.update(account.ticket, group_id=account.tier2.id).json()["ticket"]
        assert (shown["group_id"], shown["assignee_id"]) == (account.tier2.id, None)

    def test_an_assignee_outside_of_the_group_is_refused(self, api: Any, account: Any) -> None:
        answer = api.update(account.ticket, group_id=account.tier2.id, assignee_id=account.agent.id)
        assert answer.status_code == 422

    def test_an_assignee_brings_the_group_along(self, api: Any, account: Any) -> None:
        shown = api.update(account.ticket, assignee_email="egon@desk.example").json()["ticket"]
        assert (shown["group_id"], shown["assignee_id"]) == (account.tier2.id, account.expert.id)

    def test_an_end_user_cannot_be_assigned(self, api: Any, account: Any) -> None:
        assert api.update(account.ticket, assignee_id=account.requester.id).status_code == 422

    def test_assigning_a_new_ticket_opens_it(self, api: Any, account: Any) -> None:
        fresh = account.state.add_ticket(subject="Fresh", requester_id=account.requester.id)
        assert fresh.status == "new"
        assert api.update(fresh, assignee_id=account.agent.id).json()["ticket"]["status"] == "open"

    def test_solving_needs_an_assignee(self, api: Any, account: Any) -> None:
        fresh = account.state.add_ticket(subject="Fresh", requester_id=account.requester.id)
        assert api.update(fresh, status="solved").status_code == 422
        assert api.update(fresh, status="solved", assignee_id=account.agent.id).status_code == 200


class TestClosedDeletedMerged:
    def test_a_closed_ticket_takes_only_tags_subject_and_priority(self, api: Any, account: Any) -> None:
        account.ticket.status = "closed"
        assert api.update(account.ticket, tags=["late"], priority="high", subject="Still").status_code == 200
        answer = api.update(account.ticket, comment={"body": "Hello?", "public": False})
        assert answer.status_code == 422
        assert answer.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"

    def test_a_deleted_ticket_is_404_for_everything(self, api: Any, account: Any) -> None:
        path = f"/api/v2/tickets/{account.ticket.id}"
        assert api("DELETE", f"{path}.json").status_code == 204
        for method, place in (("GET", path), ("PUT", path), ("GET", f"{path}/comments"), ("PUT", f"{path}/tags")):
            answer = api(method, place, {"ticket": {}, "tags": []})
            assert (answer.status_code, answer.json()["error"]) == (404, "RecordNotFound")
        assert api.ok("GET", f"/api/v2/tickets/show_many.json?ids={account.ticket.id}")["tickets"] == []

    def test_a_merged_ticket_closes_with_a_tag_and_both_sides_say_so(self, api: Any, account: Any) -> None:
        target = account.state.add_ticket(subject="Same thing", requester_id=account.requester.id)
        job = api.ok("POST", f"/api/v2/tickets/{target.id}/merge.json", {"ids": [account.ticket.id]})["job_status"]
        for _ in range(2):
            job = api.ok("GET", f"/api/v2/job_statuses/{job['id']}.json")["job_status"]
        assert job["status"] == "completed"
        assert (account.ticket.status, "closed_by_merge" in account.ticket.tags) == ("closed", True)
        assert str(account.ticket.id) in target.comments[-1].body


class TestTags:
    def test_put_adds_post_replaces_delete_removes(self, api: Any, account: Any) -> None:
        path = f"/api/v2/tickets/{account.ticket.id}/tags.json"
        assert api.ok("PUT", path, {"tags": ["esc_t1"]})["tags"] == ["esc_t1", "printer"]
        assert api("DELETE", path, {"tags": ["printer"]}).status_code == 204
        assert api.ok("GET", path)["tags"] == ["esc_t1"]
        answer = api("POST", path, {"tags": ["only"]})
        assert (answer.status_code, answer.json()["tags"]) == (201, ["only"])

    def test_the_tags_endpoints_know_safe_update(self, api: Any, account: Any) -> None:
        body = {"tags": ["esc"], "safe_update": "true", "updated_stamp": "2026-01-01T00:00:00Z"}
        assert api("PUT", f"/api/v2/tickets/{account.ticket.id}/tags.json", body).status_code == 409

    def test_tags_are_lower_case_without_spaces_and_once(self, api: Any, account: Any) -> None:
        shown = api.update(account.ticket, tags=["Two Words", "VIP", "vip"]).json()["ticket"]
        assert shown["tags"] == ["two_words", "vip"]

    def test_a_drop_down_writes_its_value_as_a_tag_and_loses_it_with_the_tag(self, api: Any, account: Any) -> None:
        choose = {"custom_fields": [{"id": account.impact.id, "value": "high"}]}
        assert api.update(account.ticket, **choose).json()["ticket"]["tags"] == ["high", "printer"]
        shown = api.update(account.ticket, tags=["printer"]).json()["ticket"]
        assert _field(shown, account.impact) is None

    def test_two_drop_downs_may_share_a_value(self, api: Any, account: Any) -> None:
        urgency = account.state.add_field(title="urgency", kind="tagger", options=[("Low", "low"), ("High", "high")])
        both = [{"id": account.impact.id, "value": "high"}, {"id": urgency.id, "value": "high"}]
        api.update(account.ticket, custom_fields=both)
        shown = api.update(account.ticket, custom_fields=[{"id": account.impact.id, "value": "low"}]).json()["ticket"]
        assert shown["tags"] == ["high", "low", "printer"]
        assert _field(shown, urgency) == "high"

    def test_a_value_that_is_no_option_is_refused_and_an_unknown_field_ignored(self, api: Any, account: Any) -> None:
        wrong = {"custom_fields": [{"id": account.impact.id, "value": "galactic"}]}
        assert api.update(account.ticket, **wrong).status_code == 422
        assert api.update(account.ticket, custom_fields=[{"id": 4711, "value": "x"}]).status_code == 200


class TestComments:
    def test_are_public_unless_said_otherwise_and_private_after_a_private_start(self, api: Any, account: Any) -> None:
        api.update(account.ticket, comment={"body": "For everybody"})
        assert account.ticket.comments[-1].public is True
        account.ticket.is_public = False
        api.update(account.ticket, comment={"body": "For us"})
        assert account.ticket.comments[-1].public is False

    def test_placeholders_run_unknown_ones_vanish_escaped_ones_stay(self, api: Any, account: Any) -> None:
        body = "{{ticket.id}} {{ticket.requester.name}} [{{ticket.cost}}] \\{{ticket.id}}"
        api.update(account.ticket, comment={"body": body, "public": False})
        assert account.ticket.comments[-1].body == f"{account.ticket.id} Rosa Requester [] {{{{ticket.id}}}}"

    def test_placeholders_in_code_of_html_stay(self, api: Any, account: Any) -> None:
        html = "<p>{{ticket.id}}</p><code>{{ticket.id}}</code>"
        api.update(account.ticket, comment={"html_body": html, "public": False})
        assert account.ticket.comments[-1].html == f"<p>{account.ticket.id}</p><code>{{{{ticket.id}}}}</code>"

    def test_long_ones_are_cut_in_silence(self, api: Any, account: Any) -> None:
        assert api.update(account.ticket, comment={"body": "ö" * 40_000, "public": False}).status_code == 200
        assert len(account.ticket.comments[-1].body) == 32_768

    def test_more_than_five_thousand_are_refused_but_other_updates_pass(self, api: Any, account: Any) -> None:
        audit = account.ticket.audits[0]
        account.ticket.audits += [audit] * 4998
        assert api.update(account.ticket, comment={"body": "One too many"}).status_code == 422
        assert api.update(account.ticket, priority="high").status_code == 200

    def test_a_reply_of_the_requester_opens_a_pending_ticket(self, api: Any, account: Any) -> None:
        account.ticket.status = "pending"
        said = {"ticket": account.ticket.id, "user": account.requester.id, "change": {"comment": {"body": "And?"}}}
        api.ok("POST", "/_emulator/act", said)
        assert account.ticket.status == "open"

    def test_come_in_pages_newest_first_with_their_authors(self, api: Any, account: Any) -> None:
        for number in range(5):
            api.update(account.ticket, comment={"body": f"note {number}", "public": False})
        path = f"/api/v2/tickets/{account.ticket.id}/comments.json?page[size]=3&sort=-created_at&include=users"
        first = api.ok("GET", path)
        assert [row["body"] for row in first["comments"]] == ["note 4", "note 3", "note 2"]
        assert [user["name"] for user in first["users"]] == ["Escalation Bot"]
        rest = api.session.get(first["links"]["next"], timeout=5).json()
        assert [row["body"] for row in rest["comments"]][:2] == ["note 1", "note 0"]
        last = api.session.get(rest["links"]["next"], timeout=5).json()
        assert (len(last["comments"]), last["meta"]["has_more"], last["links"]["next"]) == (1, False, None)

    def test_audits_tell_who_did_what(self, api: Any, account: Any) -> None:
        api.update(account.ticket, priority="high", metadata={"esc_op": "x"})
        newest = api.ok("GET", f"/api/v2/tickets/{account.ticket.id}/audits.json?sort=-created_at")["audits"][0]
        assert newest["author_id"] == account.state.bot.id
        assert newest["metadata"]["custom"] == {"esc_op": "x"}


class TestCreate:
    WANTED: ClassVar[dict[str, Any]] = {
        "ticket": {"subject": "Fix it", "comment": {"body": "Please", "public": False}, "external_id": "op-1"}
    }

    def test_the_same_key_and_body_within_two_hours_makes_one_ticket(self, api: Any, world: World) -> None:
        headers = {"Idempotency-Key": "op-1"}
        first = api("POST", "/api/v2/tickets.json", self.WANTED, headers=headers)
        second = api("POST", "/api/v2/tickets.json", self.WANTED, headers=headers)
        assert [one.headers["x-idempotency-lookup"] for one in (first, second)] == ["miss", "hit"]
        assert first.json()["ticket"]["id"] == second.json()["ticket"]["id"]
        world.clock.advance(2 * 3600)
        third = api("POST", "/api/v2/tickets.json", self.WANTED, headers=headers)
        assert third.json()["ticket"]["id"] != first.json()["ticket"]["id"]
        found = api.ok("GET", "/api/v2/tickets.json?external_id=op-1")["tickets"]
        assert len(found) == 2, "external_id is not unique"

    def test_the_same_key_with_another_body_is_400(self, api: Any) -> None:
        headers = {"Idempotency-Key": "op-1"}
        api("POST", "/api/v2/tickets.json", self.WANTED, headers=headers)
        other = {"ticket": {**self.WANTED["ticket"], "subject": "Other"}}
        answer = api("POST", "/api/v2/tickets.json", other, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "IdempotentRequestError")

    def test_a_ticket_without_words_is_refused_and_leaves_nothing(self, api: Any, account: Any) -> None:
        assert api("POST", "/api/v2/tickets.json", {"ticket": {"subject": "Empty"}}).status_code == 422
        assert len(account.state.tickets) == 1

    def test_a_requester_is_found_or_made(self, api: Any, account: Any) -> None:
        known = {"subject": "a", "comment": {"body": "b"}, "requester": {"email": "ROSA@acme.example"}}
        shown = api.ok("POST", "/api/v2/tickets.json", {"ticket": known})["ticket"]
        assert (shown["requester_id"], shown["organization_id"]) == (account.requester.id, account.acme.id)
        fresh = {**known, "requester": {"email": "new@acme.example", "name": "New"}}
        made = api.ok("POST", "/api/v2/tickets.json", {"ticket": fresh})["ticket"]["requester_id"]
        assert account.state.users[made].name == "New"


def test_metrics_follow_from_the_audits(api: Any, account: Any, world: World) -> None:
    world.clock.advance(3600)
    api.update(account.ticket, status="solved", comment={"body": "An internal note is no reply", "public": False})
    world.clock.advance(3600)
    reopened = {"ticket": account.ticket.id, "user": account.requester.id, "change": {"comment": {"body": "No."}}}
    api.ok("POST", "/_emulator/act", reopened)
    world.clock.advance(120)
    page = api.ok("GET", "/api/v2/incremental/tickets/cursor.json?start_time=0&include=metric_sets")
    metric = page["tickets"][0]["metric_set"]
    assert metric["reply_time_in_minutes"] == {"calendar": 1440, "business": 1440}
    assert (metric["replies"], metric["reopens"], metric["assignee_stations"]) == (1, 1, 1)
    assert metric["initially_assigned_at"] == "2026-03-02T09:00:00Z"
    assert metric["latest_comment_added_at"] == metric["requester_updated_at"] == "2026-03-04T10:00:00Z"
    assert metric["status_updated_at"] == "2026-03-04T10:00:00Z"
    assert (metric["solved_at"], metric["first_resolution_time_in_minutes"]["calendar"]) == (None, 49 * 60)


def test_the_sla_sideload_counts_down_and_goes_negative(api: Any, account: Any, world: World) -> None:
    account.state.add_sla_policy(title="Replies", targets={("normal", "next_reply_time"): 90})
    asked = {"ticket": account.ticket.id, "user": account.requester.id, "change": {"comment": {"body": "Well?"}}}
    api.ok("POST", "/_emulator/act", asked)
    world.clock.advance(timedelta(minutes=65).total_seconds())
    url = "/api/v2/incremental/tickets/cursor.json?start_time=0&include=slas"
    metrics = api.ok("GET", url)["tickets"][0]["slas"]["policy_metrics"]
    row = {"metric": "next_reply_time", "stage": "active", "breach_at": "2026-03-04T09:30:00Z", "minutes": 25}
    assert metrics == [row]
    world.clock.advance(3600 * 3)
    assert api.ok("GET", url)["tickets"][0]["slas"]["policy_metrics"][0]["hours"] == -2
