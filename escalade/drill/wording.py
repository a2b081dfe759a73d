"""Wording: whether a trainee wrote what a scenario has at that place: the same commands, in words of their own."""

from __future__ import annotations

from escalade.drill.judging import Check
from rules.commands import commands_in
from rules.forms import form_of


def same_kind(wanted: str, wrote: str) -> Check:
    """Whether two comments ask for the same: equal verbs in equal order, and an equal date line. Words do not count."""
    return Check(wanted="the command that is due here", holds=_kind(wanted) == _kind(wrote), found=_told(wrote))


def _kind(text: str) -> tuple[object, ...]:
    form = form_of(text)
    return (*(command.verb for command in commands_in(text)), form.month, form.day)


def _told(text: str) -> str:
    return " and ".join(f"#{command.verb}" for command in commands_in(text)) or "no command"
