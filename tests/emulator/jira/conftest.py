"""A small Jira site over HTTP: two projects, a service level, an organization, and clients for every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from escalade.emulator.jira.model import Issue, Project, User
from escalade.emulator.jira.state import DEFAULT_EMAIL, DEFAULT_TOKEN, JiraSite
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

START = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Api:
    """A client that knows nothing but HTTP."""

    url: str
    auth: tuple[str, str] | None = (DEFAULT_EMAIL, DEFAULT_TOKEN)
    bearer: str | None = None
    prefix: str = "/rest/api/2/"
    world: World | None = None
    session: requests.Session = field(default_factory=requests.Session)

    def __call__(self, method: str, path: str, json: Any = None, **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        address = self.url + (path if path.startswith("/") else self.prefix + path)
        auth = None if self.bearer else self.auth
        return self.session.request(method, address, json=json, params=params, auth=auth, headers=headers, timeout=10)

    def fields(self, key: str, *names: str) -> Any:
        return self("GET", f"issue/{key}", fields=",".join(names) or "*all").json()["fields"]

    def found(self, jql: str, **more: Any) -> list[str]:
        answer = self("POST", "search/jql", {"jql": jql, "fields": ["summary"], "maxResults": 5000, **more})
        assert answer.status_code == 200, answer.text
        return [row["key"] for row in answer.json()["issues"]]


@pytest.fixture
def world() -> World:
    return World.empty(START)


@pytest.fixture
def site(world: World) -> JiraSite:
    return world.jira


@pytest.fixture
def ops(site: JiraSite) -> Project:
    return site.add_project("OPS", "Operations")


@pytest.fixture
def sup(site: JiraSite) -> Project:
    return site.add_project("SUP", "Support", service_desk=True)


@pytest.fixture
def customer(site: JiraSite) -> User:
    return site.add_user("Carla Customer", account_type="customer")


@pytest.fixture
def agent(site: JiraSite) -> User:
    return site.add_user("Anna Agent", token="anna-token")


@pytest.fixture
def issue(site: JiraSite, ops: Project) -> Issue:
    return site.add_issue(ops, "Disk full", labels=["infra"], created=START - timedelta(days=2))


@pytest.fixture
def request_of_customer(site: JiraSite, sup: Project, customer: User) -> Issue:
    return site.add_issue(sup, "Cannot log in", reporter=customer, created=START - timedelta(hours=2))


@pytest.fixture
def running(world: World) -> Iterator[RunningEmulator]:
    with RunningEmulator(world) as emulator:
        yield emulator


@pytest.fixture
def api(running: RunningEmulator) -> Api:
    return Api(url=running.url)


@pytest.fixture(scope="module")
def module_api() -> Iterator[Api]:
    """A site of the whole module, for tests that only read."""
    with RunningEmulator(World.empty(START)) as emulator:
        yield Api(url=emulator.url, world=emulator.world)


@pytest.fixture
def v3(running: RunningEmulator) -> Api:
    return Api(url=running.url, prefix="/rest/api/3/")


@pytest.fixture
def desk(running: RunningEmulator) -> Api:
    return Api(url=running.url, prefix="/rest/servicedeskapi/")


@pytest.fixture
def dc(running: RunningEmulator) -> Api:
    return Api(url=running.url, bearer=DEFAULT_TOKEN, prefix="/dc/rest/api/2/")


@pytest.fixture
def control(running: RunningEmulator) -> Callable[..., requests.Response]:
    def ask(method: str, path: str, json: Any = None) -> requests.Response:
        return requests.request(method, f"{running.url}/_emulator/{path}", json=json, timeout=10)

    return ask
