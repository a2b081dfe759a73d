"""Commands that are loaded when they are needed: `escalade --help` asks for no database and no helpdesk."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand


class LateCommand(TyperCommand):
    """A command that is known by its name and one line until it runs, or is asked for its own help."""

    def __init__(self, place: str, line: str) -> None:
        """Keep where the command is: `package.module:function`; the function's name is the command's."""
        self._module, _, name = place.partition(":")
        super().__init__(name, help=line)

    def function(self) -> Callable[..., None]:
        """The function behind the command, with its options and its whole help; loads its module."""
        found: Callable[..., None] = getattr(import_module(self._module), str(self.name))
        return found

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the arguments as the real command, which then runs in this one's place."""
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
        alone.command()(self.function())
        return typer.main.get_command(alone).make_context(info_name, args, parent, **extra)
