"""Builders of tickets and policies, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from rules.clocks.book import facts_for
from rules.decide import decide
from rules.decision import Decision
from rules.facts import Facts
from rules.ledger import Escalation, Ledger, TierStep
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import (
    Comment,
    Link,
    LinkKind,
    Moment,
    Priority,
    Side,
    State,
    StatusCategory,
    Ticket,
    TicketRef,
    Timeline,
)

#: Three tiers with everything that a policy can ask for; office hours in London.
LADDER = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h, note: entered}
  - id: tier2
    name: Tier 2
    tag: esc_t2
    timeout: 2d
    priority_floor: high
    groups: {zendesk: Specialists}
    fields: {zendesk: {escalation_tier: two}}
    note: entered
  - id: tier3
    name: Tier 3
    tag: esc_t3
    calendar: always
    priority_floor: urgent
    note: entered
    remediation:
      tracker: jira
      open: {project: OPS, type: Task, subject: "{{ ticket.subject }}", body: work}
      tasks:
        - {key: find, title: "Find the cause of {{ ticket.key }}", body: work, due: 1d}
        - {key: fix, title: Fix it, body: work, tags: [fix]}
rules:
  - {id: down, description: Production is down, when: {tags: {contains: production_down}}, escalate_to: tier3, tags: [hot]}
  - {id: stale, description: Open for a working day, when: {age: {at_least: 1d}}, escalate_to: tier1, note: noticed}
  - {id: chatty, description: The customer writes and writes, when: {unanswered_replies: {at_least: 2}}, tags: [chatty], note: noticed}
matrix:
  impact: {fact: field.impact, values: [low, high]}
  urgency: {fact: field.urgency, values: [low, high]}
  cells:
    low: {low: {}, high: {priority: high}}
    high: {low: {priority: high}, high: {tier: tier2, priority: urgent}}
sla:
  - id: answer
    metric: first_response
    targets: {normal: 4h, high: 2h, urgent: 1h}
    warn_at: 75%
    warn_tag: answer_soon
    breach_tag: answer_late
    escalate_to: tier1
    note: breached
updates:
  - {id: keep, when: {priority: {in: [high, urgent]}}, every: 4h, note: remind, max: 3}
templates:
  entered: "{{ tier.name }}: {{ reason }}"
  noticed: "Noticed: {{ rule.description }}"
  breached: "{{ clock.id }} of {{ clock.target }} was due {{ clock.due_at }}"
  remind: "Silent since {{ silent_since }}"
  work: "See {{ ticket.url }}"
"""


@pytest.fixture(scope="session")
def monday() -> datetime:
    """A Monday, 09:00 in London: nobody changes clocks that week."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_ticket(monday: datetime) -> Callable[..., Ticket]:
    """An open ticket of normal priority, made on that Monday, but for what the test says."""

    def make(**changed: Any) -> Ticket:
        values: dict[str, Any] = {
            "ref": TicketRef("zendesk", "35"),
            "key": "35",
            "url": "https://desk.example/agent/tickets/35",
            "subject": "The export stops",
            "status": StatusCategory.OPEN,
            "status_name": "Open",
            "priority": Priority.NORMAL,
            "created_at": monday,
            "updated_at": monday,
            "version": "1",
            "comments_complete": True,
        }
        return Ticket(**(values | changed))

    return make


@pytest.fixture(scope="session")
def said(monday: datetime) -> Callable[..., Comment]:
    """A public comment by that side, so many hours after the Monday's morning."""

    def make(hours: float, side: Side, *, public: bool = True, ours: bool = False) -> Comment:
        at = monday + timedelta(hours=hours)
        return Comment(id=f"{side}-{hours}-{public}-{ours}", at=at, side=side, public=public, ours=ours)

    return make


@pytest.fixture(scope="session")
def policy_of() -> Callable[[str], Policy]:
    """A policy from YAML."""

    def load(text: str) -> Policy:
        return load_policy({"policy.yaml": text})

    return load


@pytest.fixture(scope="session")
def ladder_text() -> str:
    """A policy with everything, as YAML."""
    return LADDER


#: Rules that want values of the ticket itself, and fight over them with each other, the matrix and the ladder.
SETTING = """rules:
  - id: lenient
    description: Nobody waits for it
    when: {tags: {contains: vip}}
    set:
      priority: low
      groups: {zendesk: Sales}
      assignees: {zendesk: "11"}
      statuses: {zendesk: hold}
      restore_status: true
      fields: {zendesk: {escalation_tier: none, review: "no"}}
  - id: waiting
    description: The customer has waited
    when: {any: [{customer_waiting: {at_least: 3h}}, {age: {at_least: 12h}}]}
    set:
      priority_floor: high
      groups: {zendesk: Front desk}
      assignees: {zendesk: "12"}
      statuses: {zendesk: open}
      fields: {zendesk: {review: "yes"}}
    public_note: told
    notify: [{channel: room, template: noticed}, {channel: pager, template: noticed, urgent: true}]
  - {id: picky, description: Somebody is needed, when: {age: {at_least: 1h}}, assign: {team: crew}}
"""


TELLING = "notify: [{channel: room, template: entered}]"
CHANNELS = """
release: {when_nothing_holds: true}
channels:
  room: {url_env: ROOM_URL, calendar: office}
  pager: {url_env: PAGER_URL, calendar: office}
directory:
  teams:
    crew:
      calendar: office
      members: [{id: ada, name: Ada, absent: [{from: 2026-03-03, to: 2026-03-04}]}, {id: bob, name: Bob, region: emea}]
"""


@pytest.fixture(scope="session")
def setting_policy(policy_of: Callable[[str], Policy], ladder_text: str) -> Policy:
    """The same with rules that set values, and with tickets that leave the ladder when nothing holds them."""
    text = ladder_text.replace("rules:\n", SETTING, 1).replace("tag: esc_t1,", f"tag: esc_t1, {TELLING},")
    return policy_of(text.replace("templates:\n", "templates:\n  told: We are on it\n") + CHANNELS)


@pytest.fixture(scope="session")
def policy(policy_of: Callable[[str], Policy], ladder_text: str) -> Policy:
    """A policy with everything."""
    return policy_of(ladder_text)


#: Who speaks, as stories call them: side, public, by Escalade itself.
SPEAKERS = {
    "agent": (Side.AGENT, True, False),
    "agent privately": (Side.AGENT, False, False),
    "customer": (Side.REQUESTER, True, False),
    "machine": (Side.SYSTEM, True, False),
    "escalade": (Side.AGENT, True, True),
}


class Story:
    """What happened to one ticket, event by event, and the ticket as it was known at any instant."""

    def __init__(self, made: Ticket, story: Mapping[str, Any], zone: ZoneInfo) -> None:
        self.zone = zone
        self.created = self.instant(story["created"])
        self.events = sorted(
            ((self.instant(each["at"]), each) for each in story.get("events", ())), key=lambda each: each[0]
        )
        self._made = made
        self._priority = _priority(story.get("priority", "normal"))

    def instant(self, text: str) -> datetime:
        """An instant (UTC): local time of the story's zone, unless the text has an offset."""
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)

    def ticket(self, now: datetime) -> Ticket:
        """The ticket as it stood at an instant, with its past."""
        state = State(status=StatusCategory.NEW, status_name="new", priority=self._priority)
        moments, comments, links = [Moment(self.created, state)], [], []
        for at, event in self.events:
            if at > now:
                break
            if "comment" in event:
                comments.append(_spoken(event, at))
            if "linked" in event:
                links = [Link(to=TRACKED, kind=LinkKind.TRACKED_BY)]
            if (changed := _changed(state, event)) != state:
                state = changed
                earlier = [moment for moment in moments if moment.at < at]
                moments = earlier if earlier and earlier[-1].state == state else [*earlier, Moment(at, state)]
        return replace(
            self._made,
            status=state.status,
            status_name=state.status_name,
            priority=state.priority,
            assignee=state.assignee,
            tags=state.tags,
            fields=state.fields,
            created_at=self.created,
            updated_at=moments[-1].at,
            comments=tuple(comments),
            links=tuple(links),
            timeline=Timeline(moments=tuple(moments)),
        )

    def linked(self, now: datetime) -> tuple[Ticket, ...]:
        """The tracker's ticket, where one is linked by then."""
        steps = [(at, event["linked"]) for at, event in self.events if "linked" in event and at <= now]
        if not steps:
            return ()
        moments = [Moment(at, State(status=StatusCategory(word), status_name=word)) for at, word in steps]
        status = moments[-1].state.status
        return (
            replace(
                self._made,
                ref=TRACKED,
                status=status,
                status_name=status,
                created_at=moments[0].at,
                updated_at=moments[-1].at,
                timeline=Timeline(moments=tuple(moments)),
            ),
        )

    def ledger(self, now: datetime) -> Ledger:
        """Where the ticket stood on the ladder."""
        steps = tuple(TierStep(each["tier"], at, "rule:x") for at, each in self.events if "tier" in each and at <= now)
        if not steps:
            return Ledger(ref=self._made.ref)
        last = steps[-1]
        stands = Escalation(tier=last.tier, entered_at=last.at, because=last.because, since=steps[0].at, steps=steps)
        return Ledger(ref=self._made.ref, escalation=stands, episodes=1)

    def facts(self, policy: Policy, now: datetime) -> Facts:
        """Everything that a policy may ask at an instant."""
        return facts_for(policy, self.ticket(now), None, None, self.ledger(now), now, self.linked(now))

    @staticmethod
    def followed(decision: Decision, ledger: Ledger) -> Ledger:
        """The ledger after a decision was carried out."""
        said = ledger.comments | {note.key: decision.at for note in decision.desired.notes}
        tags = frozenset(decision.desired.tags)
        return replace(ledger, escalation=decision.escalation, episodes=decision.episodes, comments=said, tags=tags)

    def lived(self, policy: Policy, until: str) -> Iterator[Decision]:
        """Every decision that is awaited from the ticket's creation on, each carried out before the next."""
        now, end = self.created, self.instant(until)
        ledger = Ledger(ref=self._made.ref)
        while now <= end:
            decision = decide(policy, self.ticket(now), None, None, ledger, now)
            yield decision
            ledger = self.followed(decision, ledger)
            woken = decide(policy, self.ticket(now), None, None, ledger, now).wake_at
            turns = [at for at, _ in self.events if at > now] + ([] if woken is None else [woken])
            if not turns:
                return
            now = min(turns)


TRACKED = TicketRef("jira", "900")


def _changed(state: State, event: Mapping[str, Any]) -> State:
    changes: dict[str, Any] = {}
    if "status" in event:
        changes |= {"status": StatusCategory(event["status"]), "status_name": event["status"]}
    if "priority" in event:
        changes["priority"] = _priority(event["priority"])
    if "assignee" in event:
        changes["assignee"] = event["assignee"] or None
    if "tags" in event:
        changes["tags"] = frozenset(event["tags"])
    if "set" in event:
        changes["fields"] = state.fields | event["set"]
    return replace(state, **changes)


def _priority(word: str) -> Priority | None:
    return None if word == "none" else Priority(word)


def _spoken(event: Mapping[str, Any], at: datetime) -> Comment:
    side, public, ours = SPEAKERS[event["comment"]]
    return Comment(id=at.isoformat(), at=at, side=side, public=public, ours=ours, author=event.get("author"))


@pytest.fixture(scope="session")
def story_of(make_ticket: Callable[..., Ticket]) -> Callable[[Mapping[str, Any], ZoneInfo], Story]:
    """The story of one ticket, from its events."""

    def tell(story: Mapping[str, Any], zone: ZoneInfo) -> Story:
        return Story(make_ticket(), story, zone)

    return tell
