"""A trainee at the terminal: plays one person, and is asked for what that person writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from escalade.drill.judging import Check
from escalade.drill.scenario import RECORD, Step
from escalade.drill.stage import Stage
from escalade.harmless import harmless_lines

SKIP, LOOK = "skip", "look"


class ConsoleTrainee:
    """Asks whoever sits at the terminal; the end of the input is like `skip` from then on.

    Args:
        console: Where the situation is told.
        stage: Where it is played.
        who: Id of the person whose part it is.
        read: Gives the next line with its line break; empty at the end of the input.
    """

    def __init__(self, console: Console, stage: Stage, who: str, read: Callable[[], str]) -> None:
        self._console = console
        self._stage = stage
        self._who = who
        self._read = read

    @property
    def who(self) -> str:
        """Id of the person whose part it is."""
        return self._who

    def asked(self, step: Step) -> str | None:
        """What the trainee writes; None when they do not know, or are gone."""
        me, where = self._stage.scenario.cast.people[self._who], self._where(step)
        roles = f" ({', '.join(me.roles)})" if me.roles else ""
        self._say(f"\n{self._stage.now:%a %d %b, %H:%M} UTC. You are {me.name}{roles}, on {where}.", style="bold")
        self._say(f"{step.task} ({LOOK} shows what Escalade said there, {SKIP} what would be right.)")
        while (wrote := self._line()) == LOOK:
            self._say(self._seen(step))
        if wrote in {None, SKIP}:
            self._say(f"It would have been: {step.writes}", style="yellow")
            return None
        return wrote

    def answered(self, said: str, misses: Sequence[Check]) -> None:
        """Tell the trainee what Escalade said to a try, and whether it was right."""
        self._say(f"→ {said or 'Escalade has nothing to say to that.'}", style="cyan")
        if misses:
            self._say("That is not what the situation needs yet. Five minutes pass; try again.", style="yellow")

    def _where(self, step: Step) -> str:
        return "the record of the account" if step.on == RECORD else f"ticket {self._stage.refs[step.on].id}"

    def _seen(self, step: Step) -> str:
        look = self._stage.record() if step.on == RECORD else self._stage.look(self._stage.refs[step.on])
        said = [] if look is None else [one.text for one in look.said if not one.is_board]
        board = [] if look is None or not look.board else [look.board]
        return "\n\n".join([*board, *said[-1:]]) or "Nothing yet."

    def _line(self) -> str | None:
        """One comment: a line that ends with a backslash goes on in the next. None = the input is over."""
        self._console.print("> ", end="", markup=False)
        lines: list[str] = []
        while line := self._read():
            lines.append(line.rstrip("\r\n"))
            if not lines[-1].endswith("\\"):
                break
            lines[-1] = lines[-1].removesuffix("\\").rstrip()
        if not lines:
            self._console.print()
            return None
        return "\n".join(lines).strip()

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(harmless_lines(text), style=style, highlight=False, markup=False, soft_wrap=True)
