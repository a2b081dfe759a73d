"""Template: words of an admin with places for facts of a ticket, rendered to plain text and never to code.

Texts are Jinja2 in its sandbox, cut down further to what a note needs: `{{ name }}`, `{% if %}` and a few filters.
Values are data: they are put in once and never read as a template again, so a subject that says `{{ x }}` stays that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rules.calendar import spell
from rules.policy import Position
from rules.reader import Reader
from rules.template_parts import Renderer, dotted, simple_renderer
from rules.tongue import closest, told_instant

#: Every name that a template may use, with its meaning. A name that has no value on an occasion renders as nothing.
TEMPLATE_NAMES: Mapping[str, str] = {
    "ticket.key": "what people call the ticket, for example 35 or OPS-12",
    "ticket.subject": "its subject line",
    "ticket.url": "where an agent opens it",
    "ticket.status": "its status: new, open, pending, hold, solved or closed",
    "ticket.priority": "its priority as people set it: low, normal, high or urgent",
    "ticket.group": "the group that owns it",
    "ticket.helpdesk": "the name of its helpdesk in the settings",
    "ticket.age": "how long ago it came in",
    "ticket.impact": "the impact on the customer's business: what somebody said with #impact, else the field `impact`",
    "ticket.links": "the keys of the tickets that it is linked to",
    "account.name": "the customer's name",
    "tier.id": "the tier's id in the policy",
    "tier.name": "the tier's name",
    "tier.entered_at": "when the ticket entered the tier (UTC)",
    "repeat.number": "how often the tier's note was repeated by now",
    "reason": "why, in a sentence: the rule, cell, clock or time-out that led here",
    "rule.id": "the rule's id",
    "rule.description": "the rule's description",
    "clock.id": "the service-level clock's id",
    "clock.target": "the time that the clock allows, for example 4h",
    "clock.started_at": "when the clock started (UTC)",
    "clock.due_at": "when the clock is due (UTC)",
    "clock.remaining": "open time that is left on the clock; not set once it is late",
    "clock.step": "which warning or breach step this is, for example warning 75% or breach after 2h",
    "cadence.id": "the cadence's id",
    "cadence.colour": "the colour that holds",
    "cadence.due_at": "when the next update is due (UTC)",
    "cadence.last_update_at": "when the last update that counts was written (UTC)",
    "chase.to": "who a late update is told to at this step: owner, lead, sponsor",
    "chase.person": "the name of the person whom that means: of a role, who is on duty when the step is earned",
    "update.at": "when the update that cannot be accepted was written (UTC)",
    "update.problem": "why it cannot be accepted",
    "silence": "how long our side has been silent towards the customer",
    "silent_since": "since when our side has been silent (UTC)",
    "next_update_at": "when the next reminder falls due (UTC)",
    "record.state": "where the escalation of the account stands: proposed, declared, in progress, …",
    "record.colour": "its status colour",
    "record.trend": "whether the colour last became better or worse, or is steady",
    "record.owner": "who is accountable for it",
    "record.sponsor": "its executive sponsor",
    "record.criteria": "how many of its exit criteria are met: 2 of 3 met",
    "record.promises": "its promises that nobody has kept so far, one a line",
    "item.key": "the remediation item's key",
    "item.title": "the remediation item's title",
    "item.due": "the date on which the remediation item is due",
    "account.csm": "the customer success manager of the account",
    "account.consultant": "the consultant who knows the account best, from its field `consultant`",
    "case.stage": "the stage of the escalation, for example under evaluation",
    "case.request": "the words of the request",
    "case.requester": "who asked for the escalation",
    "case.reason": "why it came to this stage",
    "case.questions": "the questions that nobody answered, one a line",
    "case.completeness": "answered questions in percent",
    "case.tried": "what was tried, one note a line",
    "case.impact": "the impact on the customer's business",
    "case.cause": "the cause",
    "case.workaround": "the workaround",
    "case.fix": "the fix that is proposed",
    "case.plan": "the action plan",
    "case.plan_for_customer": "the action plan in the words for the customer: `#plan … | customer: …`",
    "case.update": "the newest `#update`",
    "case.update_for_customer": "the newest `#update` in the words for the customer: `#update … | customer: …`",
    "case.promises": "promises that are open, one a line",
    "case.concern": "the concern that nobody answered",
    "case.lead": "who leads the escalation",
    "case.contact": "the name of whoever has the ticket",
    "case.participants": "everybody who takes part",
    "case.milestone": "the customer's critical date",
    "case.linked": "the linked tickets with their states, one a line",
    "case.missing": "what is missing on the way on, one a line",
    "next_due": "what clock or cadence is due next and when: first-response by 2026-03-02 10:00 UTC",
    "gathered.count": "of how many tickets one message on a channel tells",
    "gathered.tickets": "of each of them title, first line and address, as a list",
    "now": "the moment of the decision (UTC)",
}

#: Filters that only reshape text.
TEMPLATE_FILTERS = ("capitalize", "default", "lower", "title", "trim", "truncate", "upper")

#: Longest rendered text in characters; helpdesks refuse or cut longer comments.
MAX_RENDERED = 30_000

_ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.If,
    nodes.CondExpr,
    nodes.Const,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
    nodes.Filter,
    nodes.Keyword,
)


class TemplateError(ValueError):
    """A template's text cannot be used.

    Attributes:
        found: The offending part as written, when one can be named.
        allowed: What would be right, when it can be listed.
        line: Line within the text, from 1.
    """

    def __init__(self, message: str, *, found: str | None = None, allowed: tuple[str, ...] = (), line: int = 1) -> None:
        super().__init__(message)
        self.found = found
        self.allowed = allowed
        self.line = line


def _plain(value: object) -> object:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, timedelta):
        return spell(value, days=True)
    return value


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    # The result is plain text; each sink escapes it for its own helpdesk.
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    cache_size=0,
)
_ENVIRONMENT.globals.clear()
# Jinja2's own `default` steps in for undefined names only; a name without a value counts here too.
_ENVIRONMENT.filters["default"] = lambda value, instead="": instead if value in {"", None} else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One text of the policy, checked when it is made.

    Raises:
        TemplateError: when the text is not a template, or names something that is not in TEMPLATE_NAMES.
    """

    id: str
    text: str
    at: Position
    #: The language that it is written in, as a tag of BCP 47; None = the policy does not say.
    language: str | None = None
    #: The same in every language that the policy has it in, this one included, by tag; empty = there is but one text.
    translations: Mapping[str, Template] = field(default_factory=dict)
    _render: Renderer = field(init=False, repr=False, compare=False)
    #: The names that the text uses.
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tree = _parsed(self.text)
        object.__setattr__(self, "_names", tuple(sorted(_checked_names(tree))))
        object.__setattr__(self, "_render", simple_renderer(tree.body) or jinja_renderer(self.text))
        # Wrong arguments of a filter show only when it runs; they must show at load and not on a ticket.
        for sample in ({}, dict.fromkeys(TEMPLATE_NAMES, "text")):
            try:
                self.render(sample)
            except (jinja2.TemplateError, TypeError, ValueError) as error:
                raise TemplateError(f"the template does not work: {error}") from None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the text uses, in whichever language, in alphabetical order."""
        names = {*self._names, *(name for one in self.translations.values() for name in one.names)}
        return tuple(sorted(names))

    def render(self, context: Mapping[str, object]) -> str:
        """Put values in.

        Args:
            context: Dotted names of TEMPLATE_NAMES → values (text, numbers, datetimes in UTC, timedeltas, None). Names
                that are left out, or None, render as nothing and are false in an `{% if %}`.

        Returns:
            Plain text without blank lines at its ends, at most MAX_RENDERED characters.

        Raises:
            KeyError: when the context has a name that is not in TEMPLATE_NAMES (a mistake of the program).
        """
        return self._filled(context, _plain)

    def tell(self, context: Mapping[str, object], reader: Reader) -> str:
        """Put values in for somebody outside: in their language and time zone, where the text has languages.

        Args:
            context: As for `render`.
            reader: Whoever reads it. Where the text is not written in their language, it is told in its own.

        Returns:
            As `render`.
        """
        if self.language is None:
            return self.render(context)
        fitting = None if reader.locale is None else closest(self.translations, reader.locale)
        if fitting is not None:
            # One of the translations has none of its own.
            return self.translations[fitting].tell(context, reader)
        language = self.language

        def told(value: object) -> object:
            return told_instant(value, language, reader.zone) if isinstance(value, datetime) else _plain(value)

        return self._filled(context, told)

    def _filled(self, context: Mapping[str, object], tell: Callable[[object], object]) -> str:
        if not context.keys() <= TEMPLATE_NAMES.keys():
            raise KeyError(f"not in TEMPLATE_NAMES: {', '.join(sorted(context.keys() - TEMPLATE_NAMES.keys()))}")
        values = {name: _text_only(tell(context.get(name))) for name in self._names}
        return self._render(values).strip()[:MAX_RENDERED]


def jinja_renderer(text: str) -> Renderer:
    """A renderer by Jinja2 itself, for any template."""
    compiled = _ENVIRONMENT.from_string(text)

    def render(values: Mapping[str, object]) -> str:
        tree: dict[str, Any] = {}
        for name, value in values.items():
            group, _, leaf = name.partition(".")
            if leaf:
                tree.setdefault(group, {})[leaf] = value
            else:
                tree[name] = value
        return compiled.render(tree)

    return render


def _text_only(value: object) -> object:
    """What a filter may get hold of: plain values, so that no object's attributes are in reach."""
    return value if isinstance(value, bool | int | float) else str(value)


def _parsed(text: str) -> nodes.Template:
    """Parse a template and refuse what it may not hold, names aside."""
    try:
        tree = _ENVIRONMENT.parse(text)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"the template cannot be read: {error.message}", line=error.lineno) from None
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED_NODES):
            raise TemplateError(
                "a template may use {{ name }}, {% if %} and filters, nothing else",
                found=type(node).__name__.lower(),
                line=node.lineno,
            )
        if isinstance(node, nodes.Filter) and node.name not in TEMPLATE_FILTERS:
            raise TemplateError("there is no such filter", found=node.name, allowed=TEMPLATE_FILTERS, line=node.lineno)
    return tree


def _checked_names(tree: nodes.Template) -> frozenset[str]:
    """The names that a template uses, all of them documented."""
    names: set[str] = set()
    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        if id(node) in inner:
            continue
        name = dotted(node)
        if name is None or name not in TEMPLATE_NAMES:
            raise TemplateError(
                "a template cannot name this",
                found=name or f"(…).{getattr(node, 'attr', '')}",
                allowed=tuple(TEMPLATE_NAMES),
                line=node.lineno,
            )
        names.add(name)
    return frozenset(names)
