"""Variants: a policy with other values in one or two places, made by changing nothing but these values in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import msgspec
import yaml

from rules.problems import did_you_mean
from rules.replay.leaves import children, leaves

#: More variants than this are no sweep that anybody reads.
MOST = 200
#: So many names are told where a path leads nowhere.
_MOST_TOLD = 12
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)([a-zA-Z%]*)\.\.(-?\d+(?:\.\d+)?)\2/(\d+(?:\.\d+)?)\2")
#: A place in a list, as `escalade check` writes it.
_PLACE = re.compile(r"\[(\d+)\]")
_PLAIN = re.compile(r"[\w.%+-]+(?: [\w.%+-]+)*")


class Knob(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the policy, and what to try in its place."""

    #: Sections, ids of entries and keys, such as `rules.too-old.when.age.at_least`.
    path: str
    values: tuple[str, ...]

    @property
    def source(self) -> str | None:
        """The part of the policy that it belongs to, as scores call it; None = no single one."""
        kinds = {"rules": "rule", "sla": "sla"}
        section, _, rest = self.path.partition(".")
        return f"{kinds[section]}:{rest.partition('.')[0]}" if section in kinds and rest else None


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """The values that are tried together, by the knobs in their order, and the texts of the policy with them."""

    values: tuple[str, ...]
    texts: Mapping[str, str]


def knob_of(text: str) -> Knob:
    """Read `PATH=VALUE,VALUE,…` or `PATH=FROM..TO/STEP`.

    Raises:
        ValueError: it is neither; the message says what is allowed.
    """
    path, equals, said = text.partition("=")
    if not (equals and path.strip() and said.strip()):
        raise ValueError(
            f"{text!r} says not what to try; write for example rules.too-old.when.age.at_least=4h,8h,1d or …=2h..12h/2h"
        )
    found = _RANGE.fullmatch(said.strip())
    values = tuple(_steps(found)) if found else tuple(value.strip() for value in said.split(","))
    odd = [value for value in values if not _PLAIN.fullmatch(value)]
    if odd or len(values) != len(set(values)):
        told = f"{odd[0]!r} is no plain value" if odd else "a value is there twice"
        raise ValueError(f"{text!r}: {told}; values are words, numbers or durations, apart by commas")
    return Knob(path=_PLACE.sub(r".\1", path.strip()), values=values)


def _steps(found: re.Match[str]) -> Iterator[str]:
    """The values of a range, its end included where a step meets it."""
    first, unit, last, step = float(found[1]), found[2], float(found[3]), float(found[4])
    if step <= 0 or last < first or (last - first) / step >= MOST:
        raise ValueError(f"{found[0]!r} has no steps, or more than {MOST}; write FROM..TO/STEP with FROM below TO")
    for place in range(int((last - first) / step + 1e-9) + 1):
        yield f"{first + place * step:g}{unit}"


def variants(texts: Mapping[str, str], knobs: Sequence[Knob]) -> list[Variant]:
    """The policy with every combination of the values.

    Raises:
        ValueError: a path leads to no single value of the policy, or there are too many combinations.
    """
    combinations = list(product(*(knob.values for knob in knobs)))
    if len(combinations) > MOST:
        raise ValueError(f"{len(combinations):,} combinations are more than {MOST}; try fewer values")
    return [Variant(values=values, texts=_changed(texts, knobs, values)) for values in combinations]


def _changed(texts: Mapping[str, str], knobs: Sequence[Knob], values: Sequence[str]) -> dict[str, str]:
    found = dict(texts)
    for knob, value in zip(knobs, values, strict=True):
        file, node = _place(found, knob.path)
        text = found[file]
        found[file] = text[: node.start_mark.index] + value + text[node.end_mark.index :]
    return found


def value_at(texts: Mapping[str, str], path: str) -> str:
    """The value that stands there now, as it is written.

    Raises:
        ValueError: the path leads to no single value of the policy.
    """
    file, node = _place(texts, path)
    return texts[file][node.start_mark.index : node.end_mark.index]


def _place(texts: Mapping[str, str], path: str) -> tuple[str, yaml.ScalarNode]:
    """The file and the node of a value."""
    found = [
        (file, node)
        for file, text in texts.items()
        if file.endswith((".yaml", ".yml")) and (node := _below(yaml.compose(text, yaml.SafeLoader), path)) is not None
    ]
    if not found:
        raise ValueError(f"{path!r} leads to no value of the policy{_hint(texts, path)}")
    if len(found) > 1:
        raise ValueError(f"{path!r} leads to values in {len(found)} files of the policy")
    return found[0]


def _hint(texts: Mapping[str, str], path: str) -> str:
    """How far a path leads, and what goes on from there."""
    nodes = [yaml.compose(text, yaml.SafeLoader) for file, text in texts.items() if file.endswith((".yaml", ".yml"))]
    ways = [_way(node, path) for node in nodes]
    far = max((behind for behind, _ in ways), key=len, default=())
    there = {name: told for behind, names in ways if behind == far for name, told in names.items()}
    next_word = path.removeprefix(".".join(far)).removeprefix(".").partition(".")[0]
    names = list(there.values())
    told = ", ".join(names[:_MOST_TOLD]) + (f", … ({len(names) - _MOST_TOLD} more)" if len(names) > _MOST_TOLD else "")
    where = ".".join(far) or "the policy"
    goes_on = f"{where} has {told}" if told else f"{where} is a value itself"
    meant = _ends_so(nodes, path, far) or (did_you_mean(next_word, list(there)) if next_word else None)
    return f"; {goes_on}" + (f"; did you mean {'.'.join((*far, meant))}?" if meant else "")


def _ends_so(nodes: Sequence[yaml.Node | None], path: str, far: Sequence[str]) -> str | None:
    """The one way on to a value that ends as the path does: `when.age.at_least` is `when.all.3.age.at_least`."""
    rest = path.removeprefix("".join(f"{name}." for name in far))
    values = {leaf for node in nodes for leaf, _ in leaves(node)}
    ways = {".".join(leaf[len(far) :]) for leaf in values if leaf[: len(far)] == tuple(far)}
    found = [way for way in sorted(ways) if way.endswith(f".{rest}")]
    return found[0] if far and len(found) == 1 else None


def _way(node: yaml.Node | None, path: str, behind: tuple[str, ...] = ()) -> tuple[tuple[str, ...], dict[str, str]]:
    """The names that a path goes through as far as there are any, and the names behind them as people tell them."""
    below = list(children(node))
    best = behind, {name: _told(name, child) for name, child in below}
    for name, child in below:
        if path == name or path.startswith(f"{name}."):
            way = _way(child, path[len(name) + 1 :], (*behind, name))
            best = max(best, way, key=lambda one: len(one[0]))
    return best


def _told(name: str, child: yaml.Node) -> str:
    """Of an entry that has no id also what it is about."""
    keys = [key for key, _ in children(child)] if isinstance(child, yaml.MappingNode) else []
    return f"{name} ({', '.join(keys)})" if name.isdecimal() and keys else name


def _below(node: yaml.Node | None, path: str) -> yaml.ScalarNode | None:
    """The value at a path; ids may hold dots, so the longest key that fits leads on."""
    if not path:
        return node if isinstance(node, yaml.ScalarNode) else None
    for name, child in children(node):
        if path == name or path.startswith(f"{name}."):
            found = _below(child, path[len(name) + 1 :])
            if found is not None:
                return found
    return None
