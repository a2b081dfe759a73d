"""Check: does every helpdesk have the words that the policy uses? Asked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.policy import Named, NameKind, Policy
from rules.problems import Problem, problem
from rules.ticket import Priority
from rules.vocabulary import Vocabulary

_ADVICE: Mapping[NameKind, str] = {
    NameKind.HELPDESK: "take this part out, name a helpdesk of the settings file, or add this one there",
    NameKind.GROUP: "create the group in the helpdesk, or name one that it has",
    NameKind.PEOPLE_GROUP: "name a group as the helpdesk writes it, or take it out",
    NameKind.PERSON: "name an agent by the id that the helpdesk shows in the address of the person's page",
    NameKind.STATUS: "name a status as the helpdesk writes it",
    NameKind.PRIORITY: "map the priority in the settings of the helpdesk, or choose another",
    NameKind.FIELD: "add the field to the helpdesk's settings under fields:, or name one that is there",
    NameKind.FIELD_VALUE: "add the value to the field in the helpdesk, or name one that it has",
    NameKind.PROJECT: "name the key of a project that the account may see",
    NameKind.TICKET_TYPE: "name a type that the project offers",
    NameKind.SUBTASK_TYPE: "add a subtask type to the project, or choose a project that has one",
}


def check_vocabulary(policy: Policy, vocabularies: Mapping[str, Vocabulary]) -> tuple[Problem, ...]:
    """Find the words of a policy that the helpdesks do not have.

    Args:
        policy: A loaded policy.
        vocabularies: Helpdesk name (of the settings) → its words. All configured helpdesks have to be in here; what
            one could not tell (None) is not checked.

    Returns:
        One problem for every place in the policy that names an unknown word, in the order of the files.
    """
    found = (_check(named, vocabularies) for named in policy.names)
    return tuple(item for item in found if item is not None)


def _check(named: Named, vocabularies: Mapping[str, Vocabulary]) -> Problem | None:
    if named.kind is NameKind.HELPDESK:
        return None if named.name in vocabularies else _unknown(named, vocabularies, "no helpdesk is called this")
    if named.helpdesk is None:
        return _check_anywhere(named, vocabularies)
    vocabulary = vocabularies.get(named.helpdesk)
    if vocabulary is None:  # The unknown helpdesk is told where it is named.
        return None
    if named.kind is NameKind.SUBTASK_TYPE:
        return _check_subtask(named, vocabulary)
    known = _known(named, vocabulary)
    if known is None or named.name in known:
        return None
    return _unknown(named, known, f"{named.helpdesk} has no such {_what(named)}")


def _check_anywhere(named: Named, vocabularies: Mapping[str, Vocabulary]) -> Problem | None:
    """A word that no single helpdesk is named for: priorities are written to all, the rest some helpdesk must have."""
    if named.kind is NameKind.PRIORITY:
        for helpdesk, vocabulary in vocabularies.items():
            if vocabulary.priorities is not None and named.name not in vocabulary.priorities:
                allowed = [priority for priority in Priority if priority in vocabulary.priorities]
                return _unknown(named, allowed, f"{helpdesk} cannot set this priority")
        return None
    together: set[str] = set()
    for vocabulary in vocabularies.values():
        known = _known(named, vocabulary)
        if known is None and _could_have(named, vocabulary):
            return None
        together |= known or frozenset()
    if not vocabularies or named.name in together or (named.kind is NameKind.FIELD_VALUE and not together):
        return None
    return _unknown(named, together, f"no helpdesk has such a {_what(named)}")


def _could_have(named: Named, vocabulary: Vocabulary) -> bool:
    """Whether a helpdesk that gives no list might still know the word: a field that it lacks has no values."""
    if named.kind is NameKind.FIELD_VALUE and vocabulary.fields is not None:
        return named.of in vocabulary.fields
    return True


def _known(named: Named, vocabulary: Vocabulary) -> frozenset[str] | None:
    """The words of that kind that a helpdesk has; None = it did not tell."""
    of = named.of or ""
    known: dict[NameKind, frozenset[str] | None] = {
        NameKind.GROUP: vocabulary.groups,
        NameKind.PEOPLE_GROUP: vocabulary.people_groups,
        NameKind.PERSON: vocabulary.people,
        NameKind.STATUS: vocabulary.statuses,
        NameKind.FIELD: vocabulary.fields,
        NameKind.FIELD_VALUE: vocabulary.field_values.get(of),
        NameKind.PROJECT: vocabulary.projects,
        NameKind.TICKET_TYPE: vocabulary.types.get(of),
    }
    return known.get(named.kind)


def _check_subtask(named: Named, vocabulary: Vocabulary) -> Problem | None:
    if vocabulary.subtasks.get(named.name, True):
        return None
    return _unknown(named, (), f"the project {named.name} in {named.helpdesk} has no subtask type")


def _what(named: Named) -> str:
    match named.kind:
        case NameKind.FIELD_VALUE:
            return f"value of the field {named.of}"
        case NameKind.TICKET_TYPE:
            return f"ticket type in the project {named.of}"
        case _:
            return str(named.kind)


def _unknown(named: Named, allowed: Iterable[str], message: str) -> Problem:
    return problem(
        named.at,
        named.path,
        message,
        found=named.name,
        allowed=sorted(allowed) if named.kind is not NameKind.PRIORITY else allowed,
        hint=_ADVICE[named.kind],
    )
