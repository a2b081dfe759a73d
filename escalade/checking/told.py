"""Told: remarks for a terminal, each with its place, its line, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from escalade.checking.remark import Remark
from rules.problems import Problem, render_one


def told(remarks: Iterable[Remark], sources: Mapping[str, str]) -> str:
    """Write remarks as findings are written; what is in no file without a place.

    Args:
        remarks: What was found; written in the given order.
        sources: File name → text, for showing the lines.
    """
    lines = {name: text.splitlines() for name, text in sources.items()}
    return "\n\n".join(_one(remark, lines) for remark in remarks)


def _one(remark: Remark, lines: Mapping[str, list[str]]) -> str:
    message = f"{remark.severity} [{remark.code}]: {remark.message}"
    if remark.file is None or remark.line is None:
        return message if remark.hint is None else f"{message}\n  hint:    {remark.hint}"
    problem = Problem(
        file=remark.file,
        line=remark.line,
        column=remark.column or 1,
        path=remark.path,
        message=message,
        allowed=remark.expected,
        hint=remark.hint,
    )
    return render_one(problem, lines.get(remark.file, []))
