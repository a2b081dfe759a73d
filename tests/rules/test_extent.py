"""What a plan comes to, in sentences: how long the rate limits let it take."""

from __future__ import annotations

import pytest

from rules.reports.extent import Effect, extent_of, extent_sentences, whys


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        ({"zendesk": 0}, "Write requests: none. Rate limits let that through within a minute."),
        ({"zendesk": 1}, "of the rate limits of zendesk that takes about 1 minute."),
        ({"zendesk": 20, "jira": 4}, "of the rate limits of zendesk that takes about 20 minutes."),
        ({"zendesk": 61, "jira": 61}, "of the rate limits of jira and zendesk that takes about 1 hour 1 minute."),
        ({"zendesk": 120}, "of the rate limits of zendesk that takes about 2 hours."),
    ],
)
def test_the_slowest_helpdesk_says_how_long_it_takes(minutes: dict[str, int], told: str) -> None:
    assert extent_sentences(extent_of([], {}, {}, minutes))[-1].endswith(told)


def test_the_most_frequent_reasons_are_told_and_the_tickets_with_others_counted() -> None:
    effect = Effect(what="tags", tickets=12, examples=(), reasons={"old": 5, "loud": 3, "late": 2})
    assert whys(effect) == ("old (5)", "loud (3)", "late (2)", "other reasons (2)")
    assert whys(effect, 2) == ("old (5)", "loud (3)", "other reasons (4)")
    assert whys(Effect(what="tags", tickets=5, examples=(), reasons={"old": 5})) == ("old (5)",)


def test_a_plan_that_writes_nothing_says_so_in_words() -> None:
    assert extent_sentences(extent_of([], {}, {}, {})) == (
        "Nothing would be written: every ticket is as the policy wants it.",
    )
