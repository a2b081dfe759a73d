"""Merge: the files of a policy folder as one document, in which every part still knows its own file and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.problems import Findings
from rules.schema.base import VERSION
from rules.schema.document import PolicyShape
from rules.yamltext import Node, Path, Tree, read_yaml

SECTIONS = tuple(PolicyShape.model_fields)
#: Sections that several files may add to. Tiers are not among them: their order across files would be a guess.
_LISTS = frozenset({"criteria", "rules", "sla", "cadences", "updates"})
_MAPS = frozenset({"calendars", "sets", "conditions", "templates", "channels"})
#: The settings of the program live beside the policy and are another document.
SETTINGS_FILES = frozenset({"escalade.yaml", "escalade.yml"})
#: iCalendar files travel with the policy; calendars name them.
FEED_ENDING = ".ics"


def merge(files: Mapping[str, str], findings: Findings) -> Tree:
    """Read every file, in the order of their names, and put them together.

    Args:
        files: File name → text. `escalade.yaml`, in whatever folder, is the settings file and left out, as are
            iCalendar files.
        findings: Where mistakes are noted; what could be read is still merged, so that its mistakes are found too.
    """
    whole: dict[str, Any] = {}
    documents = sorted(file for file in files if _is_document(base_name(file)))
    merged = Tree(file=min(documents, default="policy"), findings=findings, value=whole)
    merged.root = Node(merged.file, 1, 1)
    merged.root.pairs = []
    for file in documents:
        tree = read_yaml(file, files[file], findings)
        if tree is not None and _is_policy(tree):
            for section in tree.value if isinstance(tree.value, dict) else ():
                _take(merged, whole, tree, section)
    return merged


def feeds_among(files: Mapping[str, str]) -> dict[str, str]:
    """The iCalendar files among the files of a policy, by their names without folders."""
    return {name: text for file, text in files.items() if (name := base_name(file)).endswith(FEED_ENDING)}


def base_name(file: str) -> str:
    """The name of a file without its folders."""
    return file.replace("\\", "/").rsplit("/", 1)[-1]


def _is_document(name: str) -> bool:
    return name not in SETTINGS_FILES and not name.endswith(FEED_ENDING)


def _is_policy(tree: Tree) -> bool:
    if tree.value is None:
        tree.refuse((), "the file is empty", hint="delete the file, or begin it with version: 1")
        return False
    if not isinstance(tree.value, dict):
        hint = "begin the file with version: 1 and a section such as rules:"
        tree.refuse((), "a policy file is a mapping of sections", found=tree.value, allowed=SECTIONS, hint=hint)
        return False
    version = tree.value.get("version")
    if "version" not in tree.value:
        tree.refuse((), "'version' is missing", hint=f"add version: {VERSION} at the top of the file")
    elif version != VERSION or isinstance(version, bool):
        tree.refuse(("version",), "this version of the policy language is not known", found=version, allowed=("1",))
    return True


def _take(merged: Tree, whole: dict[str, Any], tree: Tree, section: str) -> None:
    """Move one section of a file into the whole."""
    path: Path = (section,)
    value = tree.value[section] if isinstance(tree.value, dict) else None
    if section not in SECTIONS:
        tree.refuse(path, "there is no such section", on_key=True, found=section, allowed=SECTIONS)
    elif section == "version":
        whole[section] = VERSION
    elif section not in whole:
        whole[section] = value.copy() if isinstance(value, dict | list) else value
        _adopt(merged, tree, section)
    elif section in _LISTS and isinstance(value, list) and isinstance(whole[section], list):
        _adopt(merged, tree, section)
        whole[section].extend(value)
    elif section in _MAPS and isinstance(value, dict) and isinstance(whole[section], dict):
        _refuse_twice(merged, whole[section], tree, section)
        added = {name: entry for name, entry in value.items() if name not in whole[section]}
        whole[section].update(added)
        _adopt(merged, tree, section, only=frozenset(added))
    else:
        first = merged.key_at(path)
        message = f"{section!r} stands in two files; the first is {first.file}:{first.line}"
        tree.refuse(path, message, on_key=True, hint="keep one of the two")


def _refuse_twice(merged: Tree, known: dict[str, Any], tree: Tree, section: str) -> None:
    for name in tree.value[section] if isinstance(tree.value, dict) else ():
        if name in known:
            first = merged.key_at((section, name))
            message = f"{name!r} is defined in two files; the first is {first.file}:{first.line}"
            tree.refuse((section, name), message, on_key=True, hint="rename or remove one of the two")


def _adopt(merged: Tree, tree: Tree, section: str, *, only: frozenset[str] | None = None) -> None:
    """Take over where the parts of a section stood: of a further file behind those of the files before it."""
    found = None if tree.root is None else tree.root.below(section)
    if found is None or merged.root is None or merged.root.pairs is None:
        return
    at, node = found
    first = merged.root.below(section)
    if first is None:
        # A node of our own: the file's may stand in several places of its document.
        own = Node(node.file, node.line, node.column, node.value)
        own.pairs = None if node.pairs is None else list(node.pairs)
        own.items = None if node.items is None else list(node.items)
        merged.root.pairs.append((section, at.line, at.column, own))
    elif first[1].items is not None:
        first[1].items += node.items or ()
    elif first[1].pairs is not None:
        first[1].pairs += [pair for pair in node.pairs or () if only is None or pair[0] in only]
