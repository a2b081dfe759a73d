"""plan: only the difference is written, only what is ours is taken back, and the second run does nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from rules.change import (
    AddTags,
    Assign,
    CreateRemediation,
    LinkTicket,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
)
from rules.decide import decide
from rules.ledger import Escalation, Ledger, Override, Owned
from rules.ownership import observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import Link, LinkKind, Priority, StatusCategory, Ticket, TicketRef

MakeTicket = Callable[..., Ticket]
OPS_1 = TicketRef("jira", "10001")
DOWN = frozenset({"production_down"})


def planned(policy: Policy, ticket: Ticket, ledger: Ledger | None = None, hours: float = 0, said: int = 0) -> Plan:
    ledger = ledger or Ledger(ref=ticket.ref)
    now = ticket.created_at + timedelta(hours=hours)
    return plan(ticket, decide(policy, ticket, None, None, ledger, now), ledger, policy, said, now)


def kinds(made: Plan) -> list[str]:
    return [type(change).__name__ for change in made.changes]


def stands_in(tier: str, since: datetime, **more: Any) -> Ledger:
    stands = Escalation(tier=tier, entered_at=since, because="rule:stale", since=since)
    said = {f"tier:{tier}:1": since}
    return Ledger(ref=TicketRef("zendesk", "35"), escalation=stands, episodes=1, comments=said, **more)


def test_entry_into_a_tier_writes_everything_at_once_with_its_reason(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(fields={"impact": "high", "urgency": "high"}, group="Front desk")
    made = planned(policy, ticket)
    assert kinds(made) == ["AddTags", "SetPriority", "Assign", "SetField", "PostComment"]
    tags, priority, group, field, note = made.changes
    assert isinstance(tags, AddTags)
    assert tags.tags == ("esc_t2",)
    assert isinstance(priority, SetPriority)
    assert (priority.priority, priority.was) == (Priority.URGENT, Priority.NORMAL)
    assert isinstance(group, Assign)
    assert (group.group, group.was) == ("Specialists", "Front desk")
    assert isinstance(field, SetField)
    assert (field.field, field.value, field.was) == ("escalation_tier", "two", None)
    assert isinstance(note, PostComment)
    assert (note.key, note.public) == ("tier:tier2:1", False)
    assert all(change.because and change.rule for change in made.changes)
    assert made.ledger.escalation is not None
    assert made.ledger.tags == frozenset()


def test_a_ticket_that_is_as_it_should_be_gets_nothing(policy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(policy, make_ticket())
    assert (made.changes, made.skipped) == ((), ())
    assert made.ledger == Ledger(ref=made.ref)


def test_a_tag_that_people_put_on_is_neither_added_nor_owned_nor_removed(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ticket = make_ticket(tags=frozenset({"esc_t1"}), priority=Priority.HIGH)
    assert "AddTags" not in kinds(planned(policy, ticket, stands_in("tier1", monday)))
    solved = replace(ticket, status=StatusCategory.SOLVED)
    assert kinds(planned(policy, solved, stands_in("tier1", monday))) == []


def test_a_floor_never_lowers_what_people_set(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    made = planned(policy, make_ticket(priority=Priority.URGENT), stands_in("tier2", monday))
    assert "SetPriority" not in kinds(made)


def test_release_takes_back_what_is_ours_and_restores_what_was_there(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ticket = make_ticket(
        status=StatusCategory.SOLVED,
        priority=Priority.HIGH,
        group="Specialists",
        tags=frozenset({"esc_t2", "vip"}),
        fields={"escalation_tier": "two"},
    )
    ledger = stands_in(
        "tier2",
        monday,
        tags=frozenset({"esc_t2"}),
        priority=Owned(ours="high", before="low"),
        group=Owned(ours="Specialists", before="Front desk"),
        fields={"escalation_tier": Owned(ours="two", before=None)},
    )
    made = planned(policy, ticket, ledger)
    assert kinds(made) == ["RemoveTags", "SetPriority", "SetField"]
    tags, priority, field = made.changes
    assert isinstance(tags, RemoveTags)
    assert tags.tags == ("esc_t2",)
    assert isinstance(priority, SetPriority)
    assert priority.priority is Priority.LOW
    assert isinstance(field, SetField)
    assert field.value is None
    # Who solved it keeps it.
    assert made.ledger.group is None
    assert made.ledger.escalation is None


def test_de_escalation_hands_an_open_ticket_back(
    ladder_text: str, policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    lenient = policy_of(ladder_text + "release: {when_nothing_holds: true}\n")
    ledger = stands_in("tier2", monday, group=Owned(ours="Specialists", before="Front desk"))
    (change,) = planned(lenient, make_ticket(group="Specialists"), ledger).changes
    assert isinstance(change, Assign)
    assert (change.group, change.was) == ("Front desk", "Specialists")


def test_a_floor_that_sinks_goes_back_as_far_as_people_had_set(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ledger = stands_in("tier2", monday, priority=Owned(ours="urgent", before="normal"), fields={})
    ticket = make_ticket(priority=Priority.URGENT, group="Specialists", fields={"escalation_tier": "two"})
    change = planned(policy, ticket, ledger).changes[1]
    assert isinstance(change, SetPriority)
    assert (change.priority, change.was) == (Priority.HIGH, Priority.URGENT)


def test_a_priority_that_nobody_had_set_is_left_and_said_so(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(status=StatusCategory.SOLVED, priority=Priority.URGENT)
    ledger = Ledger(ref=ticket.ref, priority=Owned(ours="urgent", before=None))
    made = planned(policy, ticket, ledger)
    assert made.changes == ()
    assert [skipped.what for skipped in made.skipped] == ["priority"]


def test_a_priority_outside_the_mapping_is_never_overwritten(policy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(policy, make_ticket(tags=DOWN, priority=None, priority_name="Meltdown"))
    assert "SetPriority" not in kinds(made)
    assert "'Meltdown' is not mapped" in made.skipped[0].why
    assert "SetPriority" in kinds(planned(policy, make_ticket(tags=DOWN, priority=None)))


@pytest.mark.parametrize(
    ("part", "wanted", "kind"),
    [
        ("tag:esc_t2", True, "AddTags"),
        ("priority", "high", "SetPriority"),
        ("group", "Specialists", "Assign"),
        ("field:escalation_tier", "two", "SetField"),
    ],
)
def test_what_people_undid_is_not_fought_while_the_wish_is_the_same(  # noqa: PLR0917 - a table row and three fixtures
    part: str, wanted: Any, kind: str, policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ledger = stands_in("tier2", monday, overrides={part: Override(wanted=wanted, seen_at=monday)})
    made = planned(policy, make_ticket(), ledger)
    assert kind not in kinds(made)
    assert len(made.changes) == 3
    assert "somebody decided otherwise, seen at 2026-03-02 09:00 UTC" in made.skipped[0].why
    assert part in made.ledger.overrides


def test_another_wish_is_a_new_decision(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    stood_back = {
        "priority": Override(wanted="high", seen_at=monday),
        "tag:esc_t2": Override(wanted=True, seen_at=monday),
    }
    made = planned(policy, make_ticket(tags=DOWN), stands_in("tier2", monday, overrides=stood_back))
    assert "SetPriority" in kinds(made)
    assert made.ledger.overrides == {}


@pytest.mark.parametrize(
    ("theirs", "undone", "part"),
    [
        ({"priority": Priority.URGENT}, {"priority": Priority.NORMAL}, "priority"),
        ({"tags": frozenset({"esc_t2"})}, {"tags": frozenset()}, "tag:esc_t2"),
        ({"fields": {"escalation_tier": "two"}}, {"fields": {"escalation_tier": "one"}}, "field:escalation_tier"),
    ],
)
def test_what_people_had_right_and_then_undo_is_not_put_back_by_us(  # noqa: PLR0917 - a table row, three fixtures
    policy: Policy,
    make_ticket: MakeTicket,
    monday: datetime,
    theirs: dict[str, Any],
    undone: dict[str, Any],
    part: str,
) -> None:
    right = {"priority": Priority.HIGH, "tags": frozenset({"esc_t2"}), "fields": {"escalation_tier": "two"}}
    found = make_ticket(**{**right, **theirs}, group="Specialists")
    kept = planned(policy, found, stands_in("tier2", monday)).ledger
    assert part in kept.met
    seen = observe(kept, make_ticket(**{**right, **undone}, group="Specialists"), monday)
    assert len(seen.notes) == 1
    assert part in seen.ledger.overrides
    assert kinds(planned(policy, make_ticket(**{**right, **undone}, group="Specialists"), seen.ledger)) == []


def test_the_group_is_set_on_entry_and_then_left_to_people(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    entered = planned(policy, make_ticket(group="Specialists"), stands_in("tier2", monday))
    assert "Assign" not in kinds(entered)
    # The group was in place already, which counts as entered: a move away is seen as a person's, not corrected.
    assert entered.ledger.group == Owned(ours="Specialists", before="Specialists")


@pytest.mark.parametrize(
    "changed",
    [
        {"status": StatusCategory.CLOSED},
        {"status": StatusCategory.DELETED},
        {"frozen_because": "the project is archived"},
    ],
)
def test_a_locked_ticket_is_left_alone_with_the_reason(
    changed: dict[str, Any], policy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=DOWN | {"hot"}, **changed)
    made = planned(policy, ticket, Ledger(ref=ticket.ref, tags=frozenset({"hot"})))
    assert made.changes == ()
    assert [(skipped.what, skipped.why) for skipped in made.skipped] == [
        ("every change", ticket.frozen_because or f"the ticket is {ticket.status}")
    ]


def test_notes_beyond_the_hourly_limit_wait_an_hour(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=DOWN)
    free, held = planned(policy, ticket, said=2), planned(policy, ticket, said=3)
    assert "PostComment" in kinds(free)
    assert "PostComment" not in kinds(held)
    assert [skipped.what for skipped in held.skipped] == ["note tier:tier3:1"]
    assert held.wake_at == ticket.created_at + timedelta(hours=1)
    assert held.wake_because == "notes were held back"


# ── The tracker ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_tracker_ticket_one_is_opened_and_nothing_else(policy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(policy, make_ticket(tags=DOWN))
    opening = made.changes[-1]
    assert isinstance(opening, OpenLinked)
    assert (opening.key, opening.helpdesk, opening.project, opening.type) == ("open:tier3:1", "jira", "OPS", "Task")
    assert "CreateRemediation" not in kinds(made)


def test_below_a_ticket_that_people_linked_the_work_is_created(policy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(policy, make_ticket(tags=DOWN, links=(Link(to=OPS_1, kind=LinkKind.TRACKED_BY),)))
    assert "OpenLinked" not in kinds(made)
    assert "LinkTicket" not in kinds(made)
    work = made.changes[-1]
    assert isinstance(work, CreateRemediation)
    assert work.on == OPS_1
    assert [(item.key, item.title, str(item.due_on), item.tags) for item in work.items] == [
        ("tier3:1:find", "Find the cause of 35", "2026-03-03", ()),
        ("tier3:1:fix", "Fix it", "None", ("fix",)),
    ]


def test_a_ticket_of_the_tracker_itself_gets_the_work_below_it(policy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(policy, make_ticket(ref=OPS_1, tags=DOWN))
    work = made.changes[-1]
    assert isinstance(work, CreateRemediation)
    assert work.on == OPS_1


def test_what_we_opened_is_tied_both_ways_once_and_gets_the_missing_work(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ledger = stands_in(
        "tier3", monday, opened={"open:tier3:1": OPS_1}, remediation={"tier3:1:find": TicketRef("jira", "7")}
    )
    ties = [change for change in planned(policy, make_ticket(), ledger).changes if isinstance(change, LinkTicket)]
    assert [(tie.on, tie.to) for tie in ties] == [
        (TicketRef("zendesk", "35"), OPS_1),
        (OPS_1, TicketRef("zendesk", "35")),
    ]
    work = planned(policy, make_ticket(), ledger).changes[-1]
    assert isinstance(work, CreateRemediation)
    assert [item.key for item in work.items] == ["tier3:1:fix"]
    # A tie that people cut stays cut.
    tied = replace(ledger, links=frozenset({"tracked_by:jira:10001", "tracked_by:jira:10001:back"}))
    assert "LinkTicket" not in kinds(planned(policy, make_ticket(), tied))


def test_a_tie_that_is_there_already_is_not_made_again(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ledger = stands_in("tier3", monday, opened={"open:tier3:1": OPS_1})
    ticket = make_ticket(links=(Link(to=OPS_1, kind=LinkKind.TRACKED_BY),))
    ties = [change for change in planned(policy, ticket, ledger).changes if isinstance(change, LinkTicket)]
    assert [tie.on for tie in ties] == [OPS_1]


@pytest.mark.parametrize("refused", ["open:tier3:1", "tier3:1:find"])
def test_what_the_tracker_refused_is_not_asked_again(
    refused: str, policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ledger = stands_in("tier3", monday, overrides={refused: Override(wanted=True, seen_at=monday)})
    alone = planned(policy, make_ticket(), ledger)
    assert ("OpenLinked" in kinds(alone)) is (refused != "open:tier3:1")
    linked = planned(policy, make_ticket(links=(Link(to=OPS_1, kind=LinkKind.TRACKED_BY),)), ledger)
    work = linked.changes[-1]
    assert isinstance(work, CreateRemediation)
    assert ("tier3:1:find" in [item.key for item in work.items]) is (refused != "tier3:1:find")
    assert refused in alone.ledger.overrides


def test_ties_show_the_tracker_ticket_s_names_where_they_are_known(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    ticket = make_ticket()
    ledger = stands_in("tier3", monday, opened={"open:tier3:1": OPS_1})
    decision = decide(policy, ticket, None, None, ledger, monday)
    there = make_ticket(ref=OPS_1, key="OPS-1", url="https://jira.example/browse/OPS-1", subject="Export")
    made = plan(ticket, decision, ledger, policy, 0, monday, trackers={OPS_1: there})
    tie = next(change for change in made.changes if isinstance(change, LinkTicket))
    assert (tie.key, tie.title, tie.url) == ("OPS-1", "Export", "https://jira.example/browse/OPS-1")


# ── The fingerprint and the file ───────────────────────────────────────────────────────────────────────────────────


def test_the_fingerprint_knows_the_version_and_the_change_but_not_the_wording(
    ladder_text: str, policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    timely = policy_of(ladder_text.replace('entered: "', 'entered: "{{ now }} '))
    ticket, ledger = make_ticket(), stands_in("tier1", monday)
    one, later = planned(timely, ticket, ledger, hours=9), planned(timely, ticket, ledger, hours=10)
    assert one.changes != later.changes
    assert one.fingerprint == later.fingerprint
    reworded = policy_of(ladder_text.replace("Production is down", "The plant stands still"))
    down = make_ticket(tags=DOWN)
    assert planned(reworded, down).changes != planned(timely, down).changes
    assert planned(reworded, down).fingerprint == planned(timely, down).fingerprint
    edited = planned(timely, replace(ticket, version="2"), ledger, hours=9)
    other = planned(timely, ticket, stands_in("tier2", monday), hours=9)
    assert len({one.fingerprint, edited.fingerprint, other.fingerprint}) == 3


def test_a_plan_survives_a_file(policy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(policy, make_ticket(tags=DOWN))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made
