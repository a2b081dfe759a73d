"""A changed policy reaches the tickets that sleep: nobody has to touch a ticket for the rules of today to hold on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from escalade.progress import QuietProgress

RELEASE = "release: {when_nothing_holds: true}\n"


def change_policy(desk: Any, *changes: tuple[str, str]) -> None:
    """Edit the policy and start a new process, a minute later."""
    file = desk.directory / "rules.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    desk.write_policy(text)
    desk.restart()
    desk.pass_time()


def test_a_new_rule_holds_on_tickets_that_nobody_touches(any_desk: Any) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "quiet")
    desk.settle()
    change_policy(desk, ("{contains: complaint}", "{contains: quiet}"))
    desk.sync()
    assert "esc_t1" in desk.tags(ref)


def test_a_renamed_tag_is_replaced_on_the_tickets_that_wear_it(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    change_policy(desk, ("tag: esc_t1,", "tag: tier_one,"))
    desk.sync()
    assert desk.tags(ref) == {"complaint", "esc_complaint", "tier_one"}


def test_what_a_removed_tier_put_on_a_ticket_is_taken_back(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud", priority="low")
    desk.settle()
    tier2 = (
        (desk.directory / "rules.yaml").read_text(encoding="utf-8").split("  - id: tier2")[1].split("  - id: tier3")[0]
    )
    change_policy(
        desk,
        ("  - id: tier2" + tier2, ""),
        ("escalate_to: tier2", "escalate_to: tier1"),
        ("{tier: tier2, status: {in: [new, open]}}", "{tier: tier3, status: {in: [new, open]}}"),
    )
    desk.sync()
    seen = desk.seen(ref)
    assert (seen.priority, seen.tier_field, seen.tags) == ("low", None, {"loud", "esc_t1"})


def test_a_sunken_floor_gives_back_the_priority_that_people_set(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud", priority="low")
    desk.settle()
    assert desk.seen(ref).priority == "high"
    change_policy(desk, ("priority_floor: high", "priority_floor: normal"))
    desk.sync()
    assert desk.seen(ref).priority == "normal"
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.seen(ref).priority == "low"


def test_an_unchanged_policy_wakes_nobody(desk: Any) -> None:
    desk.ticket("Refund", "complaint")
    desk.settle()
    desk.restart()
    desk.pass_time()
    assert desk.sync().surveyed == 0


def test_a_dry_run_under_another_policy_leaves_the_tickets_due_for_the_one_in_force(desk: Any) -> None:
    ref = desk.ticket("Refund", "quiet")
    desk.settle()
    change_policy(desk, ("{contains: complaint}", "{contains: quiet}"))
    assert [plan.ref for plan in desk.sync(dry_run=True).plans] == [ref]
    change_policy(desk, ("{contains: quiet}", "{contains: complaint}"))
    before = desk.writes
    desk.sync()
    assert desk.writes == before


def without_jira(desk: Any) -> tuple[str, str]:
    """Take Jira out of settings and policy; returns both as they were."""
    settings = (desk.directory / "escalade.yaml").read_text(encoding="utf-8")
    policy = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    fewer = settings.split("  jira:\n")[0].replace("tracker: jira\n", "\n")
    (desk.directory / "escalade.yaml").write_text(fewer, encoding="utf-8")
    remediation = "    remediation:\n" + policy.split("    remediation:\n")[1].split("rules:\n")[0]
    requests = "  - id: request-waiting\n" + policy.split("  - id: request-waiting\n")[1].split("updates:\n")[0]
    desk.write_policy(policy.replace(remediation, "").replace(requests, ""))
    return settings, policy


def test_a_helpdesk_that_left_the_settings_is_left_alone_in_silence_and_taken_up_when_it_is_back(desk: Any) -> None:
    request = desk.issue("Please help", project="SUP", priority="High", status="Waiting for support")
    desk.settle()
    assert "esc_t1" in request.fields["labels"]
    settings, policy = without_jira(desk)
    desk.restart()
    desk.pass_time()
    for _ in range(2):
        assert desk.sync().exit_code == 0
    (desk.directory / "escalade.yaml").write_text(settings, encoding="utf-8")
    desk.write_policy(policy.replace("priority: {at_least: high}}", "priority: {at_least: urgent}}") + RELEASE)
    desk.restart()
    desk.pass_time()
    desk.sync()
    assert "esc_t1" not in request.fields["labels"]


def test_the_tickets_of_a_helpdesk_that_does_not_answer_wait_and_do_not_count_for_the_brakes(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    change_policy(desk, ("tag: esc_t1,", "tag: tier_one,"))
    absent = replace(desk.app.sync(QuietProgress()), absent={"zendesk": "no answer"})
    report = absent.once()
    assert (report.exit_code, report.troubled, report.surveyed) == (1, {"zendesk": "no answer"}, 0)
    assert "esc_t1" in desk.tags(ref)
    desk.sync()
    assert "tier_one" in desk.tags(ref)
