"""Every key that recorded answers of real Jira servers have is in the emulator's, or is left out for a reason."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

RUBY, GO = "jira-ruby/spec/mock_responses", "go-jira/testing/mock-data"

PAIRS = [
    (f"{RUBY}/issue/10002.json", "issue/OPS-1"),
    (f"{RUBY}/issue/10002/comment.json", "issue/OPS-1/comment"),
    (f"{RUBY}/issue/10002/comment/10000.json", "issue/OPS-1/comment/10000"),
    (f"{RUBY}/issue/10002/transitions.json", "issue/OPS-1/transitions"),
    (f"{RUBY}/issue/10002/watchers.json", "issue/OPS-1/watchers"),
    (f"{RUBY}/issue/10002/properties.json", "issue/OPS-1/properties"),
    (f"{RUBY}/issue/10002/properties/foo.json", "issue/OPS-1/properties/esc"),
    (f"{RUBY}/field.json", "field"),
    (f"{RUBY}/priority.json", "priority"),
    (f"{RUBY}/status.json", "status"),
    (f"{RUBY}/resolution.json", "resolution"),
    (f"{RUBY}/issuetype.json", "issuetype"),
    (f"{RUBY}/issueLinkType.json", "issueLinkType"),
    (f"{RUBY}/statuscategory.json", "statuscategory"),
    (f"{RUBY}/project.json", "project"),
    (f"{RUBY}/project/SAMPLEPROJECT.json", "project/OPS"),
    (f"{GO}/all_fields.json", "field"),
    (f"{GO}/all_priorities.json", "priority"),
    (f"{GO}/all_statuses.json", "status"),
    (f"{GO}/all_statuscategories.json", "statuscategory"),
    (f"{GO}/all_issuelinktypes.json", "issueLinkType"),
    (f"{GO}/all_resolutions.json", "resolution"),
    (f"{GO}/all_projects.json", "project"),
    (f"{GO}/project.json", "project/OPS"),
    (f"{GO}/transitions.json", "issue/OPS-1/transitions?expand=transitions.fields"),
    (f"{GO}/remote_links.json", "issue/OPS-1/remotelink"),
]

# By the name of a key, wherever it is.
LEFT_OUT = {
    "worklog": "no work is logged",
    "attachment": "no files are attached",
    "votes": "nobody votes",
    "progress": "no time is tracked",
    "aggregateprogress": "no time is tracked",
    "timetracking": "no time is tracked",
    "timespent": "no time is tracked",
    "timeestimate": "no time is tracked",
    "timeoriginalestimate": "no time is tracked",
    "aggregatetimespent": "no time is tracked",
    "aggregatetimeestimate": "no time is tracked",
    "aggregatetimeoriginalestimate": "no time is tracked",
    "workratio": "no time is tracked",
    "versions": "no versions are kept",
    "roles": "roles are not modelled",
    "assigneeType": "projects assign nobody by default",
    "projectCategory": "projects have no categories",
    "url": "projects have no home page of their own",
    "description": "descriptions of metadata are for people; the emulator leaves some out",
    "avatarId": "pictures are not served",
    "expand": "a hint for people who explore the API",
}
# Where the same name would hide something that matters.
NEEDED = {("issue/OPS-1", "fields.description")}
# Only at one place, although it matters elsewhere.
ONLY_HERE = {("resolution", "iconUrl"): "Jira before 7 drew pictures of resolutions"}


def _folder() -> Path:
    shared = os.environ.get("ESCALADE_SHARED")
    root = Path(shared) if shared else Path(__file__).parents[4] / "shared"
    folder = root / "material" / "recorded"
    if not folder.is_dir():
        pytest.skip(f"the reference folder with recorded answers is not at {folder}; set ESCALADE_SHARED")
    return folder


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, Any]]:
    world = World.empty(datetime(2026, 3, 4, 8, tzinfo=UTC))
    site = world.jira_dc
    project = site.add_project("OPS", "Operations")
    issue = site.add_issue(project, "First", assignee=site.bot, properties={"esc": 1})
    site.add_comment(issue, site.bot, "hello")
    issue.watchers.append(site.bot.account_id)
    with RunningEmulator(world) as running:
        session = requests.Session()
        session.headers["Authorization"] = "Bearer jira-token"
        base = f"{running.url}/dc/rest/api/2/"
        shown = {
            "url": "https://x.example",
            "title": "T",
            "summary": "S",
            "icon": {},
            "status": {"resolved": False, "icon": {}},
        }
        application = {"type": "desk", "name": "Desk"}
        link = {"globalId": "g", "relationship": "causes", "object": shown, "application": application}
        session.post(base + "issue/OPS-1/remotelink", json=link, timeout=5)
        yield {path: session.get(base + path, timeout=5).json() for _, path in PAIRS}


def _missing(real: Any, mine: Any, path: str = "") -> set[str]:
    if isinstance(real, list) and isinstance(mine, list):
        return _missing(real[0], mine[0], path) if real and mine else set()
    if not isinstance(real, dict) or not isinstance(mine, dict):
        return set()
    if path.endswith(("avatarUrls", "schema", "icon", "status.icon", "transitions.fields")):
        return set()
    found: set[str] = set()
    for key, value in real.items():
        inner = f"{path}.{key}".lstrip(".")
        if key not in mine:
            found |= {inner}
        else:
            found |= _missing(value, mine[key], inner)
    return found


@pytest.mark.parametrize(("recording", "path"), PAIRS)
def test_every_recorded_key_is_there(recording: str, path: str, answers: dict[str, Any]) -> None:
    real = json.loads((_folder() / recording).read_text())
    missing = _missing(real, answers[path])
    tolerated = {key for key in missing if key.rpartition(".")[2] in LEFT_OUT or (path, key) in ONLY_HERE}
    assert missing - tolerated | {key for where, key in NEEDED if where == path} & missing == set()
