"""Schedules as Zendesk serves them: minutes since Sunday in the schedule's zone, holidays with their last day."""

from __future__ import annotations

from datetime import date
from typing import Any


def test_an_account_begins_with_office_hours_from_monday_to_friday(api: Any, account: Any) -> None:
    (schedule,) = api.ok("GET", "/api/v2/business_hours/schedules.json")["schedules"]
    assert (schedule["name"], schedule["time_zone"]) == ("Business hours", "Berlin")
    assert schedule["intervals"][0] == {"start_time": 1440 + 540, "end_time": 1440 + 1020}
    assert len(schedule["intervals"]) == 5
    assert api.ok("GET", f"/api/v2/business_hours/schedules/{schedule['id']}.json") == {"schedule": schedule}


def test_holidays_are_listed_by_schedule(api: Any, account: Any) -> None:
    days = [("Retreat", date(2026, 3, 9), date(2026, 3, 11)), ("Inventory", date(2026, 6, 30), date(2026, 6, 30))]
    made = account.state.add_schedule(name="Support", hours={0: [(0, 24)]}, holidays=days)
    path = f"/api/v2/business_hours/schedules/{made.id}/holidays.json"
    answer = api.ok("GET", path)
    shown = [(row["name"], row["start_date"], row["end_date"]) for row in answer["holidays"]]
    assert shown == [("Retreat", "2026-03-09", "2026-03-11"), ("Inventory", "2026-06-30", "2026-06-30")]
    assert (answer["count"], answer["next_page"]) == (2, None)
    assert api.ok("GET", path, params={"per_page": 1})["next_page"] is not None


def test_a_schedule_that_there_is_not_is_not_found(api: Any, account: Any) -> None:
    assert api("GET", "/api/v2/business_hours/schedules/1.json").status_code == 404
    assert api("GET", "/api/v2/business_hours/schedules/x/holidays.json").status_code == 404
