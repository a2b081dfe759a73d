"""The directory: who is on duty and until when, who takes a ticket and why not the others, which group owns a tier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.choice import Errand, Passed, Profile, pick
from rules.decide import decide
from rules.directory import Directory
from rules.duty import person_on_duty, team_staffed
from rules.explain import decision_text
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import Ticket

#: The least time that there is.
INSTANT = timedelta(microseconds=1)

MakeTicket = Callable[..., Ticket]

POLICY = """
version: 1
default_calendar: london
calendars:
  london: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
  york: {zone: America/New_York, week: {mon-fri: ["09:00-17:00"]}}
directory:
  teams:
    specialists:
      groups: {zendesk: [Specialists, Old Specialists], jira: specialists}
      members:
        - id: ada
          name: Ada
          skills: [billing, export]
          region: emea
          level: 3
          absent: [{from: 2026-03-03, to: 2026-03-04}, {from: 2026-03-09, to: 2026-03-09}]
          deputy: cleo
          accounts: {zendesk: "901"}
        - {id: bob, name: Bob, skills: [export], region: emea, deputy: dan}
    night:
      calendar: york
      groups: {zendesk: Night Shift}
      members:
        - {id: cleo, name: Cleo, skills: [billing, export], region: amer, level: 2, deputy: ada}
        - {id: dan, name: Dan, calendar: london, level: 2, deputy: cleo}
    watch:
      calendar: always
      members: [{id: eve, name: Eve, absent: [{from: 2026-03-05, to: 2026-03-05}, {from: 2026-03-10, to: 2026-03-12}]}]
    pool:
      calendar: always
      groups: {zendesk: Pool}
  roles:
    duty-manager: {members: [cleo], teams: [specialists]}
tiers:
  - {id: one, name: One, tag: one, timeout: 4h, groups: {zendesk: Desk}}
  - {id: two, name: Two, tag: two, groups: {zendesk: [Specialists, Night Shift]}}
rules:
  - {id: go, description: Go, when: {tags: {contains: go}}, escalate_to: two}
  - {id: slow, description: Slow, when: {tags: {contains: slow}}, escalate_to: one}
  - {id: alone, description: Nobody there, when: {now: {unstaffed: specialists}}, tags: [alone]}
  - {id: there, description: Somebody there, when: {now: {staffed: night}}, tags: [there]}
"""


@pytest.fixture(scope="module")
def policy(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(POLICY)


@pytest.fixture(scope="module")
def directory(policy: Policy) -> Directory:
    return policy.directory


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in March 2026 (UTC, which is London's time until the 29th); the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("person", "when", "holds", "observed", "flips_at"),
    [
        ("ada", at(2, 8), False, "off duty (calendar london)", at(2, 9)),
        ("ada", at(2, 9), True, "on duty", at(2, 17)),
        ("ada", at(2, 17), False, "off duty (calendar london)", at(3, 9)),
        ("ada", at(3, 0), False, "absent until 2026-03-04", at(5, 0)),
        ("ada", at(4, 12), False, "absent until 2026-03-04", at(5, 0)),
        ("ada", at(5, 0), False, "off duty (calendar london)", at(5, 9)),
        ("ada", at(6, 12), True, "on duty", at(6, 17)),
        ("dan", at(2, 10), True, "on duty", at(2, 17)),
        ("eve", at(2, 12), True, "on duty", at(5, 0)),
        ("eve", at(6, 12), True, "on duty", at(10, 0)),
        ("eve", at(13, 0), True, "on duty", None),
        # New York opens at 14:00 London time, an hour earlier between the two changes of clocks.
        ("cleo", at(6, 13), False, "off duty (calendar york)", at(6, 14)),
        ("cleo", at(9, 13), True, "on duty", at(9, 21)),
    ],
)
def test_somebody_is_on_duty(  # noqa: PLR0917 - a row of the table and a fixture
    person: str, when: datetime, holds: bool, observed: str, flips_at: datetime | None, directory: Directory
) -> None:
    verdict = person_on_duty(directory.people[person], when)
    assert (verdict.holds, verdict.observed, verdict.flips_at) == (holds, observed, flips_at)


@pytest.mark.parametrize(
    ("team", "when", "holds", "observed", "flips_at"),
    [
        ("specialists", at(2, 9), True, "2 of 2 on duty", at(2, 17)),
        ("specialists", at(3, 9), True, "1 of 2 on duty", at(3, 17)),
        ("specialists", at(2, 17), False, "closed (calendar london)", at(3, 9)),
        # Dan works by London's hours, but his team does not open before New York.
        ("night", at(2, 10), False, "closed (calendar york)", at(2, 14)),
        ("night", at(2, 15), True, "2 of 2 on duty", at(2, 22)),
        ("pool", at(1, 3), True, "open (calendar always)", None),
    ],
)
def test_a_team_is_staffed(  # noqa: PLR0917 - a row of the table and a fixture
    team: str, when: datetime, holds: bool, observed: str, flips_at: datetime | None, directory: Directory
) -> None:
    verdict = team_staffed(directory.teams[team], when)
    assert (verdict.holds, verdict.observed, verdict.flips_at) == (holds, observed, flips_at)


@given(minutes=st.integers(0, 60 * 24 * 30), share=st.floats(0, 1, exclude_max=True))
def test_a_team_stays_staffed_or_not_until_the_instant_it_names(
    minutes: int, share: float, directory: Directory
) -> None:
    now = at(1, 0) + timedelta(minutes=minutes)
    for team in directory.teams.values():
        verdict = team_staffed(team, now)
        until = verdict.flips_at or now + timedelta(days=60)
        assert until > now
        for later in (min(now + (until - now) * share, until - INSTANT), until - INSTANT):
            assert team_staffed(team, later).holds is verdict.holds


# ── Who takes it ───────────────────────────────────────────────────────────────────────────────────────────────────


def chosen(directory: Directory, when: datetime, **asked: Any) -> str | None:
    team = directory.teams[asked.pop("team", "specialists")]
    load = asked.pop("load", {})
    errand = Errand(team=team, at=when, helpdesk="zendesk", profile=Profile(**asked), load=load)
    person = pick(directory, errand).person
    return None if person is None else person.id


@pytest.mark.capability("B15")
@pytest.mark.capability("C4")
@pytest.mark.parametrize(
    ("when", "asked", "wanted"),
    [
        (at(2, 10), {}, "ada"),
        (at(2, 10), {"load": {"901": 1}}, "bob"),
        (at(2, 10), {"load": {"901": 1, "bob": 1}}, "ada"),
        # Tickets of an id that nobody has in this helpdesk count for nobody.
        (at(2, 10), {"load": {"ada": 5}}, "ada"),
        (at(2, 10), {"load": {"901": 5}, "skills": ["billing"]}, "ada"),
        (at(2, 10), {"load": {"901": 5}, "minimum_level": 2}, "ada"),
        (at(2, 10), {"region": "amer"}, None),
        # Ada is away, and Cleo, who stands in for her, works in New York.
        (at(3, 10), {"skills": ["billing"]}, None),
        (at(3, 15), {"skills": ["billing"]}, "cleo"),
        (at(3, 15), {}, "bob"),
        # Everybody in London has gone home; Dan, too, who stands in for Bob, so only Ada's deputy is there.
        (at(2, 18), {}, "cleo"),
        (at(2, 23), {}, None),
        (at(2, 10), {"team": "pool"}, None),
    ],
)
def test_the_one_who_fits_and_has_least_to_do_takes_it(
    when: datetime, asked: dict[str, Any], wanted: str | None, directory: Directory
) -> None:
    assert chosen(directory, when, **asked) == wanted


def test_the_choice_tells_why_and_why_not_the_others(directory: Directory) -> None:
    specialists = directory.teams["specialists"]
    there = pick(directory, Errand(team=specialists, at=at(2, 10), helpdesk="zendesk", load={"901": 2, "bob": 1}))
    assert there.reason == "Bob is on duty with 1 open ticket"
    assert there.passed == (Passed("Ada", "has 2 open tickets"),)
    assert there.flips_at == at(2, 17)
    profile = Profile(skills=["billing"], minimum_level=2)
    away = pick(directory, Errand(team=specialists, at=at(3, 15), helpdesk="zendesk", profile=profile))
    assert away.reason == "Cleo is on duty with 0 open tickets and stands in for Ada"
    assert away.passed == (Passed("Ada", "absent until 2026-03-04"), Passed("Bob", "lacks billing"))
    nobody = pick(directory, Errand(team=specialists, at=at(2, 23), helpdesk="zendesk"))
    assert (nobody.person, nobody.reason) == (None, "nobody of specialists can take it")
    assert [passed.person for passed in nobody.passed] == ["Ada", "Bob", "Cleo", "Dan"]


@settings(max_examples=200)
@given(
    minutes=st.integers(0, 60 * 24 * 14),
    load=st.dictionaries(st.sampled_from(["901", "bob", "cleo", "dan"]), st.integers(0, 3)),
    skills=st.lists(st.sampled_from(["billing", "export"]), unique=True),
    level=st.integers(1, 3),
    share=st.floats(0, 1, exclude_max=True),
)
def test_whoever_is_chosen_can_do_it_and_nobody_better_was_left(  # noqa: PLR0917 - what is drawn, and a fixture
    minutes: int, load: dict[str, int], skills: list[str], level: int, share: float, directory: Directory
) -> None:
    now, profile = at(1, 0) + timedelta(minutes=minutes), Profile(skills=skills, minimum_level=level)
    for team in directory.teams.values():
        errand = Errand(team=team, at=now, helpdesk="zendesk", profile=profile, load=load)
        choice = pick(directory, errand)
        able = [
            member for member in team.members if person_on_duty(member, now).holds and profile.lacks(member) is None
        ]
        if able:
            assert choice.person in able
            least = min(load.get(member.account("zendesk"), 0) for member in able)
            assert load.get(choice.person.account("zendesk"), 0) == least
        elif choice.person is not None:
            assert choice.person not in team.members
            assert profile.lacks(choice.person) is None
        assert pick(directory, errand) == choice
        until = choice.flips_at or now + timedelta(days=30)
        later = pick(directory, Errand(team=team, at=min(now + (until - now) * share, until - INSTANT), helpdesk="zendesk", profile=profile, load=load))  # fmt: skip
        assert later.person == choice.person


def test_a_role_is_the_people_that_it_names_and_the_members_of_its_teams(directory: Directory) -> None:
    assert [person.id for person in directory.people_of("duty-manager")] == ["cleo", "ada", "bob"]


# ── Which group ────────────────────────────────────────────────────────────────────────────────────────────────────


def owner(policy: Policy, ticket: Ticket, when: datetime, ledger: Ledger | None = None) -> tuple[str | None, str]:
    desired = decide(policy, ticket, None, None, ledger or Ledger(ref=ticket.ref), when).desired
    return desired.group, desired.group_because


@pytest.mark.capability("B3")
@pytest.mark.parametrize(
    ("when", "group", "because"),
    [
        (at(2, 10), "Specialists", "Specialists owns Two"),
        (
            at(2, 18),
            "Night Shift",
            "Night Shift owns Two: Specialists was not there at 2026-03-02 18:00 UTC, closed (calendar london)",
        ),
        (
            at(7, 12),
            "Specialists",
            (
                "Specialists owns Two, though nobody was there: Specialists was not there at 2026-03-07 12:00 UTC, "
                "closed (calendar london); Night Shift was not there at 2026-03-07 12:00 UTC, closed (calendar york)"
            ),
        ),
    ],
)
def test_the_first_group_that_is_there_owns_the_tier(
    when: datetime, group: str, because: str, policy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"go"}), created_at=at(1, 0))
    assert owner(policy, ticket, when) == (group, because)


def test_the_group_is_chosen_on_entry_and_does_not_change_with_the_shifts(
    policy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"go"}), created_at=at(1, 0))
    entered = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), at(2, 18))
    ledger = Ledger(ref=ticket.ref, escalation=entered.escalation, episodes=1)
    for when in (at(2, 23), at(3, 10), at(4, 3)):
        assert owner(policy, ticket, when, ledger)[0] == "Night Shift"


def test_after_downtime_the_group_is_that_of_the_instant_at_which_the_tier_was_due(
    policy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"slow"}), created_at=at(1, 0))
    entered = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), at(2, 13))
    late = Ledger(ref=ticket.ref, escalation=entered.escalation, episodes=1)
    assert owner(policy, ticket, at(3, 3), late)[0] == "Night Shift"


def test_a_group_of_nobody_is_taken_as_it_comes(policy_of: Callable[[str], Policy], make_ticket: MakeTicket) -> None:
    policy = policy_of(POLICY.replace("[Specialists, Night Shift]", "Whoever"))
    assert owner(policy, make_ticket(tags=frozenset({"go"})), at(7, 12)) == ("Whoever", "Whoever owns Two")


def test_a_group_that_is_called_as_its_tier_is_named_once(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket
) -> None:
    policy = policy_of(POLICY.replace("[Specialists, Night Shift]", "Two"))
    assert owner(policy, make_ticket(tags=frozenset({"go"})), at(7, 12)) == ("Two", "Two owns its tier")


def test_rules_may_ask_whether_anybody_is_there(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(created_at=at(1, 0))
    story = {}
    for hour in (8, 9, 14, 17, 22):
        decision = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), at(2, hour))
        story[hour] = (sorted(decision.desired.tags), decision.wake_at)
    assert story == {
        8: (["alone"], at(2, 9)),
        9: ([], at(2, 14)),
        14: (["there"], at(2, 17)),
        17: (["alone", "there"], at(2, 22)),
        22: (["alone"], at(3, 9)),
    }
    text = decision_text(decide(policy, ticket, None, None, Ledger(ref=ticket.ref), at(3, 10)))
    assert "✗ now finds specialists unstaffed: 1 of 2 on duty; can change 2026-03-03 17:00 UTC" in text
    assert "✗ Ada is on duty: absent until 2026-03-04; can change 2026-03-05 00:00 UTC" in text


def test_a_person_s_later_choice_of_a_group_stays(policy: Policy, make_ticket: MakeTicket) -> None:
    """The wish does not change while the ticket is in the tier, so there is nothing to hand over anew."""
    ticket = make_ticket(tags=frozenset({"go"}), created_at=at(1, 0))
    entered = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), at(2, 10))
    ledger = Ledger(ref=ticket.ref, escalation=entered.escalation, episodes=1)
    moved = replace(ticket, group="Pool")
    assert owner(policy, moved, at(2, 18), ledger) == owner(policy, ticket, at(2, 10))
