"""Worlds to work in: the generated desk, a ticket history, the command that serves them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from escalade.emulator.__main__ import main, make_world
from escalade.emulator.desk import START, build_desk
from escalade.emulator.history import BadHistoryError, build_history
from escalade.emulator.world import World
from escalade.emulator.zendesk.state import API_TOKEN, BOT_EMAIL


@pytest.fixture(scope="module")
def desk() -> World:
    return build_desk()


def _value(world: World, ticket: Any, title: str) -> Any:
    return ticket.custom.get(world.zendesk.field_by_title(title).id)


class TestDesk:
    def test_is_the_same_for_the_same_seed_and_another_for_another(self, desk: World) -> None:
        again, other = build_desk(), build_desk(seed=8)
        assert list(again.zendesk.tickets.values()) == list(desk.zendesk.tickets.values())
        assert list(other.zendesk.tickets.values()) != list(desk.zendesk.tickets.values())

    def test_has_the_size_the_tiers_and_the_fields_that_the_starter_policy_names(self, desk: World) -> None:
        state = desk.zendesk
        assert (len(state.tickets), len(state.organizations)) == (400, 40)
        tiers = {"Tier 1 Support", "Tier 2 Specialists", "Tier 3 Critical Response"}
        assert tiers <= {group.name for group in state.groups.values()}
        assert {"impact", "urgency", "escalation_tier", "product"} == {field.title for field in state.fields.values()}
        assert {"tier", "arr", "renewal_date"} == set(state.organization_fields)

    def test_shows_every_status_every_priority_and_the_awkward_cases(self, desk: World) -> None:
        tickets = desk.zendesk.tickets.values()
        assert set(Counter(ticket.status for ticket in tickets)) == {
            "new",
            "open",
            "pending",
            "hold",
            "solved",
            "closed",
        }
        priorities = Counter(ticket.priority for ticket in tickets)
        assert set(priorities) == {None, "low", "normal", "high", "urgent"}
        assert sum(ticket.organization_id is None for ticket in tickets) > 10
        assert sum(_value(desk, ticket, "impact") is None for ticket in tickets) > 40
        assert sum("production_down" in ticket.tags for ticket in tickets) > 5

    def test_nothing_lies_in_the_future_and_every_story_is_in_order(self, desk: World) -> None:
        now = desk.zendesk.now()
        for ticket in desk.zendesk.tickets.values():
            times = [audit.at for audit in ticket.audits]
            assert times == sorted(times)
            assert ticket.created <= times[-1] <= ticket.updated < now - 60, "older than the export's hidden minute"

    def test_obeys_the_rules_that_it_serves(self, desk: World) -> None:
        users = desk.zendesk.users
        for ticket in desk.zendesk.tickets.values():
            if ticket.assignee_id is not None:
                assert ticket.group_id in users[ticket.assignee_id].group_ids
            if ticket.status in {"solved", "closed"}:
                assert ticket.assignee_id is not None

    def test_some_have_been_silent_for_days_and_some_companies_are_in_trouble(self, desk: World) -> None:
        now, tickets = desk.zendesk.now(), desk.zendesk.tickets.values()
        active = [ticket for ticket in tickets if ticket.status in {"open", "pending", "hold"}]
        assert sum(now - ticket.updated > 2 * 86400 for ticket in active) > 20
        bad = Counter(t.organization_id for t in active if t.priority == "urgent" and t.organization_id)
        assert bad.most_common(1)[0][1] >= 3

    def test_links_open_tickets_to_existing_jira_issues(self, desk: World) -> None:
        links = desk.zendesk.links.values()
        assert len(links) == 25
        for link in links:
            issue = desk.jira.find(link.issue_key)
            assert issue is not None
            assert (str(issue.id), issue.key.startswith("OPS-")) == (link.issue_id, True)
            assert desk.zendesk.tickets[link.ticket_id].status not in {"solved", "closed"}
        assert {project.key for project in desk.jira.projects.values()} == {"OPS", "SUP"}


EVENTS: list[dict[str, Any]] = [
    {
        "at": "2026-01-01T10:00:00Z",
        "ticket": "x:1",
        "event": "created",
        "fields": {"subject": "One", "status": "new", "account": "Acme", "requester": "r-1", "custom": {"impact": 1}},
    },
    {
        "at": "2026-01-01T11:00:00Z",
        "ticket": "x:2",
        "event": "created",
        "fields": {"status": "open", "assignee": "a-1"},
    },
    {
        "at": "2026-01-01T11:30:00Z",
        "ticket": "x:1",
        "event": "comment",
        "author": {"id": "a-1", "role": "agent"},
        "public": True,
        "body": "Hello",
    },
    {
        "at": "2026-01-01T12:00:00Z",
        "ticket": "x:1",
        "event": "changed",
        "fields": {"status": "solved", "priority": "high"},
    },
    {"at": "2026-01-01T13:00:00Z", "ticket": "x:2", "event": "changed", "fields": {}},
]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    return path


class TestHistory:
    def test_starts_at_the_busiest_instant_with_the_rest_still_to_come(self, history: Path) -> None:
        world = build_history(history)
        assert world.clock.now() == datetime(2026, 1, 1, 11, tzinfo=UTC)
        one, two = world.zendesk.tickets.values()
        assert (one.external_id, one.status, two.status) == ("x:1", "new", "open")
        assert world.zendesk.organizations[one.organization_id or 0].name == "Acme"
        assert _value(world, one, "impact") == "high", "ITIL's 1 is the worst"

    def test_happens_as_the_clock_advances_each_event_at_its_instant(self, history: Path) -> None:
        world = build_history(history)
        one, two = world.zendesk.tickets.values()
        world.clock.advance(3600 - 1)
        assert ([comment.body for comment in one.comments[1:]], one.status) == (["Hello"], "new")
        world.clock.advance(5 * 3600)
        assert (one.status, one.priority) == ("solved", "high")
        assert one.updated == int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
        assert two.updated == int(datetime(2026, 1, 1, 13, tzinfo=UTC).timestamp()), "a touch moves it too"
        assert world.pending is not None
        assert world.pending.next_at() is None

    def test_may_start_at_a_chosen_instant_and_be_packed(self, history: Path, tmp_path: Path) -> None:
        packed = tmp_path / "history.jsonl.gz"
        packed.write_bytes(gzip.compress(history.read_bytes()))
        world = build_history(packed, at=datetime(2026, 1, 1, 12, 30, tzinfo=UTC))
        assert [ticket.status for ticket in world.zendesk.tickets.values()] == ["solved", "open"]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("{", "not an event"),
            ('{"at": "2026-01-01T00:00:00Z"}', "not an event"),
            ('{"at": "2026-01-02T00:00:00Z", "ticket": "x:1", "event": "exploded"}', "must be one of"),
            ('{"at": "2026-01-02T00:00:00", "ticket": "x:1", "event": "changed"}', "must have a zone"),
            ('{"at": "2025-01-01T00:00:00Z", "ticket": "x:1", "event": "changed"}', "sort by `at`"),
        ],
    )
    def test_a_bad_line_is_named_with_its_number(self, history: Path, line: str, said: str) -> None:
        history.write_text(history.read_text() + line + "\n")
        with pytest.raises(BadHistoryError, match=rf"history\.jsonl:6: .*{said}"):
            build_history(history)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.jsonl"
        path.touch()
        with pytest.raises(BadHistoryError, match="no events"):
            build_history(path)

    def test_a_real_history_of_nine_thousand_tickets_ends_where_the_file_ends(self) -> None:
        root = Path(os.environ.get("ESCALADE_SHARED", Path(__file__).parents[2].parent / "shared"))
        path = root / "material" / "tickets" / "uci498-before-2016-04.jsonl.gz"
        if not path.exists():
            pytest.skip("the reference folder is absent; set ESCALADE_SHARED to it")
        world = build_history(path)
        assert 4000 < len(world.zendesk.tickets) < 9000
        world.clock.advance(timedelta(days=400).total_seconds())
        last: dict[str, Any] = {}
        with gzip.open(path, "rt") as lines:
            for line in lines:
                event = json.loads(line)
                last.setdefault(event["ticket"], {}).update(event.get("fields") or {})
        ours = {ticket.external_id: ticket for ticket in world.zendesk.tickets.values()}
        assert len(ours) == len(last) == 9202
        for name, fields in last.items():
            assert (ours[name].status, ours[name].priority) == (fields["status"], fields.get("priority")), name


class TestServing:
    def test_a_process_of_its_own_prints_its_address_and_serves(self) -> None:
        command = [sys.executable, "-m", "escalade.emulator", "--world", "empty", "--port", "0", "--print-url"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().strip()
                health = requests.get(f"{url}/_emulator/health", timeout=10).json()
                assert health == {"ok": True, "now": START.isoformat()}
                auth = (f"{BOT_EMAIL}/token", API_TOKEN)
                assert requests.get(f"{url}/api/v2/users/me.json", auth=auth, timeout=10).status_code == 200
            finally:
                process.terminate()

    def test_serves_a_desk_of_any_instant_whose_clock_runs(self) -> None:
        instant = datetime(2026, 11, 20, 15, tzinfo=UTC)
        command = [sys.executable, "-m", "escalade.emulator", "--world", "empty", "--print-url"]
        with subprocess.Popen(
            [*command, "--start", instant.isoformat(), "--runs"], stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().strip()
                seen = {instant}
                for _ in range(200):
                    health = requests.get(f"{url}/_emulator/health", timeout=10).json()
                    seen.add(datetime.fromisoformat(health["now"]))
                    if len(seen) > 2:
                        break
                    time.sleep(0.05)
                assert instant < max(seen) < instant + timedelta(minutes=5)
                requests.post(f"{url}/_emulator/advance", json={"seconds": 86400}, timeout=10).raise_for_status()
                now = datetime.fromisoformat(requests.get(f"{url}/_emulator/health", timeout=10).json()["now"])
                assert now > instant + timedelta(days=1), "it runs on from where it was put"
            finally:
                process.terminate()

    def test_worlds_are_made_by_name(self) -> None:
        world = make_world("big:1200")
        assert len(world.zendesk.tickets) == 1200
        small, whole = make_world("demo:30"), make_world("demo")
        assert [small.zendesk.tickets[one].subject for one in small.zendesk.tickets] == [
            whole.zendesk.tickets[one].subject for one in list(whole.zendesk.tickets)[:30]
        ]
        with pytest.raises(ValueError, match="demo, demo:N, empty, big:N"):
            make_world("flat")

    @pytest.mark.parametrize("name", ["flat", "history:/no/such/file", "big:many", "demo:few"])
    def test_a_world_that_cannot_be_made_is_explained_in_one_line(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--world", name]) == 2
        assert capsys.readouterr().err.startswith(f"cannot make the world {name!r}: ")
