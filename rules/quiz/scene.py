"""Scene: a made-up ticket on a desk of its own, played by the engine that decides, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.decision import Decision
from rules.load import Loaded
from rules.policy import Policy
from rules.quiz.draft import Draft
from rules.schema.rule_tests import RuleTestShape, RuleTestsShape
from rules.testing.given import desk_of
from rules.testing.player import Player
from rules.testing.rule_test import ONLY, Bench, RuleTest
from rules.ticket import Side

_CUSTOMER = "Acme"


class Scene:
    """One ticket from its creation to the instant of a question. Nobody of ours does anything meanwhile.

    Raises:
        RestlessError: the policy does not come to rest on it.
    """

    def __init__(self, loaded: Loaded, draft: Draft, now: datetime) -> None:
        """Play the ticket up to an instant (UTC)."""
        self.policy: Policy = loaded.policy
        self.draft = draft
        self.now = now
        self.zone = _zone(loaded)
        self.created = now - draft.age
        test = _test(loaded, draft, self.created, self.zone)
        self.player = Player(loaded.policy, desk_of(test), self.created)
        self._ref = self.player.desk.names[ONLY]
        self.player.settle()
        for number in range(draft.replies):
            self.player.pass_until(self.created + draft.age * (number + 1) / (draft.replies + 2))
            self.player.desk.say(self._ref, self.player.now, Side.REQUESTER, "customer", "Any news?", public=True)
            self.player.settle()
        self.player.pass_until(now)
        self.player.settle()

    @property
    def decision(self) -> Decision:
        """What Escalade decides at this instant, with every proof."""
        return self.player.look(self._ref).proved(self.policy)

    @property
    def tier(self) -> str | None:
        """The tier that the ticket is in; None = it is not escalated."""
        stands = self.player.look(self._ref).decision.escalation
        return None if stands is None else stands.tier

    @property
    def group(self) -> str | None:
        """The group that owns the ticket, as Escalade left it."""
        return self.player.desk.tickets[self._ref].group

    def told(self) -> Iterator[str]:
        """The situation, one line each, without what Escalade did."""
        draft = self.draft
        yield f"Ticket {draft.key} in {draft.helpdesk}: {draft.subject}"
        yield f"Status {draft.status}, priority {draft.priority}"
        opened, now = self.spelled(self.created), self.spelled(self.now)
        yield f"Opened {opened}; it is {now} now ({self.zone.key}), and nobody of ours wrote"
        if draft.replies:
            yield f"Since then the customer wrote {_times(draft.replies)} more"
        if draft.tags:
            yield f"Tags: {', '.join(dict.fromkeys(draft.tags))}"
        if draft.fields:
            yield f"Fields: {_pairs(draft.fields)}"
        if draft.account_fields:
            yield f"Of the customer's account: {_pairs(draft.account_fields)}"
        if draft.account_tags:
            yield f"Tags of the customer's account: {', '.join(dict.fromkeys(draft.account_tags))}"
        for priority, count in draft.others.items():
            if count:
                yield f"Other open tickets of the account with priority {priority}: {count}"

    def spelled(self, at: datetime) -> str:
        """An instant as people of the policy's default calendar say it."""
        return f"{_WEEKDAYS[at.astimezone(self.zone).weekday()]} {at.astimezone(self.zone):%Y-%m-%d %H:%M}"


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _zone(loaded: Loaded) -> ZoneInfo:
    document = loaded.tree.value if isinstance(loaded.tree.value, dict) else {}
    calendar = loaded.policy.calendars.get(str(document.get("default_calendar")))
    return ZoneInfo("UTC") if calendar is None else calendar.zone


def _test(loaded: Loaded, draft: Draft, starts: datetime, zone: ZoneInfo) -> RuleTest:
    """The desk of a rule test that expects nothing."""
    others = [{"count": count, "priority": name} for name, count in draft.others.items() if count]
    account = {
        "name": _CUSTOMER,
        "tags": list(dict.fromkeys(draft.account_tags)),
        "fields": draft.account_fields,
        "open_tickets": others,
    }
    ticket = {
        "helpdesk": draft.helpdesk,
        "key": draft.key,
        "subject": draft.subject,
        "status": draft.status,
        "priority": draft.priority,
        "tags": list(dict.fromkeys(draft.tags)),
        "fields": draft.fields,
        "account": _CUSTOMER.lower(),
    }
    given = {"accounts": {_CUSTOMER.lower(): account}, "ticket": ticket}
    shape = RuleTestShape.model_validate({"name": "question", "at": "2026-01-01 00:00", "given": given})
    file = RuleTestsShape.model_validate({"version": 1, "tests": [shape]})
    bench = Bench(file="", tree=loaded.tree, shape=file, policy=loaded.policy, templates=(), zone=zone)
    return RuleTest(name="question", bench=bench, shape=shape, path=(), starts=starts, steps=())


def _pairs(values: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
