"""Every real webhook body that we have names its ticket through the endpoint, or is dealt with for a stated reason."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules.ticket import TicketRef

_FOLDER = Path(os.environ.get("ESCALADE_SHARED") or Path(__file__).parents[3] / "shared") / "material" / "webhooks"
needs_material = pytest.mark.skipif(
    not _FOLDER.is_dir(), reason=f"no real webhook bodies at {_FOLDER}: set ESCALADE_SHARED to the reference folder"
)

#: File → the issue that it is about, as people read it in the file.
JIRA = {
    "webhook-cloud-comment-created-mention-user.json": "10040",
    "webhook-cloud-comment-created.json": "10040",
    "webhook-cloud-comment-deleted.json": "10357",
    "webhook-cloud-comment-updated.json": "10040",
}


@needs_material
def test_the_table_covers_what_there_is() -> None:
    assert len(list((_FOLDER / "jira").glob("*.json"))) >= 23
    assert len(list((_FOLDER / "zendesk").glob("*.json"))) >= 2


@needs_material
@pytest.mark.parametrize("file", sorted((_FOLDER / "jira").glob("*.json")), ids=lambda file: file.stem)
def test_a_real_body_of_jira_makes_its_issue_due(hooks: Any, file: Path) -> None:
    body = file.read_bytes()
    raw = json.loads(body)
    hooks.clock.set(datetime.fromtimestamp(raw["timestamp"] / 1000, UTC))
    assert hooks.jira(body).outcome == "accepted"
    assert hooks.due() == [TicketRef("jira", JIRA.get(file.name) or str(raw["issue"]["id"]))]
    assert hooks.tally.events() == {("jira", raw["webhookEvent"]): 1}


@needs_material
def test_a_real_event_of_zendesk_makes_its_ticket_due(hooks: Any) -> None:
    assert hooks.zendesk((_FOLDER / "zendesk" / "ticket.created.docs-2025.json").read_bytes()).outcome == "accepted"
    assert hooks.due() == [TicketRef("zendesk", "5158")]
    assert hooks.tally.events() == {("zendesk", "ticket.created"): 1}


@needs_material
def test_a_real_trigger_body_needs_a_mapping_and_is_kept_for_inspection_without_one(hooks: Any, wire: Any) -> None:
    body = (_FOLDER / "zendesk" / "trigger.ticket_update.raw.json").read_bytes()
    assert hooks.zendesk(body).outcome == "odd"
    assert hooks.due() == []
    mapped = hooks.send("/hooks/triggers", body, wire.zendesk_headers(body, of="TRIGGERS"))
    assert mapped.outcome == "accepted"
    assert hooks.due() == [TicketRef("zendesk", "12345")]
    assert hooks.tally.events() == {("zendesk", "EndUserComment"): 1, ("triggers", "EndUserComment"): 1}
