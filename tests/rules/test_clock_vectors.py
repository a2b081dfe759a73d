"""Service-level clocks: the published vectors, each answered at every instant that it asks about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from rules.clocks.clock import ClockReading
from rules.decide import decide
from rules.load import load_policy
from rules.policy import Policy

VECTORS = Path(__file__).parents[1] / "vectors" / "clocks"


def _stories() -> list[Any]:
    files = [(path, yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)) for path in VECTORS.glob("*.yaml")]  # noqa: S506
    return [
        pytest.param(file["policy"], ZoneInfo(file["zone"]), story, id=f"{path.stem}: {story['name']}")
        for path, file in sorted(files)
        for story in file["stories"]
    ]


def _shown(reading: ClockReading | None, policy: Policy, wanted: Mapping[str, str]) -> dict[str, Any]:
    """What the reading says, as far as the vector asks."""
    if reading is None:
        return {"state": "none"}
    calendar = next(target for target in policy.sla if target.id == reading.target).calendar
    said = {
        "state": str(reading.state),
        "due": reading.due_at,
        "stopped": reading.stopped_at,
        "left": calendar.spell(reading.remaining),
        "paused": calendar.spell(reading.paused),
        "misses": str(reading.misses),
    }
    return {key: said[key] for key in said if key in wanted}


@pytest.mark.parametrize(("text", "zone", "story"), _stories())
def test_a_clock_shows(text: str, zone: ZoneInfo, story: Mapping[str, Any], story_of: Callable[..., Any]) -> None:
    policy = load_policy({"policy.yaml": text})
    told = story_of(story, zone)
    for wanted in story["expect"]:
        at = told.instant(wanted["at"])
        reading = told.facts(policy, at).clock(wanted["clock"])
        expected = {
            key: told.instant(value) if key in {"due", "stopped"} else value
            for key, value in wanted.items()
            if key in {"state", "due", "stopped", "left", "paused", "misses"}
        }
        assert _shown(reading, policy, wanted) == expected, wanted
        if "tags" in wanted:
            decision = decide(policy, told.ticket(at), None, None, told.ledger(at), at, linked=told.linked(at))
            source = f"sla:{wanted['clock']}"
            assert sorted(tag for tag, why in decision.desired.tags.items() if why == source) == wanted["tags"], wanted
