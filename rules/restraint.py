"""Restraint: which notes wait, so that nobody is flooded, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from rules.change import KeepNote, PostComment
from rules.diff import Skipped, Step
from rules.policy import Brakes
from rules.public_notes import room_at

#: Notes that answer what people asked for: they were asked for, so the limit on notes that nobody asked for is not
#: theirs, but they have one of their own against a flood.
ANSWER = "answer:"
#: What people say through the command line is no note that nobody asked for, either.
SPOKEN = "command:"
MOST_ANSWERS_PER_HOUR = 30
_HOUR = timedelta(hours=1)


class Restrained(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to do now."""

    steps: tuple[Step, ...]
    #: When the first of what waits may be said (UTC); None = nothing waits.
    again_at: datetime | None
    #: What opens then.
    again_because: str = "notes were held back"


def restrain(
    steps: Iterable[Step], brakes: Brakes, *, said: Mapping[str, datetime], last_hour: int, now: datetime
) -> Restrained:
    """Put off the notes that would be too many.

    Args:
        steps: What should be done on one ticket.
        brakes: The policy's limits.
        said: Occasion key → when it was said on the ticket (UTC).
        last_hour: Comments that we posted on it within the last hour.
        now: The present (UTC).
    """
    steps = tuple(steps)
    if not any(isinstance(step, PostComment | KeepNote) for step in steps):
        return Restrained(steps=steps, again_at=None)
    answers = sorted(at for key, at in said.items() if key.startswith(ANSWER) and at > now - _HOUR)
    answering = MOST_ANSWERS_PER_HOUR - len(answers)
    spoken = [at for key, at in said.items() if key.startswith(SPOKEN) and at > now - _HOUR]
    unasked = max(0, last_hour - len(answers) - len(spoken))
    room, public_again = room_at(said, brakes.max_public_comments_per_day, now)
    kept: list[Step] = []
    again: list[datetime] = []
    for step in steps:
        until = _kept_until(step)
        if isinstance(step, KeepNote) and until is not None and until > now:
            kept.append(_put_off(step, "a newer one each hour is enough where a note cannot be edited"))
            again.append(until)
            continue
        is_answer = isinstance(step, PostComment) and step.key.startswith(ANSWER) and not step.public
        if not isinstance(step, PostComment) or (is_answer and answering > 0):
            kept.append(step)
            answering -= is_answer
        elif is_answer:
            kept.append(_put_off(step, f"{MOST_ANSWERS_PER_HOUR} answers within the hour are enough"))
            again.append((answers[0] if answers else now) + _HOUR)
        elif unasked >= brakes.max_comments_per_hour:
            kept.append(_put_off(step, f"{unasked} comments within the hour are enough"))
            again.append(_room_again(said, unasked, brakes.max_comments_per_hour, now))
        elif step.public and not room:
            kept.append(_put_off(step, "the customer was told enough within the last 24 hours"))
            again.append(public_again or now + timedelta(days=1))
        else:
            room -= step.public
            kept.append(step)
    return Restrained(steps=tuple(kept), again_at=min(again, default=None))


def _room_again(said: Mapping[str, datetime], unasked: int, most: int, now: datetime) -> datetime:
    """When so many notes that nobody asked for are an hour old that there is room for another (UTC)."""
    recent = sorted(at for key, at in said.items() if at > now - _HOUR and not key.startswith((ANSWER, SPOKEN)))
    past = unasked - most
    # Notes that the ledger does not tell of, such as those that were taken back, may be as young as now.
    known = len(recent) == unasked and past < len(recent)
    return (recent[past] if known else now) + _HOUR


def _kept_until(step: Step) -> datetime | None:
    """Until when (UTC) a kept note stays as it is; None = it may be said or edited at once."""
    if not isinstance(step, KeepNote) or step.comment is not None or step.since is None:
        return None
    return step.since + _HOUR


def _put_off(step: PostComment | KeepNote, why: str) -> Skipped:
    return Skipped(what=f"note {step.key}", why=f"{why}; it is said later")
