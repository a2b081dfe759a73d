"""Ownership: people win, we take back only what is ours, and a plan that was carried out leaves nothing to plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CreateRemediation,
    LinkTicket,
    Notify,
    OpenLinked,
    PostComment,
    RemediationItem,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.decide import decide
from rules.ledger import Ledger, Override, Owned
from rules.ownership import RELEASE, after, observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import Link, Priority, StatusCategory, Ticket, TicketRef

MakeTicket = Callable[..., Ticket]
REF = TicketRef("zendesk", "35")
WHY: dict[str, Any] = {"on": REF, "because": "tier2", "rule": "tier:tier2"}
RELEASED = WHY | {"rule": RELEASE}
OURS = Ledger(
    ref=REF,
    tags=frozenset({"esc_t2"}),
    priority=Owned(ours="high", before="low"),
    group=Owned(ours="Specialists", before="Front desk"),
    fields={"escalation_tier": Owned(ours="two", before=None)},
)
AS_WE_LEFT_IT: dict[str, Any] = {
    "tags": frozenset({"esc_t2"}),
    "priority": Priority.HIGH,
    "group": "Specialists",
    "fields": {"escalation_tier": "two"},
}


def test_a_ticket_as_we_left_it_shows_no_person_s_hand(make_ticket: MakeTicket, monday: datetime) -> None:
    seen = observe(OURS, make_ticket(**AS_WE_LEFT_IT), monday)
    assert (seen.ledger, seen.notes) == (OURS, ())


@pytest.mark.parametrize(
    ("theirs", "part", "wanted"),
    [
        ({"tags": frozenset()}, "tag:esc_t2", True),
        ({"priority": Priority.NORMAL}, "priority", "high"),
        ({"priority": Priority.URGENT}, "priority", "high"),
        ({"group": "Billing"}, "group", "Specialists"),
        ({"group": None}, "group", "Specialists"),
        ({"fields": {}}, "field:escalation_tier", "two"),
    ],
)
def test_what_people_change_is_theirs_from_then_on(
    theirs: dict[str, Any], part: str, wanted: Any, make_ticket: MakeTicket, monday: datetime
) -> None:
    seen = observe(OURS, make_ticket(**(AS_WE_LEFT_IT | theirs)), monday)
    assert seen.ledger.overrides == {part: Override(wanted=wanted, seen_at=monday)}
    assert len(seen.notes) == 1
    assert "somebody" in seen.notes[0]
    # No longer owned, and the rest still is.
    kept = (seen.ledger.tags, seen.ledger.priority, seen.ledger.group, seen.ledger.fields)
    assert sum(bool(value) for value in kept) == 3


def test_nothing_is_read_into_a_deleted_ticket(make_ticket: MakeTicket, monday: datetime) -> None:
    assert observe(OURS, make_ticket(status=StatusCategory.DELETED), monday).ledger == OURS


def test_a_write_that_is_not_confirmed_cannot_look_like_a_person_s_act(
    make_ticket: MakeTicket, monday: datetime
) -> None:
    """The ledger gains a value only by `after`: a lost write leaves the ticket as it was, and nobody is blamed."""
    assert observe(Ledger(ref=REF), make_ticket(), monday).notes == ()


WRITES: tuple[Change, ...] = (
    AddTags(**WHY, tags=("esc_t2", "hot")),
    SetPriority(**WHY, priority=Priority.HIGH, was=Priority.LOW),
    Assign(**WHY, group="Specialists", was="Front desk"),
    SetField(**WHY, field="escalation_tier", value="two", was=None),
    PostComment(**WHY, key="tier:tier2:1", body="Hello"),
)


def test_after_a_write_the_ledger_owns_it_and_remembers_what_was_there(monday: datetime) -> None:
    assert after(Ledger(ref=REF), WRITES, {}, {}, monday) == replace(
        OURS, tags=frozenset({"esc_t2", "hot"}), comments={"tier:tier2:1": monday}
    )


def test_a_second_raise_still_remembers_what_people_had_set(monday: datetime) -> None:
    raised = after(OURS, [SetPriority(**WHY, priority=Priority.URGENT, was=Priority.HIGH)], {}, {}, monday)
    assert raised.priority == Owned(ours="urgent", before="low")
    # … but a value that people set in between is what counts as theirs.
    over = after(OURS, [SetPriority(**WHY, priority=Priority.URGENT, was=Priority.NORMAL)], {}, {}, monday)
    assert over.priority == Owned(ours="urgent", before="normal")


def test_what_is_put_back_is_ours_no_more(monday: datetime) -> None:
    undo: tuple[Change, ...] = (
        RemoveTags(**RELEASED, tags=("esc_t2",)),
        SetPriority(**RELEASED, priority=Priority.LOW, was=Priority.HIGH),
        Assign(**RELEASED, group="Front desk", was="Specialists"),
        SetField(**RELEASED, field="escalation_tier", value=None, was="two"),
    )
    assert after(OURS, undo, {}, {}, monday) == Ledger(ref=REF)


@pytest.mark.parametrize(
    ("refused", "parts"),
    [
        ({"priority": "no"}, {"priority"}),
        ({"group": "no"}, {"group"}),
        ({"tags": "no"}, {"tag:esc_t2", "tag:hot"}),
        ({"tag:hot": "no"}, {"tag:hot"}),
        ({"escalation_tier": "no"}, {"field:escalation_tier"}),
        ({"field:escalation_tier": "no"}, {"field:escalation_tier"}),
    ],
)
def test_what_the_helpdesk_refused_is_not_ours_and_not_asked_again(
    refused: Mapping[str, str], parts: set[str], monday: datetime
) -> None:
    ledger = after(Ledger(ref=REF), WRITES, {}, refused, monday)
    assert set(ledger.overrides) == parts
    owned = {f"tag:{tag}" for tag in ledger.tags} | {f"field:{name}" for name in ledger.fields}
    owned |= {"priority"} if ledger.priority else set()
    owned |= {"group"} if ledger.group else set()
    assert owned == {"tag:esc_t2", "tag:hot", "priority", "group", "field:escalation_tier"} - parts


def test_tickets_that_were_created_are_remembered_by_their_occasion(monday: datetime) -> None:
    ops, sub = TicketRef("jira", "1"), TicketRef("jira", "2")
    opening = OpenLinked(**WHY, key="open:tier3:1", helpdesk="jira", project="OPS", type="Task", subject="S", body="B")
    items = tuple(RemediationItem(key=key, title=key, body="") for key in ("tier3:1:find", "tier3:1:fix"))
    work = CreateRemediation(on=ops, because="x", rule="y", items=items)
    tie: dict[str, Any] = {"because": "x", "rule": "y", "kind": "tracked_by", "key": "", "title": "", "url": ""}
    ties = (LinkTicket(on=REF, to=ops, **tie), LinkTicket(on=ops, to=REF, **tie))
    created = {"open:tier3:1": ops, "tier3:1:find": sub}
    ledger = after(Ledger(ref=REF), (opening, work, *ties), created, {"tier3:1:fix": "no"}, monday)
    assert ledger.opened == {"open:tier3:1": ops}
    assert ledger.remediation == {"tier3:1:find": sub}
    assert set(ledger.overrides) == {"tier3:1:fix"}
    assert ledger.links == {"tracked_by:jira:1", "tracked_by:jira:1:back"}


# ── A small helpdesk that does what it is told ─────────────────────────────────────────────────────────────────────


class Desk:
    """One ticket in a helpdesk, its people, and Escalade visiting it."""

    def __init__(self, policy: Policy, ticket: Ticket) -> None:
        self.policy = policy
        self.ticket = ticket
        self.ledger = Ledger(ref=ticket.ref)
        self.now = ticket.created_at
        self.notes: list[str] = []
        self.notices: list[str] = []
        self.created = 0

    def visit(self) -> Plan:
        made = self._plan()
        self._carry_out(made)
        if any(isinstance(change, OpenLinked) for change in made.changes):
            self._carry_out(self._plan())
        return made

    def _plan(self) -> Plan:
        self.ledger = observe(self.ledger, self.ticket, self.now).ledger
        decision = decide(self.policy, self.ticket, None, None, self.ledger, self.now)
        return plan(self.ticket, decision, self.ledger, self.policy, 0, self.now)

    def _carry_out(self, made: Plan) -> None:
        created: dict[str, TicketRef] = {}
        for change in made.changes:
            self._write(change, created)
        self.ledger = after(made.ledger, made.changes, created, {}, self.now)

    def _write(self, change: Change, created: dict[str, TicketRef]) -> None:
        ticket = self.ticket
        match change:
            case AddTags():
                assert not ticket.tags & set(change.tags)
                self.ticket = replace(ticket, tags=ticket.tags | set(change.tags))
            case RemoveTags():
                assert ticket.tags >= set(change.tags)
                self.ticket = replace(ticket, tags=ticket.tags - set(change.tags))
            case SetPriority():
                assert change.was == ticket.priority != change.priority
                self.ticket = replace(ticket, priority=change.priority)
            case Assign():
                assert change.was == ticket.group != change.group
                self.ticket = replace(ticket, group=change.group)
            case AssignPerson():
                assert change.was == ticket.assignee != change.person
                self.ticket = replace(ticket, assignee=change.person)
            case Transition():
                assert change.was == ticket.status_name != change.status
                assert change.was_category == ticket.status
                self.ticket = replace(ticket, status=StatusCategory(change.status), status_name=change.status)
            case SetField():
                assert change.was == ticket.fields.get(change.field) != change.value
                self.ticket = replace(ticket, fields=ticket.fields | {change.field: change.value})
            case PostComment():
                assert change.key not in self.notes
                self.notes.append(change.key)
            case Notify():
                assert change.key not in self.notices
                self.notices.append(change.key)
            case CreateRemediation():
                created |= {item.key: self._new() for item in change.items}
            case OpenLinked():
                created[change.key] = self._new()
            case LinkTicket() if change.on == ticket.ref:
                self.ticket = replace(ticket, links=(*ticket.links, Link(to=change.to, kind=change.kind)))
            case LinkTicket():
                assert change.to == ticket.ref

    def _new(self) -> TicketRef:
        self.created += 1
        return TicketRef("jira", str(self.created))

    def people(self, **changed: Any) -> None:
        self.ticket = replace(self.ticket, **changed)


TAG_SETS = st.frozensets(st.sampled_from(["production_down", "vip", "esc_t1", "esc_t3", "hot"]))
ACTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 80)),
    st.tuples(st.just("priority"), st.sampled_from([None, *Priority])),
    st.tuples(st.just("group"), st.sampled_from([None, "Front desk", "Specialists"])),
    st.tuples(st.just("tags"), TAG_SETS),
    st.tuples(
        st.just("fields"),
        st.dictionaries(
            st.sampled_from(["impact", "urgency", "escalation_tier"]), st.sampled_from(["low", "high", "two"])
        ),
    ),
    st.tuples(st.just("assignee"), st.sampled_from([None, "11", "13"])),
    st.tuples(
        st.just("status"),
        st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.HOLD, StatusCategory.SOLVED]),
    ),
)


def _act(desk: Desk, acts: Sequence[tuple[str, Any]]) -> None:
    for what, value in acts:
        if what == "wait":
            desk.now += timedelta(hours=value)
        elif what == "status":
            desk.people(status=value, status_name=value.value)
        else:
            desk.people(**{what: value})


@pytest.mark.capability("L12")
@settings(max_examples=300, deadline=None)
@given(rounds=st.lists(st.lists(ACTS, min_size=1, max_size=3), min_size=1, max_size=8))
@pytest.mark.parametrize("which", ["policy", "setting_policy"])
def test_whatever_people_do_in_between_the_second_run_does_nothing(
    rounds: list[list[tuple[str, Any]]], which: str, request: pytest.FixtureRequest, make_ticket: MakeTicket
) -> None:
    desk = Desk(request.getfixturevalue(which), make_ticket(group="Front desk", status_name="open"))
    for acts in rounds:
        _act(desk, acts)
        desk.visit()
        kept = desk.ledger
        assert desk.visit().changes == ()
        assert desk.ledger.says_what(kept)


@pytest.mark.capability("L12")
@settings(max_examples=200, deadline=None)
@given(rounds=st.lists(st.lists(ACTS, min_size=1, max_size=3), min_size=1, max_size=6))
@pytest.mark.parametrize("which", ["policy", "setting_policy"])
def test_what_people_set_after_our_write_is_still_there_after_our_next_visit(
    rounds: list[list[tuple[str, Any]]], which: str, request: pytest.FixtureRequest, make_ticket: MakeTicket
) -> None:
    desk = Desk(request.getfixturevalue(which), make_ticket(group="Front desk", status_name="open"))
    for acts in rounds:
        _act(desk, acts)
        desk.visit()
    ours, escalation = desk.ledger, desk.ledger.escalation
    # People take away all that is ours, at an instant at which nothing else happens.
    theirs = {"status": StatusCategory.PENDING, "status_name": "pending", "assignee": "99"}
    desk.people(tags=desk.ticket.tags - ours.tags, group="Billing", priority=Priority.LOW, **theirs)
    seen = desk.ticket
    desk.visit()
    if desk.ledger.escalation == escalation:
        assert not desk.ticket.tags & ours.tags
        assert desk.ticket.group == seen.group or ours.group is None
        assert desk.ticket.priority == seen.priority or ours.priority is None
        assert desk.ticket.assignee == seen.assignee or ours.assignee is None
        assert desk.ticket.status_name == seen.status_name or ours.status is None


@settings(max_examples=200, deadline=None)
@given(hours=st.lists(st.integers(1, 100), max_size=6), tags=TAG_SETS, priority=st.sampled_from(Priority))
def test_a_solved_ticket_that_nobody_touched_is_as_it_was_before_us(
    hours: list[int], tags: frozenset[str], priority: Priority, policy: Policy, make_ticket: MakeTicket
) -> None:
    before = make_ticket(group="Front desk", tags=tags, priority=priority, fields={"impact": "high", "urgency": "high"})
    desk = Desk(policy, before)
    for wait in hours:
        desk.visit()
        desk.now += timedelta(hours=wait)
    desk.people(status=StatusCategory.SOLVED, status_name="solved")
    desk.visit()
    assert desk.ticket.tags == before.tags
    assert desk.ticket.priority == before.priority
    assert {name: value for name, value in desk.ticket.fields.items() if value is not None} == before.fields
    assert desk.ledger.tags == frozenset()
    assert desk.ledger.priority is None


@pytest.mark.parametrize(
    ("change", "refused", "part"),
    [
        (SetPriority(**WHY, priority=Priority.LOW, was=Priority.HIGH), "priority", "priority"),
        (Assign(**WHY, group="Front desk", was="Specialists"), "group", "group"),
        (SetField(**WHY, field="escalation_tier", value=None, was="two"), "field:escalation_tier", "fields"),
    ],
    ids=["priority", "group", "field"],
)
def test_what_a_helpdesk_does_not_let_us_give_back_is_no_longer_ours_and_not_tried_for_ever(
    change: Change, refused: str, part: str, monday: datetime
) -> None:
    ledger = after(OURS, [change], {}, {refused: "is not on the screen"}, monday)
    assert not getattr(ledger, part)


def test_a_climb_that_the_helpdesk_refuses_leaves_us_what_we_had(monday: datetime) -> None:
    change = SetPriority(**WHY, priority=Priority.URGENT, was=Priority.HIGH)
    ledger = after(OURS, [change], {}, {"priority": "is not on the screen"}, monday)
    assert ledger.priority == OURS.priority


@pytest.mark.parametrize("part", [name for name in Ledger.__struct_fields__ if name != "ref"])
def test_a_ledger_is_blank_until_anything_stands_in_it(part: str) -> None:
    blank = Ledger(ref=TicketRef("desk", "1"))
    assert blank.is_blank
    assert not replace(blank, **{part: "anything"}).is_blank
