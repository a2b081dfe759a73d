"""What Jira remembers of its issues, read back and replayed: equal to what the site had, at every instant."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.jira.changed import Reading
from connectors.jira.directory import Field
from connectors.jira.translate import Lexicon
from connectors.jira.wire import Category, Status
from connectors.jira.wire_past import Entry, Item
from connectors.pasts import PastPage
from escalade.emulator.jira.act import perform
from escalade.emulator.jira.render import user_key
from escalade.histories.rebuilt import rebuilt
from escalade.progress import QuietProgress
from rules.histories.event import EventKind, PastEvent
from rules.histories.lack import LackKind, summed
from rules.histories.life import Period
from rules.ticket import Link, LinkKind, Priority, StatusCategory, Ticket, TicketRef

Told = Callable[..., list[PastEvent]]
_STAGES = {"new": "new", "indeterminate": "open", "done": "solved"}
_PRIORITIES = {"Highest": "urgent", "High": "high", "Medium": "normal", "Low": "low", "Lowest": "low"}


@pytest.fixture
def told(site: Any) -> Told:
    """The history of the site, ten minutes after what happened last."""

    def read(since: datetime | None = None, *, texts: bool = False, **options: Any) -> list[PastEvent]:
        site.world.clock.advance(600)
        until = site.world.clock.now() - timedelta(minutes=2)
        jira = site.open(**options)
        try:
            return list(rebuilt({"jira": jira}, Period(since=since, until=until), QuietProgress(), texts=texts))
        finally:
            jira.close()

    return read


def acts(site: Any, issue: Any, user: Any, **change: Any) -> None:
    """Somebody changes an issue in the browser."""
    with site.world.lock:
        wanted = {"ticket": issue.key, "user": user.account_id, "change": change}
        answer = perform(site.world, site.state, wanted, "" if site.cloud else "/dc")
    assert answer.status == 204, answer.body


def state_of(site: Any, issue: Any) -> dict[str, Any]:
    """An issue as a history writes it, straight from the site's own rows."""
    state, fields = site.state, issue.fields
    team = state.field_named("Team")
    chosen = fields.get(team.id)

    def person(account: str | None) -> str | None:
        return account if account is None or site.cloud else user_key(account)

    names = {row.id: row.name for row in state.priorities}
    impact = fields.get(state.field_named("Impact").id)
    return {
        "subject": fields["summary"],
        "status": _STAGES[state.statuses[fields["status"]].category],
        "priority": _PRIORITIES[names[fields["priority"]]] if fields["priority"] else None,
        "assignee": person(fields["assignee"]),
        "requester": person(fields["reporter"]),
        "tags": tuple(sorted(fields["labels"])),
        "type": state.issue_types[fields["issuetype"]].name,
        "group": None if chosen is None else team.options[chosen],
        "custom": {} if impact is None else {"impact": impact},
    }


def replayed(events: list[PastEvent]) -> Iterator[tuple[datetime, dict[str, dict[str, Any]]]]:
    states: dict[str, dict[str, Any]] = {}
    for event in events:
        fields = msgspec.structs.asdict(event.fields)
        states.setdefault(event.ticket, {}).update({k: v for k, v in fields.items() if v is not msgspec.UNSET})
        yield event.at, {ref: dict(state) for ref, state in states.items()}


def lacks_of(events: list[PastEvent]) -> dict[LackKind, int]:
    about = events[0].about
    assert about is not None
    return {lack.kind: lack.tickets for lack in about.lacks}


def something(site: Any, chance: random.Random, issue: Any, people: list[Any]) -> None:
    team, impact = site.state.field_named("Team").id, site.state.field_named("Impact").id
    changes: list[dict[str, Any]] = [
        {"priority": chance.choice(list(_PRIORITIES))},
        {"labels": chance.sample(["vip", "disk", "esc-t2"], chance.randint(0, 3))},
        {"assignee": chance.choice([None, *(person.account_id for person in people)])},
        {"summary": f"Renamed {chance.randint(1, 99)}"},
        {"fields": {team: chance.choice([None, {"value": "Tier 2"}, {"value": "Tier 3"}])}},
        {"fields": {impact: chance.choice([None, "high", "low"])}, "priority": "High"},
        {"status": chance.choice(["To Do", "In Progress", "Done"])},
        {"comment": {"body": "Any news?", "public": True}},
    ]
    change = chance.choice(changes)
    if change.get("status") == site.state.statuses[issue.fields["status"]].name:
        return
    acts(site, issue, chance.choice(people), **change)


@pytest.mark.parametrize("seed", range(6))
def test_a_random_life_is_replayed_as_the_site_had_it_at_every_instant(site: Any, told: Told, seed: int) -> None:
    chance = random.Random(seed)
    people = [site.state.add_user("Ada"), site.state.add_user("Ben")]
    issues: list[Any] = []
    expected: dict[datetime, dict[str, dict[str, Any]]] = {}
    for _ in range(60):
        site.world.clock.advance(chance.choice([0, 1, 30, 3600]))
        if not issues or chance.random() < 0.15:
            issues.append(site.state.add_issue("OPS", "Disk is full", reporter=chance.choice(people)))
        else:
            something(site, chance, chance.choice(issues), people)
        expected[site.world.clock.now()] = {f"jira:{issue.id}": state_of(site, issue) for issue in issues}
    events = told(page_size=chance.choice([2, 5, 100]))
    found = dict(replayed(events))
    for at, states in expected.items():
        before = max((when for when in found if when <= at), default=None)
        assert before is not None
        assert {ref: {name: state[name] for name in states[ref]} for ref, state in found[before].items()} == states
    said = sum(len(issue.comments) for issue in issues)
    assert sum(event.kind is EventKind.COMMENT for event in events) == said
    assert LackKind.UNTOLD_CHANGES not in lacks_of(events)


def test_more_changes_and_comments_than_fit_a_page_are_all_told(site: Any, told: Told) -> None:
    ada = site.state.add_user("Ada")
    issue = site.state.add_issue("OPS", "Disk is full", reporter=ada)
    for number in range(120):
        site.world.clock.advance(60)
        acts(site, issue, ada, summary=f"Round {number}", comment={"body": f"{number}", "public": True})
    events = told(texts=True)
    renamed = [event.fields.subject for event in events if event.kind is EventKind.CHANGED]
    assert renamed == [f"Round {number}" for number in range(120)]
    assert [event.body for event in events if event.kind is EventKind.COMMENT] == [str(n) for n in range(120)]


def test_changelogs_come_in_bulk_on_cloud_and_with_their_issues_on_data_center(site: Any, told: Told) -> None:
    ada = site.state.add_user("Ada")
    for _ in range(5):
        acts(site, site.state.add_issue("OPS", "Disk is full", reporter=ada), ada, priority="High")
    before = site.world.calls.counts()
    told()
    spent = {call: count - before.get(call, 0) for call, count in site.world.calls.counts().items()}
    searches = sum(count for call, count in spent.items() if "/search" in call)
    logs = sum(count for call, count in spent.items() if "changelog" in call)
    assert (searches, logs) == ((1, 1) if site.cloud else (1, 0))


def test_a_history_that_begins_later_begins_with_the_open_issues_as_they_were_then(site: Any, told: Told) -> None:
    ada = site.state.add_user("Ada")
    quiet, busy = (site.state.add_issue("OPS", name, reporter=ada) for name in ("quiet", "busy"))
    done = site.state.add_issue("OPS", "done", status="Done", reporter=ada)
    created = site.world.clock.now()
    acts(site, busy, ada, priority="Low")
    site.world.clock.advance(3600)
    since = site.world.clock.now()
    site.world.clock.advance(60)
    acts(site, busy, ada, priority="Highest")
    events = told(since=since)
    first = {event.ticket: event for event in events if event.kind is EventKind.CREATED}
    assert set(first) == {f"jira:{quiet.id}", f"jira:{busy.id}"}
    assert done.id not in first
    assert first[f"jira:{busy.id}"].fields.priority == "low"
    assert (first[f"jira:{quiet.id}"].at, first[f"jira:{quiet.id}"].born) == (since, created)


def test_what_jira_never_tells_is_named(site: Any, told: Told) -> None:
    site.state.add_issue("OPS", "Disk is full")
    assert {LackKind.DELETED, LackKind.COMMENTS, LackKind.BODIES} <= lacks_of(told()).keys()


# -- changelogs in the spellings of the world -------------------------------------------------------


def reading(**lexicon: Any) -> Reading:
    words = Lexicon(
        helpdesk="jira",
        browse_url="",
        me="me",
        priorities={"high": Priority.HIGH},
        fields={"impact": "customfield_1", "minutes": "customfield_2", "path": "customfield_3"},
        **lexicon,
    )
    fields = [
        Field(id="customfield_1", name="Impact", type="option"),
        Field(id="customfield_2", name="Minutes", type="number"),
        Field(id="customfield_3", name="Path", type="option-with-child"),
    ]
    stages = {"3": Status(name="In Progress", status_category=Category(key="indeterminate"))}
    return Reading(words, fields, stages | {"done": Status(name="Done", status_category=Category(key="done"))})


def an_issue(**more: Any) -> Ticket:
    at = datetime.fromisoformat("2026-03-02T09:00:00Z")
    return Ticket(
        ref=TicketRef("jira", "10001"),
        key="OPS-1",
        url="",
        subject="",
        status=StatusCategory.OPEN,
        status_name="Open",
        priority=None,
        created_at=at,
        updated_at=at,
        version="",
        **more,
    )


@pytest.mark.parametrize(
    ("item", "before", "after"),
    [
        (Item("status", None, "1", "Done", "3", "Renamed since"), {"status": "solved"}, {"status": "open"}),
        (Item("Impact", None, "7", "Low", "8", "High"), {"custom.impact": "Low"}, {"custom.impact": "High"}),
        (Item("whatever", "customfield_2", None, "4", None, "40.5"), {"custom.minutes": 4}, {"custom.minutes": 40.5}),
        (Item("labels", None, "", "a b", "", "b c a"), {"tags": ("a", "b")}, {"tags": ("a", "b", "c")}),
        (Item("Priority", "priority", "1", "Odd", "2", "High"), {"priority": None}, {"priority": "high"}),
        (Item("resolution", None, None, None, "1", "Fixed"), {}, {}),
    ],
)
def test_an_item_is_told_with_what_was_before(item: Item, before: dict[str, Any], after: dict[str, Any]) -> None:
    edit = reading().edit(an_issue(), Entry(id="5", created="2026-03-02T10:00:00.000+0100", items=(item,)))
    assert (edit.before, edit.after) == (before, after)
    assert edit.at == datetime.fromisoformat("2026-03-02T09:00:00Z")


@pytest.mark.parametrize(
    ("item", "options", "lack"),
    [
        (Item("status", None, "77", "Long gone", "3", "Open"), {}, LackKind.NAMES),
        (Item("Path", "customfield_3", None, "a", None, "b"), {}, LackKind.UNTOLD_CHANGES),
        (
            Item("Component", "components", "1", "Disk", None, None),
            {"group_part": "component"},
            LackKind.UNTOLD_CHANGES,
        ),
        (Item("Link", None, "OPS-9", "This issue blocks OPS-9", None, None), {}, LackKind.LINKS),
    ],
)
def test_what_a_changelog_does_not_say_is_named_and_not_guessed(
    item: Item, options: dict[str, Any], lack: LackKind
) -> None:
    read = reading(**options)
    edit = read.edit(an_issue(), Entry(id=5, created=1_772_442_000_000, items=(item,)))
    assert (edit.before, edit.after, edit.added) == ({}, {}, {})
    assert [found.kind for found in read.lacks()] == [lack]


def test_a_link_that_is_still_there_is_told_when_it_came() -> None:
    ticket = an_issue(links=(Link(to=TicketRef("jira", "10009"), kind=LinkKind.RELATED, key="OPS-9"),))
    item = Item("Link", None, None, None, "OPS-9", "This issue blocks OPS-9")
    edit = reading().edit(ticket, Entry(id=5, created=1_772_442_000_000, items=(item,)))
    assert edit.added == {"links": {"jira:10009"}}


def test_a_reading_goes_on_behind_any_page_and_tells_the_same(site: Any) -> None:
    chance = random.Random(5)
    people = [site.state.add_user("Ada"), site.state.add_user("Ben")]
    issues = [site.state.add_issue("OPS", "Disk is full", reporter=people[0]) for _ in range(4)]
    for _ in range(40):
        site.world.clock.advance(chance.choice([0, 30, 3600]))
        something(site, chance, chance.choice(issues), people)
        if chance.random() < 0.2:
            issues.append(site.state.add_issue("OPS", "Disk is full", reporter=people[1]))
    site.world.clock.advance(600)
    now = site.world.clock.now()
    period = Period(since=now - timedelta(hours=5), until=now - timedelta(minutes=2))
    jira = site.open(page_size=2)
    whole = list(jira.past(period, texts=False))
    assert len(whole) > 4
    for read in range(len(whole)):
        marks = [page.mark for page in whole[:read]]
        rest = jira.past(period, texts=False, marks=marks)
        assert told_by([*whole[:read], *rest]) == told_by(whole), f"after {read} pages"
    jira.close()


def told_by(pages: Iterable[PastPage]) -> tuple[Any, ...]:
    """What pages tell, however often they tell it."""
    pages = list(pages)
    tickets = {ticket.ref: ticket for page in pages for ticket in page.tickets}
    edits = {(edit.on, edit.at, edit.order): edit for page in pages for edit in page.edits}
    comments = {(seen.on, seen.comment.id): seen for page in pages for seen in page.comments}
    return tickets, edits, comments, summed(lack for page in pages for lack in page.lacks)
