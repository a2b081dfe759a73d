"""Members from groups: who counts when, by what was read of a helpdesk's group and by what the file says of people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.choice import Errand, Profile, pick
from rules.duty import team_staffed
from rules.escalation.act import Act, Via
from rules.escalation.permission import may, refusal
from rules.load import load_policy
from rules.policy import NameKind, Policy
from rules.roster import GroupRef, Member, Roster, first_roster, version_of
from rules.ticket import Side

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPECIALISTS = GroupRef("zendesk", "Tier 2 Specialists")
MANAGERS = GroupRef("jira", "escalation-managers")
ADA, BEN, CLEO = Member("901", "Ada B."), Member("902", "Ben"), Member("903", "Cleo")

POLICY = """
version: 1
default_calendar: always
directory:
  teams:
    specialists: {members_from: {zendesk: Tier 2 Specialists}}
    desk: {members: [{id: eve, name: Eve}]}
  people:
    - {id: ada, name: Ada Byron, skills: [billing], level: 3, accounts: {zendesk: "901", jira: ada-7}}
  roles:
    manager: {members: [eve], members_from: {jira: escalation-managers}}
    lead: {teams: [specialists]}
  raci: {R: [desk], A: manager}
commands: {allow: {accept: [manager], decline: [lead]}}
tiers: [{id: t1, name: Tier 1, tag: esc_t1}]
rules:
  - {id: go, description: Go, when: {now: {staffed: specialists}}, assign: {team: specialists}, escalate_to: t1}
"""


def read(*rosters: Roster) -> Policy:
    return load_policy({"policy.yaml": POLICY}, {roster.group: roster for roster in rosters})


def accept(person: str | None, at: datetime, verb: str = "accept") -> Act:
    return Act(key="comment:1:0", at=at, verb=verb, side=Side.AGENT, via=Via.COMMENT, person=person)


def test_the_people_of_a_group_are_the_members_of_the_team() -> None:
    team = read(first_roster(SPECIALISTS, [ADA, BEN], START)).directory.teams["specialists"]
    assert [person.name for person in team.members] == ["Ada Byron", "Ben"]


def test_what_the_file_says_of_somebody_counts_in_the_group() -> None:
    directory = read(first_roster(SPECIALISTS, [BEN, ADA], START)).directory
    errand = Errand(
        team=directory.teams["specialists"], at=START, helpdesk="zendesk", profile=Profile(skills={"billing"})
    )
    choice = pick(directory, errand)
    assert choice.person is directory.people["ada"]
    assert [(passed.person, passed.why) for passed in choice.passed] == [("Ben", "lacks billing")]


def test_who_is_described_and_in_no_group_is_a_member_of_nothing() -> None:
    directory = read(first_roster(SPECIALISTS, [BEN], START)).directory
    assert not directory.is_one_of("ada", "specialists")
    assert directory.people["ada"].level == 3


def test_a_stranger_gets_an_id_that_nobody_else_has() -> None:
    text = POLICY.replace("{id: eve, name: Eve}", "{id: zendesk-902, name: Eve}").replace("[eve]", "[zendesk-902]")
    policy = load_policy({"policy.yaml": text}, {SPECIALISTS: first_roster(SPECIALISTS, [BEN], START)})
    found = policy.directory.person_of("zendesk", "902")
    assert found is not None
    assert (found.id, found.name) == ("zendesk-902-2", "Ben")


def test_a_role_is_had_by_the_people_of_its_group_and_by_those_whom_the_file_names() -> None:
    directory = read(first_roster(MANAGERS, [Member("ada-7", "Ada")], START)).directory
    assert [person.id for person in directory.people_of("manager")] == ["eve", "ada"]


def test_membership_does_not_change_the_policy_and_gives_the_directory_a_version() -> None:
    unread, one = read(), read(first_roster(SPECIALISTS, [ADA], START))
    two = read(first_roster(SPECIALISTS, [ADA, BEN], START))
    assert unread.hash == one.hash == two.hash
    assert len({unread.directory.version, one.directory.version, two.directory.version}) == 3
    assert unread.directory.version == ""


def test_reading_the_same_again_is_the_same_version() -> None:
    first = first_roster(SPECIALISTS, [ADA, BEN], START)
    again = first.reread([BEN, ADA], START + HOUR)
    assert version_of([first]) == version_of([again])
    assert again.read_at == START + HOUR


def test_who_left_the_group_keeps_what_they_did_and_can_do_no_more() -> None:
    roster = first_roster(SPECIALISTS, [ADA, BEN], START).reread([BEN], START + 3 * HOUR)
    policy = read(roster)
    assert refusal(policy, accept("ada", START + HOUR, "decline")) is None
    assert (
        refusal(policy, accept("ada", START + 3 * HOUR, "decline"))
        == "#decline does not count: it takes the role lead."
    )
    assert policy.directory.people["ada"].name == "Ada Byron"


def test_who_came_later_could_not_act_before() -> None:
    policy = read(first_roster(SPECIALISTS, [BEN], START).reread([BEN, ADA], START + HOUR))
    assert refusal(policy, accept("ada", START + HOUR, "decline")) is None
    assert refusal(policy, accept("ada", START, "decline")) is not None


def test_who_was_there_at_the_first_reading_counts_for_everything_before() -> None:
    policy = read(first_roster(SPECIALISTS, [ADA], START))
    assert refusal(policy, accept("ada", START - timedelta(days=90), "decline")) is None


def test_nobody_is_believed_before_the_group_was_read_and_the_answer_says_why() -> None:
    told = refusal(read(), accept("ada", START))
    assert told is not None
    assert "it is not known yet who is in the group 'escalation-managers' of jira" in told
    assert refusal(read(), accept("eve", START)) is None
    stranger = refusal(read(), accept(None, START))
    assert stranger is not None
    assert "'Tier 2 Specialists' of zendesk" in stranger


def test_an_unread_group_does_not_open_commands_to_everybody() -> None:
    text = """
version: 1
default_calendar: always
directory: {teams: {crew: {members_from: {zendesk: Crew}}}}
rules: [{id: go, description: Go, when: {tags: {contains: go}}, tags: [went]}]
"""
    policy = load_policy({"policy.yaml": text})
    assert not policy.directory.people
    assert refusal(policy, accept(None, START)) is not None


def test_a_deputy_stands_in_for_somebody_as_long_as_they_are_in_the_group() -> None:
    text = POLICY.replace("level: 3,", "level: 3, deputy: eve, absent: [{from: 2026-03-01, to: 2026-03-31}],")
    roster = first_roster(SPECIALISTS, [ADA], START).reread([], START + HOUR)
    directory = load_policy({"policy.yaml": text}, {SPECIALISTS: roster}).directory
    assert may(directory, "eve", ("lead",), START)
    assert not may(directory, "eve", ("lead",), START + HOUR)


def test_a_team_is_staffed_by_those_who_were_in_the_group_then() -> None:
    team = read(first_roster(SPECIALISTS, [ADA], START).reread([], START + HOUR)).directory.teams["specialists"]
    assert team_staffed(team, START).observed == "1 of 1 on duty"
    assert not team_staffed(team, START + HOUR).holds


def test_the_helpdesk_has_to_have_the_group() -> None:
    names = [(named.helpdesk, named.name, named.path) for named in read().names if named.kind is NameKind.PEOPLE_GROUP]
    assert names == [
        ("zendesk", "Tier 2 Specialists", "directory.teams.specialists.members_from.zendesk"),
        ("jira", "escalation-managers", "directory.roles.manager.members_from.jira"),
    ]


_MEMBERS = st.lists(st.sampled_from([ADA, BEN, CLEO]), unique=True)


@given(readings=st.lists(_MEMBERS, min_size=1, max_size=6))
def test_at_every_reading_exactly_those_were_there_whom_it_found(readings: list[list[Member]]) -> None:
    roster = first_roster(SPECIALISTS, readings[0], START)
    for number, found in enumerate(readings[1:], 1):
        roster = roster.reread(found, START + number * HOUR)
    for number, found in enumerate(readings):
        for at in (START + number * HOUR, START + (number + 1) * HOUR - timedelta(microseconds=1)):
            there = {stay.account for stay in roster.stays if stay.covers(at)}
            assert there == {member.account for member in found}
            era = read(roster).directory.at(at)
            assert {person.account("zendesk") for person in era.teams["specialists"].members} == there
            assert {person.account("zendesk") for person in era.people_of("lead")} == there
