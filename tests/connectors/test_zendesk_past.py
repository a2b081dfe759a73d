"""What Zendesk remembers of its tickets, read back and replayed: equal to what the account had, at every instant."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.base import Helpdesk
from connectors.errors import ConnectorError
from connectors.pasts import PastPage
from escalade.histories.rebuilt import rebuilt
from escalade.progress import QuietProgress
from rules.histories.event import EventKind, PastEvent
from rules.histories.lack import LackKind, summed
from rules.histories.life import Period
from rules.ticket import Side

Told = Callable[..., list[PastEvent]]


@pytest.fixture
def told(zendesk_desk: Any) -> Told:
    """The history of the account, some minutes after what happened last."""

    def read(
        helpdesk: Helpdesk | None = None, since: datetime | None = None, *, wait: int = 600, texts: bool = False
    ) -> list[PastEvent]:
        zendesk_desk.world.clock.advance(wait)
        until = zendesk_desk.now() - timedelta(seconds=min(wait, 120))
        opened = helpdesk or at_the_desks_time(zendesk_desk)
        return list(rebuilt({"zendesk": opened}, Period(since=since, until=until), QuietProgress(), texts=texts))

    return read


def at_the_desks_time(desk: Any, **options: Any) -> Helpdesk:
    """The account with our clock as its own: the emulator's time is virtual."""
    helpdesk: Any = desk.open(**options)
    helpdesk._http._clock = desk.world.clock.timestamp
    opened: Helpdesk = helpdesk
    return opened


def lacks_of(events: list[PastEvent]) -> dict[LackKind, int]:
    about = events[0].about
    assert about is not None
    return {lack.kind: lack.tickets for lack in about.lacks}


def state_of(desk: Any, ticket: Any) -> dict[str, Any]:
    """A ticket as a history writes it, straight from the account's own rows."""
    account = desk.account
    custom = {"severity": ticket.custom.get(desk.severity.id), "minutes_down": ticket.custom.get(desk.minutes.id)}
    return {
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "group": None if ticket.group_id is None else account.groups[ticket.group_id].name,
        "assignee": None if ticket.assignee_id is None else str(ticket.assignee_id),
        "account": None if ticket.organization_id is None else str(ticket.organization_id),
        "requester": str(ticket.requester_id),
        "tags": tuple(sorted(ticket.tags)),
        "type": ticket.type,
        "custom": {name: value for name, value in custom.items() if value is not None},
    }


def replayed(events: list[PastEvent]) -> Iterator[tuple[datetime, dict[str, dict[str, Any]]]]:
    """The fields of every ticket after every event, as a reader of the file has them."""
    states: dict[str, dict[str, Any]] = {}
    for event in events:
        fields = msgspec.structs.asdict(event.fields)
        states.setdefault(event.ticket, {}).update({k: v for k, v in fields.items() if v is not msgspec.UNSET})
        yield event.at, {ref: dict(state) for ref, state in states.items()}


def something(desk: Any, chance: random.Random, ticket: Any) -> None:
    """Somebody does something to a ticket, as Zendesk's rules allow."""
    agent = desk.agent.id
    group = desk.tier2.id
    changes: list[dict[str, Any]] = [
        {"priority": chance.choice(["low", "normal", "high", "urgent"])},
        {"status": chance.choice(["open", "pending", "hold"])},
        {"tags": chance.sample(["vip", "printer", "esc_t2", "legal"], chance.randint(0, 3))},
        {"group_id": group, "assignee_id": agent, "status": "open"},
        {"assignee_id": None},
        {"subject": f"Renamed {chance.randint(1, 99)}"},
        {"type": chance.choice(["incident", "question", "problem"])},
        {"custom_fields": [{"id": desk.severity.id, "value": chance.choice(["sev_minor", "sev_major", None])}]},
        {"custom_fields": [{"id": desk.minutes.id, "value": chance.choice([0, 5, 40])}], "priority": "high"},
        {"comment": {"body": "Any news?", "public": chance.random() < 0.5}},
        {"comment": {"body": "Solved it", "public": True}, "assignee_id": agent, "status": "solved"},
    ]
    if chance.random() < 0.03:
        desk.someone_acts(ticket, delete=True)
        return
    desk.someone_acts(ticket, change=chance.choice(changes), user=chance.choice([agent, desk.account.bot.id]))


@pytest.mark.parametrize("seed", range(8))
def test_a_random_life_is_replayed_as_the_account_had_it_at_every_instant(
    zendesk_desk: Any, told: Told, seed: int
) -> None:
    desk, chance = zendesk_desk, random.Random(seed)
    tickets: list[Any] = []
    expected: dict[datetime, dict[str, dict[str, Any]]] = {}
    for _ in range(60):
        desk.world.clock.advance(chance.choice([0, 1, 30, 3600]))
        alive = [ticket for ticket in tickets if ticket.status != "deleted"]
        if not alive or chance.random() < 0.15:
            tickets.append(desk.ticket(created_at=desk.now(), tags=chance.choice([(), ("vip",)]), priority=None))
        else:
            something(desk, chance, chance.choice(alive))
        expected[desk.now()] = {f"zendesk:{ticket.id}": state_of(desk, ticket) for ticket in tickets}
    events = told(at_the_desks_time(desk, page_size=chance.choice([3, 7, 1000])))
    found = dict(replayed(events))
    for at, states in expected.items():
        before = max((when for when in found if when <= at), default=None)
        assert before is not None
        assert {ref: {name: state[name] for name in states[ref]} for ref, state in found[before].items()} == states
    said = sum(len(ticket.comments) for ticket in tickets)
    assert sum(event.kind is EventKind.COMMENT for event in events) == said
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert LackKind.UNTOLD_CHANGES not in lacks_of(events)


def test_a_history_that_begins_later_begins_with_the_tickets_as_they_were_then(zendesk_desk: Any, told: Told) -> None:
    desk = zendesk_desk
    quiet, busy, done = desk.ticket("quiet"), desk.ticket("busy"), desk.ticket("done", status="closed")
    desk.someone_acts(busy, change={"priority": "low"})
    desk.world.clock.advance(3600)
    since = desk.now()
    desk.world.clock.advance(60)
    desk.someone_acts(busy, change={"priority": "urgent"})
    events = told(since=since)
    first = {event.ticket: event for event in events if event.kind is EventKind.CREATED}
    assert set(first) == {f"zendesk:{quiet.id}", f"zendesk:{busy.id}"}
    assert f"zendesk:{done.id}" not in first
    assert first[f"zendesk:{busy.id}"].fields.priority == "low"
    assert (first[f"zendesk:{quiet.id}"].at, first[f"zendesk:{quiet.id}"].born) == (
        since,
        since - timedelta(days=1, hours=1),
    )
    assert lacks_of(events)[LackKind.BEGINNING] == 2


def test_what_zendesk_changes_without_an_event_is_named(zendesk_desk: Any, told: Told) -> None:
    made = zendesk_desk.ticket(priority="low")
    zendesk_desk.someone_acts(made, change={"priority": "normal"})
    zendesk_desk.someone_acts(made, system={"priority": "urgent"})
    assert lacks_of(told())[LackKind.UNTOLD_CHANGES] == 1


def test_deleted_merged_and_erased_tickets_are_told_as_far_as_zendesk_tells(zendesk_desk: Any, told: Told) -> None:
    desk = zendesk_desk
    deleted, erased, merged, target = (desk.ticket(name) for name in ("deleted", "erased", "merged", "target"))
    desk.world.clock.advance(60)
    desk.someone_acts(deleted, delete=True)
    desk.someone_acts(erased, delete=True)
    desk.someone_acts(erased, scrub=True)
    desk.someone_acts(merged, merge_into=target.id)
    events = told()
    *_, (_, last) = replayed(events)
    assert last[f"zendesk:{deleted.id}"]["status"] == "deleted"
    assert last[f"zendesk:{merged.id}"]["status"] == "closed"
    assert f"zendesk:{erased.id}" not in last
    lacks = lacks_of(events)
    assert (lacks[LackKind.DELETED], lacks[LackKind.MERGED]) == (1, 1)


def test_our_own_writes_are_marked_as_ours(zendesk_desk: Any, told: Told) -> None:
    made = zendesk_desk.ticket()
    zendesk_desk.world.clock.advance(60)
    zendesk_desk.someone_acts(
        made, user=zendesk_desk.account.bot.id, change={"tags": ["esc_t2"], "comment": {"body": "T2", "public": False}}
    )
    zendesk_desk.someone_acts(made, user=zendesk_desk.agent.id, change={"priority": "high"})
    marks = [(event.kind, event.ours) for event in told() if event.at > zendesk_desk.now() - timedelta(hours=1)]
    assert marks == [(EventKind.CHANGED, True), (EventKind.CHANGED, False), (EventKind.COMMENT, True)]


def test_links_are_told_at_the_instant_at_which_they_came(zendesk_desk: Any, told: Told) -> None:
    made = zendesk_desk.ticket()
    at = zendesk_desk.now()
    zendesk_desk.account.add_link(made, "10001", "OPS-1")
    events = told()
    assert [(event.at, event.fields.links) for event in events if event.kind is not EventKind.COMMENT] == [
        (at - timedelta(days=1), ()),
        (at, ("jira:10001",)),
    ]


def test_texts_come_only_where_they_are_asked_for(zendesk_desk: Any, told: Told) -> None:
    made = zendesk_desk.ticket()
    zendesk_desk.world.clock.advance(60)
    zendesk_desk.someone_acts(made, user=zendesk_desk.customer.id, change={"comment": {"body": "Still down"}})
    quiet, loud = told(), told(texts=True)
    assert [event.body for event in quiet if event.kind is EventKind.COMMENT] == ["", ""]
    last = loud[-1]
    assert last.author is not None
    assert (last.body, last.author.role, last.public) == ("Still down", Side.REQUESTER, True)
    assert (LackKind.BODIES in lacks_of(quiet), LackKind.BODIES in lacks_of(loud)) == (True, False)


def test_who_is_no_admin_is_told_so(zendesk_desk: Any, told: Told) -> None:
    zendesk_desk.account.bot.role = "agent"
    with pytest.raises(ConnectorError, match="admin"):
        told()


@pytest.mark.parametrize("spoiled", [False, True], ids=["the cursor is known", "the cursor is refused"])
def test_a_reading_goes_on_behind_any_page_and_tells_the_same(zendesk_desk: Any, *, spoiled: bool) -> None:
    desk, chance = zendesk_desk, random.Random(3)
    tickets: list[Any] = []
    for _ in range(40):
        desk.world.clock.advance(chance.choice([0, 30, 3600]))
        if len(tickets) < 4 or chance.random() < 0.2:
            tickets.append(desk.ticket("Printer"))
        else:
            something(desk, chance, chance.choice(tickets))
    desk.world.clock.advance(600)
    period = Period(since=desk.now() - timedelta(hours=9), until=desk.now() - timedelta(minutes=2))
    whole = list(at_the_desks_time(desk, page_size=3).past(period, texts=False))  # type: ignore[attr-defined]
    assert len(whole) > 12
    for read in range(len(whole)):
        marks = [page.mark for page in whole[:read]]
        if spoiled and marks:
            marks[-1] = re.sub(r'"cursor":"[^"]*"', '"cursor":"worn-out"', marks[-1])
        rest = at_the_desks_time(desk, page_size=3).past(period, texts=False, marks=marks)  # type: ignore[attr-defined]
        assert told_by([*whole[:read], *rest]) == told_by(whole), f"after {read} pages"


def told_by(pages: Iterable[PastPage]) -> tuple[Any, ...]:
    """What pages tell, however often they tell it."""
    pages = list(pages)
    tickets = {ticket.ref: ticket for page in pages for ticket in page.tickets}
    edits = {(edit.on, edit.at, edit.order): edit for page in pages for edit in page.edits}
    comments = {seen.comment.id: seen for page in pages for seen in page.comments}
    return tickets, edits, comments, summed(lack for page in pages for lack in page.lacks)
