"""Inspecting: where the helpdesks do not fit settings and policy, each with the place of the word that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from connectors.base import CalendarSource, Helpdesk, Secrets
from connectors.errors import ConnectorError
from connectors.inspection import CLOCK, UNCHECKED, Inspects, Objection, Wants
from escalade.app import MOST_SKEW, App
from escalade.checking.remark import Remark
from escalade.settings import Settings
from rules.build_calendars import build_calendars
from rules.calendar import BusinessCalendar
from rules.lint.finding import Severity
from rules.load import load_document
from rules.merge import merge
from rules.policy import Position
from rules.problems import Findings

#: The code of what the policy's calendars and a helpdesk's schedules disagree about.
SCHEDULE = "schedule"
#: Days ahead for which holidays are compared.
_AHEAD = timedelta(days=365)


def inspect_all(app: App, secrets: Secrets) -> Iterator[Remark]:
    """Look at every helpdesk that can be looked at; one that does not answer is passed over, as others tell of it.

    Nothing is written to any helpdesk, and nobody is told anything.
    """
    for name, helpdesk in app.helpdesks.items():
        found: object = helpdesk
        try:
            yield from _clock(app.settings, name, helpdesk)
            if isinstance(found, Inspects):
                wants = _wants(app, name, secrets)
                yield from (_remark(app.settings, name, one) for one in found.inspect(wants))
        except ConnectorError:
            continue
        if isinstance(found, CalendarSource):
            yield from _schedules(app, name, found)


def _wants(app: App, helpdesk: str, secrets: Secrets) -> Wants:
    webhooks = {
        name: {option: value for option, value in block.items() if option != "helpdesk"}
        for name, block in app.settings.webhooks.items()
        if str(block.get("helpdesk", name)) == helpdesk
    }
    named = tuple(word for word in app.policy.names if word.helpdesk in {helpdesk, None})
    return Wants(named=named, webhooks=webhooks, secrets=secrets)


def _clock(settings: Settings, name: str, helpdesk: Helpdesk) -> Iterator[Remark]:
    skew = helpdesk.identity().clock_skew
    if skew is None or abs(skew) <= MOST_SKEW:
        return
    way = "ahead of" if skew > 0 else "behind"
    objection = Objection(
        code=CLOCK,
        severity=Severity.WARNING,
        message=f"the helpdesk's clock is {abs(skew):.0f} s {way} ours: deadlines are off by as much",
        hint="set the clock of this machine by a time server (NTP)",
    )
    yield _remark(settings, name, objection)


def _remark(settings: Settings, helpdesk: str, objection: Objection) -> Remark:
    """The objection with its place: the policy's word, else the webhook's block, else the option of the helpdesk."""
    if objection.word is not None:
        at, path = objection.word.at, objection.word.path
    else:
        whole = ("webhooks", objection.webhook) if objection.webhook else ("helpdesks", helpdesk, *objection.option)
        at, path = settings.tree.key_at(whole), ".".join(whole)
    return Remark(
        code=objection.code,
        severity=objection.severity,
        message=f"{helpdesk}: {objection.message}",
        file=at.file,
        line=at.line,
        column=at.column,
        path=path,
        found=objection.found,
        expected=objection.allowed,
        hint=objection.hint,
    )


def _schedules(app: App, name: str, source: CalendarSource) -> Iterator[Remark]:
    """Calendars of the policy that are called like a schedule of the helpdesk, and say something else."""
    try:
        told = source.calendars()
    except ConnectorError as error:
        message = f"{name}: its schedules could not be compared with the calendars: {error}"
        yield Remark(code=UNCHECKED, severity=Severity.NOTE, message=message.rstrip("."), hint="compare them by hand")
        return
    text = "version: 1\ncalendars:\n" + "".join(told.values())
    theirs = build_calendars(merge({"schedules.yaml": text}, Findings()), {}) if told else {}
    today = app.clock.now().date()
    differing = {
        calendar: difference
        for calendar, ours in app.policy.calendars.items()
        if calendar in theirs and (difference := _difference(ours, theirs[calendar], today))
    }
    places = _places(app.policies.texts, differing) if differing else {}
    for calendar, difference in differing.items():
        yield Remark(
            code=SCHEDULE,
            severity=Severity.NOTE,
            message=f"{name}: its schedule of this name differs from the calendar: {difference}",
            file=places[calendar].file,
            line=places[calendar].line,
            column=places[calendar].column,
            path=f"calendars.{calendar}",
            hint=f"see what it has with: escalade calendars {name}",
        )


def _difference(ours: BusinessCalendar, theirs: BusinessCalendar, today: date) -> str | None:
    if ours.zone.key != theirs.zone.key:
        return f"its time zone is {theirs.zone.key}"
    if {day: windows for day, windows in ours.week.items() if windows} != dict(theirs.week):
        return "its hours are others"
    missing = sorted(day for day in set(theirs.holidays) - set(ours.holidays) if today <= day <= today + _AHEAD)
    if missing and not ours.sources:
        more = "" if len(missing) == 1 else f", and on {len(missing) - 1} more days"
        return f"it is closed on {missing[0].isoformat()}{more}"
    return None


def _places(texts: Mapping[str, str], calendars: Iterable[str]) -> dict[str, Position]:
    tree = load_document(texts).tree
    return {calendar: tree.key_at(("calendars", calendar)) for calendar in calendars}
