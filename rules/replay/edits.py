"""Edit: a value that one policy has and another has not, or has otherwise; what a reviewer reads first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import yaml

from rules.replay.leaves import leaves

_Values = dict[tuple[str, ...], str]
#: What a path to a whole entry consists of: its section and its id.
_ENTRY = 2


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the policy that is another one, or an entry that is new or gone; None = it is not there."""

    #: Sections, ids of entries and keys, such as `rules.too-old.when.age.at_least`; of an entry `rules.too-old`.
    path: str
    before: str | None
    after: str | None


def edits(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Edit, ...]:
    """What the texts of a policy say otherwise, by path. In which file it stands, comments and layout do not count."""
    old, new = _values(before), _values(after)
    entries = [frozenset(path[:_ENTRY] for path in values) for values in (old, new)]
    differ = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    paths = dict.fromkeys(
        path if all(path[:_ENTRY] in there for there in entries) else path[:_ENTRY] for path in differ
    )
    return tuple(Edit(path=".".join(path), before=_told(old, path), after=_told(new, path)) for path in paths)


def _values(texts: Mapping[str, str]) -> _Values:
    found: dict[tuple[str, ...], list[str]] = {}
    for _, text in sorted(_rule_files(texts)):
        for path, value in leaves(yaml.compose(text, yaml.SafeLoader)):
            found.setdefault(path, []).append(value)
    # What several files say alike, such as their version, is said once.
    return {path: ", ".join(dict.fromkeys(values)) for path, values in found.items()}


def _rule_files(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((file, text) for file, text in texts.items() if file.endswith((".yaml", ".yml")))


def _told(values: _Values, path: Sequence[str]) -> str | None:
    """The value at a path; of a whole entry all of its values, each with the way to it."""
    whole = tuple(path)
    if whole in values:
        return values[whole]
    below = [(way[len(whole) :], value) for way, value in values.items() if way[: len(whole)] == whole]
    return "; ".join(f"{'.'.join(way)}: {value}" for way, value in below) or None
