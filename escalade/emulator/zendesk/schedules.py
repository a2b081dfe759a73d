"""Business hours and their holidays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import not_found
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.render import iso
from escalade.emulator.zendesk.routes import read

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Schedule
    from escalade.emulator.zendesk.state import ZendeskAccount


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read("/api/v2/business_hours/schedules", list_schedules),
        read("/api/v2/business_hours/schedules/{id}", show_schedule),
        read("/api/v2/business_hours/schedules/{id}/holidays", list_holidays),
    ]


def list_schedules(account: ZendeskAccount, _req: Req) -> Resp:
    """GET /business_hours/schedules: all of them, in no pages."""
    return Resp(body={"schedules": [_schedule_json(one) for one in account.schedules.values()], "url": None})


def show_schedule(account: ZendeskAccount, req: Req) -> Resp:
    """GET /business_hours/schedules/{id}."""
    return Resp(body={"schedule": _schedule_json(_schedule(account, req))})


def list_holidays(account: ZendeskAccount, req: Req) -> Resp:
    """GET /business_hours/schedules/{id}/holidays."""
    rows = list(_schedule(account, req).holidays.items())
    return Resp(body=paged(req, "holidays", rows, lambda row: _holiday_json(*row), key=lambda row: row[0]))


def _schedule(account: ZendeskAccount, req: Req) -> Schedule:
    number = req.params["id"]
    if not number.isdigit() or int(number) not in account.schedules:
        raise not_found()
    return account.schedules[int(number)]


def _schedule_json(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": schedule.id,
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "intervals": [{"start_time": start, "end_time": end} for start, end in schedule.intervals],
        "created_at": iso(schedule.created),
        "updated_at": iso(schedule.created),
    }


def _holiday_json(number: int, holiday: tuple[str, Any, Any]) -> dict[str, Any]:
    name, first, last = holiday
    return {"id": number, "name": name, "start_date": first.isoformat(), "end_date": last.isoformat()}
