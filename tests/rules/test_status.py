"""The status as figures for monitoring: whatever tiers are called, each line can be read back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.reports.escalated import Deadline, Escalated, Level
from rules.reports.status import exposition
from rules.ticket import TicketRef

NOW = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
#: One sample of the text format: a name, labels in quotes with \\, \" and \n written out, a number.
SAMPLE = re.compile(r'(\w+)\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+)\} (\d+)')


def row(number: int, tier: str, *, late: bool = False) -> Escalated:
    due = Deadline(NOW - timedelta(hours=1) if late else NOW + timedelta(hours=1), "answer")
    return Escalated(
        ref=TicketRef("zendesk", str(number)),
        key=str(number),
        url="",
        subject="",
        level=Level.TICKET,
        since=NOW,
        tier=tier,
        deadlines=(due,),
    )


@given(tiers=st.lists(st.text(max_size=8), max_size=5), late=st.booleans())
def test_every_line_is_a_sample_and_the_samples_add_up(tiers: list[str], late: bool) -> None:
    told = exposition([row(number, tier, late=late) for number, tier in enumerate(tiers)], NOW)
    samples = [SAMPLE.fullmatch(line) for line in told.split("\n")[:-1] if not line.startswith("#")]
    assert all(samples)
    sums: dict[str, int] = {}
    for sample in samples:
        assert sample is not None
        sums[sample[1]] = sums.get(sample[1], 0) + int(sample[3])
    assert sums.get("escalade_escalations", 0) == len(tiers)
    assert sums.get("escalade_escalations_late", 0) == len(tiers) * late
