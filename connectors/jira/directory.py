"""The words of one site and their ids: fields, priorities, projects and types. Set-up only, never tickets.

The `jira` library reads fields and projects. Its own repeats are off: they would wait for less than Jira asks.
"""

from __future__ import annotations

import difflib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests

from connectors.errors import ConnectorError, ErrorKind
from connectors.failures import classify_status, classify_transport
from connectors.jira import wire
from connectors.jira.client import DIALECT, JiraClient
from connectors.jira.settings import JiraSettings
from connectors.jira.translate import SERVICE_PROJECT, Lexicon
from rules.ticket import Priority
from rules.vocabulary import Vocabulary

if TYPE_CHECKING:
    from jira import JIRA

_ORGANIZATIONS = "com.atlassian.servicedesk:sd-customer-organizations"
#: How the library fails at JSON that is not Jira's, or at what is not JSON.
_NOT_UNDERSTOOD = (requests.exceptions.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError)
_MOVED = 302
_TIMEOUT = (5.0, 30.0)
#: What `forget` keeps: the fields that reads ask for are those of the settings as they were first understood.
_LASTING = frozenset({"lexicon", "decoder"})
_CHOICES = frozenset({"option", "option-with-child", "array"})

T = TypeVar("T")

# The library logs what it could not read; where nobody has set up logging that would go to the terminal as it is.
logging.getLogger("jira").addHandler(logging.NullHandler())


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the site and how its values are written."""

    id: str
    name: str
    #: The schema's type: `string`, `number`, `option`, `array`, `user`, …
    type: str = "any"
    #: Of what, for arrays.
    items: str = ""
    #: The plug-in type of a custom field, the same on every site.
    custom: str = ""


class IssueKind(msgspec.Struct, frozen=True, kw_only=True):
    """One issue type of a project."""

    id: str
    name: str
    subtask: bool


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """One project with its types."""

    id: str
    key: str
    kinds: tuple[IssueKind, ...]
    #: It has customers, who see what is not internal.
    service: bool = False


class Directory:
    """Looks words up, once each, and forgets them when Jira says that one of them is wrong. Thread-safe."""

    def __init__(
        self, name: str, settings: JiraSettings, client: JiraClient, connect: Callable[[tuple[float, float]], JIRA]
    ) -> None:
        self._name = name
        self._settings = settings
        self._client = client
        self._connect = connect
        self._lock = RLock()
        self._library: JIRA | None = None
        self._known: dict[str, Any] = {}
        self._calls: Counter[str] = Counter()

    def lexicon(self) -> Lexicon:
        """Everything that it takes to understand the site's issues.

        Raises:
            ConnectorError: REJECTED naming every configured field that the site does not have.
        """
        return self._once("lexicon", self._lexicon)

    def decoder(self) -> wire.IssueDecoder:
        """The decoder for the fields of `lexicon`."""
        return self._once("decoder", lambda: wire.IssueDecoder(self.lexicon().custom_fields))

    def field(self, named: str) -> Field:
        """The field behind one of our names, or behind a name or id of Jira's.

        Raises:
            ConnectorError: REJECTED when there is none.
        """
        wanted = self._settings.fields.get(named, named)
        found = self._find(wanted)
        if found is None:
            raise self._rejected(f"there is no field {wanted!r} in this Jira{_meant(wanted, self._names())}")
        return found

    def statuses(self) -> Mapping[str, wire.Status]:
        """Every status of the site, by its id and by its casefolded name."""
        return self._once("stages", lambda: self._ask(_stages))

    def lacking(self, project_key: str, permissions: Iterable[str]) -> frozenset[str]:
        """Those of these permissions that our user does not have in a project; asked anew at every call."""
        wanted = tuple(permissions)
        asked = ",".join(wanted)
        told = self._ask(lambda jira: jira.my_permissions(projectKey=project_key, permissions=asked))
        found: Mapping[str, Any] = told["permissions"]
        return frozenset(name for name in wanted if not found.get(name, {}).get("havePermission"))

    def link_types(self) -> frozenset[str]:
        """The names of all types of links between issues."""
        return self._once(
            "links", lambda: self._ask(lambda jira: frozenset(one.name for one in jira.issue_link_types()))
        )

    def priority_id(self, project_key: str, priority: Priority) -> str | None:
        """The id to write for one of our priorities in that project; None where its scheme has nothing for it."""
        ours = {name.casefold(): value for name, value in self._settings.priorities.items()}
        rank = {name.casefold(): position for position, name in enumerate(self._settings.priorities)}
        scheme = self._once(f"priorities {project_key}", lambda: self._scheme(project_key))
        fitting = [named for named in scheme if named.id and named.name and ours.get(named.name.casefold()) is priority]
        fitting.sort(key=lambda named: rank[(named.name or "").casefold()])
        return fitting[0].id if fitting else None

    def project(self, key: str) -> Project:
        """One project with its types.

        Raises:
            ConnectorError: GONE when it does not exist or our user may not see it.
        """
        return self._once(f"project {key}", lambda: self._project(key))

    def subtask_kind(self, key: str) -> IssueKind | None:
        """The type for remediation sub-tasks in a project, or None where it has none."""
        wanted = self._settings.subtask_type.casefold()
        kinds = [kind for kind in self.project(key).kinds if kind.subtask]
        return next((kind for kind in kinds if kind.name.casefold() == wanted or not wanted), None)

    def kind(self, key: str, name: str) -> IssueKind:
        """A type of a project by its name.

        Raises:
            ConnectorError: REJECTED when the project has no such type.
        """
        kinds = {kind.name.casefold(): kind for kind in self.project(key).kinds}
        found = kinds.get(name.casefold())
        if found is None:
            names = [kind.name for kind in kinds.values()]
            raise self._rejected(f"project {key} has no type {name!r}{_meant(name, names)}")
        return found

    def forget(self) -> None:
        """Drop what may have changed in Jira: it refused one of our words."""
        with self._lock:
            self._known = {key: known for key, known in self._known.items() if key in _LASTING}

    def calls(self) -> Mapping[str, int]:
        """Calls that the library made, by `METHOD path`."""
        with self._lock:
            return dict(self._calls)

    def close(self) -> None:
        """Release the library's connections."""
        with self._lock:
            if self._library is not None:
                self._library.close()  # type: ignore[no-untyped-call]
                self._library = None

    def vocabulary(self) -> Vocabulary:
        """The words that a policy may use here."""
        settings, lexicon = self._settings, self.lexicon()
        visible = self._once("keys", self._project_keys)
        hidden = [key for key in settings.projects if key not in visible]
        if hidden:
            told = "; ".join(f"{key!r}{_meant(key, visible)}" for key in hidden)
            raise self._rejected(f"the settings name projects that do not exist or that our user may not see: {told}")
        wanted = settings.projects or sorted(visible)
        projects = [self.project(key) for key in wanted]
        values = self._allowed_values(projects)
        return Vocabulary(
            helpdesk=self._name,
            groups=values.get(lexicon.group_field) if lexicon.group_field else None,
            statuses=self._once("statuses", self._statuses),
            priorities=frozenset(
                priority for priority in Priority for project in wanted if self.priority_id(project, priority)
            ),
            fields=frozenset(settings.fields),
            field_values={name: values[field_id] for name, field_id in lexicon.fields.items() if field_id in values},
            projects=frozenset(visible),
            types={project.key: frozenset(kind.name for kind in project.kinds) for project in projects},
            subtasks={project.key: self.subtask_kind(project.key) is not None for project in projects},
        )

    def _lexicon(self) -> Lexicon:
        # First of all: to nobody in particular, Jira may show fewer fields instead of saying no.
        me = self._client.myself().id
        settings = self._settings
        wanted = [*settings.fields.values(), settings.account_field, settings.product_field]
        wanted += [settings.group.field] if settings.group and settings.group.field else []
        missing = [word for word in wanted if word and self._find(word) is None]
        if missing:
            told = "; ".join(f"{word!r}{_meant(word, self._names())}" for word in missing)
            raise self._rejected(f"the settings name fields that this Jira does not have: {told}")
        organizations = next((field.id for field in self._fields() if field.custom == _ORGANIZATIONS), None)
        group = settings.group
        return Lexicon(
            helpdesk=self._name,
            browse_url=settings.browse_url or settings.url,
            me=me or "",
            priorities={name.casefold(): priority for name, priority in settings.priorities.items()},
            statuses={name.casefold(): status for name, status in settings.statuses.items()},
            fields={name: self.field(word).id for name, word in settings.fields.items()},
            account_field=self.field(settings.account_field).id if settings.account_field else organizations,
            product_field=self.field(settings.product_field).id if settings.product_field else None,
            group_field=self.field(group.field).id if group and group.field else None,
            group_part=group.part if group else None,
            tracked_by_link=settings.link_types.tracked_by,
        )

    def _allowed_values(self, projects: Iterable[Project]) -> Mapping[str, frozenset[str]]:
        """Field id → the values that some create screen offers, for the configured choice fields only."""
        lexicon = self.lexicon()
        ids = {*lexicon.fields.values(), *filter(None, [lexicon.group_field])}
        choices = {field.id for field in self._fields() if field.id in ids and field.type in _CHOICES}
        values: dict[str, set[str]] = {}
        kinds = [(project.key, kind.id) for project in projects for kind in project.kinds] if choices else []
        for key, kind_id in kinds:
            screen = self._client.type_fields(key, kind_id)
            for shown in (*screen.fields, *screen.values):
                if shown.field_id in choices and shown.allowed_values:
                    words = (allowed.value or allowed.name for allowed in shown.allowed_values)
                    values.setdefault(shown.field_id, set()).update(word for word in words if word)
        return {field_id: frozenset(words) for field_id, words in values.items()}

    def _scheme(self, project_key: str) -> tuple[wire.Named, ...]:
        return self._client.priorities(self.project(project_key).id)

    def _project(self, key: str) -> Project:
        raw: Mapping[str, Any] = self._ask(lambda jira: jira.project(key).raw)
        kinds = tuple(
            IssueKind(id=str(kind["id"]), name=kind["name"], subtask=bool(kind.get("subtask")))
            for kind in raw.get("issueTypes", [])
        )
        service = raw.get("projectTypeKey") == SERVICE_PROJECT
        return Project(id=str(raw["id"]), key=raw["key"], kinds=kinds, service=service)

    def _project_keys(self) -> frozenset[str]:
        return self._ask(lambda jira: frozenset(project.key for project in jira.projects()))

    def _statuses(self) -> frozenset[str]:
        return self._ask(lambda jira: frozenset(status.name for status in jira.statuses()))

    def _fields(self) -> tuple[Field, ...]:
        return self._once("fields", lambda: tuple(_field(raw) for raw in self._ask(lambda jira: jira.fields())))

    def _find(self, wanted: str) -> Field | None:
        fields = self._fields()
        by_id = next((field for field in fields if field.id == wanted), None)
        named = [field for field in fields if field.name.casefold() == wanted.casefold()]
        if by_id is None and len(named) > 1:
            ids = ", ".join(sorted(field.id for field in named))
            raise self._rejected(f"several fields are called {wanted!r}: write the id of the right one ({ids})")
        return by_id or (named[0] if named else None)

    def _names(self) -> list[str]:
        return [field.name for field in self._fields()]

    def _once(self, key: str, look_up: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._known:
                self._known[key] = look_up()
            found: T = self._known[key]
            return found

    def _ask(self, question: Callable[[JIRA], T]) -> T:
        from jira import JIRAError  # noqa: PLC0415 - loaded with the library, at the first question

        with self._lock:
            try:
                return question(self._opened())
            except JIRAError as error:
                # Its text holds whole answers with headers; only the status is fit to be shown.
                kind, advice = classify_status(error.status_code or 0)
                raise ConnectorError(
                    f"{self._name} answered {error.status_code} to a look-up of its fields and projects. "
                    f"{DIALECT.advice.get(kind, advice)}",
                    kind=kind,
                    helpdesk=self._name,
                    status=error.status_code,
                ) from None
            except requests.TooManyRedirects:
                kind, advice = classify_status(_MOVED)
                raise ConnectorError(
                    f"{self._name} sent a look-up of its fields and projects elsewhere. {advice}",
                    kind=kind,
                    helpdesk=self._name,
                    status=_MOVED,
                ) from None
            except _NOT_UNDERSTOOD:
                raise ConnectorError(
                    f"{self._name} answered a look-up of its fields and projects with something else than Jira does. "
                    "Check that the url in the settings is Jira itself and that no proxy or login page answers in its "
                    "place.",
                    kind=ErrorKind.PROTOCOL,
                    helpdesk=self._name,
                ) from None
            except requests.RequestException as error:
                failure = classify_transport(error, write=False)
                raise ConnectorError(
                    f"{self._name}: {failure.message}", kind=failure.kind, helpdesk=self._name
                ) from None

    def _opened(self) -> JIRA:
        if self._library is None:
            self._library = self._connect(_TIMEOUT)
            self._library._session.hooks["response"].append(self._count)  # noqa: SLF001 - it has no public hook
        return self._library

    def _count(self, response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
        parts = urlsplit(response.request.url or "").path
        self._calls[f"{response.request.method} {parts}"] += 1

    def _rejected(self, told: str) -> ConnectorError:
        return ConnectorError(f"{self._name}: {told}", kind=ErrorKind.REJECTED, helpdesk=self._name)


def _stages(jira: JIRA) -> Mapping[str, wire.Status]:
    found = [(str(raw["id"]), msgspec.convert(raw, wire.Status)) for raw in (one.raw for one in jira.statuses())]
    return {key: status for identity, status in found for key in (identity, status.name.casefold())}


def _field(raw: Mapping[str, Any]) -> Field:
    schema = raw.get("schema") or {}
    return Field(
        id=raw["id"],
        name=raw.get("name") or raw["id"],
        type=schema.get("type") or "any",
        items=schema.get("items") or "",
        custom=schema.get("custom") or "",
    )


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
