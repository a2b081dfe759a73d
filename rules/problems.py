"""Problem: one thing wrong with the policy, said so that a tired admin can mend it; all of them are told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.policy import Position

#: More allowed words than this are cut off in a message: nobody reads a list of two hundred fields at night.
_MOST_ALLOWED = 12
#: Similarity from which on a word counts as a likely misspelling (0..1, difflib's ratio).
_ALIKE = 0.6
#: The same for words that begin with different letters: people seldom miss the first one.
_ALIKE_ELSEWHERE = 0.7
#: Offending lines longer than this are shown as a window around the caret.
_WIDEST_LINE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a policy file. `line` and `column` count from 1; `path` is the place in the document."""

    file: str
    line: int
    column: int
    #: For example `rules[3].when.all[0].status`; empty when the file as a whole is meant.
    path: str
    #: What is wrong, as a sentence without its full stop.
    message: str
    #: What was found, as written; None when something is missing.
    found: str | None = None
    #: The words that would have been right, when they can be listed.
    allowed: tuple[str, ...] = ()
    #: What to do about it.
    hint: str | None = None


class PolicyErrors(ValueError):  # noqa: N818 - it is many errors
    """The policy cannot be used. `problems` has every mistake that was found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{first.file}:{first.line}:{first.column}: {first.message}{more}")


class Findings:
    """Collects problems while a policy is loaded, so that one mistake does not hide the next."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(
        self,
        at: Position,
        path: str,
        message: str,
        *,
        found: object = None,
        allowed: Iterable[str] = (),
        hint: str | None = None,
    ) -> None:
        """Note one problem. Where words are allowed and one is close to `found`, the hint asks for that one."""
        self.problems.append(problem(at, path, message, found=found, allowed=allowed, hint=hint))


def problem(
    at: Position,
    path: str,
    message: str,
    *,
    found: object = None,
    allowed: Iterable[str] = (),
    hint: str | None = None,
) -> Problem:
    """Make one problem at a position; a likely misspelling is answered in the hint, before any other advice."""
    words = tuple(dict.fromkeys(str(word) for word in allowed))
    shown = None if found is None else shown_value(found)
    close = did_you_mean(found, words) if isinstance(found, str) else None
    if close is not None:
        hint = f"did you mean {close!r}?" if hint is None else f"did you mean {close!r}? {hint}"
    return Problem(
        file=at.file,
        line=at.line,
        column=at.column,
        path=path,
        message=message,
        found=shown,
        allowed=words,
        hint=hint,
    )


def did_you_mean(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that is most like `word`, or None when none is near; case and dashes do not count."""
    by_fold = {_fold(candidate): candidate for candidate in reversed(tuple(allowed))}
    wanted = _fold(word)
    for close in difflib.get_close_matches(wanted, by_fold, n=3, cutoff=_ALIKE):
        alike = difflib.SequenceMatcher(None, close, wanted).ratio()
        if close[:1] == wanted[:1] or alike >= _ALIKE_ELSEWHERE:
            return by_fold[close]
    return None


def _fold(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")


def shown_value(value: object) -> str:
    """A value as the admin wrote it in YAML, cut to a readable length."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = repr(value) if isinstance(value, str) else str(value)
    most = 60
    return text if len(text) <= most else f"{text[: most - 1]}…"


def path_text(path: tuple[str | int, ...]) -> str:
    """A place in a document as people write it: `rules[3].when.all[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif text:
            text += f".{part}"
        else:
            text = part
    return text


def render(problems: Iterable[Problem], sources: Mapping[str, str]) -> str:
    """Write problems for a terminal: `file:line:column`, the message, the offending line with a caret, what to do.

    Args:
        problems: What was found; written in the given order.
        sources: File name → text, for showing the lines. A file that is not in here is shown without its line.
    """
    lines = {name: text.splitlines() for name, text in sources.items()}
    listed = tuple(problems)
    parts = [render_one(item, lines.get(item.file, [])) for item in listed]
    count = "1 problem" if len(listed) == 1 else f"{len(listed)} problems"
    return "\n\n".join([*parts, f"{count} found. Nothing was changed."]) + "\n"


def render_one(item: Problem, lines: list[str]) -> str:
    """One problem for a terminal, below it its line out of the lines of its file."""
    where = f" (at {item.path})" if item.path else ""
    out = [f"{item.file}:{item.line}:{item.column}: {item.message}{where}"]
    if 0 < item.line <= len(lines):
        shown, column = _window(lines[item.line - 1], item.column)
        number = str(item.line)
        out.append(f"  {number} | {shown}")
        out.append(f"  {' ' * len(number)} | {' ' * (column - 1)}^")
    if item.found is not None:
        out.append(f"  found:   {item.found}")
    if item.allowed:
        more = len(item.allowed) - _MOST_ALLOWED
        rest = f", … ({more} more)" if more > 0 else ""
        out.append(f"  allowed: {', '.join(item.allowed[:_MOST_ALLOWED])}{rest}")
    if item.hint:
        out.append(f"  hint:    {item.hint}")
    return "\n".join(out)


def _window(line: str, column: int) -> tuple[str, int]:
    """A long line cut around the caret; tabs and control characters become blanks so that the caret stays below."""
    clean = "".join(letter if letter.isprintable() else " " for letter in line)
    if len(clean) <= _WIDEST_LINE:
        return clean, column
    start = max(0, column - _WIDEST_LINE // 2)
    return f"…{clean[start : start + _WIDEST_LINE]}", column - start + 1
