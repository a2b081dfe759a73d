"""The command `pauses`: an audit of the times in which promised times stood still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console

from escalade.app import App, open_app
from escalade.clock import SystemClock
from escalade.commands.digest import zone_of
from escalade.commands.options import Config
from escalade.commands.review import period_of
from escalade.commands.sheet_options import Month, SheetForm
from escalade.escalations import facts_of_open
from escalade.failures import explained
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from rules.reports.paused import Paused, paused_of
from rules.reports.paused_sheet import paused_sheet
from rules.reports.written import Form


def pauses(
    month: Month = None,
    form: SheetForm = Form.MARKDOWN,
    config: Config = None,
) -> None:
    """Audit the pauses of promised times: how long clocks stood still, for whom, and which pauses to look at.

    A pause is worth a look where the customer had answered and the clock did not go on, or where it began when less
    than a tenth of the time was left. Of open tickets, and of all that Escalade ever wrote to. Judged by the policy in
    force from what the store knows; no helpdesk is asked.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        zone, now = zone_of(app.policy), app.clock.now()
        period = period_of(month, now, zone)
        found = list(_found(app, now, period.start, period.end))
        show_sheet(paused_sheet(found, period.start, period.end, zone), form)


def _found(app: App, now: datetime, start: datetime, end: datetime) -> Iterator[Paused]:
    for facts in facts_of_open(app, now):
        yield from paused_of(facts, app.policy, start, end)
