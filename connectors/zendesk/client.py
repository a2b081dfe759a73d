"""Zendesk's HTTP API: paths, parameters and error bodies, one method a call."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.answer import Answer
from connectors.base import Identity
from connectors.dialect import Dialect
from connectors.errors import ConnectorError, ErrorKind, Scope
from connectors.http import HttpSession
from connectors.limiter import Reading
from connectors.zendesk import wire

#: Endpoint budgets: the exports share one, every ticket update another (Zendesk's rate limit page).
EXPORTS = "incremental"
UPDATES = "tickets-update"
#: Most tickets that show_many takes.
MANY = 100
#: Comments and audits a page.
_PAGE = "100"
#: Tickets a page of a search (recommended by Zendesk).
_SEARCHED = 100
_FORBIDDEN = 403

_TICKET_PAGE = msgspec.json.Decoder(wire.TicketPage)
_RAW_TICKET_PAGE = msgspec.json.Decoder(wire.RawTicketPage)
_TICKET_ROW = msgspec.json.Decoder(wire.TicketRow)
_TICKET_LIST = msgspec.json.Decoder(wire.TicketList)
_TICKET_ANSWER = msgspec.json.Decoder(wire.TicketAnswer)
_COMMENT_PAGE = msgspec.json.Decoder(wire.CommentPage)
_EVENT_PAGE = msgspec.json.Decoder(wire.EventPage)
_AUDIT_PAGE = msgspec.json.Decoder(wire.AuditPage)
_SEARCH_PAGE = msgspec.json.Decoder(wire.SearchPage)
_LINK_ANSWER = msgspec.json.Decoder(wire.LinkAnswer)
_LINK_PAGE = msgspec.json.Decoder(wire.LinkPage)
_SCHEDULE_LIST = msgspec.json.Decoder(wire.ScheduleList)
_HOLIDAY_LIST = msgspec.json.Decoder(wire.HolidayList)
_GROUP_ANSWER = msgspec.json.Decoder(wire.GroupAnswer)
_MEMBERSHIP_PAGE = msgspec.json.Decoder(wire.MembershipPage)
_USER_LIST = msgspec.json.Decoder(wire.UserList)
_USER_ANSWER = msgspec.json.Decoder(wire.UserAnswer)

#: `zendesk-ratelimit-tickets-update: total=100; remaining=99; resets=41`, in two spellings.
_ENDPOINT_HEADER = re.compile(r"zendesk-rate-?limit-(.+)", re.IGNORECASE)
_PER_TICKET = "per-ticket-updates"


class ZendeskClient:
    """Calls to one account. Thread-safe. Every method may raise ConnectorError."""

    def __init__(self, http: HttpSession, *, page_size: int, support_type_scope: str) -> None:
        self.http = http
        self._page_size = page_size
        self._scope = support_type_scope

    def me(self) -> Identity:
        """Ask who we are.

        Raises:
            ConnectorError: AUTH also where Zendesk answers wrong credentials with an anonymous user.
        """
        answer = self.http.get("/api/v2/users/me", template="/api/v2/users/me")
        user = answer.decode(_USER_ANSWER).user
        if user.id is None:
            raise ConnectorError(
                f"{self.http.helpdesk} takes us for an anonymous user: the credentials are wrong or expired. Check the "
                "variables that the settings name.",
                kind=ErrorKind.AUTH,
                helpdesk=self.http.helpdesk,
            )
        return Identity(id=str(user.id), name=user.name, role=user.role, clock_skew=self._skew(answer))

    def tickets_page(
        self, *, cursor: str | None, start_time: int, readers: bool = False
    ) -> tuple[wire.TicketPage, dict[str, str]]:
        """Read one page of the cursor export.

        Args:
            cursor: where the last page ended, or None to begin at `start_time`.
            start_time: Unix seconds, more than a minute ago.
            readers: Tell the people of the tickets, too.

        Returns:
            The page, and the rows that could not be decoded: ticket id or row number → what is wrong.
        """
        path = "/api/v2/incremental/tickets/cursor"
        params: dict[str, str | int] = {
            "per_page": self._page_size,
            "include": "organizations,users" if readers else "organizations",
            "support_type_scope": self._scope,
        }
        params |= {"start_time": start_time} if cursor is None else {"cursor": cursor}
        answer = self.http.get(path, template=path, params=params)
        try:
            return _TICKET_PAGE.decode(answer.body), {}
        except msgspec.DecodeError:
            return _row_by_row(answer.decode(_RAW_TICKET_PAGE))

    def events_page(self, start_time: int) -> wire.EventPage:
        """Read one page of the time-based export of ticket events, comments included."""
        path = "/api/v2/incremental/ticket_events"
        params: dict[str, str | int] = {
            "start_time": start_time,
            "include": "comment_events",
            "per_page": self._page_size,
        }
        return self.http.get(path, template=path, params=params).decode(_EVENT_PAGE)

    def show_many(self, ids: Sequence[str], *, readers: bool = False) -> wire.TicketList:
        """Read up to 100 tickets, and their people where asked; those that are gone are left out."""
        path = "/api/v2/tickets/show_many"
        params = {"ids": ",".join(ids), **({"include": "users"} if readers else {})}
        return self.http.get(path, template=path, params=params).decode(_TICKET_LIST)

    def searched(self, query: str) -> Iterator[list[wire.TicketRow]]:
        """Read the tickets of a search, page by page; as fresh as the search index is."""
        path, after = "/api/v2/search/export", None
        while True:
            params: dict[str, str | int] = {"query": query, "filter[type]": "ticket", "page[size]": _SEARCHED}
            params |= {"page[after]": after} if after else {}
            page = self.http.get(path, template=path, params=params).decode(_SEARCH_PAGE)
            yield page.results
            after = self.next_cursor(page.meta, after)
            if after is None:
                return

    def tickets_by_external_id(self, external_id: str) -> list[wire.TicketRow]:
        """Read the tickets that carry our own id. Reads the primary store, not the search index."""
        params: dict[str, str | int] = {"external_id": external_id}
        return self.http.get("/api/v2/tickets", template="/api/v2/tickets", params=params).decode(_TICKET_LIST).tickets

    def comments(self, ticket: str) -> list[wire.CommentRow]:
        """Read all comments of a ticket, oldest first."""
        rows: list[wire.CommentRow] = []
        after: str | None = None
        while True:
            params = {"page[size]": _PAGE} | ({"page[after]": after} if after else {})
            answer = self.http.get(
                f"/api/v2/tickets/{ticket}/comments", template="/api/v2/tickets/{id}/comments", params=params
            )
            page = answer.decode(_COMMENT_PAGE)
            rows += page.comments
            after = self.next_cursor(page.meta, after)
            if after is None:
                return rows

    def audits_page(self, ticket: str, after: str | None) -> wire.AuditPage:
        """Read one page of a ticket's history, newest first."""
        params = {"page[size]": _PAGE, "sort": "-created_at"} | ({"page[after]": after} if after else {})
        answer = self.http.get(
            f"/api/v2/tickets/{ticket}/audits", template="/api/v2/tickets/{id}/audits", params=params
        )
        return answer.decode(_AUDIT_PAGE)

    def next_cursor(self, meta: wire.Meta, after: str | None) -> str | None:
        """Tell where a cursor-paged list goes on, or None at its end.

        Raises:
            ConnectorError: PROTOCOL when it goes on where it was: it would be read for ever.
        """
        if not meta.has_more or meta.after_cursor is None:
            return None
        if meta.after_cursor == after:
            raise ConnectorError(
                f"{self.http.helpdesk} gives the same page of a list again and again; it is tried again by itself.",
                kind=ErrorKind.PROTOCOL,
                helpdesk=self.http.helpdesk,
            )
        return meta.after_cursor

    def links(self, **chosen: str | int) -> list[wire.LinkRow]:
        """Read links of Zendesk's Jira app: all after `since_id`, or those of one `ticket_id`."""
        answer = self.http.get("/api/v2/jira/links", template="/api/v2/jira/links", params=chosen)
        return answer.decode(_LINK_PAGE).links

    def group(self, group: int) -> wire.GroupRow:
        """Read a group."""
        answer = self.http.get(f"/api/v2/groups/{group}", template="/api/v2/groups/{group_id}")
        return answer.decode(_GROUP_ANSWER).group

    def members(self, group: int) -> list[int]:
        """Read the ids of everybody in a group."""
        ids: list[int] = []
        after: str | None = None
        while True:
            params = {"page[size]": _PAGE} | ({"page[after]": after} if after else {})
            template = "/api/v2/groups/{group_id}/memberships"
            answer = self.http.get(f"/api/v2/groups/{group}/memberships", template=template, params=params)
            page = answer.decode(_MEMBERSHIP_PAGE)
            ids += [row.user_id for row in page.group_memberships]
            after = self.next_cursor(page.meta, after)
            if after is None:
                return ids

    def users(self, ids: Sequence[int]) -> list[wire.UserRow]:
        """Read people; those who are gone are left out."""
        path, rows = "/api/v2/users/show_many", list[wire.UserRow]()
        for start in range(0, len(ids), MANY):
            params: dict[str, str | int] = {"ids": ",".join(map(str, ids[start : start + MANY]))}
            rows += self.http.get(path, template=path, params=params).decode(_USER_LIST).users
        return rows

    def schedules(self) -> list[wire.ScheduleRow]:
        """Read the business hours of the account."""
        path = "/api/v2/business_hours/schedules"
        return self.http.get(path, template=path).decode(_SCHEDULE_LIST).schedules

    def holidays(self, schedule: int) -> list[wire.HolidayRow]:
        """Read the holidays of a schedule."""
        rows: list[wire.HolidayRow] = []
        while True:
            found = self.http.get(
                f"/api/v2/business_hours/schedules/{schedule}/holidays",
                template="/api/v2/business_hours/schedules/{id}/holidays",
                params={"page": len(rows) // int(_PAGE) + 1, "per_page": _PAGE},
            ).decode(_HOLIDAY_LIST)
            rows += found.holidays
            if found.next_page is None or len(found.holidays) < int(_PAGE):
                return rows

    def update(self, ticket: str, fields: Mapping[str, Any]) -> wire.TicketRow:
        """Write to a ticket, once."""
        answer = self.http.send(
            "PUT",
            f"/api/v2/tickets/{ticket}",
            template="/api/v2/tickets/{id}",
            json={"ticket": fields},
            ticket=ticket,
        )
        return answer.decode(_TICKET_ANSWER).ticket

    def create(self, fields: Mapping[str, Any], key: str) -> wire.TicketRow:
        """Create a ticket; Zendesk gives the same one for the same key for two hours."""
        answer = self.http.send(
            "POST",
            "/api/v2/tickets",
            template="/api/v2/tickets",
            json={"ticket": fields},
            headers={"Idempotency-Key": key},
            ticket=None,
        )
        return answer.decode(_TICKET_ANSWER).ticket

    def create_link(self, ticket: str, tracked: str, key: str) -> None:
        """Link a ticket to one in the tracker."""
        body = {"link": {"ticket_id": ticket, "issue_id": tracked, "issue_key": key}}
        answer = self.http.send("POST", "/api/v2/jira/links", template="/api/v2/jira/links", json=body, ticket=None)
        answer.decode(_LINK_ANSWER)

    def _skew(self, answer: Answer) -> float | None:
        try:
            theirs = email.utils.parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return None
        return theirs.timestamp() - self.http.now()


def _row_by_row(page: wire.RawTicketPage) -> tuple[wire.TicketPage, dict[str, str]]:
    rows: list[wire.TicketRow] = []
    unreadable: dict[str, str] = {}
    for number, raw in enumerate(page.tickets, 1):
        try:
            rows.append(_TICKET_ROW.decode(raw))
        except msgspec.DecodeError as error:
            unreadable[_id_of(raw) or f"row {number}"] = f"not a ticket as Zendesk documents it: {error}"
    whole = wire.TicketPage(rows, page.organizations, page.users, page.after_cursor, page.end_of_stream)
    return whole, unreadable


def _id_of(raw: msgspec.Raw) -> str | None:
    row = msgspec.json.decode(raw)
    return str(row["id"]) if isinstance(row, dict) and "id" in row else None


def endpoint_of(method: str, template: str) -> str | None:
    """Name the endpoint budget that a call counts against."""
    if template.startswith("/api/v2/incremental/"):
        return EXPORTS
    if method == "PUT" and template.startswith("/api/v2/tickets/{id}"):
        return UPDATES
    return None


def explain(status: int, _headers: Mapping[str, str], body: bytes) -> tuple[str, dict[str, str]]:
    """Read Zendesk's error body: its error word, and the complaint about each field.

    Descriptions are left out where they could quote what somebody wrote; a plain-text body is not quoted at all.
    """
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    word = error.get("title", "") if isinstance(error, dict) else error if isinstance(error, str) else ""
    fields = _complaints(said.get("details")) if isinstance(said, dict) else {}
    complaint = "; ".join(f"{name}: {text}" for name, text in fields.items())
    hint = "the exports, the Jira links and some tickets need an admin" if status == _FORBIDDEN else ""
    return "; ".join(part for part in (str(word), complaint, hint) if part), fields


def _complaints(details: Any) -> dict[str, str]:
    if not isinstance(details, dict):
        return {}
    fields: dict[str, str] = {}
    for name, entries in details.items():
        texts = [str(entry.get("description", "")) for entry in entries if isinstance(entry, dict)]
        fields[str(name)] = "; ".join(text for text in texts if text) or "refused"
    return fields


def scope_of(headers: Mapping[str, str], _body: bytes) -> Scope:
    """Tell how far a 429 reaches: Zendesk says to look at the account's header first, then at the endpoints'."""
    if _number(headers.get("x-rate-limit-remaining") or headers.get("ratelimit-remaining")) == 0:
        return Scope.HELPDESK
    empty = [reading for reading in readings("", headers) if reading.remaining == 0]
    if any(reading.scope is Scope.TICKET for reading in empty):
        return Scope.TICKET
    return Scope.ENDPOINT


def readings(_call: str, headers: Mapping[str, str]) -> Iterable[Reading]:
    """Read the rate headers: the account's, and each endpoint's."""
    limit = _number(headers.get("x-rate-limit") or headers.get("ratelimit-limit"))
    if limit is not None:
        remaining = _number(headers.get("x-rate-limit-remaining") or headers.get("ratelimit-remaining"))
        resets = _number(headers.get("ratelimit-reset") or headers.get("rate-limit-reset"))
        yield Reading(scope=Scope.HELPDESK, limit=limit, remaining=remaining, resets=resets)
    for name, value in headers.items():
        found = _ENDPOINT_HEADER.fullmatch(name)
        if found:
            parts = dict(part.strip().partition("=")[::2] for part in value.split(";"))
            # The exports are called by more than one name; they share one budget.
            endpoint = EXPORTS if EXPORTS in found[1].lower() else found[1].lower()
            scope = Scope.TICKET if endpoint == _PER_TICKET else Scope.ENDPOINT
            yield Reading(
                scope=scope,
                name="" if scope is Scope.TICKET else endpoint,
                limit=_number(parts.get("total")),
                remaining=_number(parts.get("remaining")),
                resets=_number(parts.get("resets")),
            )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


DIALECT = Dialect(explain=explain, scope_of=scope_of, readings=readings)
