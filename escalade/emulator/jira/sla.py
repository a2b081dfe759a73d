"""Service levels of Jira Service Management, computed from the issue's history by the virtual clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from escalade.emulator.jira import render

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Issue, Json, Organization, SlaMetric
    from escalade.emulator.jira.rows import SiteRows

_FAR = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One run of a service level clock; ``elapsed`` counts working time only, pauses excluded.

    ``stopped_at`` is None while the cycle is ongoing. ``breach_at`` is None while the clock is paused.
    """

    started_at: datetime
    stopped_at: datetime | None
    breach_at: datetime | None
    goal: timedelta
    elapsed: timedelta
    paused: bool
    within_hours: bool

    @property
    def breached(self) -> bool:
        """Whether more working time than the goal went by."""
        return self.elapsed > self.goal


def _windows(metric: SlaMetric, day: datetime) -> list[tuple[datetime, datetime]]:
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        (midnight + timedelta(minutes=first), midnight + timedelta(minutes=last))
        for weekday, first, last in metric.weekly
        if weekday == day.weekday()
    ]


def working_time(metric: SlaMetric, start: datetime, end: datetime) -> timedelta:
    """Return the time between two instants that counts for ``metric``."""
    if not metric.weekly:
        return max(end - start, timedelta(0))
    zone = ZoneInfo(metric.zone)
    total, day = timedelta(0), start.astimezone(zone)
    while day.date() <= end.astimezone(zone).date():
        for opened, closed in _windows(metric, day):
            total += max(min(closed, end) - max(opened, start), timedelta(0))
        day += timedelta(days=1)
    return total


def add_working_time(metric: SlaMetric, start: datetime, amount: timedelta) -> datetime:
    """Return the instant at which ``amount`` of counted time has gone by since ``start``."""
    if not metric.weekly or amount <= timedelta(0):
        return start + amount
    day, left = start.astimezone(ZoneInfo(metric.zone)), amount
    while day < start + _FAR:
        for opened, closed in sorted(_windows(metric, day)):
            begin = max(opened, start)
            if closed - begin >= left:
                return (begin + left).astimezone(start.tzinfo)
            left -= max(closed - begin, timedelta(0))
        day += timedelta(days=1)
    return start + _FAR


def is_within_hours(metric: SlaMetric, at: datetime) -> bool:
    """Whether ``at`` lies in a window that counts."""
    windows = _windows(metric, at.astimezone(ZoneInfo(metric.zone)))
    return not metric.weekly or any(opened <= at < closed for opened, closed in windows)


def _status_spans(site: SiteRows, issue: Issue, now: datetime) -> list[tuple[datetime, datetime | None, str]]:
    """Return (from, until, status id) of the issue's life, oldest first; the last span is open."""
    changes = [
        (entry.created, item["from"], item["to"])
        for entry in issue.history
        for item in entry.items
        if item["field"] == "status"
    ]
    status = issue.fields["status"]
    if not changes and site.statuses[status].category == "done":
        # An issue that was seeded as done: it was solved by its last update.
        changes = [(issue.updated, site.initial_status(site.projects[issue.project]), status)]
    first = changes[0][1] if changes else status
    starts = [(issue.created, first), *[(at, to) for at, _, to in changes]]
    ends: list[datetime | None] = [at for at, _ in starts[1:]]
    return [(begin, end, status) for (begin, status), end in zip(starts, [*ends, None], strict=True) if begin <= now]


def _reply_at(site: SiteRows, issue: Issue) -> datetime | None:
    replies = (row.created for row in issue.comments if row.public and site.users[row.author].agent)
    return min(replies, default=None)


def cycles(site: SiteRows, metric: SlaMetric, issue: Issue, now: datetime) -> list[Cycle]:
    """Return the cycles of ``metric`` on ``issue``, oldest first; only the last may be ongoing.

    A cycle starts when the issue is created or leaves the done category and stops when it enters it. A metric that
    stops at a reply has one cycle, stopped by the first public comment of an agent if that comes earlier.
    """
    goal = metric.goals.get(issue.fields["priority"] or "", metric.default_goal)
    reply = _reply_at(site, issue) if metric.stops_at_reply else None
    runs: list[list[tuple[datetime, datetime | None, str]]] = [[]]
    for span in _status_spans(site, issue, now):
        if site.statuses[span[2]].category == "done":
            runs.append([])
        else:
            runs[-1].append(span)
    found = [_cycle(metric, spans, goal, reply, now) for spans in runs if spans]
    return found[:1] if metric.stops_at_reply else found


def _cycle(
    metric: SlaMetric,
    spans: list[tuple[datetime, datetime | None, str]],
    goal: timedelta,
    reply: datetime | None,
    now: datetime,
) -> Cycle:
    stopped = spans[-1][1]
    if reply is not None:
        stopped = min(reply, stopped) if stopped else reply
    until = stopped or now
    elapsed = sum(
        (
            working_time(metric, begin, min(end or until, until))
            for begin, end, status in spans
            if status not in metric.paused_in and begin < until
        ),
        timedelta(0),
    )
    paused = stopped is None and spans[-1][2] in metric.paused_in
    return Cycle(
        started_at=spans[0][0],
        stopped_at=stopped,
        breach_at=None if paused else _breach_at(metric, spans, goal, until),
        goal=goal,
        elapsed=elapsed,
        paused=paused,
        within_hours=is_within_hours(metric, now),
    )


def _breach_at(
    metric: SlaMetric, spans: list[tuple[datetime, datetime | None, str]], goal: timedelta, until: datetime
) -> datetime:
    left = goal
    for begin, end, status in spans:
        if status in metric.paused_in:
            continue
        used = working_time(metric, begin, end or until)
        if end is None or used >= left:
            return add_working_time(metric, begin, left)
        left -= used
    return add_working_time(metric, until, left)


def instant(call: Call, at: datetime) -> Json:
    """Return an instant in the four forms of the service desk API."""
    local = at.astimezone(call.site.zone)
    return {
        "iso8601": f"{local:%Y-%m-%dT%H:%M:%S%z}",
        "jira": render.at(call, at),
        "friendly": f"{local:%d/%b/%y %I:%M %p}",
        "epochMillis": int(at.timestamp() * 1000),
    }


def _duration(length: timedelta) -> Json:
    minutes = abs(int(length.total_seconds())) // 60
    sign = "-" if length < timedelta(0) else ""
    friendly = f"{sign}{minutes // 60}h {minutes % 60}m"
    return {"millis": int(length.total_seconds() * 1000), "friendly": friendly}


def _cycle_json(call: Call, cycle: Cycle) -> Json:
    found: Json = {"startTime": instant(call, cycle.started_at)}
    if cycle.stopped_at is not None:
        found["stopTime"] = instant(call, cycle.stopped_at)
    if cycle.breach_at is not None:
        found["breachTime"] = instant(call, cycle.breach_at)
    found["breached"] = cycle.breached
    if cycle.stopped_at is None:
        found |= {"paused": cycle.paused, "withinCalendarHours": cycle.within_hours}
    found["goalDuration"] = _duration(cycle.goal)
    found["elapsedTime"] = _duration(cycle.elapsed)
    found["remainingTime"] = _duration(cycle.goal - cycle.elapsed)
    return found


def metric_json(call: Call, metric: SlaMetric, issue: Issue) -> Json:
    """Return a service level with its completed and ongoing cycles; no ``ongoingCycle`` key when there is none."""
    found = cycles(call.site, metric, issue, call.site.now())
    body: Json = {
        "id": str(metric.id),
        "name": metric.name,
        "_links": {"self": call.site_url(f"rest/servicedeskapi/request/{issue.id}/sla/{metric.id}")},
        "completedCycles": [_cycle_json(call, cycle) for cycle in found if cycle.stopped_at is not None],
    }
    ongoing = [cycle for cycle in found if cycle.stopped_at is None]
    return {**body, "ongoingCycle": _cycle_json(call, ongoing[0])} if ongoing else body


def field_value(call: Call, issue: Issue, field: FieldDef) -> Json | None:
    """Return the SLA field of an issue: the same JSON as the service desk API; null outside the project."""
    metric = next((row for row in call.site.slas.values() if row.field_id == field.id), None)
    if metric is None or metric.project != issue.project:
        return None
    return metric_json(call, metric, issue)


def organization(call: Call, row: Organization) -> Json:
    """Return a customer organisation as it appears in the Organizations field."""
    self_url = call.site_url(f"rest/servicedeskapi/organization/{row.id}")
    return {"id": str(row.id), "name": row.name, "_links": {"self": self_url}}
