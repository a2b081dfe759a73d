"""Handbook: the policy in words, for the people who work by it. Made of what decides, it always equals that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rules.load import Loaded
from rules.policy import Policy
from rules.reports.chapters.account_states import account_sections
from rules.reports.chapters.days_off import day_sections
from rules.reports.chapters.ladder import ladder_sections
from rules.reports.chapters.limits import brake_sections, in_flight_sections, release_sections
from rules.reports.chapters.people import raci_sections
from rules.reports.chapters.promises import cadence_sections, clock_sections, response_sections
from rules.reports.chapters.sayings import command_sections
from rules.reports.chapters.stages import stage_sections
from rules.reports.conditions_told import condition_told
from rules.reports.sheet import Section, Sheet, Table, table_of

#: What each section is about, in the order of the handbook. Sections without an entry follow in the policy's order.
_ABOUT = {
    "tiers": (
        "Tiers",
        "Who works on an escalation, from the lowest level up, how long, and what happens on entry.",
    ),
    "paths": ("Paths", "Ladders of their own: a ticket climbs within its path."),
    "criteria": ("Reasons to escalate", "Named reasons, what each is worth, and who answers for it."),
    "rules": ("What makes an escalation", "While its condition holds, a rule wants the following of a ticket."),
    "matrix": ("Decision matrix", "Each combination leads to this tier, priority and note."),
    "sla": ("Promised times", "Clocks run in business hours of the calendar that is named."),
    "responses": ("What counts as an answer", "The first line that fits decides."),
    "cadences": ("Regular updates", "How often an update is owed by colour, and who hears of it when one is late."),
    "updates": ("Reminders", "What the owners are reminded of when the customer hears nothing."),
    "escalation": ("From the request to the follow-up", "What is asked, who decides, and by when."),
    "account_escalations": (
        "Escalated accounts",
        "How a customer's account is declared, worked on and closed.",
    ),
    "commands": ("What people can ask for", "Lines in internal comments, tags and fields, and who may."),
    "directory": ("Roles and people", "Who does what, who stands in, and when they are there."),
    "raci": ("Who is responsible, accountable, consulted, informed", "Exactly one answers for it."),
    "channels": ("Channels", "Where people are told of escalations."),
    "digests": ("Digests", "Who gets the list of all escalations, and when."),
    "calendars": ("Hours", "When time counts."),
    "conditions": ("Conditions by name", "Used by rules, clocks and criteria."),
    "sets": ("Sets of values", "Used by conditions."),
    "templates": ("Texts", "What is written on tickets; words in double braces are filled in."),
    "release": ("Leaving the ladder", "When an escalation is over for Escalade."),
    "in_flight": ("Changed policies", "What a change means for escalations that run."),
    "brakes": ("Limits", "A run that would do more at once is stopped."),
}
#: What each section shows at a glance, made of the policy that decides: also what its files leave to Escalade.
_GLANCES: Mapping[str, Callable[[Policy], Iterator[Section]]] = {
    "tiers": ladder_sections,
    "sla": clock_sections,
    "responses": response_sections,
    "cadences": cadence_sections,
    "escalation": stage_sections,
    "account_escalations": account_sections,
    "commands": command_sections,
    "directory": raci_sections,
    "release": release_sections,
    "in_flight": in_flight_sections,
    "brakes": brake_sections,
}
#: Keys behind which a condition stands.
_CONDITIONS = frozenset({"when", "acknowledged_when"})
#: What names a part for people, and a part of a part; the best first.
_TITLES = ("name", "title", "description", "id", "key", "ask")
_NAMES = ("id", "key", "name", "on", "to", "at", "channel")


def handbook(loaded: Loaded, title: str = "Escalation handbook", years: Sequence[int] = ()) -> Sheet:
    """The whole policy: pictures and tables of what it comes to, and every word of its files.

    Args:
        loaded: The policy and the document that it was made from.
        title: The heading.
        years: Of which years the days off of calendars are listed by date.
    """
    document = loaded.tree.value if isinstance(loaded.tree.value, dict) else {}
    order = dict.fromkeys((*_ABOUT, *document))
    sections = [part for name in order for part in _section(name, document, loaded.policy, years)]
    calendar = document.get("default_calendar", "always")
    sentences = (
        f"This is policy {loaded.policy.hash}, as it decides.",
        f"h and m are open hours and minutes, d are working days, of the calendar {calendar} where no other is named.",
    )
    return Sheet(title=title, sentences=sentences, sections=tuple(sections))


def _section(name: str, document: Mapping[str, Any], policy: Policy, years: Sequence[int]) -> Iterator[Section]:
    """A section of the policy: what it comes to, then every word of it, what has parts below a heading each."""
    if name in {"version", "default_calendar"}:
        return
    heading, about = _ABOUT.get(name, (name.replace("_", " ").capitalize(), ""))
    glance = list(_GLANCES[name](policy)) if name in _GLANCES else []
    if name not in document and not glance:
        return
    value = document.get(name, {})
    if name == "matrix":
        yield _matrix(heading, about, value)
        return
    yield Section(heading=heading, sentences=(about,) if about else (), points=tuple(_plain_points(name, value)))
    yield from glance
    for title, part in _parts(value):
        yield Section(heading=title, level=3, points=tuple(_points(part, "", in_condition=name == "conditions")))
    if name == "calendars":
        yield from day_sections(policy, years)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a section that are described one by one."""
    if isinstance(value, list):
        for part in value:
            if isinstance(part, Mapping):
                yield _title(part), part
    elif isinstance(value, Mapping):
        yield from ((str(key), part) for key, part in value.items() if isinstance(part, Mapping))


def _plain_points(name: str, value: Any) -> Iterator[str]:
    """What in a section has no parts of its own."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(part, Mapping):
                yield from _points({key: part}, "", in_condition=name == "conditions")
    elif isinstance(value, list):
        yield from (_word(part) for part in value if not isinstance(part, Mapping))
    else:
        yield _word(value)


def _title(part: Mapping[str, Any]) -> str:
    return next((str(part[name]) for name in _TITLES if name in part), "entry")


def _name(part: Any, number: int) -> str:
    """What to call an entry of a list inside of a part."""
    words = [part.get(name) for name in _NAMES] if isinstance(part, Mapping) else []
    return next((str(word) for word in words if isinstance(word, str | int)), str(number))


def _points(value: Any, path: str, *, in_condition: bool = False) -> Iterator[str]:
    """A part as lines `path: value`; a condition is one line in words."""
    last = path.rpartition(", ")[2]
    if in_condition or last in _CONDITIONS:
        yield f"{path or 'when'}: {condition_told(value)}"
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _points(part, ", ".join(filter(None, [path, str(key).replace("_", " ")])))
    elif isinstance(value, list) and any(isinstance(part, Mapping | list) for part in value):
        for number, part in enumerate(value, start=1):
            yield from _points(part, f"{path} {_name(part, number)}")
    else:
        yield f"{path}: {_word(value)}"


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _matrix(heading: str, about: str, value: Mapping[str, Any]) -> Section:
    """The matrix as a table: a column for each axis, then the outcome."""
    axes = [name for name in value if name not in {"cells", "rest"}]
    rows = [[*names, outcome] for names, outcome in _cells(value.get("cells", {}), len(axes))]
    if "rest" in value:
        rows.append(["anything else", *[""] * (len(axes) - 1), _outcome(value["rest"])])
    points = [point for axis in axes for point in _points(value[axis], axis)]
    table: Table = table_of((*(axis.replace("_", " ") for axis in axes), "outcome"), rows)
    return Section(heading=heading, sentences=(about,), table=table, points=tuple(points))


def _cells(value: Any, depth: int) -> Iterator[tuple[Sequence[str], str]]:
    if depth == 0 or not isinstance(value, Mapping):
        yield [""] * depth, _outcome(value)
        return
    for name, inner in value.items():
        yield from (([str(name), *names], outcome) for names, outcome in _cells(inner, depth - 1))


def _outcome(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key.replace('_', ' ')} {_word(part)}" for key, part in value.items()) or "nothing"
    return _word(value)
