"""Acts: what is expected to be done at an instant, held against what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CreateRemediation,
    Notify,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.explain import describe
from rules.schema.rule_tests import ChangesShape, ExpectShape, NoteShape, NoticeShape, OpensShape
from rules.testing.deed import Deed
from rules.testing.kinds import Kind
from rules.words import words

T = TypeVar("T")
D = TypeVar("D")
_NOTHING = ("none",)
_NOTES = {"notes": Kind.NOTES, "public_notes": Kind.PUBLIC_NOTES, "answers": Kind.ANSWERS}


class Mismatched(msgspec.Struct, frozen=True):
    """A part of an expectation that is not met: where it stands below `expect`, and one line each."""

    path: tuple[str, ...]
    expected: tuple[str, ...]
    found: tuple[str, ...]


def judge_acts(expect: ExpectShape, deeds: Sequence[Deed], *, kept: str) -> Iterator[Mismatched]:
    """Every part of an expectation about what is done that is not met.

    Args:
        expect: What is expected.
        deeds: What was done to the ticket at the instant.
        kept: The text of the note that is kept current.
    """
    if expect.changes is not None:
        yield from _changes(expect.changes, [deed.change for deed in deeds])
    for name, kind in _NOTES.items():
        wanted = getattr(expect, name)
        if wanted is not None:
            said = [deed for deed in deeds if deed.kind is kind]
            yield from _paired((name,), wanted, said, _is_note, _told_note, _told_deed)
    if expect.has_notes is not None:
        notes = [deed for deed in deeds if deed.kind is Kind.NOTES]
        yield from _paired(("has_notes",), expect.has_notes, notes, _is_note, _told_note, _told_deed, others=True)
    if expect.kept is not None and expect.kept not in kept:
        yield Mismatched(("kept",), (f"contains {expect.kept!r}",), tuple(kept.splitlines()) or _NOTHING)
    if expect.notices is not None:
        notices = [deed.change for deed in deeds if isinstance(deed.change, Notify)]
        yield from _paired(("notices",), expect.notices, notices, _is_notice, _told_notice, describe)
    if expect.opens is not None:
        opened = [deed.change for deed in deeds if isinstance(deed.change, OpenLinked)]
        yield from _paired(("opens",), expect.opens, opened, _is_opening, _told_opening, describe)
    if expect.work is not None:
        made = (deed.change for deed in deeds if isinstance(deed.change, CreateRemediation))
        titles = [item.title for change in made for item in change.items]
        yield from _paired(("work",), expect.work, titles, _is_within, repr, repr)


def _paired(  # noqa: PLR0917 - two lists, how they are compared, and how each is told
    path: tuple[str, ...],
    expected: Sequence[T],
    found: Sequence[D],
    fits: Callable[[T, D], bool],
    told: Callable[[T], str],
    shown: Callable[[D], str],
    *,
    others: bool = False,
) -> Iterator[Mismatched]:
    """Give each expected one a found one of its own; tell all of both, where one is missing or left over."""
    left, missing = list(found), []
    for one in expected:
        mate = next((other for other in left if fits(one, other)), None)
        if mate is None:
            missing.append(one)
        else:
            left.remove(mate)
    if missing or (left and not others):
        yield Mismatched(path, tuple(map(told, expected)) or _NOTHING, tuple(map(shown, found)) or _NOTHING)


def _is_note(expected: str | NoteShape, deed: Deed) -> bool:
    if not isinstance(deed.change, PostComment):
        return False
    body = deed.change.body
    if isinstance(expected, str):
        return _is_within(expected, body)
    fits_template = expected.template is None or expected.template == deed.template
    fits_source = expected.by is None or expected.by == deed.change.rule
    return fits_template and fits_source and (expected.contains is None or _is_within(expected.contains, body))


def _is_within(expected: str, text: str) -> bool:
    """Whether the words stand there; where lines break does not count."""
    return " ".join(expected.split()) in " ".join(text.split())


def _told_note(expected: str | NoteShape) -> str:
    if isinstance(expected, str):
        return f"contains {expected!r}"
    parts = (("template", expected.template), ("by", expected.by), ("contains", expected.contains))
    return ", ".join(f"{name} {value!r}" for name, value in parts if value is not None)


def _told_deed(deed: Deed) -> str:
    change = deed.change
    if not isinstance(change, PostComment):
        return describe(change)
    made_of = "" if deed.template is None else f"template {deed.template!r}, "
    return f"{made_of}by {change.rule!r}: {' '.join(change.body.split())!r}"


def _is_notice(expected: NoticeShape, change: Notify) -> bool:
    fits = expected.contains is None or _is_within(expected.contains, f"{change.title}\n{change.body}")
    return fits and expected.channel == change.channel


def _told_notice(expected: NoticeShape) -> str:
    return expected.channel if expected.contains is None else f"{expected.channel}: contains {expected.contains!r}"


def _is_opening(expected: OpensShape, change: OpenLinked) -> bool:
    asked = ((expected.helpdesk, change.helpdesk), (expected.project, change.project), (expected.type, change.type))
    fits = all(wanted is None or wanted == found for wanted, found in asked)
    return fits and (expected.contains is None or _is_within(expected.contains, change.subject))


def _told_opening(expected: OpensShape) -> str:
    parts = (expected.helpdesk, expected.project, expected.type, expected.contains)
    return ", ".join(part for part in parts if part is not None)


def _changes(expected: ChangesShape, changes: Sequence[Change]) -> Iterator[Mismatched]:
    """What is changed on the ticket: exactly that."""
    added = {tag for change in changes if isinstance(change, AddTags) for tag in change.tags}
    removed = {tag for change in changes if isinstance(change, RemoveTags) for tag in change.tags}
    for name, wanted, tags in (
        ("add_tags", set(expected.add_tags), added),
        ("remove_tags", set(expected.remove_tags), removed),
    ):
        if wanted != tags:
            yield Mismatched(("changes", name), tuple(sorted(wanted)) or _NOTHING, tuple(sorted(tags)) or _NOTHING)
    found = _values(changes)
    for name in ("priority", "group", "assignee", "status"):
        value = getattr(expected, name)
        if value != found.get(name):
            yield Mismatched(("changes", name), (_told(value),), (_told(found.get(name)),))
    fields = {change.field: change.value for change in changes if isinstance(change, SetField)}
    for name in sorted(expected.fields.keys() | fields.keys()):
        if expected.fields.get(name) != fields.get(name):
            path = ("changes", "fields", name)
            yield Mismatched(path, (_told(expected.fields.get(name)),), (_told(fields.get(name)),))


def _values(changes: Sequence[Change]) -> dict[str, str]:
    """The last value that each part was given."""
    found: dict[str, str] = {}
    for change in changes:
        match change:
            case SetPriority():
                found["priority"] = str(change.priority)
            case Assign():
                found["group"] = change.group
            case AssignPerson():
                found["assignee"] = change.person
            case Transition():
                found["status"] = change.status
            case _:
                continue
    return found


def _told(value: object) -> str:
    return "is left alone" if value is None else words(value)
