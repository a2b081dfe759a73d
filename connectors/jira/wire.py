"""The parts of Jira's payloads that Escalade needs, as msgspec structs; everything else in an answer is skipped unread.

The names follow the vendor. Times stay strings here (`2025-07-25T21:01:33.495+0200`): translate.py reads them.
`gc=False`: JSON has no cycles, and a page has so many values that looking for some would cost more than decoding it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Generic, TypeVar, cast

import msgspec

#: The key of the hidden marker that Escalade leaves on issues and comments.
MARKER = "escalade"
#: The key of the one that an issue keeps for good: MARKER is replaced whenever Escalade edits the issue, maybe before
#: whoever opened it has learned that it did.
ORIGIN = "escalade.origin"


class User(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A person or an app. Cloud has `accountId`, Data Center `key` and `name`."""

    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    display_name: str = ""
    account_type: str | None = None
    active: bool = True
    #: Told of single users alone, and hidden by some; `en_US`.
    locale: str | None = None
    time_zone: str | None = None

    @property
    def id(self) -> str | None:
        """The immutable id: the account id on Cloud, the user key on Data Center."""
        return self.account_id or self.key or self.name


class Visibility(msgspec.Struct, frozen=True, gc=False):
    """A comment's restriction to a role or group; only its presence matters."""

    type: str = ""


class Marker(msgspec.Struct, frozen=True, gc=False):
    """Escalade's own value under MARKER: the operation that wrote it, and for remediation the item."""

    op: str = ""
    item: str | None = None
    #: The occasions of the notes that a comment holds.
    keys: tuple[str, ...] = ()
    #: A kept note's key, and what it says.
    kept: tuple[str, str] | None = None


class CommentProperty(msgspec.Struct, frozen=True, gc=False):
    """One entity property of a comment, as `expand=properties` lists them."""

    key: str
    value: Any = None


class Comment(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One comment in its v2 form (the body is a string)."""

    id: str
    created: str
    author: User | None = None
    #: Who edited it last; its author where nobody did.
    update_author: User | None = None
    body: str = ""
    #: Service projects only: False for an internal note.
    jsd_public: bool | None = None
    visibility: Visibility | None = None
    #: None where the server did not expand them.
    properties: tuple[CommentProperty, ...] | None = None


class CommentPage(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A page of comments, inline in an issue or of its own."""

    comments: tuple[Comment, ...] = ()
    total: int = 0
    start_at: int = 0


class Named(msgspec.Struct, frozen=True, gc=False):
    """Anything of which only id and name matter: priorities, components."""

    id: str | None = None
    name: str | None = None


class Category(msgspec.Struct, frozen=True, gc=False):
    """A status category; `key` is `new`, `indeterminate`, `done` or `undefined` on every site."""

    key: str


class Status(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A workflow status."""

    name: str
    status_category: Category


class IssueType(msgspec.Struct, frozen=True, gc=False):
    """An issue type."""

    name: str
    subtask: bool = False


class Project(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The project of an issue."""

    id: str
    key: str
    name: str = ""
    project_type_key: str = ""


class LinkType(msgspec.Struct, frozen=True, gc=False):
    """The type of a link between issues."""

    name: str


class LinkedIssue(msgspec.Struct, frozen=True, gc=False):
    """The other end of a link."""

    id: str
    key: str = ""


class IssueLink(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One link between issues, seen from one end: exactly one of the two others is present."""

    type: LinkType
    inward_issue: LinkedIssue | None = None
    outward_issue: LinkedIssue | None = None


class SubtaskFields(msgspec.Struct, frozen=True, gc=False):
    """What the parent's answer tells about a sub-task."""

    status: Status
    summary: str = ""


class Subtask(msgspec.Struct, frozen=True, gc=False):
    """A sub-task inside its parent's answer."""

    id: str
    key: str
    fields: SubtaskFields


class Choice(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A structured value of a field (an option, a user, a version, an organisation, …): the keys that can name it."""

    value: Any = None
    name: Any = None
    display_name: Any = None
    key: Any = None
    id: Any = None
    #: The second level of a cascading select.
    child: Any = None


#: Whatever a field may hold. What is structured below a list of lists or a choice stays as JSON has it.
FieldValue = Choice | str | int | float | bool | None | tuple[Choice | str | int | float | bool | list[Any] | None, ...]


class Fields(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The system fields of an issue. `IssueDecoder` adds a site's own fields."""

    status: Status
    project: Project
    issuetype: IssueType
    created: str
    updated: str
    summary: str = ""
    priority: Named | None = None
    assignee: User | None = None
    reporter: User | None = None
    labels: frozenset[str] = frozenset()
    components: tuple[Named, ...] = ()
    issuelinks: tuple[IssueLink, ...] = ()
    subtasks: tuple[Subtask, ...] = ()
    comment: CommentPage | None = None
    #: Of a sub-task: the issue that it is below.
    parent: LinkedIssue | None = None
    duedate: str | None = None


#: What is asked for by name in every read: an unlisted field is not sent.
SYSTEM_FIELDS = tuple(Fields.__struct_encode_fields__)

FieldsT = TypeVar("FieldsT")


class Properties(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The entity properties of an issue that were asked for."""

    escalade: Any = None
    origin: Any = msgspec.field(name=ORIGIN, default=None)


class Issue(msgspec.Struct, Generic[FieldsT], frozen=True, gc=False, kw_only=True):
    """One issue of a search or bulk answer."""

    id: str
    key: str
    fields: FieldsT
    properties: Properties | None = None


class SearchPage(msgspec.Struct, Generic[FieldsT], frozen=True, gc=False, kw_only=True, rename="camel"):
    """One page of either search: Cloud pages by token without a total, Data Center by `startAt` with one."""

    issues: tuple[Issue[FieldsT], ...]
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None


class RawPage(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The same page with its rows left undecoded, to find the row that does not decode."""

    issues: tuple[msgspec.Raw, ...]
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None


class RowHead(msgspec.Struct, frozen=True, gc=False):
    """Just enough of a row to name it."""

    id: str = "?"


class Birth(msgspec.Struct, frozen=True, gc=False):
    """When an issue was created; empty where that was not asked for."""

    created: str = ""


class Stub(msgspec.Struct, frozen=True, gc=False):
    """A created issue, or one that was asked for by id only."""

    id: str
    key: str = ""
    properties: Properties | None = None
    fields: Birth | None = None


class RemoteTie(msgspec.Struct, frozen=True, gc=False):
    """A remote link that was created or updated."""

    id: int


class StubPage(msgspec.Struct, frozen=True, gc=False):
    """Issues by id, key and marker: searches by label, bulk reads of sub-tasks."""

    issues: tuple[Stub, ...] = ()


class NamedPage(msgspec.Struct, frozen=True, gc=False):
    """A page of named things."""

    values: tuple[Named, ...] = ()


class ElementErrors(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Why one element of a bulk creation was refused."""

    errors: dict[str, str] = {}
    error_messages: tuple[str, ...] = ()


class BulkError(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One refused element, by its position in the request."""

    failed_element_number: int
    element_errors: ElementErrors = ElementErrors()
    status: int = HTTPStatus.BAD_REQUEST

    @property
    def is_passing(self) -> bool:
        """Whether Jira could not, rather than would not."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status == HTTPStatus.TOO_MANY_REQUESTS


class BulkCreated(msgspec.Struct, frozen=True, gc=False):
    """The answer to a bulk creation: what was made, in order, and what was not."""

    issues: tuple[Stub, ...] = ()
    errors: tuple[BulkError, ...] = ()


class ErrorBody(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Jira's error shape; a bulk creation that failed as a whole lists its elements' errors instead."""

    error_messages: tuple[str, ...] = ()
    errors: dict[str, str] | tuple[BulkError, ...] = {}


class Place(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where an issue lives, and its ties."""

    project: Project | None = None
    issuetype: IssueType | None = None
    issuelinks: tuple[IssueLink, ...] = ()
    subtasks: tuple[Stub, ...] = ()


class Placed(msgspec.Struct, frozen=True, gc=False):
    """One issue by id with its place."""

    id: str
    fields: Place


class Server(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What kind of Jira answers, and what time it has there."""

    deployment_type: str = "Server"
    base_url: str = ""
    server_time: str | None = None


class IssueDecoder:
    """Decoders for one site: the system fields plus the custom fields that its settings ask for."""

    def __init__(self, custom_fields: tuple[str, ...]) -> None:
        fields = msgspec.defstruct(
            "SiteFields",
            [(name, FieldValue, None) for name in custom_fields],
            bases=(Fields,),
            frozen=True,
            gc=False,
            kw_only=True,
        )
        self.names = (*SYSTEM_FIELDS, *custom_fields)
        # The parameter is a type made at run time, which the static type system cannot name.
        generic = cast("Any", SearchPage)
        self.page: msgspec.json.Decoder[SearchPage[Fields]] = msgspec.json.Decoder(generic[fields])
        self.raw_page = msgspec.json.Decoder(RawPage)
        self.issue: msgspec.json.Decoder[Issue[Fields]] = msgspec.json.Decoder(cast("Any", Issue)[fields])

    def rows(self, body: bytes) -> tuple[SearchPage[Fields], Mapping[str, str]]:
        """Decode a page; rows that do not decode are left out and named with what is wrong.

        Raises:
            msgspec.DecodeError: when not even the page around the rows can be read.
        """
        try:
            return self.page.decode(body), {}
        except msgspec.ValidationError:
            return self._row_by_row(self.raw_page.decode(body))

    def _row_by_row(self, page: RawPage) -> tuple[SearchPage[Fields], Mapping[str, str]]:
        readable: list[Issue[Fields]] = []
        unreadable: dict[str, str] = {}
        for number, raw in enumerate(page.issues, start=1):
            try:
                readable.append(self.issue.decode(raw))
            except msgspec.ValidationError as error:
                unreadable[_row_name(raw, number)] = str(error)
        whole: SearchPage[Fields] = SearchPage(
            issues=tuple(readable), next_page_token=page.next_page_token, is_last=page.is_last, total=page.total
        )
        return whole, unreadable


def _row_name(raw: msgspec.Raw, number: int) -> str:
    try:
        return msgspec.json.decode(raw, type=RowHead).id
    except msgspec.ValidationError:
        return f"row {number}"
