"""Adoption: a helpdesk with a backlog hears nothing of Escalade until somebody has said how to begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from escalade.progress import QuietProgress

HOUR = timedelta(hours=1)


@pytest.fixture
def backlog(make_desk: Callable[..., Any]) -> Any:
    """A desk whose settings say nothing of its backlog: complaints, outages and silent tickets of the last months."""
    desk = make_desk()
    settings = desk.directory / "escalade.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("backlog: write\n", ""), encoding="utf-8")
    desk.write_policy(
        (desk.directory / "rules.yaml").read_text(encoding="utf-8").replace("updates:", CLOCK + "updates:")
        + "channels: {room: {url_env: ROOM_URL}}\n"
    )
    desk.secrets["ROOM_URL"] = f"{desk.emulator.url}/_emulator/letters"
    for number in range(60):
        made = desk.now - timedelta(days=2 + number)
        desk.ticket(f"Old {number}", *(["complaint"], ["outage"], [])[number % 3], created_at=made)
    desk.restart()
    return desk


CLOCK = """sla:
  - id: answer
    when: {helpdesk: zendesk}
    calendar: always
    metric: first_response
    targets: {normal: 25h}
    breach_tag: answer_late
    note: entered
"""


def run(desk: Any) -> Any:
    return desk.app.sync(QuietProgress()).once()


@pytest.mark.capability("L3")
def test_the_first_run_on_a_backlog_writes_nothing_and_says_what_to_do(backlog: Any) -> None:
    report = run(backlog)
    assert report.exit_code == 2
    assert report.waiting["zendesk"].startswith(
        "zendesk has 60 open tickets from before Escalade, so nothing is written or told about them until you say how to "
        "begin. See what would be written: escalade plan. "
    )
    assert (backlog.writes, backlog.world.letters) == (0, [])


def test_it_stays_silent_for_as_long_as_nobody_says_anything(backlog: Any) -> None:
    run(backlog)
    late = backlog.ticket("New", "outage", created_at=backlog.now)
    backlog.pass_time(timedelta(days=3))
    assert run(backlog).exit_code == 2
    assert backlog.writes == 0
    assert backlog.tags(late) == {"outage"}


def test_the_command_line_ends_with_2_and_names_the_command(backlog: Any) -> None:
    code, told = backlog.command("sync")
    assert code == 2
    assert "Nothing is written yet: zendesk:" in told
    assert "escalade adopt" in told
    assert backlog.writes == 0


def test_a_helpdesk_without_a_ticket_begins_by_itself(backlog: Any) -> None:
    assert "jira" not in run(backlog).waiting
    assert backlog.app.starting.of("jira") is not None


def test_adopting_writes_nothing_and_neither_do_the_runs_after_it(backlog: Any) -> None:
    code, told = backlog.command("adopt")
    assert code == 0, told
    assert "Took note of the 60 open tickets of zendesk: on 40 of them something holds, and nothing follows." in told
    assert "20  rule:outage" in told
    backlog.restart()
    for _ in range(3):
        assert run(backlog).exit_code == 0
        backlog.pass_time(2 * HOUR)
    assert (backlog.writes, backlog.world.letters) == (0, [])


@pytest.mark.capability("L3")
def test_no_time_out_pages_anybody_for_what_was_adopted(backlog: Any) -> None:
    backlog.command("adopt")
    backlog.restart()
    for _ in range(10):
        backlog.pass_time(timedelta(days=1))
        run(backlog)
    assert backlog.writes == 0


def test_what_comes_in_after_the_adoption_is_acted_on(backlog: Any) -> None:
    backlog.command("adopt")
    backlog.restart()
    backlog.pass_time()
    new = backlog.ticket("New", "outage", created_at=backlog.now)
    backlog.pass_time()
    run(backlog)
    assert "esc_t3" in backlog.tags(new)


def test_an_old_ticket_that_gets_worse_after_the_adoption_is_acted_on(backlog: Any) -> None:
    fine = backlog.ticket("Fine", created_at=backlog.now - timedelta(days=3))
    backlog.command("adopt")
    backlog.restart()
    backlog.pass_time()
    backlog.act(fine, tags=["outage"])
    backlog.pass_time()
    run(backlog)
    assert "esc_t3" in backlog.tags(fine)


def test_a_clock_that_falls_due_after_the_adoption_acts_at_its_instant(backlog: Any) -> None:
    young = backlog.ticket("Young", created_at=backlog.now - 24 * HOUR)
    backlog.command("adopt")
    backlog.restart()
    run(backlog)
    assert backlog.writes == 0
    backlog.pass_time(HOUR + timedelta(minutes=1))
    run(backlog)
    assert backlog.tags(young) == {"answer_late"}
    assert backlog.written(lambda: run(backlog)) == {}


def test_a_ticket_that_the_adoption_did_not_see_is_taken_note_of_when_it_comes(backlog: Any) -> None:
    """Exports hide the newest minute: a ticket of just before the adoption comes in after it."""
    backlog.pass_time()
    unseen = backlog.ticket("Unseen", "outage", created_at=backlog.now - timedelta(seconds=20))
    backlog.command("adopt")
    backlog.restart()
    backlog.pass_time()
    run(backlog)
    assert backlog.app.store.load([unseen])
    assert backlog.tags(unseen) == {"outage"}


def test_without_a_baseline_it_begins_with_everything(backlog: Any) -> None:
    code, told = backlog.command("adopt", "--no-baseline", "zendesk")
    assert (code, "begins with everything that the policy asks for" in told) == (0, True)
    code, told = backlog.command("sync", "--force")
    assert code == 0, told
    assert backlog.writes > 0


def test_a_dry_run_of_the_adoption_keeps_nothing(backlog: Any) -> None:
    code, told = backlog.command("adopt", "--dry-run")
    assert code == 0
    assert "Would take note of the 60 open tickets of zendesk" in told
    backlog.restart()
    assert run(backlog).exit_code == 2


def test_applying_a_reviewed_plan_says_how_to_begin(backlog: Any, tmp_path: Any) -> None:
    file = str(tmp_path / "plan.json")
    assert backlog.command("plan", "--out", file)[0] == 0
    code, told = backlog.command("apply", file, "--yes", "--force")
    assert code == 0, told
    assert backlog.writes > 0
    assert backlog.command("sync", "--force")[0] == 0


def test_settings_can_say_that_a_backlog_is_adopted(backlog: Any) -> None:
    file = backlog.directory / "escalade.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "backlog: adopt\n", encoding="utf-8")
    backlog.restart()
    for _ in range(2):
        assert run(backlog).exit_code == 0
    assert backlog.writes == 0


def test_a_helpdesk_that_is_added_later_waits_alone(backlog: Any) -> None:
    backlog.command("adopt")
    old = backlog.issue("Old", project="SUP", priority="High")
    file = backlog.directory / "escalade.yaml"
    text = file.read_text(encoding="utf-8")
    second = text[text.index("  jira:\n") :].replace("  jira:", "  second:").replace("[OPS, SUP]", "[SUP]")
    file.write_text(text + second, encoding="utf-8")
    backlog.restart()
    assert set(run(backlog).waiting) == {"second"}
    backlog.pass_time()
    new = backlog.ticket("New", "outage", created_at=backlog.now)
    backlog.pass_time()
    run(backlog)
    assert "esc_t3" in backlog.tags(new)
    assert old.fields["labels"] == []


def test_adopting_names_a_helpdesk_that_is_not_there(backlog: Any) -> None:
    code, told = backlog.command("adopt", "zendesc")
    assert code == 2
    assert "did you mean 'zendesk'?" in told


def test_adopting_twice_is_told(backlog: Any) -> None:
    backlog.command("adopt")
    assert "Escalade acts on zendesk already." in backlog.command("adopt")[1]
