"""Teams and roles from groups of helpdesks: who may act is who is in the group, read now and then and kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from escalade.logs import log
from rules.ticket import TicketRef

POLICY = """\
version: 1
default_calendar: always
directory:
  teams:
    experts: {members_from: {zendesk: Experts}}
    desk: {members: [{id: gus, name: Gus}]}
  people:
    - {id: ada, name: Ada Byron, level: 4, accounts: {zendesk: "ADA"}}
  roles:
    manager: {members: [gus], members_from: {jira: Escalation Managers}}
  raci: {R: [experts], A: manager}
commands: {allow: {accept: [experts, manager], decline: [manager]}}
escalation: {}
tiers: [{id: t1, name: Tier 1, tag: esc_t1}]
rules:
  - {id: asked, description: Somebody asked, when: {escalation.stage: in progress}, tags: [esc_accepted]}
"""
HOUR = timedelta(hours=1, minutes=1)


@pytest.fixture
def staffed(desk: Any) -> Any:
    """Ada is an expert in Zendesk, Enno a manager in Jira; Ben is nobody yet."""
    desk.ben = desk.zendesk.add_user(name="Ben", email="ben@desk.example", role="agent")
    desk.experts = desk.zendesk.add_group(name="Experts", members=[desk.agent.id])
    desk.managers = desk.jira.add_group("Escalation Managers", members=[desk.engineer])
    desk.write_policy(POLICY.replace("ADA", str(desk.agent.id)))
    desk.restart()
    return desk


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is logged as a warning."""
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(type(log), "warning", lambda _, action, **facts: lines.append({"action": action, **facts}))
    return lines


def asked(desk: Any) -> TicketRef:
    """A ticket that somebody asked to escalate."""
    ref: TicketRef = desk.ticket()
    say(desk, ref, "#escalate production is down", by=desk.agent.id)
    desk.settle()
    return ref


def say(desk: Any, ref: TicketRef, body: str, *, by: int) -> None:
    desk.act(ref, by=by, comment={"body": body, "public": False})
    desk.pass_time()


def answers(desk: Any, ref: TicketRef) -> list[str]:
    return [body for _, body in desk.seen(ref).notes]


def reads(desk: Any) -> int:
    """How often a group was read."""
    counts = desk.world.calls.counts()
    return sum(count for call, count in counts.items() if "memberships" in call or "group/member" in call)


def test_who_is_in_the_group_may_act_and_who_is_not_may_not(staffed: Any) -> None:
    ref = asked(staffed)
    say(staffed, ref, "#accept we take it", by=staffed.ben.id)
    staffed.settle()
    assert "esc_accepted" not in staffed.tags(ref)
    assert "does not count: the directory of the policy does not know who you are" in answers(staffed, ref)[-1]
    say(staffed, ref, "#accept we take it", by=staffed.agent.id)
    staffed.settle()
    assert "esc_accepted" in staffed.tags(ref)


def test_a_group_of_jira_gives_a_role_to_its_people(staffed: Any) -> None:
    ref = asked(staffed)
    person = f"jira-{staffed.engineer.account_id}"
    code, said = staffed.command("act", str(ref), "#accept we take it", "--as", person)
    assert code == 0, said
    staffed.pass_time()
    staffed.settle()
    assert "esc_accepted" in staffed.tags(ref)
    assert staffed.app.policy.directory.people[person].name == "Enno"


def test_groups_are_read_once_an_hour_and_a_second_run_does_nothing(staffed: Any) -> None:
    staffed.settle()
    before = reads(staffed)
    staffed.settle()
    staffed.restart()
    assert reads(staffed) == before, "what was read is kept"
    staffed.pass_time(HOUR)
    writes = staffed.writes
    staffed.sync()
    assert reads(staffed) == before + 2, "one page for each of the two groups"
    assert staffed.writes == writes


def test_more_people_than_fit_a_page_are_all_read(staffed: Any) -> None:
    with staffed.world.lock:
        people = [
            staffed.zendesk.add_user(name=f"Z{n}", email=f"z{n}@desk.example", role="agent").id for n in range(230)
        ]
        for number in people:
            staffed.zendesk.users[number].group_ids.append(staffed.experts.id)
        users = [staffed.jira.add_user(f"J {n}") for n in range(120)]
        staffed.managers.extend(user.account_id for user in users)
    before = reads(staffed)
    staffed.pass_time(HOUR)
    staffed.sync()
    directory = staffed.app.policy.directory
    assert len(directory.teams["experts"].members) == 231
    assert len(directory.people_of("manager")) == 122
    assert reads(staffed) == before + 3 + 3


def test_inactive_people_are_not_in_a_group(staffed: Any) -> None:
    with staffed.world.lock:
        staffed.agent.suspended = True
        staffed.engineer.active = False
    staffed.pass_time(HOUR)
    staffed.sync()
    directory = staffed.app.policy.directory
    assert directory.teams["experts"].members == ()
    assert [person.id for person in directory.people_of("manager")] == ["gus"]


def test_who_leaves_the_group_keeps_what_they_did_and_can_do_no_more(staffed: Any) -> None:
    ref = asked(staffed)
    say(staffed, ref, "#accept we take it", by=staffed.agent.id)
    staffed.settle()
    said = answers(staffed, ref)
    with staffed.world.lock:
        staffed.agent.group_ids.remove(staffed.experts.id)
    staffed.pass_time(HOUR)
    staffed.settle()
    assert "esc_accepted" in staffed.tags(ref), "it was accepted by somebody who could"
    assert answers(staffed, ref) == said
    other = asked(staffed)
    say(staffed, other, "#accept this one, too", by=staffed.agent.id)
    staffed.settle()
    assert "esc_accepted" not in staffed.tags(other)
    assert "it takes one of experts, manager" in answers(staffed, other)[-1]
    place = TicketRef("directory", "zendesk:Experts")
    assert f"left: Ada ({staffed.agent.id})" in staffed.journal(place)[-1]


def test_who_joins_can_act_after_the_next_reading_and_the_refused_command_stays_refused(staffed: Any) -> None:
    ref = asked(staffed)
    with staffed.world.lock:
        staffed.ben.group_ids.append(staffed.experts.id)
    say(staffed, ref, "#accept at once", by=staffed.ben.id)
    staffed.settle()
    staffed.pass_time(HOUR)
    staffed.settle()
    assert "esc_accepted" not in staffed.tags(ref)
    say(staffed, ref, "#accept once more", by=staffed.ben.id)
    staffed.settle()
    assert "esc_accepted" in staffed.tags(ref)


def test_a_helpdesk_that_does_not_answer_leaves_the_people_as_they_were_and_is_logged_once(
    staffed: Any, logged: list[dict[str, Any]]
) -> None:
    ref = asked(staffed)
    staffed.world.faults.add("forbidden", {"path_regex": "memberships", "times": 3})
    for _ in range(3):
        staffed.pass_time(HOUR)
        staffed.sync()
    (line,) = [line for line in logged if line["action"] == "group.unread"]
    assert line["group"] == "the group 'Experts' of zendesk"
    assert line["members"] == "as read at 2026-03-02T09:00:00+00:00"
    say(staffed, ref, "#accept we take it", by=staffed.agent.id)
    staffed.sync()
    staffed.pass_time()
    staffed.sync()
    assert "esc_accepted" in staffed.tags(ref)


def test_before_a_group_was_read_its_people_are_not_believed_and_the_answer_says_why(desk: Any) -> None:
    desk.ben = desk.zendesk.add_user(name="Ben", email="ben@desk.example", role="agent")
    desk.experts = desk.zendesk.add_group(name="Experts", members=[desk.agent.id, desk.ben.id])
    desk.jira.add_group("Escalation Managers")
    desk.world.faults.add("forbidden", {"path_regex": "memberships"})
    desk.write_policy(POLICY.replace("ADA", str(desk.agent.id)))
    desk.restart()
    ref = asked(desk)
    say(desk, ref, "#accept we take it", by=desk.agent.id)
    desk.settle()
    assert "esc_accepted" not in desk.tags(ref)
    told = answers(desk, ref)[-1]
    assert "it is not known yet who is in the group 'Experts' of zendesk" in told
    assert "it counts then, if you are in it" in told
    desk.pass_time(HOUR)
    desk.settle()
    assert "esc_accepted" in desk.tags(ref), "as the answer said"


def test_a_deleted_group_keeps_its_people_for_a_running_service_and_is_refused_at_the_next_start(
    staffed: Any, logged: list[dict[str, Any]]
) -> None:
    ref = asked(staffed)
    staffed.managers.clear()
    with staffed.world.lock:
        del staffed.zendesk.groups[staffed.experts.id]
        del staffed.jira.groups["Escalation Managers"]
        for user in staffed.zendesk.users.values():
            user.group_ids = [group for group in user.group_ids if group != staffed.experts.id]
    staffed.pass_time(HOUR)
    say(staffed, ref, "#accept we take it", by=staffed.agent.id)
    staffed.settle()
    assert "esc_accepted" in staffed.tags(ref)
    assert {line["why"] for line in logged if line["action"] == "group.unread"} == {
        "jira has no group 'Escalation Managers'",
        "zendesk has no group 'Experts'",
    }
    code, told = staffed.command("plan")
    assert code == 2
    assert "zendesk has no such group of people" in told
    assert "rules.yaml:5" in told


def test_the_live_check_asks_every_group(staffed: Any) -> None:
    del staffed.jira.groups["Escalation Managers"]
    code, told = staffed.command("check", "--live", "--strict")
    assert code == 1
    assert "the group 'Experts' of zendesk: 1 people; last read 2026-03-02 09:00 UTC, with 1 people" in told
    assert "the group 'Escalation Managers' of jira: jira has no group 'Escalation Managers'" in told


def test_the_record_of_a_write_names_the_directory_that_was_used(staffed: Any) -> None:
    ref = asked(staffed)
    version = staffed.app.policy.directory.version
    entries = [entry for entry in staffed.app.store.journal(ref) if entry.action == "write.applied"]
    assert entries[-1].policy == f"{staffed.app.policy.hash}+{version}"
    with staffed.world.lock:
        staffed.agent.group_ids.remove(staffed.experts.id)
    staffed.pass_time(HOUR)
    hash_before = staffed.app.policy.hash
    say(staffed, ref, "#help", by=staffed.agent.id)
    staffed.settle()
    assert staffed.app.policy.hash == hash_before
    after = [entry for entry in staffed.app.store.journal(ref) if entry.action == "write.applied"][-1]
    assert after.policy == f"{hash_before}+{staffed.app.policy.directory.version}"
    assert staffed.app.policy.directory.version != version
