"""Killed at random instants under a mixed load: nothing accepted is lost, nothing visible happens twice, all settles.

`make chaos` runs the long form; CHAOS_KILLS, CHAOS_SEED choose how long and which.
"""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from escalade.store.sql import open_store
from rules.ticket import TicketRef

KILLS = int(os.environ.get("CHAOS_KILLS", "5"))
#: Every accepted edit shows within so many seconds of the next start (seconds).
SETTLED_WITHIN = 60.0
STARTED_WITHIN = 60.0
#: A kill during the start comes so soon after it at most (seconds).
STARTING = 0.7
#: Another one comes when so many writes have reached the helpdesks since the start at most, and a moment later; but
#: also when nothing was to be written for so long (writes; seconds).
WRITES, MOMENT, IDLE = 8, 0.1, 3.0
#: Stories under way at most: who dies every few seconds is not to be measured by how much work piles up meanwhile.
CONCURRENT = 20


@dataclass
class Told:
    """A story that is under way."""

    name: str
    kind: str
    steps: Iterator[Any]
    step: Any = None
    began: float = 0.0


@dataclass
class Times:
    """When something was edited, accepted and visible, and when Escalade was started (monotonic seconds)."""

    starts: list[float] = field(default_factory=list)
    accepted: dict[str, float] = field(default_factory=dict)
    #: Seconds from the acceptance, and from the first start after it, to what was to become visible.
    from_acceptance: list[float] = field(default_factory=list)
    from_start: list[float] = field(default_factory=list)

    def settled(self, told: Told, now: float) -> None:
        """Note that a step of a story became visible."""
        assert told.step is not None
        accepted = max(told.began, self.accepted.get(told.step.about, now)) + told.step.after
        self.from_acceptance.append(max(0.0, now - accepted))
        start = next((start for start in self.starts if start > accepted), now)
        self.from_start.append(now - max(accepted, start if start < now else accepted))


class Customers:
    """Act out stories at random instants; the helpdesks tell of each edit until Escalade has accepted it."""

    def __init__(self, town: Any, dice: random.Random) -> None:
        self._town, self._dice = town, dice
        self.times = Times()
        self.told: list[Told] = []
        self.over: list[Told] = []
        self._open: list[Told] = []
        self._no_more, self._end = threading.Event(), threading.Event()
        self.wrong: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._guarded, args=(one,), daemon=True) for one in (self._begin, self._go_on)
        ]
        self._threads.append(threading.Thread(target=self._guarded, args=(self._send,), daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> list[Told]:
        """Begin nothing more, and wait for what is under way; returns what does not come to its end."""
        self._no_more.set()
        end = time.monotonic() + seconds
        while (self._open or self._threads[0].is_alive()) and time.monotonic() < end and not self.wrong:
            time.sleep(0.05)
        self._end.set()
        for thread in self._threads:
            thread.join(60)
        assert not self.wrong, self.wrong
        return list(self._open)

    def tell(self, kind: str) -> None:
        """Begin a story of that kind."""
        name = f"{kind} {len(self.told) + 1} of {self._town.shop.port}"
        told = Told(name, kind, self._town.stories[kind][1](self._town, name))
        self.told.append(told)
        self._go(told)
        self._open.append(told)

    def _guarded(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except Exception as error:  # noqa: BLE001 - the test fails with it
            self.wrong.append(error)

    def _begin(self) -> None:
        kinds, weights = list(self._town.stories), [weight for weight, _ in self._town.stories.values()]
        for kind in kinds:
            self.tell(kind)
        while not self._no_more.wait(self._dice.uniform(0.2, 1.2)):
            if len(self._open) >= CONCURRENT:
                continue
            self.tell(self._dice.choices(kinds, weights)[0])

    def _go_on(self) -> None:
        while not self._end.wait(0.05):
            for told in list(self._open):
                assert told.step is not None
                with self._town.world.lock:
                    holds = told.step.holds()
                if holds:
                    self.times.settled(told, time.monotonic())
                    if not self._go(told):
                        self._open.remove(told)
                        self.over.append(told)

    def _go(self, told: Told) -> bool:
        """Play a story's next step; whether there was one."""
        told.began = time.monotonic()
        told.step = next(told.steps, None)
        if told.step is not None:
            self.times.accepted.pop(told.step.about, None)
        return told.step is not None

    def _send(self) -> None:
        outbox = self._town.world.outbox
        while not (self._end.wait(0.03) and not outbox.queued):
            for delivery in outbox.deliver():
                if delivery.outcome == "delivered":
                    self.times.accepted.setdefault(delivery.about.split()[-1], time.monotonic())
                else:
                    outbox.enqueue(delivery)
            outbox.done.clear()


class Doom:
    """Kills processes, and starts others in their place."""

    def __init__(self, town: Any, dice: random.Random, times: Times, processes: int) -> None:
        self._town, self._dice, self._times = town, dice, times
        self.crew = [self._start("serve" if number == 0 else "worker") for number in range(processes)]
        self.kills: Counter[str] = Counter()

    def _start(self, command: str) -> Any:
        self._times.starts.append(time.monotonic())
        return self._town.brood.start(command)

    def await_all(self) -> None:
        began = time.monotonic()
        while not (self._town.answers() and all(one.is_up for one in self.crew)):
            self._start_again()
            assert time.monotonic() - began < STARTED_WITHIN, [one.words for one in self.crew]
            time.sleep(0.01)

    def _start_again(self) -> None:
        """What a supervisor does with one that ended by itself: it may, when it is cut off while it starts."""
        for which, one in enumerate(self.crew):
            if self._town.brood.gave_up(one):
                self._town.brood.kill(one)
                self.crew[which] = self._start(one.command)

    def strike(self, most: int) -> None:
        """Kill one, or several at once, during their start or afterwards."""
        when = "during the start" if self._dice.random() < 0.25 else "at work"
        if when == "at work":
            self._let_work(self._dice.randint(1, WRITES))
        time.sleep(self._dice.uniform(0, STARTING if when == "during the start" else MOMENT))
        several = len(self.crew) > 1 and most > 1 and self._dice.random() < 0.2
        victims = self._dice.sample(range(len(self.crew)), 2 if several else 1)
        for which in victims:
            self._town.brood.kill(self.crew[which])
        for which in victims:
            self.crew[which] = self._start("serve" if which == 0 else "worker")
        self.kills[f"{when}, {len(victims)} at once" if several else when] += len(victims)

    def _let_work(self, writes: int) -> None:
        """Wait until all are up and so many writes have reached the helpdesks."""
        calls = self._town.world.calls
        before = calls.writes
        self.await_all()
        ends = time.monotonic() + IDLE
        while calls.writes < before + writes and time.monotonic() < ends:
            time.sleep(0.001)


def cut_connections(url: str) -> int:
    """Let PostgreSQL end every connection to the database; how many that were."""
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        ended = admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone()
    assert ended is not None
    return int(ended[0])


def differing(town: Any, stories: list[Told], calm: dict[str, dict[str, Any]], unsure: set[str]) -> dict[str, Any]:
    """Stories that look otherwise than one of their kind that was told in peace."""
    found = {}
    for told in stories:
        now, peace = town.seen(told.name), calm[told.kind]
        if told.kind == "waiting" and now["notes"] != peace["notes"]:
            # Who was away for long enough says nothing of the step that was passed by.
            now["notes"] = [peace["notes"][0]] if now["notes"] == [peace["notes"][0][1:]] else now["notes"]
        if told.kind == "announced" and now["letters"] == 0 and told.name in unsure:
            # A room cannot be asked what it heard: it is told at most once, and the journal says that nobody knows.
            now["letters"] = 1
        if now != peace:
            found[told.name] = {what: (now[what], peace[what]) for what in now if now[what] != peace[what]}
    return found


def unsure_notices(url: str, town: Any, stories: list[Told]) -> set[str]:
    """Stories of which the journal says that nobody knows whether the room heard of them."""
    numbers = {ticket.subject: ticket.id for ticket in town.zendesk.tickets.values()}
    with open_store(url) as store:
        assert store.dead_letters() == {}, "no visit was given up"
        return {
            told.name
            for told in stories
            if told.kind == "announced"
            and any(
                one.action == "write.unknown" for one in store.journal(TicketRef("zendesk", str(numbers[told.name])))
            )
        }


def journal_of(url: str, town: Any, name: str) -> str:
    """What the journal and the table of visits say of the tickets of a story."""
    refs = [TicketRef("zendesk", str(one.id)) for one in town.zendesk.tickets.values() if one.subject == name]
    refs += [TicketRef("jira", str(one.id)) for one in [*town.issues(name), *town.records(name)]]
    lines = []
    with open_store(url) as store:
        for ref in refs:
            lines += [f"  {ref} {one.at:%H:%M:%S.%f} {one.action}: {one.text[:120]}" for one in store.journal(ref)]
            with store.reading() as connection:
                of = {"of": ref.helpdesk, "id": ref.id}
                rows = connection.execute(text("SELECT * FROM visits WHERE helpdesk = :of AND ticket = :id"), of)
                lines += [f"  {ref} {dict(row)}" for row in rows.mappings()]
    return "\n".join(lines)


def told_in_peace(town: Any, customers: Customers, doom: Doom) -> dict[str, dict[str, Any]]:
    """What people see of one story of each kind while nobody is killed."""
    doom.await_all()
    customers.start()
    ends = time.monotonic() + SETTLED_WITHIN
    while stuck := town.stories.keys() - {told.kind for told in customers.over}:
        assert time.monotonic() < ends, (stuck, customers.wrong, [one.words for one in doom.crew])
        time.sleep(0.05)
    time.sleep(3)
    return {one.kind: town.seen(one.name) for one in customers.told[: len(town.stories)]}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of killing one set-up."""

    setup: str
    seed: int
    kills: Counter[str]
    cuts: int
    told: int
    lost: dict[str, Any]
    differing: dict[str, Any]
    unsure: int
    times: Times

    @property
    def row(self) -> tuple[str, ...]:
        """Its row in the table that `make chaos` prints."""
        start, accepted = self.times.from_start, self.times.from_acceptance
        return (
            self.setup,
            str(self.seed),
            f"{self.kills.total()} ({', '.join(f'{count} {when}' for when, count in sorted(self.kills.items()))})",
            str(self.cuts),
            f"{self.told} / {len(start)}",
            str(len(self.lost)),
            str(len(self.differing)),
            str(self.unsure),
            f"{statistics.median(start):.2f} s / {max(start):.1f} s",
            f"{statistics.median(accepted):.2f} s / {max(accepted):.1f} s",
        )


HEAD = (
    "set-up",
    "seed",
    "kills",
    "connections cut",
    "stories / edits",
    "lost",
    "twice or otherwise wrong",
    "notices nobody knows of",
    "settled after the start, p50 / max",
    "after the acceptance, p50 / max",
)


@pytest.fixture(scope="module")
def table() -> Iterator[list[Found]]:
    """What was found, printed at the end as a table."""
    found: list[Found] = []
    yield found
    for cells in (HEAD, ["---"] * len(HEAD), *(one.row for one in found)):
        print(f"| {' | '.join(cells)} |")


def play(town: Any, *, setup: str, seed: int, processes: int, url: str | None) -> Found:
    """Kill at random until enough have died, then wait for what was begun, and compare it with what peace brings."""
    dice = random.Random(seed)
    customers = Customers(town, random.Random(seed + 1))
    doom = Doom(town, dice, customers.times, processes)
    calm = told_in_peace(town, customers, doom)
    cuts = reported = 0
    while doom.kills.total() < KILLS:
        doom.strike(KILLS - doom.kills.total())
        if url is not None and dice.random() < 0.1:
            time.sleep(dice.uniform(0, 0.5))
            cut_connections(url)
            cuts += 1
        if doom.kills.total() >= reported + 25:
            reported = doom.kills.total()
            print(f"{datetime.now(UTC):%H:%M:%S} {setup}: {reported} kills, {len(customers.told)} stories", flush=True)
    doom.await_all()
    left = customers.finish(SETTLED_WITHIN + 10)
    time.sleep(2)
    assert [town.brood.end(process) for process in doom.crew] == [0] * processes
    store = url or f"sqlite:///{town.shop.directory / 'escalade.db'}"
    unsure = unsure_notices(store, town, customers.told)
    wrong = differing(town, [told for told in customers.told if told not in left], calm, unsure)
    for name in [*(told.name for told in left), *wrong][:5]:
        print(f"{name}:\n{journal_of(store, town, name)}")
    return Found(
        setup=setup,
        seed=seed,
        kills=doom.kills,
        cuts=cuts,
        told=len(customers.told),
        lost={told.name: town.seen(told.name) for told in left},
        differing=wrong,
        unsure=len(unsure),
        times=customers.times,
    )


@pytest.mark.slow
@pytest.mark.timeout(600 + 30 * KILLS)
@pytest.mark.parametrize(
    ("kind", "processes", "threads"),
    [("sqlite", 1, 1), ("sqlite", 1, 3), ("postgresql", 1, 3), ("postgresql", 3, 3)],
    ids=["sqlite-1-thread", "sqlite-3-threads", "postgresql-1-process", "postgresql-3-processes"],
)
def test_nothing_is_lost_and_nothing_happens_twice_whenever_processes_are_killed(  # noqa: PLR0917 - three fixtures
    make_town: Any, request: pytest.FixtureRequest, table: list[Found], kind: str, processes: int, threads: int
) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(1_000_000))
    setup = f"{kind}, {processes} × {threads}"
    print(f"\n{datetime.now(UTC):%H:%M:%S} {setup}: CHAOS_SEED={seed}", flush=True)
    url = request.getfixturevalue("new_postgres_database")() if kind == "postgresql" else None
    found = play(make_town(url, workers=threads), setup=setup, seed=seed, processes=processes, url=url)
    table.append(found)
    for which, how in [*found.lost.items(), *found.differing.items()][:20]:
        print(f"{which}: {how}")
    assert found.lost == {}, f"CHAOS_SEED={seed}"
    assert found.differing == {}, f"CHAOS_SEED={seed}"
    assert max(found.times.from_start) <= SETTLED_WITHIN, f"CHAOS_SEED={seed}"
