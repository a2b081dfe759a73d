"""Every answer of the emulated Zendesk fits Zendesk's published API specification and real recorded traffic."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator
from escalade.emulator.zendesk.state import API_TOKEN, BOT_EMAIL

START = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
READS = (
    "users/me",
    "users",
    "users/show_many?ids={user}",
    "users/{user}",
    "users/search?query=example",
    "groups",
    "groups/{group}",
    "groups/{group}/memberships",
    "group_memberships",
    "organizations",
    "organizations/{organization}",
    "organizations/show_many?ids={organization}",
    "tickets",
    "tickets?external_id=none",
    "tickets/count",
    "tickets/{ticket}",
    "tickets/show_many?ids={ticket}",
    "tickets/{ticket}/comments",
    "tickets/{ticket}/comments/count",
    "tickets/{ticket}/audits",
    "tickets/{ticket}/audits/{audit}",
    "tickets/{ticket}/tags",
    "tickets/{ticket}/related",
    "tickets/{ticket}/incidents",
    "incremental/tickets/cursor?start_time=0",
    "incremental/tickets?start_time=0",
    "incremental/ticket_events?start_time=0",
    "incremental/organizations?start_time=0",
    "incremental/users?start_time=0",
    "incremental/users/cursor?start_time=0",
    "search?query=type:ticket",
    "search/count?query=type:ticket",
    "search/export?query=status:open&filter[type]=ticket",
    "ticket_fields",
    "ticket_fields/{field}",
    "organization_fields",
    "custom_statuses",
    "slas/policies",
    "job_statuses",
    "triggers",
    "automations",
    "macros",
    "brands",
    "tags",
)
WRITES: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "tickets/{ticket}", {"ticket": {"priority": "urgent", "comment": {"body": "x", "public": False}}}),
    ("POST", "tickets", {"ticket": {"subject": "a", "comment": {"body": "b"}}}),
    ("PUT", "tickets/{ticket}/tags", {"tags": ["esc_t1"]}),
    ("POST", "tickets/{ticket}/tags", {"tags": ["esc_t1"]}),
    ("DELETE", "tickets/{ticket}/tags", {"tags": ["esc_t1"]}),
    ("PUT", "tickets/update_many?ids={ticket}", {"ticket": {"priority": "high"}}),
    ("POST", "tickets/create_many", {"tickets": [{"subject": "a", "comment": {"body": "b"}}]}),
    ("PUT", "organizations/{organization}", {"organization": {"notes": "x"}}),
    ("POST", "ticket_fields", {"ticket_field": {"title": "t", "type": "text"}}),
    ("DELETE", "tickets/{doomed}", None),
)


@pytest.fixture(scope="module")
def zendesk(specifications: Any) -> Any:
    """The part of the specification that has these calls."""
    used = [_pattern(path.split("?")[0]) for path in (*READS, *(path for _m, path, _b in WRITES), "job_statuses/{id}")]
    return specifications.zendesk.part(
        path for path in specifications.zendesk.raw["paths"] if any(one.fullmatch(path) for one in used)
    )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(r"/api/v2/" + re.sub(r"\{\w+\}", r"\\{[^/]+\\}", path))


@pytest.fixture(scope="module")
def emulator() -> Iterator[RunningEmulator]:
    with RunningEmulator(build_desk(tickets=60, organizations=6)) as running:
        yield running


@pytest.fixture(scope="module")
def names(emulator: RunningEmulator) -> dict[str, Any]:
    state = emulator.world.zendesk
    ticket = next(one for one in state.tickets.values() if one.status == "open" and len(one.comments) > 2)
    return {
        "user": ticket.requester_id,
        "group": ticket.group_id,
        "organization": next(iter(state.organizations)),
        "ticket": ticket.id,
        "doomed": max(state.tickets),
        "audit": ticket.audits[0].id,
        "field": next(iter(state.fields)),
    }


@pytest.fixture
def exchange(emulator: RunningEmulator, zendesk: Any, names: dict[str, Any]) -> Iterator[Callable[..., Any]]:
    """Send a request; request and answer must both fit the specification."""
    with requests.Session() as session:
        session.auth = (f"{BOT_EMAIL}/token", API_TOKEN)

        def send(method: str, path: str, body: Any = None) -> Any:
            url = f"{emulator.url}/api/v2/{path.format(**names)}"
            answer = session.request(method, url, json=body, timeout=10)
            assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
            said = zendesk.complaints(answer)
            assert not said, f"{method} {path}:\n" + "\n".join(said[:6])
            return answer.json() if answer.content else None

        yield send


@pytest.mark.parametrize("path", READS)
def test_reading_answers_as_specified(exchange: Callable[..., Any], path: str) -> None:
    exchange("GET", path)


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[f"{method} {path}" for method, path, _ in WRITES])
def test_writing_answers_as_specified(exchange: Callable[..., Any], method: str, path: str, body: Any) -> None:
    shown = exchange(method, path, body)
    if isinstance(shown, dict) and "job_status" in shown:
        for _ in range(2):
            exchange("GET", f"job_statuses/{shown['job_status']['id']}")


# Keys of recorded answers that the emulated ones lack, by kind of record, with the reason.
NOT_EMULATED: dict[str, dict[str, str]] = {
    "user": {"authenticity_token": "only for browser sessions, in users/me"},
    "ticket_field": {
        "sub_type_id": "only on the system's own type and status fields, of old accounts",
        "system_field_options": "only on system fields; the record shown here is a custom one",
    },
    "ticket": {"satisfaction_probability": "prediction of a plan that the emulated account does not have"},
}


def _recorded_keys(material: Path, kind: str) -> set[str]:
    """The keys of every recorded record of a kind, alone (`ticket`) or in a list (`tickets`)."""
    keys: set[str] = set()
    with gzip.open(material / "recorded" / "zendesk-recorded.jsonl.gz", "rt") as lines:
        bodies = [json.loads(line)["response_body"] for line in lines]
    files = (material / "recorded" / "go-zendesk").glob("*/ticket*.json")
    bodies += [json.loads(file.read_text()) for file in files]
    for body in bodies:
        if isinstance(body, dict):
            rows = [body.get(kind), *(body.get(f"{kind}s") or []), *(body.get(f"{kind}es") or [])]
            keys |= {key for row in rows if isinstance(row, dict) for key in row}
    return keys


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("ticket", "tickets/{ticket}"),
        ("comment", "tickets/{ticket}/comments"),
        ("audit", "tickets/{ticket}/audits"),
        ("user", "users/me"),
        ("organization", "organizations/{organization}"),
        ("group", "groups/{group}"),
        ("ticket_field", "ticket_fields/{field}"),
        ("job_status", "job_statuses"),
    ],
)
def test_every_recorded_key_is_there_or_listed(
    exchange: Callable[..., Any], specifications: Any, kind: str, path: str
) -> None:
    recorded = _recorded_keys(specifications.material, kind)
    assert recorded, f"nothing of the kind {kind} was recorded"
    if kind == "job_status":
        exchange("PUT", "tickets/update_many?ids={ticket}", {"ticket": {"priority": "high"}})
    body = exchange("GET", path)
    rows = [body.get(kind), *(body.get(f"{kind}s") or []), *(body.get(f"{kind}es") or [])]
    ours = next(row for row in rows if row)
    missing = recorded - set(ours)
    assert missing == set(NOT_EMULATED.get(kind, {})), "list what is not emulated, with the reason"


def test_the_pages_of_lists_and_of_the_export_have_the_recorded_frame(exchange: Callable[..., Any]) -> None:
    by_cursor = exchange("GET", "users?page[size]=2")
    assert set(by_cursor) == {"users", "meta", "links"}
    assert set(by_cursor["meta"]) == {"has_more", "after_cursor", "before_cursor"}
    assert set(by_cursor["links"]) == {"next", "prev"}
    assert set(exchange("GET", "users")) == {"users", "next_page", "previous_page", "count"}
    export = exchange("GET", "incremental/tickets/cursor?start_time=0")
    frame = {"after_cursor", "after_url", "before_cursor", "before_url", "end_of_stream"}
    assert set(export) == {"tickets", *frame}


def test_recorded_job_results_have_the_shapes_of_ours(exchange: Callable[..., Any], specifications: Any) -> None:
    material = specifications.material
    job = exchange("PUT", "tickets/update_many?ids={ticket}", {"ticket": {"priority": "low"}})["job_status"]
    for _ in range(2):
        job = exchange("GET", f"job_statuses/{job['id']}")["job_status"]
    recorded: set[frozenset[str]] = set()
    with gzip.open(material / "recorded" / "zendesk-recorded.jsonl.gz", "rt") as lines:
        for line in lines:
            body = json.loads(line)["response_body"]
            results = (body.get("job_status") or {}).get("results") if isinstance(body, dict) else None
            recorded |= {frozenset(row) for row in results} if isinstance(results, list) else set()
    assert frozenset(job["results"][0]) in recorded
