"""The regular review: what the escalations of a month say of the process."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.commands.digest import zone_of
from escalade.commands.options import Config
from escalade.commands.sheet_options import Month, SheetForm
from escalade.escalations import facts_of_all
from escalade.failures import explained
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from rules.policy import Policy
from rules.reports.occurred import Occurred, Promised
from rules.reports.occurring import occurred_of, promised_of, sources_of
from rules.reports.review import Period
from rules.reports.review import review as review_sheet
from rules.reports.written import Form

_DAYS = 30


def review(
    month: Month = None,
    form: SheetForm = Form.MARKDOWN,
    config: Config = None,
) -> None:
    """Review a month of escalations: frequent reasons, repeat customers, the trend, how rules and promises fared.

    Judged from what the store knows; no helpdesk is asked.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        zone = zone_of(app.policy)
        period = period_of(month, app.clock.now(), zone)
        occurred, sources, promised = _gathered(app, period)
        sheet = review_sheet(
            occurred,
            period,
            zone=zone,
            rules={rule.id: rule.description for rule in app.policy.rules if rule.escalate_to is not None},
            reviews=_reviews(app.policy, period.end.astimezone(zone).date()),
            sources=sources,
            promised=promised,
        )
        show_sheet(sheet, form)


def _gathered(app: App, period: Period) -> tuple[list[Occurred], Counter[str], list[Promised]]:
    occurred: list[Occurred] = []
    promised: list[Promised] = []
    sources: Counter[str] = Counter()
    for facts in facts_of_all(app, app.clock.now()):
        ledger = facts.ledger
        if ledger.climbs or ledger.escalation is not None:
            occurred += occurred_of(facts, app.store.journal(ledger.ref))
        sources.update(sources_of(facts, period.start, period.end))
        promised += promised_of(facts, period.start, period.end)
    return occurred, sources, promised


def period_of(month: str | None, now: datetime, zone: ZoneInfo) -> Period:
    """A month (YYYY-MM) in a time zone, or the 30 days up to an instant (UTC)."""
    if month is None:
        return Period(start=now - timedelta(days=_DAYS), end=now)
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise typer.BadParameter(f"{month!r} is no month; write for example 2026-02") from None
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=zone).astimezone(UTC) for day in (first, after))
    return Period(start=start, end=end)


def _reviews(policy: Policy, day: date) -> list[str]:
    """Rules and criteria whose review is due by then."""
    due = [(one.review_by, f"rule {one.id}") for one in policy.rules if one.review_by is not None]
    due += [(one.review_by, f"criterion {one.id}") for one in policy.criteria if one.review_by is not None]
    return [f"{name}: by {by}" for by, name in sorted(due) if by <= day]
