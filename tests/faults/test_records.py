"""An account's record is opened, declared, planned and calmed while writes go wrong and Escalade is killed.

What people see at the end is what they see when nothing went wrong, and no write is done twice.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from escalade.emulator.jira.act import perform
from escalade.emulator.zendesk.acts import act
from rules.escalation.standing import RECORD_TAG

POLICY = """\
version: 1
default_calendar: always
directory:
  teams:
    support:
      members:
        - {{id: maren, name: Maren Falk, level: 3, accounts: {{jira: "{maren}"}}}}
        - {{id: agent, name: An Agent, level: 3, accounts: {{zendesk: "{agent}"}}}}
  roles:
    support_manager: {{members: [maren, agent]}}
    eam: {{members: [maren, agent]}}
criteria:
  - {{id: many, description: Many tickets, when: {{account.open_tickets: {{at_least: 4}}}}}}
rules:
  - {{id: quiet, description: Nothing, when: {{tags: {{contains: never}}}}, tags: [esc_never]}}
account_escalations:
  record: {{helpdesk: {home}, project: "{project}", type: {type}, subject: "{{{{ account.name }}}} is in danger"}}
  propose: [many]
  declare: {{roles: [support_manager], colour: red}}
  tags: {{red: acct_red, yellow: acct_yellow, green: acct_green}}
  owner: {{role: eam}}
  exit_criteria:
    - {{id: latency, title: It is fast, confirmed_by: support_manager, within: 14d, always: true}}
  horizon: 30d
  ready_within: 10d
"""
#: What people write on each record, run by run. Before the first run nobody has written anything.
STORY = (
    (),
    ("#declare it burns",),
    (
        "#owner {who}",
        "#comms call | frequency: 1d | attendees: {who}",
        "#cause the index",
        "#stakeholder Jane Doe | party: customer",
        "#agree exit",
        "#agree exit | for: Jane Doe | how: call",
        "#item Build it | owner: {who} | due: 2026-03-10 | serves: latency",
        "#item Tell them | owner: {who} | due: 2026-03-11 | serves: latency",
        "#agree plan",
        "#agree plan | for: Jane Doe | how: call",
        "#plan",
    ),
    ("#green all is well",),
)
#: Every kind of write of the story, and the run in which it comes first.
JIRA_WRITES = {
    "the opening": ("POST", "/rest/api/./issue$", 0),
    "the first note": ("POST", "/comment$", 0),
    "the colour of the record": ("PUT", "/rest/api/./issue/[^/]*$", 1),
    "the edited note": ("PUT", "/comment/", 1),
    "the colour of a ticket": ("PUT", "/api/v2/tickets/", 1),
    "the work": ("POST", "/issue/bulk$", 2),
}
ZENDESK_WRITES = {
    "the opening": ("POST", "/api/v2/tickets$", 0),
    "the first note": ("PUT", "/api/v2/tickets/", 0),
    "the colour of a ticket": ("PUT", "/api/v2/tickets/", 1),
    "the work": ("POST", "/api/v2/tickets$", 2),
}
POINTS = [("jira", *point) for point in JIRA_WRITES.values()] + [
    ("zendesk", *point) for point in ZENDESK_WRITES.values()
]
NAMES = [f"jira, {name}" for name in JIRA_WRITES] + [f"zendesk, {name}" for name in ZENDESK_WRITES]
each_write = pytest.mark.parametrize(("home", "method", "path", "at_run"), POINTS, ids=NAMES)


class Story:
    """One desk whose accounts are escalated, step by step."""

    def __init__(self, bench: Any, home: str) -> None:
        self.bench, self.home = bench, home
        world = bench.emulator.world
        self.jira, self.zendesk = world.jira, world.zendesk
        self.person = next(user for user in self.jira.users.values() if user.display_name == "Maren Falk")
        self.agent = next(user for user in self.zendesk.users.values() if user.role == "agent")
        group = next(iter(self.zendesk.groups.values())).name
        place = {"project": "OPS", "type": "Task"} if home == "jira" else {"project": group, "type": "problem"}
        for file in bench.directory.glob("*.yaml"):
            if file.name != "escalade.yaml":
                file.unlink()
        text = POLICY.format(home=home, maren=self.person.account_id, agent=self.agent.id, **place)
        (bench.directory / "policy.yaml").write_text(text, encoding="utf-8")

    @property
    def records(self) -> list[Any]:
        if self.home == "jira":
            return [one for one in self.jira.issues.values() if RECORD_TAG in (one.fields["labels"] or ())]
        return [one for one in self.zendesk.tickets.values() if RECORD_TAG in one.tags]

    def say(self, lines: tuple[str, ...]) -> None:
        """A manager writes on every record."""
        if not lines:
            return
        world, who = self.bench.emulator.world, "maren" if self.home == "jira" else "agent"
        body = "\n".join(lines).format(who=who)
        for record in self.records:
            with world.lock:
                if self.home == "jira":
                    change = {"comment": {"body": body}}
                    wanted = {"ticket": record.key, "user": self.person.account_id, "change": change}
                    answer = perform(world, self.jira, wanted, "")
                else:
                    change = {"comment": {"body": body, "public": False}}
                    answer = act(world, {"ticket": record.id, "user": self.agent.id, "change": change})
            assert answer.status < 300, answer.body

    def tell(self, lines: tuple[str, ...], run: Callable[[], object]) -> None:
        """People write, the run of it comes, and two more until nothing is left to do."""
        # Where notes cannot be edited, a newer one comes at most once an hour.
        self.bench.pass_minutes(70)
        self.say(lines)
        self.bench.pass_minutes(2)
        run()
        for _ in range(2):
            self.bench.pass_minutes(12)
            code, output = self.bench.call()
        assert code == 0, output

    def seen(self) -> dict[str, Any]:
        """What people see; and that nobody is told, or given, the same thing twice.

        Where notes cannot be edited, how many the kept one comes to depends on when they were due, so on the record
        only the occasions of the others are compared.
        """
        found = self.bench.seen()
        records = [found["tickets"].pop(record.id)[:-1] for record in self.records if self.home == "zendesk"]
        tasks = [one for one in self.zendesk.tickets.values() if one.type == "task"]
        for task in tasks:
            del found["tickets"][task.id]
        work = sorted(one.subject for one in tasks)
        marks = [mark for one in self.zendesk.tickets.values() for mark in _marks(one)]
        issues = self.jira.issues.values()
        marks += [one.properties.get("escalade", {}) for issue in issues for one in issue.comments]
        said = Counter(key for mark in marks for key in mark.get("keys", ()))
        for key, times in said.items():
            assert times == len(self.records) or "account:declared" in key or times == 1, (
                f"{key} was said {times} times"
            )
        return {
            **found,
            "tasks": work,
            "records": len(self.records),
            "told": sorted(map(str, records)),
            "said": _without_ids(said),
        }


def _marks(ticket: Any) -> list[dict[str, Any]]:
    return [audit.custom.get("escalade", {}) for audit in ticket.audits]


def _without_ids(said: Counter[str]) -> dict[str, int]:
    """How often each kind of thing was said: ids of comments differ from story to story."""
    kinds: Counter[str] = Counter()
    for key, times in said.items():
        kinds[key.partition(":")[0]] += times
    return dict(kinds)


@pytest.fixture(scope="module")
def calm() -> dict[str, dict[str, Any]]:
    """What people see after the story without trouble, by the home of the records; filled when first needed."""
    return {}


@pytest.fixture
def make_story(make_bench: Callable[..., Any], calm: dict[str, dict[str, Any]]) -> Callable[[str], Story]:
    """Make stories; before the first of a home, that one is told without trouble."""

    def make(home: str) -> Story:
        if home not in calm:
            undisturbed = Story(make_bench(tickets=20, linked=1), home)
            for lines in STORY:
                undisturbed.tell(lines, undisturbed.bench.call)
            calm[home] = undisturbed.seen()
            assert calm[home]["records"] > 0
        return Story(make_bench(tickets=20, linked=1), home)

    return make


def _unlike(seen: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What differs, in lines that say where."""
    return [
        f"{kind} {key!r}: {_of(seen[kind], key)} instead of {_of(wanted[kind], key)}"
        for kind in wanted
        for key in ([*seen[kind], *wanted[kind]] if isinstance(wanted[kind], dict) else [""])
        if _of(seen[kind], key) != _of(wanted[kind], key)
    ]


def _of(part: Any, key: Any) -> Any:
    return part.get(key) if isinstance(part, dict) else part


def _told(story: Story, at_run: int, run: Callable[[], object]) -> None:
    for number, lines in enumerate(STORY):
        story.tell(lines, run if number == at_run else story.bench.call)


@each_write
@pytest.mark.parametrize("kind", ["reset_after", "not_json", "reset_before"])
def test_a_write_of_unknown_outcome_is_neither_lost_nor_repeated(  # noqa: PLR0917 - two tables
    make_story: Callable[[str], Story],
    calm: dict[str, dict[str, Any]],
    home: str,
    method: str,
    path: str,
    at_run: int,
    kind: str,
) -> None:
    story = make_story(home)

    def run() -> None:
        story.bench.fault(kind, method, path)
        story.bench.call()
        story.bench.control("DELETE", "/faults")

    _told(story, at_run, run)
    assert _unlike(story.seen(), calm[home]) == []


def _killed(story: Story, method: str, path: str, nth: int, phase: str) -> None:
    """Kill Escalade while its n-th such write is held; where there are fewer, it ends by itself."""
    bench = story.bench
    bench.fault(f"hold_{phase}", method, path, nth=nth)
    process = bench.start("sync", "--once", "--force")
    if bench.wait_until_held(process):
        bench.kill(process)
    else:
        process.communicate()
    bench.control("DELETE", "/faults")
    bench.control("POST", "/release", {"drop": phase == "before"})
    bench.call()


@pytest.mark.slow
@each_write
@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_killed_run_is_completed_as_if_nothing_had_happened(  # noqa: PLR0917 - two tables
    make_story: Callable[[str], Story],
    calm: dict[str, dict[str, Any]],
    home: str,
    method: str,
    path: str,
    at_run: int,
    phase: str,
) -> None:
    story = make_story(home)
    _told(story, at_run, lambda: _killed(story, method, path, 1, phase))
    assert _unlike(story.seen(), calm[home]) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("home", ["jira", "zendesk"])
def test_a_story_that_is_killed_in_every_run_at_any_write_ends_as_the_calm_one(
    make_story: Callable[[str], Story], calm: dict[str, dict[str, Any]], home: str, seed: int
) -> None:
    story, chance = make_story(home), random.Random(seed)
    for lines in STORY:
        method = chance.choice(["PUT", "POST"])
        nth, phase = chance.randint(1, 6), chance.choice(["before", "after"])
        story.tell(lines, lambda: _killed(story, method, "^(?!.*(search|bulkfetch|oauth))", nth, phase))  # noqa: B023
    assert _unlike(story.seen(), calm[home]) == []
