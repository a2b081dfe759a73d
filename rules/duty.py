"""Duty: who is at work at an instant, and until when. Pure arithmetic on working hours and absences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rules.days import begin_of, day_at
from rules.directory import Person, Team
from rules.verdict import Verdict

_DAY = timedelta(days=1)
_WANTED = "is on duty"


def person_on_duty(person: Person, at: datetime) -> Verdict:
    """Whether somebody is at work at an instant (UTC)."""
    calendar = person.calendar
    today = day_at(at, calendar.zone)
    absence = next((one for one in person.absences if one.start <= today <= one.end), None)
    is_open = calendar.is_open(at)
    turns_at = calendar.next_turn(at)
    if absence is not None:
        observed, turns_at = f"absent until {absence.end}", begin_of(absence.end + _DAY, calendar.zone)
    elif is_open:
        coming = min((one.start for one in person.absences if one.start > today), default=None)
        leaves = None if coming is None else begin_of(coming, calendar.zone)
        observed, turns_at = "on duty", _first((turns_at, leaves))
    else:
        observed = f"off duty (calendar {calendar.name})"
    return Verdict(
        holds=is_open and absence is None, subject=person.name, wanted=_WANTED, observed=observed, flips_at=turns_at
    )


def team_staffed(team: Team, at: datetime) -> Verdict:
    """Whether a team is there: its calendar is open, and at least one of the members, where any are named, on duty.

    Members with hours of their own do not open the team outside its calendar.
    """
    team = team.at(at)
    is_open, turns_at = team.calendar.is_open(at), team.calendar.next_turn(at)
    members = tuple(person_on_duty(member, at) for member in team.members) if is_open else ()
    # Whoever passed through a group was named by it.
    is_named = bool(team.members or team.passing)
    there = [verdict for verdict in members if verdict.holds]
    if not is_open:
        observed, flips_at = f"closed (calendar {team.calendar.name})", turns_at
    elif not is_named:
        observed, flips_at = f"open (calendar {team.calendar.name})", turns_at
    else:
        observed = f"{len(there)} of {len(members)} on duty"
        flips_at = _first((turns_at, _last(there) if there else _first(one.flips_at for one in members)))
    return Verdict(
        holds=is_open and (bool(there) or not is_named),
        subject=f"team {team.id}",
        wanted=f"{team.id} is staffed",
        observed=observed,
        flips_at=flips_at,
        children=members,
    )


def _first(turns: Iterable[datetime | None]) -> datetime | None:
    """The earliest of some instants; None when there is none."""
    return min((turn for turn in turns if turn is not None), default=None)


def _last(verdicts: Iterable[Verdict]) -> datetime | None:
    """The earliest instant at which all of them could have changed; None when one never does."""
    turns = [verdict.flips_at for verdict in verdicts]
    return None if None in turns else max(turn for turn in turns if turn is not None)
