"""Project roles: who has a role in a project, by themselves or by a group."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.jira import wire
from connectors.jira.client import USER, JiraClient

_PROJECT_ROLES = "/rest/api/2/project/{project}/role"
_PROJECT_ROLE = f"{_PROJECT_ROLES}/{{id}}"
#: How a policy names one, where it could also name a group of users.
_WRITTEN = re.compile(r"role (?P<role>.+) in (?P<project>[A-Za-z][A-Za-z0-9_]*)")


class _ActorUser(msgspec.Struct, frozen=True, rename="camel"):
    account_id: str | None = None


class _ActorGroup(msgspec.Struct, frozen=True):
    name: str | None = None


class _Actor(msgspec.Struct, frozen=True, rename="camel"):
    type: str
    #: Of a group, or on Data Center the log-in name of a user.
    name: str | None = None
    actor_user: _ActorUser | None = None
    actor_group: _ActorGroup | None = None


class _Role(msgspec.Struct, frozen=True):
    actors: tuple[_Actor, ...] = ()


_ADDRESSES = msgspec.json.Decoder(dict[str, str])
_ROLE = msgspec.json.Decoder(_Role)
_USER = msgspec.json.Decoder(wire.User)


def role_in(group: str) -> tuple[str, str] | None:
    """The role and the project's key, where `role Developers in OPS` is written; None for a group of users."""
    found = _WRITTEN.fullmatch(group.strip())
    return None if found is None else (found["role"], found["project"].upper())


class Roles:
    """Reads project roles. Our user has to administer the project; Jira shows them to nobody else."""

    def __init__(self, http: HttpSession, client: JiraClient) -> None:
        self._http = http
        self._client = client

    def people(self, role: str, project: str) -> Iterator[wire.User]:
        """Everybody active who has a role in a project.

        Raises:
            ConnectorError: GONE when there is no such project, or no such role in it.
        """
        here = _PROJECT_ROLES.format(project=project)
        addresses = self._http.get(here, template=_PROJECT_ROLES).decode(_ADDRESSES)
        address = {name.casefold(): where for name, where in addresses.items()}.get(role.casefold())
        if address is None:
            raise ConnectorError(f"no role {role!r} in {project}", kind=ErrorKind.GONE, helpdesk=self._http.helpdesk)
        # Of the address only the number: where it leads to is not for the answer to say.
        number = address.rstrip("/").rpartition("/")[2]
        found = self._http.get(f"{here}/{number}", template=_PROJECT_ROLE).decode(_ROLE)
        for actor in found.actors:
            yield from self._behind(actor)

    def _behind(self, actor: _Actor) -> Iterator[wire.User]:
        if actor.type == "atlassian-group-role-actor":
            name = (actor.actor_group.name if actor.actor_group else None) or actor.name
            if name:
                yield from self._client.members(name)
            return
        account = actor.actor_user.account_id if actor.actor_user else None
        # Whether somebody is active is not told with the role.
        who = {"accountId": account} if account else {"username": actor.name or ""}
        try:
            user = self._http.get(USER, template=USER, params=who).decode(_USER)
        except ConnectorError as error:
            if error.kind is not ErrorKind.GONE:
                raise
            return
        if user.active:
            yield user
