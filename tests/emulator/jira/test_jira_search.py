"""Searching the emulated Jira Cloud: bounds, paging, lag, zones and JQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest


@pytest.fixture
def many(site: Any, ops: Any, world: Any) -> list[Any]:
    now = world.clock.now()
    return [site.add_issue(ops, f"Issue {number}", created=now - timedelta(minutes=number)) for number in range(250)]


def test_the_old_search_is_gone_in_both_versions(api: Any, v3: Any) -> None:
    for client in (api, v3):
        for method in ("GET", "POST"):
            answer = client(method, "search", {"jql": "project = X"} if method == "POST" else None)
            assert answer.status_code == 410
            assert "has been removed" in answer.json()["errorMessages"][0]


@pytest.mark.parametrize("jql", ["", "order by key", "ORDER BY updated DESC"])
def test_an_unbounded_query_is_refused(api: Any, many: Any, jql: str) -> None:
    for path in ("search/jql", "search/approximate-count"):
        answer = api("POST", path, {"jql": jql})
        assert answer.status_code == 400
        assert "Unbounded" in answer.json()["errorMessages"][0]


def test_only_ids_come_unless_fields_are_named(api: Any, many: Any) -> None:
    answer = api("GET", "search/jql", jql="project = OPS", maxResults=1).json()
    assert answer["issues"] == [{"id": "10000"}]


def test_pages_follow_the_token_without_a_total(api: Any, many: Any) -> None:
    asked: dict[str, Any] = {
        "jql": "project = OPS ORDER BY updated ASC, key ASC",
        "fields": ["updated"],
        "maxResults": 200,
    }
    seen: list[str] = []
    while True:
        page = api("POST", "search/jql", asked).json()
        assert page.keys() - {"nextPageToken"} == {"issues", "isLast"}
        seen += [row["key"] for row in page["issues"]]
        if page["isLast"]:
            break
        assert len(page["issues"]) == 100
        asked["nextPageToken"] = page["nextPageToken"]
    assert "nextPageToken" not in page
    assert seen == [f"OPS-{number}" for number in range(250, 0, -1)]


def test_a_page_of_ids_may_be_long_and_one_of_fields_may_be_short(api: Any, many: Any, site: Any) -> None:
    site.page_cap = 7
    assert len(api("POST", "search/jql", {"jql": "project = OPS", "maxResults": 5000}).json()["issues"]) == 250
    page = api("POST", "search/jql", {"jql": "project = OPS", "maxResults": 50, "fields": ["summary"]}).json()
    assert (len(page["issues"]), page["isLast"]) == (7, False)


def test_an_issue_deleted_between_two_pages_just_makes_a_short_page(api: Any, many: Any) -> None:
    asked = {"jql": "project = OPS ORDER BY key ASC", "fields": ["summary"], "maxResults": 10}
    token = api("POST", "search/jql", asked).json()["nextPageToken"]
    api("DELETE", "issue/OPS-12")
    page = api("POST", "search/jql", asked | {"nextPageToken": token}).json()
    assert [row["key"] for row in page["issues"]] == [f"OPS-{number}" for number in range(11, 21) if number != 12]


def test_a_made_up_token_is_refused(api: Any, many: Any) -> None:
    assert api("POST", "search/jql", {"jql": "project = OPS", "nextPageToken": "abc"}).status_code == 400


def test_more_than_five_properties_are_refused(api: Any, issue: Any) -> None:
    asked = {"jql": "project = OPS", "properties": list("abcdef")}
    assert api("POST", "search/jql", asked).status_code == 400
    assert api("POST", "search/jql", asked | {"properties": list("abcde")}).status_code == 200


def test_expand_is_a_string_even_in_a_post(api: Any, issue: Any) -> None:
    assert api("POST", "search/jql", {"jql": "project = OPS", "expand": ["names"]}).status_code == 400


def test_the_index_lags_and_reconciled_issues_do_not(api: Any, issue: Any, site: Any, world: Any) -> None:
    site.index_lag = timedelta(seconds=60)
    api("PUT", "issue/OPS-1", {"fields": {"labels": ["new"]}})
    assert api.found("labels = new") == []
    assert api.found("labels = infra") == ["OPS-1"]
    assert api.found("labels = new", reconcileIssues=[issue.id]) == ["OPS-1"]
    assert api.found("labels = infra", reconcileIssues=[issue.id]) == []
    assert api.fields("OPS-1", "labels")["labels"] == ["new"]
    world.clock.advance(60)
    assert api.found("labels = new") == ["OPS-1"]


def test_a_lagging_index_shows_old_values_and_reconciled_ones_are_new(api: Any, issue: Any, site: Any) -> None:
    site.index_lag = timedelta(seconds=60)
    api("PUT", "issue/OPS-1", {"fields": {"labels": ["new"]}})
    asked: dict[str, Any] = {"jql": "project = OPS", "fields": ["labels"]}
    for more, labels in (({}, ["infra"]), ({"reconcileIssues": [issue.id]}, ["new"])):
        (hit,) = api("POST", "search/jql", asked | more).json()["issues"]
        assert hit["fields"]["labels"] == labels


def test_a_new_issue_is_unknown_to_a_lagging_index(api: Any, issue: Any, site: Any, world: Any) -> None:
    site.index_lag = timedelta(seconds=60)
    body = {"fields": {"project": {"key": "OPS"}, "issuetype": {"id": "10001"}, "summary": "fresh"}}
    api("POST", "issue", body)
    assert api.found("project = OPS") == ["OPS-1"]
    world.clock.advance(61)
    assert api.found("project = OPS ORDER BY key") == ["OPS-1", "OPS-2"]


def test_the_lag_can_come_as_a_fault(api: Any, issue: Any, control: Any) -> None:
    api("PUT", "issue/OPS-1", {"fields": {"labels": ["new"]}})
    control("POST", "faults", [{"kind": "stale_index", "match": {"times": 0}, "params": {"seconds": 30}}])
    assert api.found("labels = new") == []
    control("DELETE", "faults")
    assert api.found("labels = new") == ["OPS-1"]


@pytest.mark.parametrize("numbers", [[*range(51)], ["OPS-1"]])
def test_reconciling_takes_fifty_numeric_ids(api: Any, issue: Any, numbers: list[Any]) -> None:
    assert api("POST", "search/jql", {"jql": "project = OPS", "reconcileIssues": numbers}).status_code == 400


def test_a_literal_is_read_in_the_zone_of_the_caller_and_shown_in_that_of_the_site(
    api: Any, ops: Any, site: Any
) -> None:
    site.add_issue(ops, "x", created=datetime(2026, 3, 4, 7, 30, tzinfo=UTC))
    assert api.fields("OPS-1", "updated")["updated"] == "2026-03-04T08:30:00.000+0100"
    # 02:30 in New York is 07:30 in UTC.
    assert api.found('updated >= "2026-03-04 02:30"') == ["OPS-1"]
    assert api.found('updated >= "2026-03-04 02:31"') == []
    site.bot.time_zone = "UTC"
    assert api.found('updated >= "2026-03-04 02:31"') == ["OPS-1"]


def test_an_unquoted_number_is_an_instant_to_the_millisecond(api: Any, ops: Any, site: Any) -> None:
    at = datetime(2026, 3, 4, 7, 30, 0, 123_000, tzinfo=UTC)
    site.add_issue(ops, "x", created=at)
    millis = int(at.timestamp() * 1000)
    assert api.found(f"updated >= {millis}") == ["OPS-1"]
    assert api.found(f"updated > {millis}") == []
    assert api("POST", "search/jql", {"jql": f'updated >= "{millis}"'}).status_code == 400


def fill_zoo(site: Any) -> None:
    ops, sup = site.add_project("OPS", "Operations"), site.add_project("SUP", "Support", service_desk=True)
    customer = site.add_user("Carla Customer", account_type="customer")
    agent = site.add_user("Anna Agent")
    site.add_field("Impact", "option", options=["low", "high"])
    site.add_field("Score", "number")
    acme = site.add_organization("Acme Ltd", members=[customer])
    known = {"Impact": "high", "Score": 7}
    one = site.add_issue(ops, "Disk full", labels=["infra", "p1"], priority="Highest", custom=known)
    earlier = site.now() - timedelta(hours=1)
    site.add_issue(ops, "Cable loose", status="Done", priority=None, assignee=agent, created=earlier)
    site.add_issue(ops, "Swap disk", parent=one, created=site.now() - timedelta(minutes=10))
    request = site.add_issue(sup, "Printer on fire", reporter=customer, organizations=[acme], priority="Low")
    site.add_comment(request, customer, "smoke everywhere")


@pytest.fixture
def zoo(site: Any) -> None:
    fill_zoo(site)


@pytest.fixture(scope="module")
def unchanging(module_api: Any) -> Any:
    """The same site for all queries that only read."""
    fill_zoo(module_api.world.jira)
    return module_api


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = OPS", "1 2 3"),
        ("project in (ops, 'Support')", "1 2 3 S1"),
        ("project != OPS", "S1"),
        ("key in (OPS-1, SUP-1)", "1 S1"),
        ("id = 10001", "2"),
        ("issuekey = OPS-3", "3"),
        ("key >= OPS-2 AND project = OPS", "2 3"),
        ("labels = infra", "1"),
        ("labels in (p1, nothing)", "1"),
        ("labels not in (p1)", ""),
        ("labels is EMPTY", "2 3 S1"),
        ("labels is not EMPTY", "1"),
        ("status = Done", "2"),
        ("status != Done AND project = OPS", "1 3"),
        ("statusCategory = Done", "2"),
        ("statusCategory != done", "1 3 S1"),
        ("priority = Highest", "1"),
        ("priority in (Highest, Low)", "1 S1"),
        ("priority >= Medium", "1 3"),
        ("priority < Medium", "S1"),
        ("priority is EMPTY", "2"),
        ("priority != Low", "1 3"),
        ("assignee is EMPTY", "1 3 S1"),
        ("assignee = EMPTY", "1 3 S1"),
        ("reporter = currentUser()", "1 2 3"),
        ("parent = OPS-1", "3"),
        ("issuetype = Sub-task", "3"),
        ("type in ('Sub-task', Incident)", "3 S1"),
        ("resolution = Unresolved", "1 3 S1"),
        ("resolution is not EMPTY", "2"),
        ("resolution = Done", "2"),
        ("resolution != Unresolved", "2"),
        ('created >= "-15m"', "1 3 S1"),
        ("created < -30m", "2"),
        ("updated <= now()", "1 2 3 S1"),
        ("created >= startOfDay()", "1 2 3 S1"),
        ("duedate is EMPTY AND project = SUP", "S1"),
        ("summary ~ disk", "1 3"),
        ('summary ~ "full disk"', "1"),
        ("summary !~ disk", "2 S1"),
        ("text ~ smoke", "S1"),
        ("comment ~ smoke", "S1"),
        ("Impact = high", "1"),
        ('"impact" is EMPTY AND project = OPS', "2 3"),
        ("Score > 5", "1"),
        ('Organizations = "Acme Ltd"', "S1"),
        ("project = OPS AND (labels = p1 OR status = Done)", "1 2"),
        ("project = OPS AND NOT status = Done", "1 3"),
        ("not (labels = p1 or status = Done)", "3 S1"),
        ("labels = p1 || status = Done && project = OPS", "1 2"),
    ],
)
def test_jql_finds(unchanging: Any, jql: str, keys: str) -> None:
    wanted = {f"SUP-{key[1:]}" if key.startswith("S") else f"OPS-{key}" for key in keys.split()}
    assert set(unchanging.found(jql)) == wanted


@pytest.mark.parametrize(
    ("jql", "said"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("nope = 1", "Field 'nope' does not exist"),
        ("key = OPS-99", "An issue with key 'OPS-99' does not exist"),
        ("status = Nope", "does not exist for the field 'status'"),
        ("project OPS", "Expecting operator"),
        ("project = ", "Expecting either a value"),
        ("project = OPS AND", "Expecting a field name"),
        ("(project = OPS", "Expecting ')'"),
        ('project = "OPS', "unfinished quote"),
        ("project = OPS foo", "Expecting either 'OR' or 'AND'"),
        ("project ~ OPS", "not supported by the 'project' field"),
        ("summary = x", "not supported by the 'summary' field"),
        ("updated >= yesterday", "Date value 'yesterday'"),
        ("status was Done", "Expecting operator"),
        ("project = OPS ORDER BY nope", "Not able to sort"),
        ("project = OPS ORDER key", "Expecting 'BY'"),
        ("project = OPS ORDER BY a,b,c,d,e,f,g,h", "maximum number of orderBy"),
    ],
)
def test_jql_refuses_in_jiras_words(unchanging: Any, jql: str, said: str) -> None:
    answer = unchanging("POST", "search/jql", {"jql": jql})
    assert answer.status_code == 400
    assert said in answer.json()["errorMessages"][0]
    assert answer.json()["errors"] == {}


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("key DESC", ["SUP-1", "OPS-3", "OPS-2", "OPS-1"]),
        ("priority DESC, key ASC", ["OPS-1", "OPS-3", "SUP-1", "OPS-2"]),
        ("created ASC, key DESC", ["OPS-2", "OPS-3", "SUP-1", "OPS-1"]),
        ("summary", ["OPS-2", "OPS-1", "SUP-1", "OPS-3"]),
    ],
)
def test_jql_orders(unchanging: Any, order: str, keys: list[str]) -> None:
    assert unchanging.found(f"project in (OPS, SUP) ORDER BY {order}") == keys


def test_queries_are_checked_without_being_run(api: Any, zoo: Any) -> None:
    answer = api("POST", "jql/parse", {"queries": ["project = OPS", "nope = 1", "x ="]}, validation="strict").json()
    good, unknown, broken = answer["queries"]
    assert good["structure"]["where"] == {"field": {"name": "project"}, "operator": "=", "operand": {"value": "OPS"}}
    assert "Field 'nope' does not exist" in unknown["errors"][0]
    assert broken["errors"]


def test_issues_are_matched_with_queries_as_they_are_now(api: Any, zoo: Any, site: Any) -> None:
    site.index_lag = timedelta(minutes=5)
    api("PUT", "issue/OPS-1", {"fields": {"labels": ["new"]}})
    answer = api("POST", "jql/match", {"issueIds": [10000, 10001], "jqls": ["labels = new", "nope = 1"]}).json()
    assert answer["matches"][0] == {"matchedIssues": [10000], "errors": []}
    assert answer["matches"][1]["errors"]


def test_bulk_reads_are_fresh_ordered_by_id_and_name_what_is_missing(api: Any, zoo: Any) -> None:
    asked = {"issueIdsOrKeys": ["SUP-1", "ops-1", "10000", "NOPE-1"], "fields": ["summary"]}
    answer = api("POST", "issue/bulkfetch", asked).json()
    assert [row["key"] for row in answer["issues"]] == ["OPS-1", "SUP-1"]
    assert [row["issueIdOrKey"] for row in answer["issueErrors"]] == ["NOPE-1"]
    assert api("POST", "issue/bulkfetch", asked | {"issueIdsOrKeys": ["OPS-1"] * 101}).status_code == 400


def test_an_anonymous_search_succeeds_and_finds_nothing(api: Any, zoo: Any) -> None:
    api.auth = None
    for jql in ("project = OPS", "labels = infra"):
        answer = api("POST", "search/jql", {"jql": jql})
        assert (answer.status_code, answer.json()) == (200, {"issues": [], "isLast": True})
    assert "X-AAccountId" not in answer.headers
