"""Every request that Escalade sends in weeks of work fits the vendors' specifications, and so does every answer.

Jira is asked by version 2 of its API and described by version 3: the two differ in rich text only, which version 2
writes as plain strings and version 3 leaves open in its schemas.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import yaml
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from connectors.base import Write, WriteKind
from connectors.errors import ConnectorError
from escalade.app import App, open_app
from escalade.demo.desk import DemoSecrets, demo_settings
from escalade.emulator.desk import build_desk
from escalade.emulator.jira.render import user_key
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from escalade.progress import QuietProgress
from escalade.settings import load_settings
from rules.change import Change, LinkTicket, OpenLinked
from rules.reports.run import Report
from rules.ticket import LinkKind, Priority, TicketRef

_NAMED = yaml.safe_load(Path(__file__).with_name("our_calls.yaml").read_text())
CALLS = {helpdesk: set(calls) for helpdesk, calls in _NAMED["calls"].items()}
OUTSIDE = set(_NAMED["outside"])
UNLISTED = {(call, name) for call, names in _NAMED["unlisted"].items() for name in names}
TOLERATED = {helpdesk: set(names) for helpdesk, names in _NAMED["tolerated"].items()}

DC_SETTINGS = """\
  dc:
    vendor: jira
    url: {url}/dc
    auth: {{pat_env: DEMO_JIRA_TOKEN}}
    projects: [OPS]
"""
DC_POLICY = """\
version: 1
rules:
  - id: plant-down
    description: A plant is down
    when: {{helpdesk: dc, priority: {{at_least: high}}, status: {{in: [new, open]}}}}
    escalate_to: tier3
    set: {{statuses: {{dc: In Progress}}, assignees: {{dc: "{person}"}}}}
  - id: begin
    description: Somebody works on what is escalated
    when: {{helpdesk: jira, escalated: true}}
    set: {{statuses: {{jira: In Progress}}}}
"""
WHY = {"because": "it is urgent", "rule": "production-down"}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request of ours, in the specification's place, and the answer; None where the connection broke."""

    helpdesk: str
    #: `METHOD /path/{template}`, or the plain path where the specification has none that fits.
    call: str
    request: requests.PreparedRequest
    answer: requests.Response | None

    @property
    def template(self) -> str:
        return self.call.partition(" ")[2]

    @property
    def writes(self) -> bool:
        return self.request.method != "GET" and not self.template.endswith(("/search", "/search/jql", "/bulkfetch"))

    @property
    def names(self) -> tuple[list[str], Any]:
        """Names of the query parameters, and the body."""
        query = [name for name, _ in parse_qsl(urlsplit(str(self.request.url)).query)]
        return query, json.loads(self.request.body) if self.request.body else None


@dataclass
class Wire:
    """Listens on the only way that requests take out of this process."""

    send: Callable[..., requests.Response]
    sent: list[Sent] = field(default_factory=list)

    def listen(self, adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        try:
            answer = self.send(adapter, request, **options)
        except requests.RequestException:
            self.sent.append(_sent(request, None))
            raise
        body = answer.raw.read(decode_content=True)
        self.sent.append(_sent(request, _copied(answer, body)))
        # What was read is put back for the one who asked.
        answer.raw = HTTPResponse(io.BytesIO(body), answer.raw.headers, answer.status_code, preload_content=False)
        return answer


def _copied(answer: requests.Response, body: bytes) -> requests.Response:
    copied = requests.Response()
    copied.status_code, copied.headers = answer.status_code, answer.headers
    copied._content = body
    return copied


def _sent(request: requests.PreparedRequest, answer: requests.Response | None) -> Sent:
    parts = urlsplit(str(request.url))
    path = parts.path.removeprefix("/dc").removesuffix(".json").replace("/rest/api/2/", "/rest/api/3/")
    helpdesk = "dc" if parts.path.startswith("/dc") else "jira" if path.startswith("/rest/") else "zendesk"
    described = request.copy()
    described.url = parts._replace(path=path).geturl()
    if answer is not None:
        answer.request, answer.url = described, described.url
    return Sent(
        helpdesk=helpdesk, call=f"{request.method} {_template(helpdesk, path)}", request=described, answer=answer
    )


def _template(helpdesk: str, path: str) -> str:
    """The specification's word for a path; one without variable parts goes first."""
    templates = sorted({call.partition(" ")[2] for call in CALLS[helpdesk]}, key=lambda one: ("{" in one, one))
    fitting = (one for one in templates if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path))
    return next(fitting, path)


@dataclass
class Story:
    """Weeks of a support desk with Escalade at work in it."""

    world: World
    app: App

    def sync(self) -> Report:
        return self.app.sync(QuietProgress()).once(force=True)

    def pass_time(self, span: timedelta) -> None:
        with self.world.lock:
            self.world.clock.advance(span.total_seconds())

    def breaks(self, method: str, path: str, *, times: int = 1) -> None:
        """The connection breaks after the next such request was carried out."""
        match = {"method": method, "path_regex": path, "times": times}
        self.world.faults.add_json({"kind": "reset_after", "match": match})

    def people_answer_and_solve(self, count: int) -> None:
        escalated = [
            one
            for one in self.world.zendesk.tickets.values()
            if one.status == "open" and any(tag.startswith("esc_") for tag in one.tags) and one.assignee_id
        ]
        for ticket in escalated[:count]:
            change = {"status": "solved", "comment": {"body": "This is solved.", "public": True}}
            with self.world.lock:
                act(self.world, {"ticket": ticket.id, "user": ticket.assignee_id, "change": change})

    def tell(self) -> None:
        self.app.sync(QuietProgress()).once(dry_run=True)
        for method, path in (
            ("PUT", r"/api/v2/tickets/\d+$"),
            ("POST", r"/api/v2/jira/links$"),
            ("POST", r"^/rest/api/2/issue$"),
            ("POST", r"/issue/bulk$"),
            ("POST", r"^/rest/api/2/issue/\d+/remotelink$"),
            ("POST", r"^/rest/api/2/issue/\d+/comment$"),
            ("PUT", r"^/rest/api/2/issue/\d+$"),
            ("POST", r"^/rest/api/2/issue/\d+/transitions$"),
            ("POST", r"^/dc/rest/api/2/issue/\d+/transitions$"),
            ("POST", r"^/dc/rest/api/2/issue/\d+/comment$"),
            ("POST", r"^/dc/rest/api/2/issue/\d+/remotelink$"),
            ("PUT", r"^/dc/rest/api/2/issue/\d+$"),
        ):
            self.breaks(method, path)
        self.sync()
        for day in range(14):
            for _ in range(3):
                self.pass_time(timedelta(hours=8))
                self.sync()
            self.people_answer_and_solve(day % 3)
        self._ask_directly()

    def _ask_directly(self) -> None:
        """What no policy wants today and the connectors can: a Zendesk as tracker, ties inside of one Jira."""
        issues = [TicketRef("jira", str(number)) for number in list(self.world.jira.issues)[:2]]
        opening = OpenLinked(
            on=issues[0],
            key="k",
            helpdesk="zendesk",
            project="Tier 2 Specialists",
            type="problem",
            subject="Down",
            body="All is down.",
            priority=Priority.HIGH,
            tags=("esc_opened",),
            **WHY,
        )
        ties = [
            LinkTicket(on=issues[0], to=issues[1], kind=kind, key="OPS-2", title="Other", url="", **WHY)
            for kind in (LinkKind.RELATED, LinkKind.TRACKED_BY)
        ]
        self._write("zendesk", WriteKind.OPEN, (opening, opening), "/api/v2/tickets$")
        self._write("jira", WriteKind.LINK, ties, "/issueLink$")

    def _write(self, helpdesk: str, kind: WriteKind, changes: Sequence[Change], path: str) -> None:
        """Write one change, and another one whose answer is lost, so that it is looked for."""
        sink, began = self.app.helpdesks[helpdesk].sink, self.world.clock.now()
        first, second = (Write(kind=kind, ticket=change.on, changes=(change,)) for change in changes)
        sink.apply(first, "op-1")
        self.breaks("POST", path)
        with pytest.raises(ConnectorError):
            sink.apply(second, "op-2")
        assert sink.find(second, "op-2", began) is not None


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    """All that was sent while the story was told."""
    world = build_desk(tickets=80, organizations=8)
    world.jira_dc.add_project("OPS", "Operations")
    for priority in ("High", "Highest", "Low"):
        world.jira_dc.add_issue("OPS", f"Plant with priority {priority}", priority=priority)
    wire = Wire(HTTPAdapter.send)
    directory = tmp_path_factory.mktemp("desk")
    with ExitStack() as stack:
        emulator = stack.enter_context(RunningEmulator(world))
        patch = stack.enter_context(pytest.MonkeyPatch.context())

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return wire.listen(adapter, request, **options)

        patch.setattr(HTTPAdapter, "send", send)
        file = demo_settings(directory, emulator.url)
        file.write_text(file.read_text() + DC_SETTINGS.format(url=emulator.url))
        (directory / "plants.yaml").write_text(DC_POLICY.format(person=user_key(world.jira_dc.bot.account_id)))
        app = stack.enter_context(open_app(load_settings(file), world.clock, secrets=DemoSecrets()))
        Story(world, app).tell()
        assert world.unknown_routes == []
    return wire.sent


@pytest.fixture
def described(specifications: Any) -> dict[str, Any]:
    """The specification by helpdesk: version 3 describes both products of Jira."""
    return {"zendesk": specifications.zendesk, "jira": specifications.jira, "dc": specifications.jira}


def _inside(traffic: list[Sent]) -> list[Sent]:
    return [sent for sent in traffic if sent.call not in OUTSIDE]


def _part(described: dict[str, Any], helpdesk: str, *, without: str | None = None) -> Any:
    templates = {sent.partition(" ")[2] for sent in CALLS[helpdesk]}
    return described[helpdesk].part(templates, without=without)


def test_each_kind_of_call_that_we_can_make_was_made_and_no_other(traffic: list[Sent]) -> None:
    made = {helpdesk: {sent.call for sent in traffic if sent.helpdesk == helpdesk} for helpdesk in CALLS}
    made["zendesk"] -= OUTSIDE
    assert made == CALLS
    assert {sent.call for sent in traffic} >= OUTSIDE


def test_every_request_of_ours_fits_the_specification(traffic: list[Sent], described: dict[str, Any]) -> None:
    complaints = Counter(
        (sent.call, complaint)
        for sent in _inside(traffic)
        for complaint in _part(described, sent.helpdesk).complaints_of_request(sent.request)
    )
    assert complaints == {}


def test_every_answer_that_we_got_fits_the_specification(traffic: list[Sent], described: dict[str, Any]) -> None:
    complaints = Counter(
        (sent.call, complaint)
        for sent in _inside(traffic)
        if sent.answer is not None
        for complaint in _part(described, sent.helpdesk).complaints_of_answer(sent.answer)
    )
    assert complaints == {}


def test_we_send_no_name_that_the_specification_does_not_list_but_for_a_reason(
    traffic: list[Sent], described: dict[str, Any]
) -> None:
    found = set()
    for sent in _inside(traffic):
        query, body = sent.names
        method = str(sent.request.method)
        found |= {(sent.call, name) for name in described[sent.helpdesk].unlisted(method, sent.template, query, body)}
    assert found == UNLISTED


def test_calls_beyond_the_specification_are_still_beyond_it(described: dict[str, Any]) -> None:
    assert {call for call in OUTSIDE if call.partition(" ")[2] in described["zendesk"].raw["paths"]} == set()


@pytest.mark.parametrize("helpdesk", TOLERATED)
def test_exactly_the_named_deviations_are_needed_for_our_traffic(
    helpdesk: str, traffic: list[Sent], described: dict[str, Any]
) -> None:
    needed = {
        name
        for name in described[helpdesk].deviations
        if any(
            _misfits(_part(described, helpdesk, without=name), sent)
            for sent in _inside(traffic)
            if sent.helpdesk == helpdesk
        )
    }
    assert needed == TOLERATED[helpdesk]


def _misfits(part: Any, sent: Sent) -> bool:
    return bool(part.complaints_of_request(sent.request) or (sent.answer and part.complaints_of_answer(sent.answer)))


def test_writes_whose_answer_was_lost_were_looked_for_and_not_repeated(traffic: list[Sent]) -> None:
    lost = [sent for sent in traffic if sent.answer is None]
    assert {sent.call for sent in lost} == {sent.call for sent in traffic if sent.writes}
    # The way to a status is the same on every ticket, and such a request has nothing else in it.
    times = Counter((sent.call, sent.request.url, sent.request.body) for sent in traffic)
    assert {times[sent.call, sent.request.url, sent.request.body] for sent in lost} == {1}
