"""Every answer of the emulated Jira fits Atlassian's published API specifications, and so does every request here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

SPECS = {"/rest/api/3/": "jira-v3.json", "/rest/servicedeskapi/": "jsm.json"}
START = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


def _without_date_time(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {key: _without_date_time(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if (key, value) != ("format", "date-time")}
    return [_without_date_time(value) for value in node] if isinstance(node, list) else node


def _answers_may_be_empty(spec: Any) -> Any:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            for status in _EMPTY.get((method, path.removeprefix("/rest/api/3/")), ()):
                operation["responses"][status].pop("content", None)
    return spec


def _remote_links_are_a_list(spec: Any) -> Any:
    found = spec["paths"].get("/rest/api/3/issue/{issueIdOrKey}/remotelink", {}).get("get")
    if found:
        content = found["responses"]["200"]["content"]["application/json"]
        content["schema"] = {"type": "array", "items": content["schema"]}
    return spec


def _changed_values_may_be_null(spec: Any) -> Any:
    change = spec["components"]["schemas"].get("ChangeDetails")
    if change:
        for name in ("from", "fromString", "to", "toString"):
            change["properties"][name]["nullable"] = True
    return spec


def _bulk_changelogs_count_milliseconds(spec: Any) -> Any:
    if "IssueChangeLog" in spec["components"]["schemas"]:
        # The entries of both changelog endpoints share one schema; only here is the instant a number.
        spec["components"]["schemas"]["Changelog"]["properties"]["created"].pop("type")
    return spec


_EMPTY = {
    ("put", "issue/{issueIdOrKey}"): ("204",),
    ("post", "issue/{issueIdOrKey}/transitions"): ("204",),
    ("post", "issue/{issueIdOrKey}/watchers"): ("204",),
    ("post", "issue/{issueIdOrKey}/notify"): ("204",),
    ("put", "issue/{issueIdOrKey}/assignee"): ("204",),
    ("post", "issueLink"): ("201",),
    ("put", "issue/{issueIdOrKey}/properties/{propertyKey}"): ("200", "201"),
    ("put", "comment/{commentId}/properties/{propertyKey}"): ("200", "201"),
    ("put", "/rest/servicedeskapi/organization/{organizationId}/property/{propertyKey}"): ("200", "201"),
}


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """Where the real product differs from the specification, as the facts and the recordings show."""

    reason: str
    example: str
    apply: Callable[[Any], Any]


# Besides these, one thing is tolerated everywhere: fields of an answer that the specification does not list
# (the recordings show statuscategorychangedate, hierarchyLevel, defaultLocale and more).
DEVIATIONS = {
    "times have no colon in their offset": Deviation(
        reason="2025-07-25T21:01:33.495+0200 in every recording; the format date-time wants +02:00",
        example="who the server is",
        apply=_without_date_time,
    ),
    "successful writes have no body": Deviation(
        reason="PUT issue answers 204 with nothing, POST issueLink 201 with nothing; the specification lists JSON",
        example="an edit",
        apply=_answers_may_be_empty,
    ),
    "remote links come as a list": Deviation(
        reason="without globalId the answer is an array (recorded); the specification shows one object",
        example="the remote links",
        apply=_remote_links_are_a_list,
    ),
    "changed values may be null": Deviation(
        reason="from and to are null for texts and labels, and for a field that was or becomes empty (recorded)",
        example="the changelog",
        apply=_changed_values_may_be_null,
    ),
    "bulk changelogs count milliseconds": Deviation(
        reason="created is an epoch number in changelog/bulkfetch; the specification says date-time",
        example="changelogs by id",
        apply=_bulk_changelogs_count_milliseconds,
    ),
}


def _specs_folder() -> Path:
    shared = os.environ.get("ESCALADE_SHARED")
    root = Path(shared) if shared else Path(__file__).parents[3] / "shared"
    folder = root / "material" / "openapi"
    if not folder.is_dir():
        pytest.skip(f"the reference folder with the API specifications is not at {folder}; set ESCALADE_SHARED")
    return folder


@dataclass(frozen=True, kw_only=True)
class Exchange:
    name: str
    method: str
    path: str
    template: str
    status: int = 200
    json: Any = None
    params: dict[str, str] = field(default_factory=dict)


def doc(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def v3(name: str, method: str, path: str, template: str | None = None, **more: Any) -> Exchange:
    here = "/rest/api/3/"
    return Exchange(name=name, method=method, path=here + path, template=here + (template or path), **more)


def desk(name: str, method: str, path: str, template: str | None = None, **more: Any) -> Exchange:
    here = "/rest/servicedeskapi/"
    return Exchange(name=name, method=method, path=here + path, template=here + (template or path), **more)


ISSUE = "issue/{issueIdOrKey}"
EXCHANGES = [
    v3("who the server is", "GET", "serverInfo"),
    v3("who I am", "GET", "myself"),
    v3("what I may do", "GET", "mypermissions", params={"permissions": "BROWSE_PROJECTS,EDIT_ISSUES"}),
    v3("the fields", "GET", "field"),
    v3("the priorities", "GET", "priority"),
    v3("one priority", "GET", "priority/2", "priority/{id}"),
    v3("the priorities of a project", "GET", "priority/search", params={"projectId": "10000"}),
    v3("the projects", "GET", "project/search"),
    v3("the projects in one list", "GET", "project"),
    v3("one project", "GET", "project/OPS", "project/{projectIdOrKey}"),
    v3("no such project", "GET", "project/NOPE", "project/{projectIdOrKey}", status=404),
    v3("the statuses of a project", "GET", "project/OPS/statuses", "project/{projectIdOrKey}/statuses"),
    v3("the issue types", "GET", "issuetype"),
    v3("the statuses", "GET", "status"),
    v3("the status categories", "GET", "statuscategory"),
    v3("the resolutions", "GET", "resolution"),
    v3("the link types", "GET", "issueLinkType"),
    v3(
        "what can be created everywhere",
        "GET",
        "issue/createmeta",
        params={"expand": "projects.issuetypes.fields"},
    ),
    v3(
        "what can be created",
        "GET",
        "issue/createmeta/OPS/issuetypes",
        "issue/createmeta/{projectIdOrKey}/issuetypes",
    ),
    v3(
        "the fields of a sub-task",
        "GET",
        "issue/createmeta/OPS/issuetypes/10003",
        "issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
    ),
    v3("a search by GET", "GET", "search/jql", params={"jql": "project = OPS", "fields": "*all"}),
    v3(
        "a search by POST",
        "POST",
        "search/jql",
        json={"jql": "project = SUP", "fields": ["*all"], "expand": "names,schema", "properties": ["esc"]},
    ),
    v3("a search for ids", "POST", "search/jql", json={"jql": "project = OPS", "maxResults": 2}),
    v3("an unbounded search", "POST", "search/jql", json={"jql": "order by key"}, status=400),
    v3("a count", "POST", "search/approximate-count", json={"jql": "project = OPS"}),
    v3(
        "a query parsed",
        "POST",
        "jql/parse",
        json={"queries": ['project = OPS AND labels in (a, "b") ORDER BY key']},
        params={"validation": "strict"},
    ),
    v3("queries that match", "POST", "jql/match", json={"issueIds": [10000], "jqls": ["project = OPS"]}),
    v3("an issue", "GET", "issue/OPS-1", ISSUE, params={"expand": "changelog,renderedFields,names,schema,transitions"}),
    v3("no such issue", "GET", "issue/OPS-999", ISSUE, status=404),
    v3(
        "issues by id",
        "POST",
        "issue/bulkfetch",
        json={"issueIdsOrKeys": ["OPS-1", "NOPE-1"], "fields": ["*all"], "properties": ["esc"]},
    ),
    v3(
        "an issue made",
        "POST",
        "issue",
        json={
            "fields": {
                "project": {"key": "OPS"},
                "issuetype": {"id": "10001"},
                "summary": "Made",
                "description": doc("text"),
            },
            "properties": [{"key": "esc", "value": {"op": 1}}],
        },
        status=201,
    ),
    v3("a bad issue", "POST", "issue", json={"fields": {"project": {"key": "OPS"}}}, status=400),
    v3(
        "issues made in bulk",
        "POST",
        "issue/bulk",
        json={
            "issueUpdates": [
                {
                    "fields": {
                        "project": {"key": "OPS"},
                        "issuetype": {"id": "10003"},
                        "parent": {"key": "OPS-1"},
                        "summary": "Sub",
                    }
                },
                {"fields": {"summary": "No project"}},
            ]
        },
        status=201,
    ),
    v3(
        "an edit",
        "PUT",
        "issue/OPS-1",
        ISSUE,
        json={
            "update": {"labels": [{"add": "esc"}], "priority": [{"set": {"id": "1"}}]},
            "properties": [{"key": "esc", "value": {"tier": 2}}],
        },
        status=204,
    ),
    v3("a bad edit", "PUT", "issue/OPS-1", ISSUE, json={"fields": {"labels": ["a b"]}}, status=400),
    v3(
        "an edit that shows the issue",
        "PUT",
        "issue/OPS-1",
        ISSUE,
        json={"fields": {"summary": "New"}},
        params={"returnIssue": "true"},
    ),
    v3("the edit screen", "GET", "issue/OPS-1/editmeta", ISSUE + "/editmeta"),
    v3("the changelog", "GET", "issue/OPS-1/changelog", ISSUE + "/changelog"),
    v3("changelogs by id", "POST", "changelog/bulkfetch", json={"issueIdsOrKeys": ["OPS-1"], "fieldIds": ["priority"]}),
    v3(
        "a comment made",
        "POST",
        "issue/SUP-1/comment",
        ISSUE + "/comment",
        json={"body": doc("hi"), "properties": [{"key": "sd.public.comment", "value": {"internal": True}}]},
        status=201,
    ),
    v3("a string as a comment", "POST", "issue/SUP-1/comment", ISSUE + "/comment", json={"body": "hi"}, status=400),
    v3(
        "the comments",
        "GET",
        "issue/SUP-1/comment",
        ISSUE + "/comment",
        params={"orderBy": "-created", "expand": "properties,renderedBody"},
    ),
    v3("one comment", "GET", "issue/SUP-1/comment/10000", ISSUE + "/comment/{id}"),
    v3("a comment edited", "PUT", "issue/SUP-1/comment/10000", ISSUE + "/comment/{id}", json={"body": doc("hello")}),
    v3("comments by id", "POST", "comment/list", json={"ids": [10000]}),
    v3(
        "the property of a comment set",
        "PUT",
        "comment/10000/properties/esc",
        "comment/{commentId}/properties/{propertyKey}",
        json={"op": "x"},
        status=201,
    ),
    v3(
        "the property of a comment",
        "GET",
        "comment/10000/properties/esc",
        "comment/{commentId}/properties/{propertyKey}",
    ),
    v3(
        "a property set",
        "PUT",
        "issue/OPS-2/properties/esc",
        ISSUE + "/properties/{propertyKey}",
        json={"op": "x"},
        status=201,
    ),
    v3("a property", "GET", "issue/OPS-2/properties/esc", ISSUE + "/properties/{propertyKey}"),
    v3("the properties", "GET", "issue/OPS-2/properties", ISSUE + "/properties"),
    v3("a property removed", "DELETE", "issue/OPS-2/properties/esc", ISSUE + "/properties/{propertyKey}", status=204),
    v3(
        "a remote link made",
        "POST",
        "issue/OPS-1/remotelink",
        ISSUE + "/remotelink",
        json={"globalId": "zd=1", "object": {"url": "https://example.com/1", "title": "Ticket 1"}},
        status=201,
    ),
    v3(
        "a remote link renewed",
        "POST",
        "issue/OPS-1/remotelink",
        ISSUE + "/remotelink",
        json={"globalId": "zd=1", "object": {"url": "https://example.com/1", "title": "Ticket 1!"}},
    ),
    v3("the remote links", "GET", "issue/OPS-1/remotelink", ISSUE + "/remotelink"),
    v3(
        "a remote link removed",
        "DELETE",
        "issue/OPS-1/remotelink",
        ISSUE + "/remotelink",
        params={"globalId": "zd=1"},
        status=204,
    ),
    v3(
        "a link made",
        "POST",
        "issueLink",
        json={"type": {"name": "Blocks"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}},
        status=201,
    ),
    v3(
        "a link of no known type",
        "POST",
        "issueLink",
        json={"type": {"name": "Nope"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}},
        status=404,
    ),
    v3("one link", "GET", "issueLink/10000", "issueLink/{linkId}"),
    v3("an issue with links", "GET", "issue/OPS-2", ISSUE),
    v3("a link removed", "DELETE", "issueLink/10000", "issueLink/{linkId}", status=204),
    v3(
        "the open steps",
        "GET",
        "issue/SUP-1/transitions",
        ISSUE + "/transitions",
        params={"expand": "transitions.fields"},
    ),
    v3(
        "a step taken",
        "POST",
        "issue/OPS-2/transitions",
        ISSUE + "/transitions",
        json={"transition": {"id": "31"}},
        status=204,
    ),
    v3(
        "a step that is not open",
        "POST",
        "issue/OPS-2/transitions",
        ISSUE + "/transitions",
        json={"transition": {"id": "99"}},
        status=400,
    ),
    v3(
        "a watcher added",
        "POST",
        "issue/OPS-2/watchers",
        ISSUE + "/watchers",
        json="5b10a2844c20165700ed10000",
        status=204,
    ),
    v3("the watchers", "GET", "issue/OPS-2/watchers", ISSUE + "/watchers"),
    v3(
        "a mail",
        "POST",
        "issue/OPS-2/notify",
        ISSUE + "/notify",
        json={"subject": "s", "textBody": "t", "to": {"reporter": True}},
        status=204,
    ),
    v3(
        "an assignment",
        "PUT",
        "issue/OPS-2/assignee",
        ISSUE + "/assignee",
        json={"accountId": "5b10a2844c20165700ed10000"},
        status=204,
    ),
    v3("users found", "GET", "user/search", params={"query": "Escalade"}),
    v3("a user", "GET", "user", params={"accountId": "5b10a2844c20165700ed10000"}),
    v3("an issue deleted", "DELETE", "issue/OPS-2", ISSUE, status=204),
    desk("about the service desk", "GET", "info"),
    desk("the service desks", "GET", "servicedesk"),
    desk("a request", "GET", "request/SUP-1", "request/{issueIdOrKey}"),
    desk("the service levels of a request", "GET", "request/SUP-1/sla", "request/{issueIdOrKey}/sla"),
    desk("one service level", "GET", "request/SUP-1/sla/1", "request/{issueIdOrKey}/sla/{slaMetricId}"),
    desk("the comments of a request", "GET", "request/SUP-1/comment", "request/{issueIdOrKey}/comment"),
    desk(
        "an internal comment",
        "POST",
        "request/SUP-1/comment",
        "request/{issueIdOrKey}/comment",
        json={"body": "x", "public": False},
        status=201,
    ),
    desk("the organizations", "GET", "organization"),
    desk("an organization", "GET", "organization/1", "organization/{organizationId}"),
    desk("the users of an organization", "GET", "organization/1/user", "organization/{organizationId}/user"),
    desk(
        "the property of an organization set",
        "PUT",
        "organization/1/property/esc",
        "organization/{organizationId}/property/{propertyKey}",
        json={"tier": 1},
        status=201,
    ),
    desk(
        "the property of an organization",
        "GET",
        "organization/1/property/esc",
        "organization/{organizationId}/property/{propertyKey}",
    ),
    desk(
        "the properties of an organization", "GET", "organization/1/property", "organization/{organizationId}/property"
    ),
]

BY_NAME = {exchange.name: exchange for exchange in EXCHANGES}


def _referred(node: Any, found: set[str]) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            found.add(node["$ref"].rpartition("/")[2])
        for value in node.values():
            _referred(value, found)
    elif isinstance(node, list):
        for value in node:
            _referred(value, found)


def _opened(node: Any) -> Any:
    """The same schema with unlisted fields allowed."""
    if isinstance(node, dict):
        kept = {key: _opened(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if not (key == "additionalProperties" and value is False)}
    return [_opened(value) for value in node] if isinstance(node, list) else node


def _cut_down(spec: dict[str, Any], templates: set[str]) -> dict[str, Any]:
    """The part of a specification that these paths need: parsing all of it takes minutes."""
    paths = {key: value for key, value in spec["paths"].items() if key in templates}
    missing = templates - paths.keys()
    assert not missing, f"not in the specification: {sorted(missing)}"
    schemas, wanted, kept = spec["components"]["schemas"], set[str](), dict[str, Any]()
    _referred(paths, wanted)
    while todo := wanted - kept.keys():
        for name in todo:
            kept[name] = schemas[name]
            _referred(schemas[name], wanted)
    for path in paths.values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return {
        "openapi": spec["openapi"],
        "info": spec["info"],
        "paths": paths,
        "components": {"schemas": _opened(kept)},
    }


def _spec(templates: set[str], *, tolerated: Iterable[str]) -> dict[str, OpenAPI]:
    found = {}
    for place, name in SPECS.items():
        mine = {template for template in templates if template.startswith(place)}
        raw = _cut_down(json.loads((_specs_folder() / name).read_text()), mine)
        for deviation in tolerated:
            raw = DEVIATIONS[deviation].apply(raw)
        found[place] = OpenAPI.from_dict(raw, config=Config(spec_validator_cls=None))
    return found


@pytest.fixture(scope="session")
def specs() -> dict[str, OpenAPI]:
    return _spec({exchange.template for exchange in EXCHANGES}, tolerated=DEVIATIONS)


def _world() -> World:
    world = World.empty(START)
    site = world.jira
    ops, sup = site.add_project("OPS", "Operations"), site.add_project("SUP", "Support", service_desk=True)
    site.add_field("Impact", "option", options=["low", "high"])
    site.add_sla("Time to resolution", sup, default_goal=timedelta(hours=4))
    customer = site.add_user("Carla Customer", account_type="customer")
    acme = site.add_organization("Acme", members=[customer])
    one = site.add_issue(ops, "First", labels=["a"], description="text", custom={"Impact": "high"})
    two = site.add_issue(ops, "Second", assignee=site.bot)
    site.add_issue(ops, "Third", priority=None)
    site.add_issue(ops, "Below the first", parent=one)
    site.add_link("Relates", one, two)
    request = site.add_issue(sup, "Help", reporter=customer, organizations=[acme], created=START - timedelta(hours=2))
    site.add_comment(request, customer, "please", at=START - timedelta(hours=1))
    return world


@pytest.fixture
def url() -> Iterator[str]:
    with RunningEmulator(_world()) as running:
        yield running.url


@pytest.fixture
def prepared(url: str) -> str:
    """A site on which every exchange finds what it needs, whatever ran before it."""
    session = requests.Session()
    session.auth = ("escalade@example.com", "jira-token")
    for path, body in (
        ("comment/10000/properties/esc", {"op": "x"}),
        ("issue/OPS-2/properties/esc", {"op": "x"}),
    ):
        session.put(f"{url}/rest/api/3/{path}", json=body)
    return url


# These exchanges need the ones before them, or are spoilt by the preparation.
_FRESH = {"the property of a comment set", "a property set"}
_AFTER = {
    "a remote link renewed": ["a remote link made"],
    "the remote links": ["a remote link made"],
    "a remote link removed": ["a remote link made"],
    "the changelog": ["an edit", "an edit that shows the issue"],
    "changelogs by id": ["an edit"],
    "an issue": ["an edit"],
    "the property of an organization": ["the property of an organization set"],
    "the properties of an organization": ["the property of an organization set"],
    "the watchers": ["a watcher added"],
}


def _send(url: str, exchange: Exchange) -> requests.Response:
    return requests.request(
        exchange.method,
        url + exchange.path,
        json=exchange.json,
        params=exchange.params,
        auth=("escalade@example.com", "jira-token"),
        timeout=10,
    )


def _exchanged(url: str, exchange: Exchange) -> requests.Response:
    for before in _AFTER.get(exchange.name, []):
        _send(url, BY_NAME[before])
    return _send(url, exchange)


def _check(specs: dict[str, OpenAPI], answer: requests.Response) -> None:
    place = next(place for place in SPECS if place in answer.url)
    asked, got = RequestsOpenAPIRequest(answer.request), RequestsOpenAPIResponse(answer)
    specs[place].validate_request(asked)
    specs[place].validate_response(asked, got)


def _complaints(error: BaseException | None) -> list[str]:
    if error is None:
        return []
    mine = [f"{list(item.path)}: {item.message[:200]}" for item in getattr(error, "schema_errors", [])]
    return mine or _complaints(error.__cause__) or [str(error)[:200]]


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.name)
def test_the_answer_and_the_request_fit_the_specification(
    exchange: Exchange, specs: dict[str, OpenAPI], request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("url" if exchange.name in _FRESH else "prepared")
    answer = _exchanged(url, exchange)
    assert answer.status_code == exchange.status, answer.text
    try:
        _check(specs, answer)
    except OpenAPIError as error:
        pytest.fail("\n".join(_complaints(error)), pytrace=False)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_tolerated_deviation_is_still_needed(name: str, url: str) -> None:
    exchange = BY_NAME[DEVIATIONS[name].example]
    others = [other for other in DEVIATIONS if other != name]
    strict = _spec({exchange.template, "/rest/servicedeskapi/info"}, tolerated=others)
    with pytest.raises(OpenAPIError):
        _check(strict, _exchanged(url, exchange))
