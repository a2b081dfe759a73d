"""One API call: who asks which site for what, and how Jira says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from escalade.emulator.routing import Req, Resp

if TYPE_CHECKING:
    from escalade.emulator.jira.model import Issue, Json, Project, User
    from escalade.emulator.jira.state import JiraSite
    from escalade.emulator.world import World

GONE_OR_HIDDEN = "Issue does not exist or you do not have permission to see it."
JSON = "application/json;charset=UTF-8"


class RejectedError(Exception):
    """Jira refuses the call; carries the status and Jira's own error collection."""

    def __init__(self, status: int, *messages: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(status, *messages)
        self.status = status
        self.messages = list(messages)
        self.errors = errors or {}

    def collection(self) -> Json:
        """Return the error collection ``{errorMessages, errors}``."""
        return {"errorMessages": self.messages, "errors": self.errors}

    def resp(self) -> Resp:
        """Return the refusal as an answer."""
        return Resp(status=self.status, body=self.collection(), content_type=JSON)


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of the API.

    Attributes:
        world: The world, for its outbox and faults.
        site: The site that is asked.
        req: The request.
        caller: The authenticated user; None is anonymous, who sees nothing.
        version: 2 (texts are wiki strings) or 3 (texts are Atlassian documents).
        prefix: The context path of the site, without a slash at its end.
        refs: Rendered users, priorities and the like, so that a page renders each of them once.
    """

    world: World
    site: JiraSite
    req: Req
    caller: User | None
    version: int
    prefix: str
    refs: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def me(self) -> str:
        """The account id of the caller.

        Raises:
            RejectedError: The caller is anonymous.
        """
        if self.caller is None:
            refuse(401, "You are not authenticated. Authentication required to perform this operation.")
        return self.caller.account_id

    def url(self, path: str) -> str:
        """Return an absolute URL of this API version, as in ``self`` properties."""
        return f"{self.req.base_url}{self.prefix}/rest/api/{self.version}/{path}"

    def site_url(self, path: str) -> str:
        """Return an absolute URL of the site outside its versioned API."""
        return f"{self.req.base_url}{self.prefix}/{path}"

    def body(self) -> Json:
        """Return the JSON object of the request.

        Raises:
            RejectedError: The body is not a JSON object.
        """
        body = self.req.json()
        if not isinstance(body, dict):
            refuse(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return body

    def number(self, name: str, default: int, *, most: int | None = None) -> int:
        """Return an integer query parameter, at most ``most``.

        Raises:
            RejectedError: The parameter is not a natural number.
        """
        raw = self.req.query(name)
        if raw is None:
            return default
        if not raw.isdigit():
            refuse(400, f"The value '{raw}' of the parameter '{name}' is not a number.")
        return int(raw) if most is None else min(int(raw), most)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean query parameter."""
        raw = self.req.query(name)
        return default if raw is None else raw.lower() == "true"

    def issue(self, id_or_key: str | None = None) -> Issue:
        """Return the issue of the path (or of ``id_or_key``).

        Raises:
            RejectedError: 404, whether it does not exist or may not be seen by the caller.
        """
        wanted = self.req.params["issue"] if id_or_key is None else id_or_key
        found = self.site.find(wanted)
        if found is None or not self.sees(found):
            refuse(404, GONE_OR_HIDDEN)
        return found

    def sees(self, issue: Issue) -> bool:
        """Whether the caller may see an issue."""
        if issue.private and not (self.caller and self.caller.admin):
            return False
        return self.sees_project(self.site.projects[issue.project])

    def sees_project(self, project: Project) -> bool:
        """Whether the caller may browse a project."""
        if self.caller is None:
            return False
        listed = project.members is None or self.caller.account_id in project.members
        return listed and self.may("BROWSE_PROJECTS", project)

    def may(self, permission: str, project: Project) -> bool:
        """Whether the caller has a project permission."""
        return self.caller is not None and permission not in project.revoked.get(self.caller.account_id, ())

    def project(self, id_or_key: str) -> Project:
        """Return a project that the caller may see.

        Raises:
            RejectedError: 404, with Jira's wording.
        """
        try:
            found = self.site.project(id_or_key)
        except KeyError:
            refuse(404, f"No project could be found with key '{id_or_key}'.")
        if not self.sees_project(found):
            refuse(404, f"No project could be found with key '{id_or_key}'.")
        return found


Function = Callable[[Call], Resp]


def refuse(status: int, *messages: str, **errors: str) -> NoReturn:
    """Refuse the call with general messages and/or messages by field.

    Raises:
        RejectedError: Always.
    """
    raise RejectedError(status, *messages, errors=errors)


def ok(body: Any, status: int = 200, **headers: str) -> Resp:
    """Return an answer with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Resp(status=status, body=body, content_type=JSON, headers=named)


def empty(status: int = 204) -> Resp:
    """Return an answer without a body."""
    return Resp(status=status, body=None, content_type=JSON)


def page(values: list[Any], start: int, size: int) -> Json:
    """Return one page of ``values`` as Jira's page bean."""
    chunk = values[start : start + size]
    return {
        "maxResults": size,
        "startAt": start,
        "total": len(values),
        "isLast": start + len(chunk) >= len(values),
        "values": chunk,
    }
