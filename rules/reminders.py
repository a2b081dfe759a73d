"""Update reminders: which one is due for how long our side has been silent towards the customer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.facts import Facts
from rules.policy import UpdateReminder
from rules.verdict import Verdict


class ReminderReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reminder, read at the instant of the facts (UTC)."""

    reminder: UpdateReminder
    #: Whether its `when` holds.
    applies: Verdict
    silent_since: datetime
    #: How many reminders this silence has earned by now: only the last of them is said, so a backlog says one.
    earned: int
    #: When the next one is earned; None when all are.
    next_at: datetime | None
    #: The proof: holds when a reminder should have been said.
    verdict: Verdict


def read_reminder(reminder: UpdateReminder, facts: Facts) -> ReminderReading:
    """Count the periods of silence. The n-th reminder is earned when the silence has lasted `every` n times over."""
    since = facts.silences.agent_silent_since
    baseline = facts.ledger.baseline
    earned = 0
    next_at: datetime | None = None
    for number in range(1, reminder.max + 1):
        due = reminder.calendar.add(since, reminder.every.times(number))
        if due > facts.now:
            next_at = due
            break
        # One that was earned before Escalade was adopted is past.
        earned = number if baseline is None or due > baseline.at else 0
    applies = reminder.when.evaluate(facts)
    return ReminderReading(
        reminder=reminder,
        applies=applies,
        silent_since=since,
        earned=earned,
        next_at=next_at,
        verdict=_verdict(reminder, facts, applies, earned),
    )


def _verdict(reminder: UpdateReminder, facts: Facts, applies: Verdict, earned: int) -> Verdict:
    silence = reminder.calendar.elapsed(facts.silences.agent_silent_since, facts.now)
    silent = Verdict(
        holds=earned > 0,
        subject="agent_silence",
        wanted=f"at least {reminder.every} (calendar {reminder.calendar.name})",
        observed=reminder.calendar.spell(silence),
    )
    return Verdict(
        holds=applies.holds and silent.holds,
        subject="all",
        wanted="all of these",
        observed=f"{applies.holds + silent.holds} of 2 hold",
        children=(applies, silent),
    )
