"""What an admin knows of accounts: rules act on it, a changed file is looked at anew, and facts are shown with their source."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.clock import SystemClock

SUNDAY = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
POLICY = """\
version: 1
default_calendar: always
rules:
  - id: renewal
    description: A big account is up for renewal
    when: {account.arr: {at_least: 100000}, account.renewal_date: {within: 90d}}
    tags: [renewal]
"""


def told(desk: Any, text: str, name: str = "accounts.yaml") -> None:
    """Put a file of account facts beside the settings, and start anew."""
    settings = desk.directory / "escalade.yaml"
    lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("account_facts")]
    settings.write_text("\n".join([*lines, f"account_facts: {name}", ""]), encoding="utf-8")
    (desk.directory / name).write_text(text, encoding="utf-8")
    desk.restart()
    desk.pass_time()


def escalade(desk: Any, *arguments: str, columns: int = 200) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _: desk.now)
        patch.setenv("ZENDESK_TOKEN", "emulator-api-token")
        patch.setenv("JIRA_TOKEN", "jira-token")
        patch.setenv("COLUMNS", str(columns))
        result = CliRunner().invoke(cli, [*arguments, "--config", str(desk.directory)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture
def renewing(desk: Any) -> Any:
    desk.write_policy(POLICY)
    told(desk, f"accounts: {{'zendesk:{desk.company.id}': {{arr: 120000, renewal_date: 2026-05-20}}}}\n")
    return desk


def test_a_rule_acts_on_what_the_file_says(renewing: Any) -> None:
    ref = renewing.ticket()
    renewing.settle()
    assert renewing.tags(ref) == {"renewal"}
    before = renewing.writes
    renewing.sync()
    assert renewing.writes == before


def test_another_file_is_looked_at_with_every_ticket(renewing: Any) -> None:
    ref = renewing.ticket()
    renewing.settle()
    (renewing.directory / "accounts.yaml").unlink()
    told(renewing, "account,arr,renewal_date\nAcme,120000,2027-05-20\n", "accounts.csv")
    renewing.settle()
    assert renewing.tags(ref) == frozenset()


def test_a_file_that_is_wrong_or_not_there_ends_the_command_with_its_place(renewing: Any) -> None:
    (renewing.directory / "accounts.yaml").write_text("accounts: {'zendsk:1': {arr: 1}}\n", encoding="utf-8")
    code, output = escalade(renewing, "plan")
    assert code == 2
    assert "accounts.yaml:1:12: no helpdesk is called this" in output
    (renewing.directory / "accounts.yaml").unlink()
    code, output = escalade(renewing, "plan")
    assert code == 2
    assert "accounts.yaml, which account_facts in" in output


def test_the_facts_of_a_ticket_are_shown_with_where_they_come_from(renewing: Any) -> None:
    ref = renewing.ticket("The export \x1b[31mstops", created_at=SUNDAY)
    renewing.settle()
    code, output = escalade(renewing, "facts", str(ref))
    assert code == 0
    rows = {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:5]]
        for line in output.splitlines()
        if "│" in line
    }
    assert rows["status"] == ["open", "", "ticket"]
    assert rows["tags"] == ["none", "", "ticket"]
    assert rows["age"] == ["1d", "2026-03-01 09:00 UTC", "ticket"]
    assert rows["in_tier"] == ["not set", "", "ledger"]
    assert rows["account.arr"][0] == "120000"
    assert rows["account.arr"][2].endswith("accounts.yaml:1")
    assert rows["account.region"] == ["not set", "", "account: organisation field"]
    assert rows["account.open_tickets"] == ["1", "", "open tickets of the account"]
    assert "\x1b[31m" not in output


def test_on_a_narrow_terminal_the_names_of_facts_stay_whole(renewing: Any) -> None:
    ref = renewing.ticket(created_at=SUNDAY)
    renewing.settle()
    code, output = escalade(renewing, "facts", str(ref), columns=60)
    assert code == 0
    names = {line.split("│")[1].strip() for line in output.splitlines() if "│" in line}
    assert names >= {"in_tier_unacknowledged", "account.executive_sponsor", "account.renewal_date"}


def test_the_facts_of_a_past_instant_can_be_asked_for(renewing: Any) -> None:
    ref = renewing.ticket(created_at=SUNDAY)
    renewing.settle()
    code, output = escalade(renewing, "facts", str(ref), "--at", "2026-03-01T12:00Z", "--json")
    assert code == 0
    answer = json.loads(output)
    found = {row["name"]: row for row in answer["facts"]}
    assert (answer["ticket"], answer["at"]) == (str(ref), "2026-03-01T12:00:00Z")
    assert found["age"] == {
        "name": "age",
        "type": "duration",
        "value": 10800.0,
        "told": "3h",
        "provenance": "ticket",
        "since": "2026-03-01T09:00:00Z",
    }
    assert found["now"]["value"] == "2026-03-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["zendesk:999"], "the store does not know zendesk:999"),
        (["35"], "a ticket reference is written helpdesk:id"),
        (["zendesk:35", "--at", "tomorrow"], "is no instant in the past"),
        (["zendesk:35", "--at", "2026-03-01T12:00"], "is no instant in the past"),
        (["zendesk:35", "--at", "2030-01-01T00:00Z"], "is no instant in the past"),
    ],
)
def test_what_cannot_be_shown_is_said_in_words(arguments: list[str], message: str, renewing: Any) -> None:
    code, output = escalade(renewing, "facts", *arguments)
    assert code == 2
    assert message in " ".join(output.replace("│", " ").split())
