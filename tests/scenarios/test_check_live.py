"""`escalade check --live`: where the helpdesks do not fit settings and policy, with places and what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

HOOK = "https://escalade.example.com/hooks/{}"
EVENTS = [
    f"zen:event-type:ticket.{event}"
    for event in (
        "created",
        "status_changed",
        "priority_changed",
        "tags_changed",
        "group_assignment_changed",
        "agent_assignment_changed",
        "organization_changed",
        "comment_added",
    )
]
ISSUE_EVENTS = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"]
WEBHOOKS = """
webhooks:
  zendesk: {secret_env: ZENDESK_HOOK_SECRET}
  jira: {secret_env: JIRA_HOOK_SECRET}
"""


def unfit(desk: Any) -> list[dict[str, Any]]:
    """What is found beyond the clock: the time that the desk tells is virtual, ours is not."""
    code, told = desk.command("check", "--live", "--format", "json")
    findings = json.loads(told)["findings"]
    worst = {one["severity"] for one in findings}
    assert code == (2 if "error" in worst else 0), told
    return [one for one in findings if one["code"] not in {"clock", "never-set", "unused-template"}]


def settings(desk: Any, old: str = "", new: str = "", more: str = "") -> None:
    path = desk.directory / "escalade.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) + more, encoding="utf-8")


def place(desk: Any, finding: dict[str, Any]) -> str:
    """The line that a finding names."""
    lines: list[str] = (desk.directory / finding["file"]).read_text(encoding="utf-8").splitlines()
    return lines[finding["line"] - 1].strip()


@pytest.fixture
def fitting(desk: Any) -> Any:
    """A desk that leaves nothing to say: limits as Zendesk has them, webhooks that call us, signed."""
    settings(desk, "exports_per_minute: 10000", "exports_per_minute: 10", WEBHOOKS)
    desk.zendesk.subscribe(
        {"endpoint": HOOK.format("zendesk"), "secret": "z" * 40, "subscriptions": EVENTS, "name": "Escalade"}
    )
    desk.jira.add_webhook(HOOK.format("jira"), events=ISSUE_EVENTS, secret="j" * 40)
    desk.jira.bot.admin = True
    desk.secrets |= {"ZENDESK_HOOK_SECRET": "z" * 40, "JIRA_HOOK_SECRET": "j" * 40}
    return desk


def test_a_desk_that_fits_leaves_nothing_to_say(fitting: Any) -> None:
    assert unfit(fitting) == []
    assert fitting.writes == 0


def test_everything_is_told_at_once_as_text_with_its_lines_and_what_to_do(fitting: Any) -> None:
    desk = fitting
    desk.zendesk.bot.role = "agent"
    ops = desk.jira.project("OPS")
    ops.revoked[desk.jira.bot.account_id] = {"ADD_COMMENTS"}
    code, told = desk.command("check", "--live")
    assert code == 2
    assert "zendesk: we are Escalation Bot, whose role is agent" in told
    assert "hint:    make our user an admin" in told
    assert "jira: our user lacks the permission ADD_COMMENTS in the project OPS: no note can be posted" in told
    assert "projects: [OPS, SUP]" in told


def test_a_clock_that_is_off_is_told(fitting: Any) -> None:
    _, told = fitting.command("check", "--live", "--format", "json")
    clocks = [one for one in json.loads(told)["findings"] if one["code"] == "clock"]
    assert [(one["path"], place(fitting, one)) for one in clocks] == [("helpdesks.jira", "jira:")]
    assert "s behind ours: deadlines are off by as much" in clocks[0]["message"]


@pytest.mark.parametrize(
    ("permission", "left_undone"),
    [
        ("EDIT_ISSUES", "labels, priority and fields cannot be set"),
        ("ADD_COMMENTS", "no note can be posted"),
        ("SERVICEDESK_AGENT", "internal notes would not be internal"),
    ],
)
def test_a_permission_that_our_user_lacks_is_told_with_what_stays_undone(
    fitting: Any, permission: str, left_undone: str
) -> None:
    fitting.jira.project("SUP").revoked[fitting.jira.bot.account_id] = {permission}
    [found] = unfit(fitting)
    assert (found["code"], found["severity"], found["path"]) == ("permission", "error", "helpdesks.jira.projects")
    assert f"{permission} in the project SUP: {left_undone}" in found["message"]
    assert place(fitting, found) == "projects: [OPS, SUP]"


def test_a_permission_that_only_the_policy_needs_is_told_where_it_needs_it(fitting: Any) -> None:
    lacking = {"CREATE_ISSUES", "LINK_ISSUES"}
    fitting.jira.project("SUP").revoked[fitting.jira.bot.account_id] = lacking
    assert unfit(fitting) == [], "the policy opens nothing there"
    fitting.jira.project("OPS").revoked[fitting.jira.bot.account_id] = lacking
    found = unfit(fitting)
    assert {one["message"].split()[6] for one in found} == lacking
    assert all("project: OPS" in place(fitting, one) for one in found)


@pytest.mark.parametrize(
    ("wrong", "message", "severity"),
    [
        ({"status": "inactive"}, "is switched off", "warning"),
        ({"endpoint": "http://escalade.example.com/hooks/zendesk"}, "without https", "warning"),
        ({"endpoint": HOOK.format("other")}, "no webhook calls an address that ends with /hooks/zendesk", "warning"),
        ({"subscriptions": EVENTS[:-1]}, "does not tell of zen:event-type:ticket.comment_added", "warning"),
        ({"secret": "another secret"}, "signs with another secret than ours", "error"),
    ],
)
def test_a_webhook_of_zendesk_that_will_not_do_is_told_at_its_block(
    fitting: Any, wrong: dict[str, Any], message: str, severity: str
) -> None:
    [hook] = fitting.zendesk.webhooks.values()
    for name, value in wrong.items():
        setattr(hook, name, value)
    [found] = unfit(fitting)
    assert (found["code"], found["severity"], found["path"]) == ("webhook", severity, "webhooks.zendesk")
    assert message in found["message"]
    assert place(fitting, found) == "zendesk: {secret_env: ZENDESK_HOOK_SECRET}"
    assert "another secret" not in json.dumps(found).replace("signs with another secret than ours", "")


@pytest.mark.parametrize(
    ("wrong", "message", "severity"),
    [
        ({"enabled": False}, "is switched off", "warning"),
        ({"events": ("jira:issue_updated",)}, "does not tell of comment_created, jira:issue_created", "warning"),
        ({"secret": None}, "has no secret", "error"),
        ({"exclude_body": True}, "leaves its bodies out", "error"),
        ({"url": HOOK.format("other")}, "no webhook calls", "warning"),
    ],
)
def test_a_webhook_of_jira_that_will_not_do_is_told_at_its_block(
    fitting: Any, wrong: dict[str, Any], message: str, severity: str
) -> None:
    [hook] = fitting.jira.webhooks.values()
    for name, value in wrong.items():
        setattr(hook, name, value)
    [found] = unfit(fitting)
    assert (found["code"], found["severity"], found["path"]) == ("webhook", severity, "webhooks.jira")
    assert message in found["message"]


def test_two_webhooks_at_one_address_are_told(fitting: Any) -> None:
    fitting.jira.add_webhook(HOOK.format("jira"), events=ISSUE_EVENTS, secret="j" * 40)
    [found] = unfit(fitting)
    assert "2 webhooks call /hooks/jira" in found["message"]


def test_without_an_administrator_of_jira_the_webhooks_are_left_to_people(fitting: Any) -> None:
    fitting.jira.bot.admin = False
    [found] = unfit(fitting)
    assert (found["code"], found["severity"], found["path"]) == ("unchecked", "note", "webhooks.jira")
    assert "Exclude body off" in found["hint"]


def test_a_secret_that_is_not_there_is_told_once_and_compared_with_nothing(fitting: Any) -> None:
    del fitting.secrets["ZENDESK_HOOK_SECRET"], fitting.secrets["JIRA_HOOK_SECRET"]
    assert {one["code"] for one in unfit(fitting)} == {"secret-missing"}


@pytest.mark.parametrize(
    ("old", "new", "path", "hint"),
    [
        ("projects:", "link_types: {tracked_by: Block}\n    projects:", "link_types.tracked_by", "'Blocks'"),
        ("projects:", "statuses: {In Progres: open}\n    projects:", "statuses.In Progres", "'In Progress'"),
        ("projects:", "priorities: {Hihg: high, Medium: normal}\n    projects:", "priorities.Hihg", "'High'"),
    ],
)
def test_names_in_the_settings_that_jira_does_not_have_are_told_with_those_that_were_meant(
    fitting: Any, old: str, new: str, path: str, hint: str
) -> None:
    settings(fitting, old, new)
    found = [one for one in unfit(fitting) if one["code"] == "setting"]
    assert [(one["severity"], one["path"]) for one in found] == [("error", f"helpdesks.jira.{path}")]
    assert f"did you mean {hint}" in found[0]["hint"]
    assert new.partition("\n")[0] == place(fitting, found[0])


def test_a_field_that_is_switched_off_in_zendesk_is_told(fitting: Any) -> None:
    fitting.zendesk.fields[fitting.tier_field].active = False
    [found] = unfit(fitting)
    assert (found["code"], found["path"]) == ("setting", "helpdesks.zendesk.fields.escalation_tier")


def test_more_exports_than_zendesk_takes_are_told(fitting: Any) -> None:
    settings(fitting, "exports_per_minute: 10", "exports_per_minute: 30")
    fitting.world.limits = True
    [found] = unfit(fitting)
    assert (found["code"], found["path"]) == ("limit", "helpdesks.zendesk.exports_per_minute")
    assert "Zendesk takes 10 requests to its exports a minute, the settings say 30" in found["message"]


def test_a_schedule_that_says_something_else_than_the_calendar_of_its_name_is_told(fitting: Any) -> None:
    fitting.zendesk.add_schedule(name="Office", hours={day: [(9, 17)] for day in range(1, 6)}, time_zone="London")
    assert unfit(fitting) == []
    fitting.zendesk.schedules.popitem()
    fitting.zendesk.add_schedule(name="Office", hours={day: [(8, 17)] for day in range(1, 6)}, time_zone="London")
    [found] = unfit(fitting)
    assert (found["code"], found["severity"], found["path"]) == ("schedule", "note", "calendars.office")
    assert "its hours are others" in found["message"]
    assert place(fitting, found).startswith("office:")


@pytest.mark.parametrize(
    ("path", "status", "what"),
    [
        ("/api/v2/webhooks", 403, "the webhooks"),
        ("/api/v2/jira/links", 403, "Zendesk's Jira app"),
        ("/rest/api/2/issueLinkType", 403, "the types of links"),
        ("/rest/api/2/mypermissions", 404, "our permissions"),
    ],
)
def test_a_check_that_fails_says_so_and_costs_the_others_nothing(
    fitting: Any, path: str, status: int, what: str
) -> None:
    fitting.world.faults.add("status", {"path_regex": f"^{path}", "times": 0}, status=status, body={})
    settings(fitting, "projects:", "link_types: {related: Relate}\n    projects:")
    found = unfit(fitting)
    assert [one["severity"] for one in found if what in one["message"] and one["code"] == "unchecked"] == ["warning"]
    if "issueLinkType" not in path:
        assert "setting" in {one["code"] for one in found}


def test_a_helpdesk_that_does_not_answer_is_told_once_and_the_other_is_inspected(fitting: Any) -> None:
    fitting.world.faults.add("unauthorized", {"path_regex": "^/api/v2/", "times": 0})
    fitting.jira.project("OPS").revoked[fitting.jira.bot.account_id] = {"ADD_COMMENTS"}
    found = unfit(fitting)
    assert [one["code"] for one in found] == ["unreachable", "permission"]
