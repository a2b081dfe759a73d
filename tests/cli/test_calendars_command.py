"""`escalade calendars`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.load import load_policy


def test_calendars_prints_a_policy_file_with_the_schedules_of_a_helpdesk(place: Any) -> None:
    ended = place.escalade("calendars", "--from", "zendesk")
    assert ended.code == 0, ended
    rule = "version: 1\nrules: [{id: r, description: R, when: {status: open}, tags: [r]}]\n"
    policy = load_policy({"calendars.yaml": ended.out, "rules.yaml": rule})
    calendar = policy.calendars["business-hours"]
    assert calendar.zone.key == "Europe/Berlin"
    assert calendar.is_open(datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert place.escalade("calendars", "--from", "zendesk", "--name", "Business hours").out == ended.out
    assert place.writes == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--from", "zendsk"], "did you mean 'zendesk'"),
        (["--from", "zendesk", "--name", "Busines hours"], "did you mean 'Business hours'"),
        (["--from", "jira"], "whose business hours Escalade cannot read"),
    ],
    ids=str,
)
def test_calendars_says_what_there_is_instead(place: Any, options: list[str], told: str) -> None:
    ended = place.escalade("calendars", *options)
    assert ended.code == 2
    assert told in " ".join(ended.err.replace("│", " ").split())
