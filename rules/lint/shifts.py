"""Shifts: hours in which time runs out on a ticket while nobody who owns it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from rules.calendar import ALWAYS, BusinessCalendar
from rules.directory import Team
from rules.lint.finding import Flaw
from rules.lint.subject import Subject
from rules.policy import Tier

_WEEK = timedelta(days=7)


def nobody_on_shift(subject: Subject) -> Iterator[Flaw]:
    """Tiers whose time passes in hours in which, by the directory, no team of theirs works."""
    for tier in subject.policy.tiers:
        if tier.timeout is None and tier.unacknowledged is None and tier.repeat is None:
            continue
        for helpdesk in tier.groups:
            teams = _teams(subject, tier, helpdesk)
            gaps = [] if teams is None else _gaps(tier.calendar, teams, _monday(subject))
            if gaps and teams is not None:
                yield Flaw(
                    path=(*subject.place("tiers", tier.id), "groups", helpdesk),
                    message=f"time runs out in {tier.id!r} while nobody of {_named(teams)} is there: "
                    f"{_told(gaps, tier.calendar)}",
                    hint="let the tier's calendar be the team's hours, or give it an alternate that works then",
                    on_key=True,
                )


def _teams(subject: Subject, tier: Tier, helpdesk: str) -> tuple[Team, ...] | None:
    """The teams behind a tier's groups; None when the directory does not know them all."""
    found = [subject.policy.directory.team_of(helpdesk, group) for group in tier.groups[helpdesk]]
    teams = tuple(team for team in found if team is not None)
    return teams if len(teams) == len(found) else None


def _monday(subject: Subject) -> datetime:
    return datetime.combine(subject.today - timedelta(days=subject.today.weekday()), time(), UTC)


def _gaps(calendar: BusinessCalendar, teams: Iterable[Team], start: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches of an ordinary week in which the calendar is open and no team works."""
    clock = _ordinary(calendar)
    crews = [(_ordinary(team.calendar), [_ordinary(one.calendar) for one in team.members]) for team in teams]
    calendars = {clock, *(crew for crew, _ in crews), *(one for _, members in crews for one in members)}
    edges = sorted({start, *(edge for one in calendars for edge in _turns(one, start))})
    gaps: list[tuple[datetime, datetime]] = []
    for at, until in zip(edges, [*edges[1:], start + _WEEK], strict=True):
        if not clock.is_open(at) or any(_works(crew, members, at) for crew, members in crews):
            continue
        if gaps and gaps[-1][1] == at:
            gaps[-1] = (gaps[-1][0], until)
        else:
            gaps.append((at, until))
    return gaps


def _works(crew: BusinessCalendar, members: list[BusinessCalendar], at: datetime) -> bool:
    """Whether a team is there, as `rules.duty` says: its calendar is open, and somebody's, where people are named."""
    return crew.is_open(at) and (not members or any(member.is_open(at) for member in members))


def _ordinary(calendar: BusinessCalendar) -> BusinessCalendar:
    """The calendar without what makes single days special: what is told has to happen every week."""
    return ALWAYS if calendar is ALWAYS else replace(calendar, holidays=frozenset(), special_days={}, sources=())


def _turns(calendar: BusinessCalendar, start: datetime) -> Iterator[datetime]:
    at = calendar.next_turn(start)
    while at is not None and at < start + _WEEK:
        yield at
        at = calendar.next_turn(at)


def _named(teams: Iterable[Team]) -> str:
    return " or ".join(dict.fromkeys(team.id for team in teams))


def _told(gaps: list[tuple[datetime, datetime]], calendar: BusinessCalendar) -> str:
    """The first gap in local time, and how much there is in a week."""
    begin, end = (at.astimezone(calendar.zone) for at in gaps[0])
    hours = sum((until - at for at, until in gaps), timedelta()) / timedelta(hours=1)
    return f"{begin:%a %H:%M} to {end:%a %H:%M} {calendar.zone.key}, {hours:.4g} hours of the week in all"
