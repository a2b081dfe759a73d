"""The calls to one Jira site: paths, parameters and error words, for Cloud and Data Center. Decides nothing.

Everything goes to `/rest/api/2` on both products, where bodies are strings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import msgspec

from connectors.answer import Answer
from connectors.dialect import Dialect
from connectors.errors import ConnectorError, ErrorKind, Scope
from connectors.http import HttpSession
from connectors.jira import wire, wire_groups, wire_screens, wire_steps
from connectors.jira.jql import quoted
from connectors.jira.rates import BURST, readings
from connectors.jira.settings import Deployment
from connectors.limiter import Budget

_API = "/rest/api/2"
SEARCH_CLOUD = f"{_API}/search/jql"
SEARCH_DATA_CENTER = f"{_API}/search"
BULK_FETCH = f"{_API}/issue/bulkfetch"
CHANGELOGS = f"{_API}/changelog/bulkfetch"
BULK_CREATE = f"{_API}/issue/bulk"
CREATE = f"{_API}/issue"
ISSUE = f"{_API}/issue/{{id}}"
COMMENTS = f"{_API}/issue/{{id}}/comment"
COMMENT = f"{_API}/issue/{{id}}/comment/{{comment}}"
TRANSITIONS = f"{_API}/issue/{{id}}/transitions"
USER = f"{_API}/user"
COMMENT_PROPERTY = f"{_API}/comment/{{id}}/properties/{{key}}"
REMOTE_LINKS = f"{_API}/issue/{{id}}/remotelink"
ISSUE_LINK = f"{_API}/issueLink"
GROUP_MEMBERS = f"{_API}/group/member"
MYSELF = f"{_API}/myself"
SERVER_INFO = f"{_API}/serverInfo"
PRIORITIES = f"{_API}/priority"
PROJECT_PRIORITIES = f"{_API}/priority/search"
TYPE_FIELDS = f"{_API}/issue/createmeta/{{project}}/issuetypes/{{type}}"

#: Issues that one bulk read takes, and elements that one bulk creation takes.
BULK_READ_LIMIT = 100
BULK_CREATE_LIMIT = 50
COMMENTS_A_PAGE = 100
_MEMBERS_A_PAGE = 50

_ENDPOINTS = {
    f"{method} {template}": Budget(calls=BURST[method], per=1.0)
    for method, template in (
        ("POST", SEARCH_CLOUD),
        ("POST", SEARCH_DATA_CENTER),
        ("POST", BULK_FETCH),
        ("POST", BULK_CREATE),
        ("POST", CREATE),
        ("GET", ISSUE),
        ("PUT", ISSUE),
        ("GET", COMMENTS),
        ("POST", COMMENTS),
        ("GET", TRANSITIONS),
        ("POST", TRANSITIONS),
        ("GET", REMOTE_LINKS),
        ("POST", REMOTE_LINKS),
        ("POST", ISSUE_LINK),
    )
}
#: Searches find what has changed; single issues are read by other calls.
SWEEPS = frozenset({f"POST {SEARCH_CLOUD}", f"POST {SEARCH_DATA_CENTER}"})
#: Writes to one issue: 20 in 2 s and 100 in 30 s are allowed; 20 in any 6 s keep both.
TICKET_BUDGET = Budget(calls=20, per=6.0)

_CREATED, _NO_CONTENT = 201, 204
_FIRST_SERVER_ERROR = 500

_ERROR_BODY = msgspec.json.Decoder(wire.ErrorBody)
_USER = msgspec.json.Decoder(wire.User)
_MEMBERS = msgspec.json.Decoder(wire_groups.MemberPage)
_SERVER = msgspec.json.Decoder(wire.Server)
_COMMENTS = msgspec.json.Decoder(wire.CommentPage)
_COMMENT = msgspec.json.Decoder(wire.Comment)
_STUBS = msgspec.json.Decoder(wire.StubPage)
_STUB = msgspec.json.Decoder(wire.Stub)
_TIED = msgspec.json.Decoder(wire.RemoteTie)
_PLACED = msgspec.json.Decoder(wire.Placed)
_PROPERTY = msgspec.json.Decoder(wire.CommentProperty)
_NAMED = msgspec.json.Decoder(tuple[wire.Named, ...])
_NAMED_PAGE = msgspec.json.Decoder(wire.NamedPage)
_STEPS = msgspec.json.Decoder(wire_steps.Steps)
_CHANGELOG = msgspec.json.Decoder(wire_steps.WithChangelog)
_TYPE_FIELDS = msgspec.json.Decoder(wire_screens.TypeFields)


def endpoint_of(method: str, template: str) -> str:
    """Name the burst budget of a call: Cloud keeps one for each endpoint and method."""
    return f"{method} {template}"


def endpoint_budgets() -> Mapping[str, Budget]:
    """Cloud's burst limits, by the names of `endpoint_of`."""
    return dict(_ENDPOINTS)


def explain(status: int, _headers: Mapping[str, str], body: bytes) -> tuple[str, dict[str, str]]:
    """Read Jira's error shape; text that is not in it (login pages, proxies) is not quoted."""
    try:
        found = _ERROR_BODY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", {}
    messages, fields = list(found.error_messages), {}
    parts = [found.errors] if isinstance(found.errors, dict) else []
    if not isinstance(found.errors, dict):
        parts = [error.element_errors.errors for error in found.errors]
        messages += [text for error in found.errors for text in error.element_errors.error_messages]
    for part in parts:
        fields.update(part)
    said = (*dict.fromkeys(messages), *(f"{field}: {complaint}" for field, complaint in sorted(fields.items())))
    return "; ".join(said), fields if status < _FIRST_SERVER_ERROR else {}


def scope_of(headers: Mapping[str, str], _body: bytes) -> Scope:
    """How far a 429 reaches: Cloud names its reason; Data Center's limit is our user's on the whole node."""
    reason = headers.get("RateLimit-Reason", "")
    if reason == "jira-per-issue-on-write":
        return Scope.TICKET
    return Scope.ENDPOINT if reason == "jira-burst-based" else Scope.HELPDESK


DIALECT = Dialect(
    explain=explain,
    scope_of=scope_of,
    readings=readings,
    advice={
        ErrorKind.AUTH: "Check the e-mail address and the API token (Cloud) or the personal access token (Data Center) "
        "that the settings name, whether the token has expired, and that our user may browse, edit, comment and "
        "create in the projects concerned.",
    },
)


class JiraClient:
    """Calls to one site. Thread-safe."""

    def __init__(self, http: HttpSession, deployment: Deployment) -> None:
        self._http = http
        self._lock = Lock()
        self._deployment = deployment
        self._me: wire.User | None = None

    def is_cloud(self) -> bool:
        """Whether this is Jira Cloud; asks the server once where the settings leave it open."""
        with self._lock:
            if self._deployment is Deployment.AUTO:
                cloud = self.server_info().deployment_type == "Cloud"
                self._deployment = Deployment.CLOUD if cloud else Deployment.DATA_CENTER
            return self._deployment is Deployment.CLOUD

    def server_info(self) -> wire.Server:
        """Kind and clock of the server; answered to anyone."""
        return self._http.get(SERVER_INFO, template=SERVER_INFO).decode(_SERVER)

    def myself(self) -> wire.User:
        """Our own user, asked for once.

        Raises:
            ConnectorError: AUTH also where Jira would serve us anonymously (200 with nothing in it).
        """
        with self._lock:
            if self._me is None:
                self._me = self._named_user(self._http.get(MYSELF, template=MYSELF).decode(_USER))
            return self._me

    def members(self, group: str) -> Iterator[wire.User]:
        """Every active member of a group, by the group's name, page by page."""
        start_at = 0
        while True:
            params: dict[str, str | int] = {"groupname": group, "startAt": start_at, "maxResults": _MEMBERS_A_PAGE}
            page = self._http.get(GROUP_MEMBERS, template=GROUP_MEMBERS, params=params).decode(_MEMBERS)
            yield from (user for user in page.values if user.active)
            start_at += len(page.values)
            if page.is_last or not page.values:
                return

    def search(
        self,
        jql: str,
        *,
        fields: Sequence[str],
        limit: int,
        token: str | None = None,
        start_at: int = 0,
        expand: str = "",
    ) -> Answer:
        """One page of a search, fresh only as far as the search index is; `expand` on Data Center alone."""
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": limit}
        if not self.is_cloud():
            body |= {"startAt": start_at} | ({"expand": [expand]} if expand else {})
            return self._http.query(SEARCH_DATA_CENTER, template=SEARCH_DATA_CENTER, json=body)
        body |= {} if token is None else {"nextPageToken": token}
        return self._http.query(SEARCH_CLOUD, template=SEARCH_CLOUD, json=body)

    def changelogs(self, ids: Sequence[str], token: str | None) -> Answer:
        """One page of all changes of up to 1,000 issues, oldest first (Cloud)."""
        body = {"issueIdsOrKeys": list(ids)} | ({"nextPageToken": token} if token else {})
        return self._http.query(CHANGELOGS, template=CHANGELOGS, json=body)

    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Answer:
        """Up to 100 issues by id from the primary store, with our marker (Cloud)."""
        body = {"issueIdsOrKeys": list(ids), "fields": list(fields), "properties": [wire.MARKER, wire.ORIGIN]}
        return self._http.query(BULK_FETCH, template=BULK_FETCH, json=body)

    def issue(self, issue_id: str, fields: Sequence[str]) -> Answer:
        """One issue by id from the primary store, with our marker."""
        params = {"fields": ",".join(fields), "properties": f"{wire.MARKER},{wire.ORIGIN}"}
        return self._http.get(ISSUE.format(id=issue_id), template=ISSUE, params=params)

    def place(self, issue_id: str) -> wire.Place:
        """Project, type, links and sub-tasks of one issue, from the primary store."""
        return self.issue(issue_id, ["project", "issuetype", "issuelinks", "subtasks"]).decode(_PLACED).fields

    def marker(self, issue_id: str) -> Any:
        """Our marker on one issue, or None.

        Raises:
            ConnectorError: GONE when there is no such issue.
        """
        stub = self.issue(issue_id, ["labels"]).decode(_STUB)
        return stub.properties.escalade if stub.properties else None

    def labelled(self, project: str, label: str) -> tuple[wire.Stub, ...]:
        """The issues that the search index knows under a label, with their markers from the primary store."""
        jql = f"project = {quoted(project)} AND labels = {quoted(label)} ORDER BY key ASC"
        found = self.search(jql, fields=["labels"], limit=BULK_READ_LIMIT).decode(_STUBS).issues
        return self.stubs([stub.id for stub in found])

    def stubs(self, ids: Sequence[str]) -> tuple[wire.Stub, ...]:
        """Which of these issues (ids or keys) exist, with their markers; from the primary store."""
        if not ids:
            return ()
        if not self.is_cloud():
            found = (self._stub(issue_id) for issue_id in ids)
            return tuple(stub for stub in found if stub is not None)
        chunks = (ids[start : start + BULK_READ_LIMIT] for start in range(0, len(ids), BULK_READ_LIMIT))
        return tuple(stub for chunk in chunks for stub in self.bulk_fetch(chunk, ["created"]).decode(_STUBS).issues)

    def comments(
        self, issue_id: str, *, start_at: int = 0, newest_first: bool = False, markers: bool = False
    ) -> wire.CommentPage:
        """One page of an issue's comments."""
        params: dict[str, str | int] = {"startAt": start_at, "maxResults": COMMENTS_A_PAGE}
        if newest_first:
            params["orderBy"] = "-created"
        if markers:
            params["expand"] = "properties"
        return self._http.get(COMMENTS.format(id=issue_id), template=COMMENTS, params=params).decode(_COMMENTS)

    def all_comments(self, issue_id: str) -> Iterator[wire.Comment]:
        """Every comment of an issue, page by page."""
        start_at = 0
        while True:
            page = self.comments(issue_id, start_at=start_at)
            yield from page.comments
            start_at += len(page.comments)
            if not page.comments or start_at >= page.total:
                return

    def comment_marker(self, comment_id: str) -> Any:
        """Our marker on a comment, or None."""
        path = COMMENT_PROPERTY.format(id=comment_id, key=wire.MARKER)
        try:
            return self._http.get(path, template=COMMENT_PROPERTY).decode(_PROPERTY).value
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE:
                return None
            raise

    def has_remote_link(self, issue_id: str, global_id: str) -> bool:
        """Whether the issue has a remote link of that global id."""
        path = REMOTE_LINKS.format(id=issue_id)
        try:
            self._http.get(path, template=REMOTE_LINKS, params={"globalId": global_id})
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE:
                return False
            raise
        return True

    def priorities(self, project_id: str | None) -> tuple[wire.Named, ...]:
        """The priorities of a project's scheme (Cloud), or of the whole site."""
        if project_id is None or not self.is_cloud():
            return self._http.get(PRIORITIES, template=PRIORITIES).decode(_NAMED)
        params: dict[str, str | int] = {"projectId": project_id, "maxResults": 50}
        return self._http.get(PROJECT_PRIORITIES, template=PROJECT_PRIORITIES, params=params).decode(_NAMED_PAGE).values

    def type_fields(self, project: str, type_id: str) -> wire_screens.TypeFields:
        """Fields on the create screen of one type in one project, with the values that they allow."""
        path = TYPE_FIELDS.format(project=project, type=type_id)
        return self._http.get(path, template=TYPE_FIELDS, params={"maxResults": 200}).decode(_TYPE_FIELDS)

    def edit(self, issue_id: str, body: Mapping[str, Any]) -> Answer:
        """Edit one issue."""
        return self._send("PUT", ISSUE, issue_id, body).promised(_NO_CONTENT)

    def steps(self, issue_id: str) -> tuple[wire_steps.Step, ...]:
        """The workflow steps that the issue can take now, with the fields of their screens."""
        path, params = TRANSITIONS.format(id=issue_id), {"expand": "transitions.fields"}
        return self._http.get(path, template=TRANSITIONS, params=params).decode(_STEPS).transitions

    def take_step(self, issue_id: str, step: str) -> Answer:
        """Take a workflow step."""
        return self._send("POST", TRANSITIONS, issue_id, {"transition": {"id": step}}).promised(_NO_CONTENT)

    def history(self, issue_id: str) -> tuple[wire_steps.Past, ...]:
        """The changes of one issue: at least its newest ones."""
        path, params = ISSUE.format(id=issue_id), {"fields": "status", "expand": "changelog"}
        answer = self._http.get(path, template=ISSUE, params=params)
        return answer.decode(_CHANGELOG).changelog.histories

    def user_name(self, key: str) -> str:
        """The name by which Data Center assigns the user of that key.

        Raises:
            ConnectorError: GONE when there is no such user.
        """
        return self._http.get(USER, template=USER, params={"key": key}).decode(_USER).name or key

    def person(self, account: str) -> wire.User:
        """Somebody by their id, with what their profile lets us see.

        Raises:
            ConnectorError: GONE when there is no such user.
        """
        who = {"accountId" if self.is_cloud() else "key": account}
        return self._http.get(USER, template=USER, params=who).decode(_USER)

    def now(self) -> float:
        """The wall clock, in seconds since the epoch."""
        return self._http.now()

    def add_comment(self, issue_id: str, body: Mapping[str, Any]) -> Answer:
        """Post one comment."""
        return self._send("POST", COMMENTS, issue_id, body)

    def comment(self, issue_id: str, comment_id: str) -> wire.Comment | None:
        """One comment of an issue, or None when there is none of that id."""
        path = COMMENT.format(id=issue_id, comment=comment_id)
        try:
            return self._http.get(path, template=COMMENT).decode(_COMMENT)
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE:
                return None
            raise

    def edit_comment(self, issue_id: str, comment_id: str, body: Mapping[str, Any]) -> None:
        """Replace the words of a comment."""
        path = COMMENT.format(id=issue_id, comment=comment_id)
        self._http.send("PUT", path, template=COMMENT, json=body, ticket=issue_id).decode(_STUB)

    def create(self, body: Mapping[str, Any]) -> Answer:
        """Create one issue."""
        return self._http.send("POST", CREATE, template=CREATE, json=body, ticket=None)

    def create_many(self, elements: Sequence[Mapping[str, Any]]) -> Answer:
        """Create up to 50 issues in one request; some may be refused while the others are made."""
        body = {"issueUpdates": list(elements)}
        return self._http.send("POST", BULK_CREATE, template=BULK_CREATE, json=body, ticket=None)

    def link(self, body: Mapping[str, Any], issue_id: str) -> Answer:
        """Link two issues; a link that exists is left as it is."""
        return self._send("POST", ISSUE_LINK, issue_id, body).promised(_CREATED)

    def link_remote(self, issue_id: str, body: Mapping[str, Any]) -> None:
        """Create a remote link, or update the one of the same global id."""
        self._send("POST", REMOTE_LINKS, issue_id, body).decode(_TIED)

    def _send(self, method: str, template: str, issue_id: str, body: Mapping[str, Any]) -> Answer:
        path = template.format(id=issue_id)
        return self._http.send(method, path, template=template, json=body, ticket=issue_id)

    def _stub(self, issue_id: str) -> wire.Stub | None:
        try:
            return self.issue(issue_id, ["created"]).decode(_STUB)
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE:
                return None
            raise

    def _named_user(self, user: wire.User) -> wire.User:
        if user.id is None:
            raise ConnectorError(
                f"{self._http.helpdesk} does not know who we are: it would show us only what anyone may see. "
                + DIALECT.advice[ErrorKind.AUTH],
                kind=ErrorKind.AUTH,
                helpdesk=self._http.helpdesk,
            )
        return user
