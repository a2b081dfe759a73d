"""`escalade backtest --from-zendesk --from-jira`: the same as of a file that was exported from them."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_what_helpdesks_remember_is_played_as_a_file_of_it_is(place: Any) -> None:
    file = str(place.directory / "history.jsonl.gz")
    assert place.escalade("history", "export", "--from", "zendesk", "--from", "jira", "-o", file).code == 0
    of_file = place.escalade("backtest", "--history", file, "--json", "-")
    read = place.escalade("backtest", "--from-zendesk", "--from-jira", "--json", "-")
    assert (of_file.code, read.code) == (0, 0), read.err
    of_both, of_read = json.loads(of_file.out), json.loads(read.out)
    assert of_read["played"]["tickets"] == of_both["played"]["tickets"] > 0
    assert of_read["climbs"] == of_both["climbs"]
    assert place.writes == 0


def test_one_helpdesk_alone_is_read_alone(place: Any) -> None:
    both = json.loads(place.escalade("backtest", "--from-zendesk", "--from-jira", "--json", "-").out)
    before = dict(place.emulator.world.calls.counts())
    one = json.loads(place.escalade("backtest", "--from-zendesk", "--json", "-").out)
    asked = {call for call, count in place.emulator.world.calls.counts().items() if count > before.get(call, 0)}
    assert 0 < one["played"]["tickets"] < both["played"]["tickets"]
    assert not [call for call in asked if "/rest/" in call]


@pytest.mark.parametrize("options", [(), ("--from-store", "--from-zendesk"), ("--history", "x", "--from-jira")])
def test_one_past_has_to_be_named(place: Any, options: tuple[str, ...]) -> None:
    ended = place.escalade("backtest", *options)
    assert ended.code == 2
    assert "say which past" in " ".join(ended.err.replace("│", " ").split())
