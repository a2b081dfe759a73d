"""Annotations: remarks as workflow commands of GitHub, which shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from escalade.checking.remark import Remark, below
from rules.lint.finding import Severity

if TYPE_CHECKING:
    from rules.testing.outcome import Outcome

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
#: More allowed words than this are cut off.
_MOST_WORDS = 12


def annotated(remarks: Iterable[Remark], at: Path) -> str:
    """One line for each remark that is not allowed.

    Args:
        remarks: What was found.
        at: The directory that the files' paths count from: the root of what was checked out.
    """
    told = (
        _command(_KINDS[one.severity], _message(one), one.code, one.file and below(one.file, at), one.line, one.column)
        for one in remarks
        if one.allowed is None
    )
    return "".join(f"{line}\n" for line in told)


def failures(outcomes: Iterable[Outcome], at: Path) -> Iterator[str]:
    """One line for each expectation of a rule test that was not met."""
    for outcome in outcomes:
        for wrong in outcome.mismatches:
            text = (
                f"{outcome.name}: {wrong.what}\nexpected: {'; '.join(wrong.expected)}\nfound: {'; '.join(wrong.found)}"
            )
            yield _command("error", text, "rule test", below(wrong.at.file, at), wrong.at.line, wrong.at.column)


def _message(remark: Remark) -> str:
    parts = [remark.message]
    if remark.found is not None:
        parts.append(f"found: {remark.found}")
    if remark.expected:
        more = "" if len(remark.expected) <= _MOST_WORDS else ", …"
        parts.append(f"allowed: {', '.join(remark.expected[:_MOST_WORDS])}{more}")
    if remark.hint:
        parts.append(f"hint: {remark.hint}")
    return "\n".join(parts)


def _command(  # noqa: PLR0917 - the parts of the command in their order
    kind: str, text: str, title: str, file: str | None, line: int | None, column: int | None
) -> str:
    values = {"file": file, "line": line, "col": column, "title": title}
    said = ",".join(f"{name}={_property(str(value))}" for name, value in values.items() if value is not None)
    return f"::{kind} {said}::{_data(text)}"


def _data(text: str) -> str:
    """A text that stays one command, and stays what it is: the runner undoes exactly this."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
