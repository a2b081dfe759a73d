"""People: the policy of a test file, with people in the teams that an admin has not filled yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from rules.load import Loaded, load_policy
from rules.merge import FEED_ENDING, base_name
from rules.policy import Policy
from rules.schema.directory import PersonShape
from rules.yamltext import Tree

_SECTION = "people"


def staffed(
    loaded: Loaded, files: Mapping[str, str], people: Mapping[str, Sequence[PersonShape]], tree: Tree
) -> Policy:
    """The policy as if the directory named these people, too.

    Args:
        loaded: The policy and its document.
        files: The files that it was loaded from, for its iCalendar files.
        people: Team → who is in it besides those whom the directory names.
        tree: The test file; mistakes are noted there.

    Returns:
        The policy; without these people where something is wrong with them.
    """
    if not people or not _are_right(loaded.policy, people, tree):
        return loaded.policy
    document: Any = deepcopy(loaded.tree.value)
    for team, members in people.items():
        described = document["directory"]["teams"][team]
        added = [one.model_dump(by_alias=True, exclude_defaults=True) for one in members]
        described["members"] = [*described.get("members", []), *added]
    feeds = {name: text for name, text in files.items() if base_name(name).endswith(FEED_ENDING)}
    # A document of YAML 1.2 may be written as JSON.
    return load_policy({"policy.yaml": json.dumps(document, ensure_ascii=False), **feeds})


def _are_right(policy: Policy, people: Mapping[str, Sequence[PersonShape]], tree: Tree) -> bool:
    known, before = policy.directory, len(tree.findings.problems)
    ids = [one.id for members in people.values() for one in members]
    for team, members in people.items():
        if team not in known.teams:
            message = "the directory of the policy has no such team"
            tree.refuse((_SECTION, team), message, on_key=True, found=team, allowed=known.teams)
        for index, one in enumerate(members):
            path = (_SECTION, team, index)
            if one.id in known.people or ids.count(one.id) > 1:
                message = f"the person {one.id!r} is described twice"
                tree.refuse((*path, "id"), message, hint="people of the directory are there in tests, too")
            if one.calendar is not None and one.calendar not in {"always", *policy.calendars}:
                allowed = ("always", *policy.calendars)
                tree.refuse((*path, "calendar"), "there is no such calendar", found=one.calendar, allowed=allowed)
            if one.deputy is not None and one.deputy not in {*ids, *known.people}:
                allowed = (*ids, *known.people)
                tree.refuse((*path, "deputy"), "there is no such person", found=one.deputy, allowed=allowed)
    return len(tree.findings.problems) == before
