"""Finding: something in a policy that loads and still does not do what it seems to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.policy import Position
from rules.yamltext import Path

if TYPE_CHECKING:
    from rules.lint.subject import Subject


class Severity(StrEnum):
    """How sure it is that somebody should act."""

    #: The policy does what nobody can want.
    ERROR = "error"
    #: A part does nothing, or not what it seems to.
    WARNING = "warning"
    #: Worth knowing.
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding with its place in the files."""

    code: str
    severity: Severity
    at: Position
    #: For example `rules[3].when`.
    path: str
    #: What goes wrong, as a sentence without its full stop.
    message: str
    #: What to do about it.
    hint: str
    #: Why a comment allows it; None = it is not allowed.
    allowed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What a check yields: the place and the words. The check itself gives code and severity."""

    path: Path
    message: str
    hint: str
    #: The key at `path` is meant, and not its value.
    on_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One family of findings."""

    code: str
    severity: Severity
    #: What a finding means, in a sentence.
    meaning: str
    #: What to do, in a sentence.
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Kind):
    """A family of findings that is found by looking at the policy."""

    find: Callable[[Subject], Iterable[Flaw]]
