"""Every answer of the emulated Jira fits Atlassian's published API specifications, and so does every request here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

PLACES = {"v3": "/rest/api/3/", "desk": "/rest/servicedeskapi/"}
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
    root = Path(shared) if shared else Path(__file__).parents[4] / "shared"
    folder = root / "material" / "openapi"
    if not folder.is_dir():
        pytest.skip(f"the reference folder with the API specifications is not at {folder}; set ESCALADE_SHARED")
    return folder


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One call of exchanges.yaml."""

    name: str
    method: str
    path: str
    template: str
    status: int
    json: Any
    params: dict[str, str]
    after: list[str]
    fresh: bool


def _exchange(row: dict[str, Any]) -> Exchange:
    place, method, path = row["call"].split(" ")
    return Exchange(
        name=row["name"],
        method=method,
        path=PLACES[place] + path,
        template=PLACES[place] + row.get("as", path),
        status=row.get("status", 200),
        json=row.get("json"),
        params=row.get("params", {}),
        after=row.get("after", []),
        fresh=row.get("fresh", False),
    )


EXCHANGES = [_exchange(row) for row in yaml.safe_load(Path(__file__).with_name("exchanges.yaml").read_text())]
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
    for before in exchange.after:
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
    url = request.getfixturevalue("url" if exchange.fresh else "prepared")
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
