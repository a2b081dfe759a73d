"""The story of an account at risk, on the starter policy: from six tickets to the verdict a month after the closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_an_account_at_risk_is_led_from_the_request_to_the_root_cause(
    make_story: Callable[[], Any], chapters: tuple[Callable[[Any], None], ...]
) -> None:
    story = make_story()
    for chapter in chapters:
        chapter(story)
        story.desk.settle()
        before = story.desk.writes
        story.desk.settle()
        assert story.desk.writes == before, f"{chapter.__name__}: the second run wrote"
