"""Leftovers: what the policy defines and nothing uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rules.lint.finding import Flaw
from rules.lint.subject import Subject
from rules.yamltext import Path

_ALL = "all"


def unused(section: str, noun: str) -> Callable[[Subject], Iterator[Flaw]]:
    """The check for one section: a name is in use when it stands anywhere else in the policy."""

    def find(subject: Subject) -> Iterator[Flaw]:
        parts = subject.document.get(section, {})
        for name, path in _names(parts, section):
            if name not in set(_words(subject.document, but=path)) | _collected(subject, section):
                yield Flaw(
                    path=path, message=f"nothing uses the {noun} {name!r}", hint="remove it, or use it", on_key=True
                )

    return find


def _names(parts: Any, section: str) -> Iterator[tuple[str, Path]]:
    if isinstance(parts, dict):
        yield from ((name, (section, name)) for name in parts)
    else:
        yield from ((part["id"], (section, index)) for index, part in enumerate(parts))


def _words(value: Any, but: Path, path: Path = ()) -> Iterator[str]:
    """Every text in a value, apart from the part at one place."""
    if path == but:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _words(item, but, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _words(item, but, (*path, index))
    elif isinstance(value, str):
        yield value


def _collected(subject: Subject, section: str) -> frozenset[str]:
    """Names that are used without being written: scores over all criteria."""
    if section != "criteria" or not _has_scores_over_all(subject.document):
        return frozenset()
    return frozenset(criterion.id for criterion in subject.policy.criteria)


def _has_scores_over_all(value: Any) -> bool:
    if isinstance(value, list):
        return any(_has_scores_over_all(item) for item in value)
    if not isinstance(value, dict):
        return False
    asked = value.get("criteria")
    if asked == _ALL or (isinstance(asked, dict) and asked.get("of", _ALL) == _ALL):
        return True
    return any(_has_scores_over_all(item) for item in value.values())
