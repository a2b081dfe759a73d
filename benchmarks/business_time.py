"""Open time between two instants, and the instant after some open time: how fast, and who is wrong at clock changes.

python benchmarks/business_time.py
"""

from __future__ import annotations

import json
import operator
import signal
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import process_time
from types import FrameType
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import businesstimedelta
import pytz
import workclock
import yaml
from section import Measure, Section, show, table

from rules.calendar import BusinessCalendar, Span
from rules.load import load_policy

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "calendars"
ZONES = ("berlin", "new_york", "kolkata", "lord_howe")
RULE = "rules: [{id: r, description: R, when: {status: open}, tags: [r]}]"
OFFICE = {day: ((time(9), time(17)),) for day in range(5)}
SPANS = (3, 90)
ROUNDS, STARTS = 15, 40
#: How often a round repeats its starts: the slow ones less often, so that all rounds take a while.
REPEATS = {"Escalade": 40, "workclock": 10, "businesstimedelta": 1}
PATIENCE = 2.0
MIDNIGHT, NOON = time(), time(12)


class Clock(Protocol):
    """One library's way of counting open time."""

    def between(self, start: datetime, end: datetime) -> timedelta: ...

    def adding(self, start: datetime, length: timedelta) -> Callable[[], datetime]:
        """The call that adds so much open time to an instant; the amount is made beforehand."""
        ...

    def subtracting(self, end: datetime, length: timedelta) -> Callable[[], datetime]: ...


class Ours:
    """Escalade."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        self.calendar = calendar
        self.between = calendar.elapsed

    def adding(self, start: datetime, length: timedelta) -> Callable[[], datetime]:
        return partial(self.calendar.add, start, Span(seconds=int(length.total_seconds())))

    def subtracting(self, end: datetime, length: timedelta) -> Callable[[], datetime]:
        return partial(self.calendar.subtract, end, Span(seconds=int(length.total_seconds())))


class Workclock:
    """workclock: an engine in Rust."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        days = [workclock.WorkDay(*window, [day]) for day, windows in calendar.week.items() for window in windows]
        self.schedule = workclock.Schedule(days, time_zone=calendar.zone)
        self.between = self.schedule.between

    def adding(self, start: datetime, length: timedelta) -> Callable[[], datetime]:
        return partial(self.schedule.add, start, length)

    def subtracting(self, end: datetime, length: timedelta) -> Callable[[], datetime]:
        return partial(self.schedule.sub, end, length)


class Businesstimedelta:
    """businesstimedelta: rules that are walked window by window."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        zone = pytz.timezone(calendar.zone.key)
        # Days with the same windows are one rule, as its users write it. It knows no window of 24 hours; two halves do.
        days: dict[tuple[time, time], list[int]] = {}
        for day, windows in calendar.week.items():
            for window in windows:
                whole = window == (MIDNIGHT, MIDNIGHT)
                for part in ((MIDNIGHT, NOON), (NOON, MIDNIGHT)) if whole else (window,):
                    days.setdefault(part, []).append(day)
        self.rules = businesstimedelta.Rules(
            [businesstimedelta.WorkDayRule(*window, working_days=on, tz=zone) for window, on in days.items()]
        )

    def between(self, start: datetime, end: datetime) -> timedelta:
        found: timedelta = self.rules.difference(start, end).timedelta
        return found

    def adding(self, start: datetime, length: timedelta) -> Callable[[], datetime]:
        return partial(operator.add, start, businesstimedelta.BusinessTimeDelta(self.rules, timedelta=length))

    def subtracting(self, end: datetime, length: timedelta) -> Callable[[], datetime]:
        return partial(operator.sub, end, businesstimedelta.BusinessTimeDelta(self.rules, timedelta=length))


CLOCKS: dict[str, Callable[[BusinessCalendar], Clock]] = {
    "Escalade": Ours,
    "workclock": Workclock,
    "businesstimedelta": Businesstimedelta,
}


# How fast


@dataclass(frozen=True, slots=True)
class Race:
    """What one operation took on one span: contender → microseconds of one call, round by round."""

    operation: str
    days: int
    found: dict[str, list[float]]

    def ratio(self, peer: str) -> float:
        """How many times as fast as a peer we were: the median of the rounds."""
        return statistics.median(
            theirs / ours for ours, theirs in zip(self.found["Escalade"], self.found[peer], strict=True)
        )

    def rows(self) -> Iterator[tuple[str, ...]]:
        for name, times in self.found.items():
            ratio = f"{self.ratio(name):,.1f}" if name != "Escalade" else "1"
            low, high = f"{min(times):,.2f}", f"{max(times):,.2f}"
            yield (
                self.operation,
                f"{self.days} days",
                name,
                f"{statistics.median(times):,.2f} µs",
                f"{low} to {high}",
                ratio,
            )


def races(rounds: int) -> Iterator[Race]:
    """Let the contenders do the same in turns, round by round."""
    clocks = {
        name: make(BusinessCalendar("office", ZoneInfo("Europe/Berlin"), OFFICE)) for name, make in CLOCKS.items()
    }
    starts = [
        datetime(2026, 1, 5, 3, 17, tzinfo=UTC) + timedelta(days=5, hours=7, minutes=11) * at for at in range(STARTS)
    ]
    for days in SPANS:
        span = timedelta(days=days, hours=3)
        open_time = [clocks["Escalade"].between(start, start + span) for start in starts]
        works = {
            "between": {
                name: [partial(clock.between, start, start + span) for start in starts]
                for name, clock in clocks.items()
            },
            "add": {
                name: [clock.adding(start, length) for start, length in zip(starts, open_time, strict=True)]
                for name, clock in clocks.items()
            },
        }
        for operation, work in works.items():
            for calls in work.values():
                _timed(calls, 1)
            found: dict[str, list[float]] = {name: [] for name in work}
            for number in range(rounds):
                names = list(work)
                # Nobody is always the one that runs after a slow neighbour.
                for name in names[number % len(names) :] + names[: number % len(names)]:
                    found[name].append(_timed(work[name], REPEATS[name] if rounds > 1 else 1))
            yield Race(operation, days, found)


def _timed(calls: Sequence[Callable[[], object]], repeats: int) -> float:
    """Microseconds of processor time for one call."""
    begin = process_time()
    for _ in range(repeats):
        for call in calls:
            call()
    return (process_time() - begin) / (repeats * len(calls)) * 1e6


# Who is wrong


@dataclass(frozen=True, slots=True)
class Question:
    """One test vector that every library can be asked."""

    zone: str
    name: str
    edge: str
    calendar: BusinessCalendar
    case: dict[str, Any]

    def right(self, clock: Clock) -> bool:
        """Whether a library gives the answer that was worked out by hand."""
        start = datetime.fromisoformat(self.case["from"]).astimezone(UTC)
        if "to" in self.case:
            answer = clock.between(start, datetime.fromisoformat(self.case["to"]).astimezone(UTC))
            return answer == _length(self.case["open"])
        forward = "add" in self.case
        length = _length(self.case["add" if forward else "subtract"])
        moved = (clock.adding if forward else clock.subtracting)(start, length)()
        return moved == datetime.fromisoformat(self.case["gives"])


def questions() -> Iterator[Question]:
    """The test vectors of four zones, without those that count working days, which the peers cannot."""
    for zone in ZONES:
        text = (VECTORS / f"{zone}.yaml").read_text(encoding="utf-8")
        document = yaml.safe_load(text)
        calendars = load_policy(
            {"p.yaml": f"version: 1\ncalendars: {json.dumps(document['calendars'])}\n{RULE}\n"}
        ).calendars
        for case in document["cases"]:
            if "d" not in case.get("add", case.get("subtract", "")):
                yield Question(zone, case["name"], _edge(case), calendars[case["calendar"]], case)


def _edge(case: dict[str, Any]) -> str:
    begin, end = (datetime.fromisoformat(case[key]).utcoffset() for key in ("from", "to" if "to" in case else "gives"))
    if "subtract" in case:
        begin, end = end, begin
    assert begin is not None
    assert end is not None
    return "no change" if begin == end else "clocks go forward" if begin < end else "clocks go back"


def _length(text: str) -> timedelta:
    return timedelta() if text == "0s" else timedelta(seconds=Span.parse(text).seconds)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Give up on an answer that does not come."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def judged() -> tuple[list[Question], dict[str, list[Question]]]:
    """All questions, and those that each library got wrong or did not answer."""
    asked = list(questions())
    wrong: dict[str, list[Question]] = {}
    for name, make in CLOCKS.items():
        wrong[name] = []
        for question in asked:
            right = False
            # No answer in time, or an error instead of one, is a wrong answer.
            with suppress(Exception), patience(PATIENCE):
                right = question.right(make(question.calendar))
            if not right:
                wrong[name].append(question)
    return asked, wrong


def accuracy(asked: Sequence[Question], wrong: dict[str, list[Question]]) -> str:
    """Wrong answers by zone and edge, and which they are."""
    groups = dict.fromkeys((question.zone, question.edge) for question in asked)
    rows = [
        (
            asked_in[0].calendar.zone.key,
            edge,
            str(len(asked_in)),
            *(
                str(sum((question.zone, question.edge) == (zone, edge) for question in found))
                for found in wrong.values()
            ),
        )
        for zone, edge in groups
        for asked_in in ([question for question in asked if (question.zone, question.edge) == (zone, edge)],)
    ]
    rows.append(("all", "", str(len(asked)), *(str(len(found)) for found in wrong.values())))
    told = [
        f"- {name}: " + "; ".join(f"{question.name} ({question.calendar.zone.key})" for question in found)
        for name, found in wrong.items()
        if found
    ]
    return table(("zone", "edge", "questions", *(f"wrong: {name}" for name in wrong)), rows) + "\n\n" + "\n".join(told)


def measure(*, quick: bool) -> Section:
    """Measure business time: speed side by side, and answers against the test vectors."""
    raced = list(races(1 if quick else ROUNDS))
    asked, wrong = judged()
    peers = {"businesstimedelta": 100.0, "workclock": 1.5}
    lowest = {name: min(race.ratio(name) for race in raced) for name in peers}
    head = ("operation", "span", "contender", "median of one call", "range", "Escalade is × as fast")
    body = (
        f"Monday to Friday 9 to 17 in Berlin, {STARTS} starts over the year in UTC, {1 if quick else ROUNDS} rounds in "
        "turns in one process. The last column is the median of each round's ratio.\n\n"
        + table(head, [row for race in raced for row in race.rows()])
        + "\n\nWho is wrong where: the [test vectors](../tests/vectors/README.md) of four zones, worked out by hand, "
        "without those that count working days. A window is open while the wall shows a time in it. No answer within "
        "two seconds counts as a wrong one.\n\n" + accuracy(asked, wrong)
    )
    measures = [
        Measure(
            text=f"between and add at least {least:g} × as fast as {name} on 3-day and 90-day spans",
            found=f"{lowest[name]:,.1f} × in the closest race",
            met=lowest[name] >= least,
        )
        for name, least in peers.items()
    ]
    ours = len(wrong["Escalade"])
    measures.append(Measure(text="no wrong answer at clock changes in four zones", found=f"{ours} wrong", met=not ours))
    return Section(
        title="Business time",
        body=body,
        measures=tuple(measures),
        figures={f"{race.operation} {race.days} {name}": race.ratio(name) for race in raced for name in peers},
    )


if __name__ == "__main__":
    show(measure)
