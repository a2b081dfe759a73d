"""Stage: the local Zendesk and Jira of a drill, Escalade on both, and people who act while virtual time passes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from escalade.app import open_app
from escalade.drill.engine import Engine, OwnEngine
from escalade.drill.furnishing import People, furnish, people_of
from escalade.drill.house import DrillSecrets, House
from escalade.drill.look import Look, jira_looks, zendesk_looks
from escalade.drill.scenario import Alteration, Scenario
from escalade.emulator.jira.act import perform
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from escalade.settings import load_settings
from rules.policy import Policy
from rules.ticket import Priority, StatusCategory, TicketRef

#: What Jira calls our priorities, and a solved ticket.
_JIRA_PRIORITIES = {
    Priority.URGENT: "Highest",
    Priority.HIGH: "High",
    Priority.NORMAL: "Medium",
    Priority.LOW: "Low",
}
_JIRA_STATUSES = {StatusCategory.SOLVED: "Done", StatusCategory.OPEN: "In Progress"}


class StageError(Exception):
    """The emulator refused what somebody was to do."""


@dataclass(kw_only=True)
class Stage:
    """The helpdesks of a drill at the present virtual instant."""

    emulator: RunningEmulator
    scenario: Scenario
    policy: Policy
    #: Where the settings and the policy lie.
    directory: Path
    #: Vendor → what the policy calls its helpdesk.
    names: Mapping[str, str]
    people: People
    engine: Engine
    #: It is played with a policy of the admin's own, and not with the starter policy as the scenario wants it.
    has_own_policy: bool
    #: Tickets and bugs of the scenario that have come in.
    refs: dict[str, TicketRef] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The emulated helpdesks."""
        return self.emulator.world

    @property
    def now(self) -> datetime:
        """The virtual clock (UTC)."""
        return self.world.clock.now()

    @property
    def writes(self) -> int:
        """Requests that changed something, by the helpdesks' own count."""
        return self.world.calls.writes

    @property
    def letters(self) -> list[str]:
        """What went out on channels so far."""
        return list(self.world.letters)

    def pass_time(self, span: timedelta) -> None:
        """Let virtual time pass."""
        with self.world.lock:
            self.world.clock.advance(span.total_seconds())

    def pass_until(self, at: datetime) -> None:
        """Let virtual time pass until an instant; one that is over changes nothing."""
        self.pass_time(max(at - self.now, timedelta()))

    # What happens

    def arrive(self, name: str) -> None:
        """A ticket or bug of the scenario comes in now."""
        with self.world.lock:
            self.refs[name] = self._bug(name) if name in self.scenario.bugs else self._ticket(name)

    def _ticket(self, name: str) -> TicketRef:
        incoming, zendesk = self.scenario.tickets[name], self.world.zendesk
        fields = {zendesk.field_by_title(title).id: value for title, value in incoming.fields.items()}
        made = zendesk.add_ticket(
            subject=incoming.subject,
            description=incoming.text,
            requester_id=self.people.customers[incoming.customer],
            created_at=self.now,
            priority=None if incoming.priority is None else incoming.priority.value,
            status="open",
            group_id=zendesk.default_group.id,
            tags=incoming.tags,
            custom=fields,
        )
        return TicketRef(self.names["zendesk"], str(made.id))

    def _bug(self, name: str) -> TicketRef:
        bug, zendesk = self.scenario.bugs[name], self.world.zendesk
        made = self.world.jira.add_issue(self.people.project, bug.subject)
        for ref in bug.behind:
            zendesk.add_link(zendesk.tickets[int(self.refs[ref].id)], str(made.id), made.key)
        return TicketRef(self.names["jira"], str(made.id))

    def write(self, who: str, ref: TicketRef, text: str, *, public: bool = False) -> None:
        """Somebody writes a comment.

        Raises:
            StageError: the helpdesk does not take it.
        """
        public = public or who in self.people.customers
        self._act(who, ref, {"comment": {"body": text, "public": public}})

    def alter(self, who: str, ref: TicketRef, change: Alteration) -> None:
        """Somebody changes a ticket.

        Raises:
            StageError: the helpdesk does not allow it.
        """
        of_jira = ref.helpdesk == self.names["jira"]
        self._act(who, ref, self._jira_change(change) if of_jira else self._zendesk_change(who, change))

    def _jira_change(self, change: Alteration) -> dict[str, Any]:
        return _named(
            status=None if change.status is None else _JIRA_STATUSES.get(change.status, "To Do"),
            duedate=None if change.due is None else change.due.isoformat(),
            assignee=None if change.owner is None else self.people.jira[change.owner],
            priority=None if change.priority is None else _JIRA_PRIORITIES[change.priority],
        )

    def _zendesk_change(self, who: str, change: Alteration) -> dict[str, Any]:
        solves = change.status is StatusCategory.SOLVED
        owner = change.owner or (who if solves else None)
        return _named(
            status=None if change.status is None else change.status.value,
            due_at=None if change.due is None else f"{change.due.isoformat()}T17:00:00Z",
            assignee_id=None if owner is None else self.people.zendesk[owner],
            priority=None if change.priority is None else change.priority.value,
        )

    def _act(self, who: str, ref: TicketRef, change: Mapping[str, Any]) -> None:
        with self.world.lock:
            if ref.helpdesk == self.names["jira"]:
                wanted = {"ticket": ref.id, "user": self.people.jira[who], "change": change}
                answer = perform(self.world, self.world.jira, wanted, "")
            else:
                user = self.people.customers.get(who) or self.people.zendesk[who]
                answer = act(self.world, {"ticket": int(ref.id), "user": user, "change": change})
        if answer.status >= 300:  # noqa: PLR2004 - HTTP
            said = self.scenario.cast.name(who)
            raise StageError(f"{said} cannot do this on {ref}: {answer.encoded().decode()[:300]}")

    # What people see

    def looks(self) -> list[Look]:
        """Every ticket of both helpdesks."""
        with self.world.lock:
            zendesk = list(zendesk_looks(self.world.zendesk, self.names["zendesk"]))
            return [*zendesk, *jira_looks(self.world.jira, self.names["jira"])]

    def record(self) -> Look | None:
        """The record of the account's escalation; the latest one where there are several."""
        return next((look for look in reversed(self.looks()) if look.is_record), None)

    def look(self, ref: TicketRef) -> Look:
        """One ticket."""
        return next(look for look in self.looks() if look.ref == ref)

    def account_of(self, who: str, helpdesk: str) -> str:
        """What a helpdesk calls one of our people."""
        return self.people.jira[who] if helpdesk == self.names["jira"] else str(self.people.zendesk[who])


def _named(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if value is not None}


@contextmanager
def open_stage(scenario: Scenario, directory: Path | None = None, *, engine: Engine | None = None) -> Iterator[Stage]:
    """Build the helpdesks of a scenario, and Escalade on them.

    Args:
        scenario: What will be played.
        directory: The policy to play it with; None is the starter policy, as the scenario wants it.
        engine: What runs Escalade; None runs it in this process.

    Raises:
        PolicyErrors: mistakes in the policy or its settings.
        FileNotFoundError: the directory has no rule file.
        SettingsError: the settings have what a drill has not.
    """
    house = House.of(directory, scenario)
    world = World.empty(scenario.starts)
    people = people_of(world, scenario.cast)
    policy, files = house.policy(scenario, people.accounts(house.names))
    people.project = furnish(world, policy, house, people)
    with ExitStack() as stack:
        emulator = stack.enter_context(RunningEmulator(world))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="escalade-drill-")))
        path = house.furnish(folder, emulator.url, files, scenario)
        if engine is None:
            # Whatever the environment says: the store of a drill is its own.
            settings = replace(load_settings(path), store=f"sqlite:///{folder / 'escalade.db'}")
            app = stack.enter_context(open_app(settings, world.clock, secrets=DrillSecrets(emulator.url)))
            engine = OwnEngine(app)
        yield Stage(
            emulator=emulator,
            scenario=scenario,
            policy=policy,
            directory=folder,
            names=house.names,
            people=people,
            engine=engine,
            has_own_policy=directory is not None,
        )
