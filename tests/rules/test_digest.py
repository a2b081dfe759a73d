"""The digest: what it tells of running escalations, in which order, and that nobody's words become markup.

`tests/rules/digests` holds how it is written, for people to read: each file is the text of one form.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.digests import Digest
from rules.load import load_policy
from rules.policy import Policy
from rules.reports.digest import Scope, daily, spelled_age, weekly
from rules.reports.escalated import Deadline, Escalated, Level
from rules.reports.sheet import Cell, Section, Sheet, table_of
from rules.reports.written import Form, written
from rules.ticket import Priority, TicketRef

GOLDEN = Path(__file__).parent / "digests"
NOW = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ALL = Scope(title="Escalations today", zone=BERLIN)
SUFFIX = {Form.TEXT: "txt", Form.MARKDOWN: "md", Form.HTML: "html"}


def row(number: int, **changed: object) -> Escalated:
    plain = Escalated(
        ref=TicketRef("zendesk", str(number)),
        key=str(number),
        url=f"https://desk.example/agent/tickets/{number}",
        subject="The export stops",
        level=Level.TICKET,
        since=NOW - timedelta(hours=5),
        account="Acme",
        region="emea",
        tier="Tier 2",
        priority=Priority.HIGH,
        owner="Ada",
    )
    return replace(plain, **changed)


LATE = row(
    36,
    subject="Login | <b>fails</b> *badly*",
    since=NOW - timedelta(days=3),
    colour="red",
    owner="",
    deadlines=(Deadline(NOW - timedelta(hours=26), "first-response"), Deadline(NOW + timedelta(hours=2), "red update")),
    misses=2,
    done=1,
    planned=3,
    gaps=("no owner",),
)
SOON = row(37, deadlines=(Deadline(NOW + timedelta(hours=3), "resolution"),), account="Initech")
QUIET = row(38, since=NOW - timedelta(days=10), region="apac", account="", tier="Tier 1", priority=None)
RECORD = row(
    7,
    ref=TicketRef("jira", "10007"),
    key="ESC-7",
    url="javascript:alert(1)",
    subject="Acme is at risk",
    level=Level.ACCOUNT,
    since=NOW - timedelta(days=8),
    tier="",
    stage="in progress",
    colour="yellow",
    sponsor="Vera",
    deadlines=(Deadline(NOW + timedelta(hours=1), "status update"),),
    gaps=("no communication plan",),
)
ROWS = [QUIET, SOON, RECORD, LATE]


def cells(sheet: Sheet) -> list[list[str]]:
    return [[cell.text for cell in line] for part in sheet.sections if part.table for line in part.table.rows]


@pytest.mark.capability("B18", "B19")
@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(("name", "rows"), [("daily", ROWS), ("weekly", ROWS), ("empty", [])])
def test_a_digest_is_written_as_the_file_shows(name: str, rows: list[Escalated], form: Form) -> None:
    sheet = (weekly if name == "weekly" else daily)(rows, ALL, NOW)
    file = GOLDEN / f"{name}.{SUFFIX[form]}"
    assert written(sheet, form) == file.read_text(encoding="utf-8")


@pytest.mark.capability("B18")
def test_without_any_escalation_it_says_so() -> None:
    sheet = daily([], ALL, NOW)
    assert sheet.sentences == ("As of Wed 2026-03-04 08:00 (Europe/Berlin).", "No escalation is running.")
    assert sheet.sections == ()


def test_what_is_late_for_longest_comes_first_then_what_is_due_next() -> None:
    sheet = daily(ROWS, ALL, NOW)
    assert [line[0] for line in cells(sheet)] == ["ESC-7", "36", "37", "38"]
    assert [part.heading for part in sheet.sections] == ["Accounts (1)", "Tickets (3)", "What is missing"]


@pytest.mark.capability("B18")
def test_every_escalation_is_told_with_colour_age_due_misses_and_plan() -> None:
    (line,) = cells(daily([LATE], ALL, NOW))
    assert line[3:] == [
        "red", "Tier 2", "high", "3d", "nobody", "red update: Wed 2026-03-04 10:00", "first-response: 1d", "2", "1 of 3",
    ]  # fmt: skip


@pytest.mark.capability("B19")
def test_what_is_missing_and_what_is_late_is_listed_ticket_by_ticket() -> None:
    points = daily(ROWS, ALL, NOW).sections[-1].points
    assert points == (
        "36: no owner; first-response was due Tue 2026-03-03 06:00",
        "ESC-7: no communication plan",
    )


@pytest.mark.capability("B18")
def test_a_region_has_its_own_and_what_belongs_to_none() -> None:
    stray = row(40, region=None)
    sheet = daily([*ROWS, stray], replace(ALL, region="apac"), NOW)
    assert {line[0] for line in cells(sheet)} == {"38", "40"}
    assert "Region: apac." in sheet.sentences[0]


def test_accounts_and_tickets_can_be_told_apart() -> None:
    assert [line[0] for line in cells(daily(ROWS, replace(ALL, level=Level.ACCOUNT), NOW))] == ["ESC-7"]


@pytest.mark.capability("C1")
def test_the_weekly_one_tells_executives_of_customers_sponsors_and_what_goes_wrong() -> None:
    sheet = weekly(ROWS, ALL, NOW)
    customers, worrying, missing = sheet.sections
    assert customers.table is not None
    assert [cell.text for cell in customers.table.rows[0]] == [
        "Acme", "2", "red, yellow", "8d", "1", "2", "1 of 3", "Vera",
    ]  # fmt: skip
    assert worrying.table is not None
    assert [line[0].text for line in worrying.table.rows] == ["36", "ESC-7"]
    assert len(missing.points) == 2
    assert sheet.sentences[-1] == "Begun in the last seven days: 2."


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(seconds=-5), "0m"),
        (timedelta(minutes=59), "59m"),
        (timedelta(hours=23, minutes=59), "23h"),
        (timedelta(days=3, hours=23), "3d"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age: timedelta, told: str) -> None:
    assert spelled_age(age) == told


@pytest.mark.parametrize("url", ["javascript:alert(1)", 'https://x"onclick="y', "https://x\ny", "", "/relative"])
def test_only_whole_web_addresses_become_links(url: str) -> None:
    sheet = Sheet(title="T", sections=(Section(heading="S", table=table_of(("A",), [[Cell("word", url)]])),))
    assert "<a" not in written(sheet, Form.HTML)
    assert "](" not in written(sheet, Form.MARKDOWN)


POLICY = """\
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}}
channels:
  mail: {url_env: MAIL_URL}
  room: {url_env: ROOM_URL, calendar: office}
rules:
  - {id: down, description: Down, when: {tags: {contains: down}}, tags: [down]}
digests:
  - {id: daily, channel: mail, at: "08:00", region: emea, form: html}
  - {id: friday, channel: room, at: "18:00", weekdays: [fri], roll_up: true, level: account}
"""


@pytest.fixture
def digests(policy_of: Callable[[str], Policy]) -> dict[str, Digest]:
    return {one.id: one for one in policy_of(POLICY).digests}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("name", "now", "due"),
    [
        pytest.param("daily", "2026-03-04T08:00", "2026-03-04T08:00", id="at its minute"),
        pytest.param("daily", "2026-03-04T07:59", "2026-03-03T08:00", id="a minute before, yesterday's"),
        pytest.param("daily", "2026-03-29T12:00", "2026-03-29T08:00", id="the day the clocks go forward"),
        pytest.param("daily", "2026-10-25T12:00", "2026-10-25T08:00", id="the day they go back"),
        pytest.param("friday", "2026-03-06T18:00", "2026-03-06T18:00", id="on its weekday"),
        pytest.param("friday", "2026-03-06T17:59", "2026-02-27T18:00", id="a minute before, last week's"),
        pytest.param("friday", "2026-03-05T12:00", "2026-02-27T18:00", id="on another weekday"),
    ],
)
def test_the_latest_edition_goes_by_the_wall_clock(digests: dict[str, Digest], name: str, now: str, due: str) -> None:
    edition = digests[name].latest(local(now))
    assert edition.due_at == local(due)
    assert edition.day == datetime.fromisoformat(due).date()


DAILY = load_policy({"policy.yaml": POLICY}).digests[0]


@given(minutes=st.integers(min_value=0, max_value=60 * 24 * 365))
def test_there_is_one_edition_a_day_and_it_is_never_ahead(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    edition = DAILY.latest(now)
    assert timedelta(0) <= now - edition.due_at < timedelta(hours=25)
    assert DAILY.latest(edition.due_at) == edition


def test_in_quiet_hours_an_edition_waits_until_the_channel_opens(digests: dict[str, Digest]) -> None:
    friday = digests["friday"]
    evening, monday = local("2026-03-06T18:00"), local("2026-03-09T09:00")
    assert friday.is_quiet(evening)
    assert not friday.is_quiet(monday)
    assert friday.readable_at(friday.latest(evening)) == monday
    daily_one = digests["daily"]
    assert not daily_one.is_quiet(local("2026-03-08T03:00"))
    assert daily_one.readable_at(daily_one.latest(evening)) == local("2026-03-06T08:00")


def test_a_digest_becomes_a_typed_value(digests: dict[str, Digest]) -> None:
    daily_one, friday = digests["daily"], digests["friday"]
    assert (daily_one.title, daily_one.region, daily_one.form, daily_one.roll_up) == ("Daily", "emea", Form.HTML, False)
    assert daily_one.weekdays == frozenset(range(7))
    assert (friday.channel.name, friday.weekdays, friday.level, friday.roll_up) == (
        "room",
        frozenset({4}),
        Level.ACCOUNT,
        True,
    )
