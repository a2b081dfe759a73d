"""Complaints whose proof is somewhere else: that it is still there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("number", [2, 3, 4, 5, 7, 8, 11, 13, 15, 16, 17, 18, 19, 20])
def test_complaints_about_clocks_and_calendars_have_published_vectors(number: int) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (TESTS / "vectors").rglob("*.yaml")]
    files = [yaml.load(text, yaml.BaseLoader) for text in texts]  # noqa: S506 - it makes nothing but text
    told = {case.get("complaint") for file in files for case in (*file.get("cases", ()), *file.get("stories", ()))}
    assert str(number) in told


@pytest.mark.parametrize(
    ("file", "proof"),
    [
        ("scenarios/test_tracker.py", "test_two_tickets_on_one_issue_get_their_own_work_below_it"),
        ("connectors/jira/test_jira_translate.py", "test_an_issue_becomes_a_ticket_with_its_immutable_id"),
        ("connectors/jira/test_jira_translate.py", "test_a_priority_that_is_not_mapped_keeps_its_name"),
        ("connectors/jira/test_jira_sink.py", "test_an_escalation_costs_one_edit_and_one_comment"),
        ("connectors/jira/test_jira_sink.py", "test_a_priority_that_no_name_stands_for_is_refused_with_advice"),
        ("connectors/test_zendesk_sink.py", "test_tags_priority_group_field_and_note_travel_in_one_request"),
    ],
)
def test_complaint_25_priorities_both_ways_and_many_tickets_to_one_issue_are_proven_elsewhere(
    file: str, proof: str
) -> None:
    assert f"def {proof}(" in (TESTS / file).read_text(encoding="utf-8")
