"""Build: what the parts of a policy are made with, and the parts that others refer to: calendars and templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.channels import Channel
from rules.conditions.asked import asked_words
from rules.conditions.base import Condition, Scope, no_condition, no_criterion
from rules.conditions.named import NamedCondition
from rules.conditions.parse import parse_when
from rules.criteria import Criterion
from rules.directory import Team
from rules.gathered import GATHERED_NAMES
from rules.paths import Rung
from rules.policy import Named, NameKind
from rules.problems import path_text
from rules.public_notes import PUBLIC_NAMES
from rules.roster import Rosters
from rules.templates import Template, TemplateError
from rules.ticket import Priority, Scalar
from rules.yamltext import Path, Tree

#: Keys that conditions stand behind.
_CONDITIONS = frozenset({"when", "acknowledged_when"})


@dataclass(slots=True, kw_only=True)
class Ground:
    """What every part of the policy is built on: the document, and the names that parts may refer to.

    `tiers` and the keys of `calendars` and `templates` hold every name that stands in the document, also of parts that
    are wrong themselves, so that one mistake is told once.
    """

    tree: Tree
    tiers: tuple[str, ...] = ()
    #: Ids of service-level clocks.
    clocks: tuple[str, ...] = ()
    #: Where every tier stands, by its id.
    rungs: dict[str, Rung] = field(default_factory=dict)
    #: Ids of paths.
    paths: tuple[str, ...] = ()
    #: Teams by their ids.
    teams: Mapping[str, Team] = field(default_factory=dict)
    #: Who is in the groups of helpdesks, as far as they were read.
    rosters: Rosters = field(default_factory=dict)
    default_calendar: str | None = None
    calendars: dict[str, BusinessCalendar] = field(default_factory=dict)
    templates: dict[str, Template | None] = field(default_factory=dict)
    sets: dict[str, tuple[Scalar, ...] | None] = field(default_factory=dict)
    #: Names that stand in the section of conditions, and how to get at one of them.
    conditions: tuple[str, ...] = ()
    named: Callable[[str, Path], NamedCondition | None] = no_condition
    channels: dict[str, Channel] = field(default_factory=dict)
    #: Who reads digests alone.
    informed: frozenset[str] = frozenset()
    #: Every word that a helpdesk has to know.
    names: list[Named] = field(default_factory=list)
    #: Facts that any condition reads.
    facts: set[str] = field(default_factory=set)
    #: Ids that stand in the section of criteria, and how to get at one of them.
    criteria: tuple[str, ...] = ()
    criterion: Callable[[str, Path], Criterion | None] = no_criterion

    @property
    def scope(self) -> Scope:
        """What conditions may refer to."""
        return Scope(
            calendars=self.calendars,
            default_calendar=self.default_calendar,
            tiers=self.tiers,
            clocks=self.clocks,
            levels={name: rung.rank for name, rung in self.rungs.items()},
            paths=self.paths,
            teams=self.teams,
            criteria=self.criteria,
            criterion=self.criterion,
            sets=self.sets,
            conditions=self.conditions,
            condition=self.named,
        )

    @staticmethod
    def span(text: str | None) -> Span | None:
        """A duration that its model has checked; None stays None."""
        return None if text is None else Span.parse(text)

    def calendar(self, name: str | None, path: Path, *, needed: bool = True) -> BusinessCalendar:
        """The calendar of a part: the named one, else the default. The clock around stands in for a wrong one."""
        chosen = name or self.default_calendar
        if chosen is None:
            if needed:
                hint = "add calendar: NAME here, or default_calendar: NAME at the top; always means 24x7"
                allowed = self.scope.calendar_names
                self.tree.refuse(path, "which calendar does this time pass in?", allowed=allowed, hint=hint)
            return ALWAYS
        found = self.scope.calendar(chosen)
        if found is None and name is not None:
            allowed = self.scope.calendar_names
            self.tree.refuse((*path, "calendar"), "there is no such calendar", found=name, allowed=allowed)
        return found or ALWAYS

    def template(self, name: str | None, path: Path) -> Template | None:
        """The template of that name, refused when it is about several tickets; None stays None."""
        found = self._template(name, path)
        if found is not None and not GATHERED_NAMES.isdisjoint(found.names):
            hint = "these names have a value in the template that a channel names under gathered:"
            told = _in_braces(GATHERED_NAMES.intersection(found.names))
            self.tree.refuse(path, f"this text is about one ticket, and it names {told}", found=name, hint=hint)
        return found

    def gathered_template(self, name: str | None, path: Path) -> Template | None:
        """The template of that name, refused when it is about a single ticket; None stays None."""
        found = self._template(name, path)
        others = frozenset(found.names) - GATHERED_NAMES if found is not None else frozenset()
        if others:
            message = f"this text is about several tickets, and it names {_in_braces(others)}"
            self.tree.refuse(path, message, found=name, allowed=tuple(sorted(GATHERED_NAMES)))
        return found

    def _template(self, name: str | None, path: Path) -> Template | None:
        if name is None:
            return None
        if name not in self.templates:
            hint = None if self.templates else "write its text in the section templates:"
            self.tree.refuse(path, "there is no such template", found=name, allowed=self.templates, hint=hint)
        return self.templates.get(name)

    def public_template(self, name: str | None, path: Path) -> Template | None:
        """The template of that name, refused when it would tell the customer of the inside; None stays None."""
        found = self.template(name, path)
        inside = [word for word in found.names if word not in PUBLIC_NAMES] if found is not None else []
        if inside:
            told = _in_braces(inside)
            hint = "give the customer a template of their own, without what only we know"
            self.tree.refuse(
                path, f"the customer reads this text, and it names {told}", found=name, allowed=PUBLIC_NAMES, hint=hint
            )
        return found

    def text(self, name: str, text: str, path: Path, language: str | None = None) -> Template | None:
        """Check a template's text."""
        try:
            return Template(id=name, text=text, at=self.tree.at(path), language=language)
        except TemplateError as error:
            where = f", on line {error.line} of the text" if "\n" in text.strip() else ""
            self.tree.refuse(path, f"{error}{where}", found=error.found, allowed=error.allowed)
            return None

    def tier(self, name: str | None, path: Path) -> None:
        """Refuse the id of a tier that there is none of."""
        if name is not None and name not in self.tiers:
            hint = None if self.tiers else "describe it in the section tiers:"
            self.tree.refuse(path, "there is no such tier", found=name, allowed=self.tiers, hint=hint)

    def glance(self, raw: Any, path: Path) -> None:
        """Check the names in a part that is wrong otherwise and so is not built: all mistakes are told at once."""
        for key, value in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
            here = (*path, key)
            if isinstance(value, dict | list) and key not in _CONDITIONS:
                self.glance(value, here)
            elif isinstance(value, str) and key in {"note", "body", "invalid_note", "public_note", "template"}:
                self.template(value, here)
            elif isinstance(value, str) and key in {"title", "subject"}:
                self.text(str(key), value, here)
            elif isinstance(value, str) and key in {"escalate_to", "tier"}:
                self.tier(value, here)
            elif isinstance(value, str) and key == "calendar":
                self.calendar(value, path)

    def when(self, part: Any, path: Path) -> Condition | None:
        """Read the condition of a part, and remember the facts and custom fields that it names.

        It is read even where the rest of the part is wrong, so that all mistakes are told at once; a condition that is
        no mapping is a mistake of the part's shape.
        """
        raw, path = part.get("when") if isinstance(part, dict) else None, (*path, "when")
        if not isinstance(raw, dict):
            return None
        return self.condition(raw, path)

    def condition(self, raw: Any, path: Path) -> Condition | None:
        """Read a condition, and remember the facts that it names and the words in it that a helpdesk has to know."""
        condition = parse_when(raw, path, self.tree, self.scope)
        if condition is not None:
            self.facts |= condition.facts
            for word in asked_words(raw, path, self.sets):
                self.name(word.kind, word.name, word.path, helpdesk=None, of=word.of, is_key=word.is_key)
        return condition

    def name(
        self,
        kind: NameKind,
        name: str,
        path: Path,
        *,
        helpdesk: str | None,
        of: str | None = None,
        is_key: bool | None = None,
    ) -> None:
        """Remember a word that a helpdesk has to know; helpdesks and fields are keys unless `is_key` says otherwise."""
        on_key = kind in {NameKind.HELPDESK, NameKind.FIELD} if is_key is None else is_key
        at = self.tree.key_at(path) if on_key else self.tree.at(path)
        self.names.append(Named(kind=kind, name=name, helpdesk=helpdesk, of=of, path=path_text(path), at=at))


def priority_of(word: str | None) -> Priority | None:
    """A priority from its word; None stays None."""
    return None if word is None else Priority(word)


def entries(tree: Tree, section: str) -> dict[str, Any]:
    """A section that maps names to parts; empty when it is missing or has another shape (which is noted)."""
    raw = tree.value.get(section, {}) if isinstance(tree.value, dict) else {}
    if not isinstance(raw, dict):
        tree.refuse((section,), f"{section!r} has to be a mapping of names", found=raw)
        return {}
    return raw


def listing(tree: Tree, section: str) -> list[Any]:
    """A section that lists parts with ids; equal ids are noted."""
    raw = tree.value.get(section, []) if isinstance(tree.value, dict) else []
    if not isinstance(raw, list):
        tree.refuse((section,), f"{section!r} has to be a list", found=raw, hint="begin each entry with '- id: …'")
        return []
    seen: dict[str, int] = {}
    for index, part in enumerate(raw):
        identity = part.get("id") if isinstance(part, dict) else None
        if isinstance(identity, str) and seen.setdefault(identity, index) != index:
            first = tree.at((section, seen[identity], "id"))
            message = f"the id {identity!r} is taken; it first stands in {first.file}:{first.line}"
            tree.refuse((section, index, "id"), message, hint="every entry needs an id of its own")
    return raw


def _in_braces(names: Iterable[str]) -> str:
    return ", ".join(f"{{{{ {name} }}}}" for name in sorted(names))
