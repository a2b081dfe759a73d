"""Every answer of the emulated Jira fits Atlassian's published API specifications, and so does every request here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

PLACES = {"v3": "/rest/api/3/", "desk": "/rest/servicedeskapi/"}
START = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


# Each tolerated deviation, with an exchange that shows that it is needed.
EXAMPLES = {
    "times have no colon in their offset": "who the server is",
    "successful writes have no body": "an edit",
    "remote links come as a list": "the remote links",
    "changed values may be null": "the changelog",
    "bulk changelogs count milliseconds": "changelogs by id",
}


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


def _part(specifications: Any, template: str, *, without: str | None = None) -> Any:
    """The part of the specification that has this path, or all paths of these exchanges."""
    place = next(place for place in PLACES.values() if template.startswith(place))
    specification = specifications.jira if place == PLACES["v3"] else specifications.desk
    mine = {exchange.template for exchange in EXCHANGES if exchange.template.startswith(place)}
    return specification.part(mine if without is None else {template}, without=without)


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


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.name)
def test_the_answer_and_the_request_fit_the_specification(
    exchange: Exchange, specifications: Any, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("url" if exchange.fresh else "prepared")
    answer = _exchanged(url, exchange)
    assert answer.status_code == exchange.status, answer.text
    assert _part(specifications, exchange.template).complaints(answer) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_tolerated_deviation_is_still_needed(name: str, specifications: Any, url: str) -> None:
    exchange = BY_NAME[EXAMPLES[name]]
    strict = _part(specifications, exchange.template, without=name)
    assert strict.complaints(_exchanged(url, exchange)) != []


def test_each_tolerated_deviation_has_an_example(specifications: Any) -> None:
    assert EXAMPLES.keys() == specifications.jira.deviations.keys()
