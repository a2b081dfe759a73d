"""Zendesk's metadata: groups, agents and ticket fields, read through zenpy."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.base import SettingsError
from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.zendesk.translate import Names, TicketField
from rules.ticket import Priority
from rules.vocabulary import Vocabulary

if TYPE_CHECKING:
    from zenpy import Zenpy

#: Seconds after which renamed groups and new agents are noticed even where nothing unknown turned up.
_MAX_AGE = 3600.0
#: What a ticket can be moved to: never back to new, and closing is Zendesk's own act.
SETTABLE_STATUSES = frozenset({"open", "pending", "hold", "solved"})


class Directory:
    """What the account calls its groups, agents and fields. Thread-safe; read on first use and kept for an hour."""

    def __init__(self, http: HttpSession, fields: Mapping[str, int | str]) -> None:
        """Keep the configured fields: our name → numeric id or title."""
        self._http = http
        self._configured = dict(fields)
        self._lock = threading.Lock()
        self._names: Names | None = None
        self._read_at = 0.0
        self._missing: set[int] = set()

    def names(self, groups: set[int] | frozenset[int] = frozenset()) -> Names:
        """Return the account's words.

        Args:
            groups: ids that are about to be looked up; an unknown one has the directory read anew, once.

        Raises:
            ConnectorError: when Zendesk cannot be read.
            SettingsError: when a configured field does not exist.
        """
        with self._lock:
            unknown = groups - self._names.groups.keys() - self._missing if self._names else set()
            if self._names is None or unknown or self._http.now() - self._read_at > _MAX_AGE:
                self._names = self._read()
                self._read_at = self._http.now()
                # A deleted group stays unknown: asking again for every ticket would not help.
                self._missing = set(groups - self._names.groups.keys()) | self._missing
            return self._names

    def vocabulary(self) -> Vocabulary:
        """Return the words that a policy may use here.

        Raises:
            ConnectorError: when Zendesk cannot be read.
            SettingsError: when a configured field does not exist.
        """
        names = self.names()
        return Vocabulary(
            helpdesk=self._http.helpdesk,
            groups=frozenset(names.groups.values()),
            people_groups=frozenset(names.groups.values()),
            people=frozenset(map(str, names.agents)),
            statuses=SETTABLE_STATUSES,
            priorities=frozenset(Priority),
            fields=frozenset(names.fields),
            field_values={name: frozenset(field.options) for name, field in names.fields.items() if field.options},
        )

    def _read(self) -> Names:
        # Many a command opens a helpdesk and asks it nothing.
        from connectors.zendesk.library import NOT_UNDERSTOOD, zenpy_over  # noqa: PLC0415

        try:
            return self._look_up(zenpy_over(self._http))
        except NOT_UNDERSTOOD:
            # Not chained: zenpy's own words may quote the answer.
            raise ConnectorError(
                f"{self._http.helpdesk} answered a look-up of its groups, agents and fields with something else than "
                "Zendesk does. Check that the url in the settings is Zendesk itself and that no proxy or login page "
                "answers in its place.",
                kind=ErrorKind.PROTOCOL,
                helpdesk=self._http.helpdesk,
            ) from None

    def _look_up(self, zenpy: Zenpy) -> Names:
        groups = {int(group.id): str(group.name) for group in zenpy.groups()}
        agents = frozenset(int(user.id) for user in zenpy.users(role=["agent", "admin"]))
        fields = self._fields(zenpy) if self._configured else {}
        return Names(groups=groups, agents=agents, fields=fields)

    def _fields(self, zenpy: Zenpy) -> dict[str, TicketField]:
        found = [_field(row) for row in zenpy.ticket_fields()]
        problems: list[tuple[str, str]] = []
        fields: dict[str, TicketField] = {}
        for name, wanted in self._configured.items():
            matches = [field for field in found if wanted in (field.id, field.title) or str(wanted) == str(field.id)]
            if len(matches) == 1:
                fields[name] = matches[0]
            else:
                problems.append((f"fields.{name}", _not_one(wanted, len(matches), [field.title for field in found])))
        if problems:
            raise SettingsError(problems)
        return fields


def _field(row: Any) -> TicketField:
    options = getattr(row, "custom_field_options", None) or ()
    values = tuple(str(option["value"] if isinstance(option, dict) else option.value) for option in options)
    tag = getattr(row, "tag", None)
    active = getattr(row, "active", True) is not False
    return TicketField(
        id=int(row.id), title=str(row.title), type=str(row.type), options=values, tag=tag or None, active=active
    )


def _not_one(wanted: int | str, matches: int, titles: list[str]) -> str:
    if matches:
        return f"{matches} ticket fields are titled {wanted!r}: write the numeric id of the one that is meant"
    near = difflib.get_close_matches(str(wanted), titles, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"Zendesk has no ticket field with the id or title {wanted!r}.{hint}"
