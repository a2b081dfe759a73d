"""How long a back-test takes on a real history, and whether time and memory stay in proportion on a longer one.

python benchmarks/backtest.py

The history lies in ../shared/material/tickets, or where ESCALADE_SHARED says; without it one of the same kind is made
by chance, and the section says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from msgspec.structs import replace
from section import Measure, Section, show, table

from escalade.backtest.played import Past, played
from escalade.histories.file import read_history, write_history
from escalade.policy_files import policy_sources
from escalade.progress import QuietProgress
from rules.histories.event import EventKind, Fields, PastEvent
from rules.load import load_policy
from rules.replay.machine import json_text
from rules.replay.replay import Setting
from rules.ticket import Priority, StatusCategory

CONFIG = Path(__file__).parents[1] / "config"
SHARED = Path(os.environ.get("ESCALADE_SHARED", Path(__file__).parents[2] / "shared"))
HISTORY = SHARED / "material" / "tickets" / "uci498-before-2016-04.jsonl.gz"
MOST_SECONDS, MOST_MEGABYTES, MOST_RATIO, LONG = 20.0, 400, 1.2, 1_000_000


def made_up(count: int) -> Iterator[PastEvent]:
    """A history by chance, in the order of time."""
    chance = random.Random(7)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    opened: list[str] = []
    for number in range(count):
        at += timedelta(minutes=chance.randrange(8))
        if not opened or chance.random() < 0.2:
            opened.append(f"uci:{number}")
            first = Fields(
                subject="it fails",
                status=StatusCategory.NEW,
                priority=chance.choice(list(Priority)),
                account=f"acme-{chance.randrange(40)}",
                group="first",
                custom={"impact": chance.randrange(3)},
            )
            yield PastEvent(at=at, ticket=opened[-1], kind=EventKind.CREATED, fields=first)
            continue
        place = chance.randrange(len(opened))
        status = chance.choice(list(StatusCategory)[:6])
        yield PastEvent(at=at, ticket=opened[place], kind=EventKind.CHANGED, fields=Fields(status=status))
        if status is StatusCategory.CLOSED:
            del opened[place]


def repeated(file: Path, count: int) -> Iterator[PastEvent]:
    """The same history one time after the other, each time of other tickets, up to so many events."""
    begins = ends = None
    for event in read_history(file):
        begins, ends = begins or event.at, event.at
    if begins is None or ends is None:
        return
    length = ends - begins + timedelta(days=1)
    copies = (
        replace(event, at=event.at + number * length, ticket=f"{event.ticket}-{number}")
        for number in range(count)
        for event in read_history(file)
    )
    yield from islice(copies, count)


def alone(file: Path) -> None:
    """Play one file in this process, and print what that took as JSON."""
    policy = load_policy(policy_sources(CONFIG))
    past = Past(read=lambda: read_history(file), names={"uci": "zendesk"})
    start = process_time()
    (found,) = played(past, [policy], Setting(), QuietProgress())
    taken = process_time() - start
    told = {
        "seconds": taken,
        "megabytes": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
        "events": found.played.events,
        "escalations": found.escalations,
        "print": hashlib.sha256(json_text(found).encode()).hexdigest(),
    }
    sys.stdout.write(json.dumps(told))


def run(file: Path) -> dict[str, float]:
    """The same in a process of its own."""
    done = subprocess.run([sys.executable, __file__, str(file)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(*, quick: bool) -> Section:
    """Play the history twice, then the long one, then the history once more."""
    with TemporaryDirectory() as directory:
        short, long = Path(directory) / "short.jsonl", Path(directory) / "long.jsonl"
        real = HISTORY.exists()
        events = read_history(HISTORY) if real else made_up(59_354)
        write_history(short, islice(events, 600 if quick else None))
        write_history(long, repeated(short, 1800 if quick else LONG))
        first, second, far, third = run(short), run(short), run(long), run(short)
    return _told([first, second, third], far, real=real)


def _told(short: Sequence[dict[str, float]], far: dict[str, float], *, real: bool) -> Section:
    first = short[0]
    seconds = [one["seconds"] for one in short]
    # The long one is played once and takes what comes; so it is held against the middle of the short ones around it.
    best, middle = min(seconds), median(seconds)
    ratio = (far["seconds"] / far["events"]) / (middle / first["events"])
    names = ("the history", "the same again", "repeated", "the history once more")
    played = (*short[:2], far, *short[2:])
    rows = [
        (
            name,
            f"{one['events']:,}",
            f"{one['escalations']:,}",
            f"{one['seconds']:,.1f} s",
            f"{one['seconds'] / one['events'] * 1e6:,.0f} µs",
            f"{one['megabytes']:.0f} MB",
        )
        for name, one in zip(names, played, strict=True)
    ]
    what = "9,202 real incidents (UCI data set 498)" if real else "a history by chance, as the real one is not here"
    body = (
        f"`escalade backtest` with the starter policy on {what}: processor time of one core, in a process of its own, "
        "reading included. Repeated: the same history one time after the other, each time with other tickets; an event "
        "of it is compared with one of the middle of the short runs.\n\n"
        + table(("", "events", "escalations", "time", "an event", "most memory"), rows)
    )
    same = len({one["print"] for one in short}) == 1
    return Section(
        title="Back-tests",
        body=body,
        measures=_measures(best, first["megabytes"], far["megabytes"], ratio, same=same),
        figures={"seconds": best, "ratio": ratio},
    )


def _measures(best: float, megabytes: float, far: float, ratio: float, *, same: bool) -> tuple[Measure, ...]:
    """Of the short history its seconds and megabytes, of the long one its megabytes and what an event costs."""
    return (
        Measure(text=f"the history in less than {MOST_SECONDS:.0f} s", found=f"{best:.1f} s", met=best < MOST_SECONDS),
        Measure(text=f"in less than {MOST_MEGABYTES} MB", found=f"{megabytes:.0f} MB", met=megabytes < MOST_MEGABYTES),
        Measure(text="two runs alike to the byte", found="alike" if same else "unlike", met=same),
        Measure(
            text=f"an event of the long history costs at most {MOST_RATIO} times as much",
            found=f"{ratio:.2f}, {far:.0f} MB",
            met=ratio <= MOST_RATIO,
        ),
    )


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        alone(Path(sys.argv[1]))
    else:
        show(measure)
