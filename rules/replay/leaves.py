"""Leaves: the values of a policy's text, each with the path that leads to it: sections, ids of entries, keys."""

from __future__ import annotations

from collections.abc import Iterator

import yaml


def children(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """The parts of a mapping by key; of a list by the id of its entries, or their place, from 0."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        for place, entry in enumerate(node.value):
            named = dict(children(entry)) if isinstance(entry, yaml.MappingNode) else {}
            identity = named.get("id")
            yield (identity.value if isinstance(identity, yaml.ScalarNode) else str(place)), entry


def leaves(node: yaml.Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value below a node with its path; a list of plain values is one value, in the order of the text."""
    plain = _plain(node)
    if plain is not None:
        yield path, plain
        return
    for name, child in children(node):
        yield from leaves(child, (*path, name))


def _plain(node: yaml.Node | None) -> str | None:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(entry, yaml.ScalarNode) for entry in node.value):
        return f"[{', '.join(entry.value for entry in node.value)}]"
    return None
