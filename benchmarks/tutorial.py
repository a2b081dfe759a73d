"""How long a newcomer takes from an empty folder to a rule that is tested and back-tested, by the tutorial.

python benchmarks/tutorial.py
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from section import Measure, Section, show, table

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
from newcomer import MINUTES, PAGE, READING, Block, Newcomer, blocks

#: With this step the rule is tested, with that one also back-tested.
TESTED, BACKTESTED = "5. A test", "6. What it would have done"
BODY = """\
The page is played in an empty folder: files are saved and commands run as they stand there. *Machine* is the time that
the commands take; the minutes are those and the reading of all words, what is typed and shown included, at {reading} a
minute. Installing (`pip install .`) and thinking are not counted."""


@dataclass(slots=True)
class Step:
    """What one step of the tutorial takes."""

    name: str
    words: int
    commands: int = 0
    files: int = 0
    seconds: float = 0.0

    @property
    def minutes(self) -> float:
        """Of reading and waiting."""
        return self.words / READING + self.seconds / 60


def steps_of(page: str) -> dict[str, Step]:
    """The steps of the page with their words."""
    found = re.split(r"^## (.*)$", page, flags=re.MULTILINE)
    before, pairs = found[0], zip(found[1::2], found[2::2], strict=True)
    steps = {name: Step(name, len(text.split())) for name, text in pairs}
    return {"Before": Step("Before", len(before.split())), **steps}


def played(page: str, last: str | None) -> Iterator[tuple[Block, float]]:
    """Do what the page says up to a step, and tell how long each block took."""
    with tempfile.TemporaryDirectory() as folder:
        newcomer = Newcomer(Path(folder))
        try:
            for block in blocks(page):
                began = perf_counter()
                if block.file is not None:
                    newcomer.save(block.file, block.text)
                elif block.language == "sh" and block.is_elsewhere:
                    newcomer.type_elsewhere(block.text)
                elif block.language == "sh":
                    newcomer.type(block.text)
                yield block, perf_counter() - began
                if block.step == last and block.language == "sh":
                    return
        finally:
            newcomer.leave()


def measure(*, quick: bool) -> Section:
    """Play the tutorial once; quick: up to the test of the rule."""
    page = PAGE.read_text(encoding="utf-8")
    steps = steps_of(page)
    for block, seconds in played(page, TESTED if quick else None):
        step = steps[block.step]
        step.seconds += seconds
        step.files += block.file is not None
        step.commands += sum(bool(line.strip()) for line in block.text.splitlines()) if block.language == "sh" else 0
    rows, whole, at = [], 0.0, {}
    for step in steps.values():
        whole += step.minutes
        at[step.name] = whole
        figures = (f"{step.words:,}", f"{step.commands}", f"{step.files}", f"{step.seconds:,.1f}", f"{whole:.1f}")
        rows.append((step.name, *figures))
    head = ("step", "words", "commands", "files", "machine (s)", "minutes so far")
    told = "from an empty folder to a tested, back-tested rule in under 10 minutes of reading and waiting"
    return Section(
        title="From an empty folder to a first rule",
        body=BODY.format(reading=READING) + "\n\n" + table(head, rows),
        measures=(Measure(text=told, found=f"{at[BACKTESTED]:.1f} minutes", met=at[BACKTESTED] < MINUTES),),
        figures={"minutes to a tested rule": at[TESTED], "minutes to a back-tested rule": at[BACKTESTED]},
    )


if __name__ == "__main__":
    show(measure)
