"""What is not looked after any more, at the end of a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rules.reports.sheet import Section, Sheet
from rules.reports.unattended import Unattended, with_unattended
from rules.ticket import TicketRef

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
SHEET = Sheet(title="Escalations", sections=(Section(heading="By tier"),))


def letter(number: int, since: datetime | None = None) -> Unattended:
    return Unattended(ref=TicketRef("zendesk", str(number)), error="refused", attempts=8, since=since)


def test_a_report_without_dead_letters_stays_as_it_is() -> None:
    assert with_unattended(SHEET, [], NOW) is SHEET


def test_dead_letters_come_last_with_their_errors_and_their_age() -> None:
    *before, section = with_unattended(SHEET, [letter(1, NOW - timedelta(hours=3)), letter(2)], NOW).sections
    assert before == [Section(heading="By tier")]
    assert section.heading == "Given up (2)"
    assert section.points == ("zendesk:1: refused (3h ago)", "zendesk:2: refused")


def test_of_many_the_first_ten_are_named_and_the_others_counted() -> None:
    section = with_unattended(SHEET, [letter(number) for number in range(13)], NOW).sections[-1]
    assert (len(section.points), section.points[-1]) == (11, "and 3 more")
