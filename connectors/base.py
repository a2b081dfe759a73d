"""The connector contract: what every helpdesk must offer to `sync.py`, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from connectors.errors import ConnectorError, ErrorKind
from connectors.errors import SettingsError as SettingsError  # noqa: PLC0414 - connectors raise it
from connectors.purse import Purse
from rules.change import Change
from rules.hearing import Hearing
from rules.restoring import Trace
from rules.roster import GroupRef, Member
from rules.throttle import AtMost
from rules.ticket import Account, Child, Comment, Link, Ticket, TicketRef
from rules.vocabulary import Vocabulary

#: Raised by one whenever a method of these protocols changes its meaning.
API_VERSION = 1


class CommentSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that a stream delivered apart from its ticket (without its body)."""

    on: TicketRef
    comment: Comment


class LinkSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A tie that a stream delivered apart from its ticket."""

    on: TicketRef
    link: Link


class ChildSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that a stream delivered apart from the ticket that it is below, with all that is known of it."""

    on: TicketRef
    child: Child


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a stream. `checkpoint` may be stored only after everything in the page is durably taken in."""

    stream: str
    checkpoint: str
    tickets: tuple[Ticket, ...] = ()
    accounts: tuple[Account, ...] = ()
    comments: tuple[CommentSeen, ...] = ()
    links: tuple[LinkSeen, ...] = ()
    children: tuple[ChildSeen, ...] = ()
    #: Rows that could not be understood: ticket id (or row number) → what is wrong. Logged, counted, never fatal.
    unreadable: dict[str, str] = {}
    #: How many rows the helpdesk says are in all, where it says so (for progress only).
    total: int | None = None


class TicketSource(Protocol):
    """Reads tickets. Every method may raise ConnectorError."""

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams to poll, in this order."""
        ...

    def poll(self, stream: str, checkpoint: str | None, now: datetime) -> Iterator[Page]:
        """Yield pages from the checkpoint (None = from the beginning) to the present, one HTTP call a page."""
        ...

    def read(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Ticket | None]:
        """Read these tickets afresh from the primary store, with complete comments, links and children.

        A ticket that is deleted or out of sight maps to None.
        """
        ...


@runtime_checkable
class ReadsWork(Protocol):
    """A source of a helpdesk in which the work below a ticket is no ticket by itself, and has words of its own."""

    def read_with_work(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Ticket | None]:
        """Read these tickets as `TicketSource.read` does, and pieces of work among them as if they were tickets."""
        ...


def read_with_work(source: TicketSource, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Ticket | None]:
    """Read tickets, and what is below tickets, afresh; what is gone or out of sight maps to None.

    Raises:
        ConnectorError: the helpdesk cannot be read.
    """
    return source.read_with_work(refs) if isinstance(source, ReadsWork) else source.read(refs)


#: So many tickets that cannot be read, and not one that can: then it is not the tickets.
_HOPELESS = 5


def read_apart(
    source: TicketSource, refs: Sequence[TicketRef]
) -> tuple[dict[TicketRef, Ticket | None], dict[TicketRef, Exception]]:
    """Read tickets together; where that fails, one by one, so that an odd one costs the others nothing but calls.

    Returns:
        What `source.read` found; and the tickets that cannot be read, with the error of each.

    Raises:
        ConnectorError: the helpdesk as a whole cannot be read.
    """
    try:
        return dict(source.read(refs)), {}
    except Exception as error:
        if _is_of_all(error):
            raise
    found: dict[TicketRef, Ticket | None] = {}
    odd: dict[TicketRef, Exception] = {}
    for ref in refs:
        try:
            found.update(source.read([ref]))
        except Exception as error:
            hopeless = not found and len(odd) + 1 == min(_HOPELESS, len(refs))
            if _is_of_all(error) or (hopeless and isinstance(error, ConnectorError)):
                raise
            odd[ref] = error
    return found, odd


def _is_of_all(error: Exception) -> bool:
    """Whether it cannot be the fault of one ticket. A 403 can: our user may not see every ticket."""
    if not isinstance(error, ConnectorError):
        return False
    refused = error.kind is ErrorKind.AUTH and error.status != HTTPStatus.FORBIDDEN
    return refused or error.kind in {ErrorKind.UNREACHABLE, ErrorKind.RATE_LIMITED}


class WriteKind(StrEnum):
    """What one write request does; also the word in the journal."""

    UPDATE = "update"
    TRANSITION = "transition"
    COMMENT = "comment"
    #: Bring a kept note up to date.
    KEEP = "keep"
    REMEDIATE = "remediate"
    OPEN = "open"
    LINK = "link"
    NOTIFY = "notify"


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """Changes that travel in ONE request. Serialisable: it is the intent that is journalled before the call."""

    kind: WriteKind
    #: The ticket that the visit is about.
    ticket: TicketRef
    changes: tuple[Change, ...]
    #: The version that the decision was made on, where the helpdesk can check it.
    version: str | None = None
    #: Anything else that the sink needs to carry out or find this write later (numeric ids, keys).
    context: dict[str, str] = {}
    #: The limit of the channel that it tells something.
    at_most: AtMost | None = None


class IntentState(StrEnum):
    """How far a write has come."""

    #: Journalled, perhaps sent: look in the helpdesk before repeating it.
    INTENDED = "intended"
    APPLIED = "applied"
    #: The helpdesk refused it; repeating will not help.
    REFUSED = "refused"
    #: It surely did not reach the helpdesk (looked for and not found, or refused by a conflict).
    LOST = "lost"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One write, journalled before it is sent."""

    operation: str
    write: Write
    intended_at: datetime
    state: IntentState = IntentState.INTENDED


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A write is in the helpdesk: carried out now, or found there by its marker."""

    detail: str
    #: Occasion or item key → the ticket that was created for it.
    created: dict[str, TicketRef] = {}
    #: Key of a kept note → the id by which the helpdesk lets it be edited; empty where comments stay as they are.
    editable: dict[str, str] = {}
    #: The ticket's version after the write, where the helpdesk told it.
    version: str | None = None
    #: Nobody can tell whether it took effect; it is not to be repeated all the same.
    unsure: bool = False
    #: Parts that the helpdesk refused while it took the rest: field or item key → its complaint.
    refused: dict[str, str] = {}


class TicketSink(Protocol):
    """Writes to tickets. One call of `apply` is one write request; nothing in here retries one by itself."""

    def batch(self, ticket: Ticket, changes: Sequence[Change]) -> tuple[Write, ...]:
        """Group changes into the fewest requests, in the order to send. Pure: no I/O."""
        ...

    def apply(self, write: Write, operation: str) -> Applied:
        """Send one write, leaving the operation id in the helpdesk where the vendor allows it.

        Raises:
            ConnectorError: `ambiguous` is set when the write may have taken effect.
        """
        ...

    def find(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        """Look whether a write of unknown outcome took effect; None = it surely did not.

        Raises:
            ConnectorError: kind RETRY with `retry_after` when it is too early to tell.
        """
        ...


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are in a helpdesk, as it told us."""

    id: str
    name: str
    role: str
    #: The helpdesk's clock minus ours, in seconds, where it tells its time.
    clock_skew: float | None = None


class Helpdesk(Protocol):
    """One configured helpdesk account: the parts above and what is known about it."""

    name: str
    vendor: str
    source: TicketSource
    sink: TicketSink

    def identity(self) -> Identity:
        """Ask who we are. Raises ConnectorError(AUTH) with advice when the credentials do not do."""
        ...

    def vocabulary(self) -> Vocabulary:
        """The words that a policy may use here (groups, fields, priorities, projects, types)."""
        ...

    def calls(self) -> Mapping[str, int]:
        """HTTP calls made so far, by `METHOD /path/{template}`."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


@runtime_checkable
class CalendarSource(Protocol):
    """A helpdesk that keeps business hours of its own, which a policy can take over. Not every helpdesk does."""

    def calendars(self) -> Mapping[str, str]:
        """The helpdesk's schedules: their names → an entry of `calendars:` as YAML text, indented by two blanks.

        Raises:
            ConnectorError: when the helpdesk cannot be read.
        """
        ...


@runtime_checkable
class GroupSource(Protocol):
    """A helpdesk that tells who is in a group. Not every helpdesk has groups."""

    def group_members(self, group: str) -> tuple[Member, ...]:
        """Everybody active in a group, by its name, as of now; read from the helpdesk at every call.

        Raises:
            ConnectorError: GONE when there is no such group; any other kind when it cannot be read.
        """
        ...


@runtime_checkable
class Hears(Protocol):
    """A helpdesk that listens to comments: it takes commands out of their texts. Not every helpdesk has to."""

    def hear(self, hearing: Hearing) -> None:
        """Listen for what a policy wants to hear, from the next read on."""
        ...


@runtime_checkable
class SharesBudgets(Protocol):
    """A helpdesk whose rate budgets can be shared with other processes. Not every helpdesk has any."""

    def share_budgets(self, purse: Purse) -> None:
        """Take calls out of budgets that other processes use, too, from the next call on."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A helpdesk that knows how fast its rate budgets let us go. Not every helpdesk has any."""

    def takes(self, reads: int, writes: Mapping[WriteKind, int]) -> float:
        """Seconds that fresh reads of so many tickets, and so many writes, take when nobody else sends anything."""
        ...


@runtime_checkable
class Hurries(Protocol):
    """A helpdesk whose calls wait for their turn, and can be told not to. Not every helpdesk's do."""

    def hurry(self) -> None:
        """The program ends: calls that wait for their turn fail at once, and no other waits any more."""
        ...


@runtime_checkable
class TraceSource(Protocol):
    """A helpdesk from which our own marks can be read back. Not every helpdesk keeps any."""

    def traces(self, ref: TicketRef) -> Trace:
        """Read what we said and created on one ticket.

        Raises:
            ConnectorError: when the helpdesk cannot be read.
        """
        ...


def group_members(helpdesks: Mapping[str, Helpdesk], group: GroupRef) -> tuple[Member, ...]:
    """Everybody active in a group, read from its helpdesk now.

    Raises:
        ConnectorError: GONE when there is no such group; any other kind when it cannot be read.
    """
    source: object = helpdesks.get(group.helpdesk)
    if not isinstance(source, GroupSource):
        told = f"{group.helpdesk} does not tell who is in its groups"
        raise ConnectorError(told, kind=ErrorKind.REJECTED, helpdesk=group.helpdesk)
    return source.group_members(group.group)


class Connector(Protocol):
    """What an entry point of the group `escalade.connectors` names: a module or object with these members."""

    API_VERSION: int

    def open_helpdesk(self, name: str, options: Mapping[str, Any], secrets: Secrets) -> Helpdesk:
        """Build a helpdesk from its block in the settings file. No network call.

        Raises:
            SettingsError: naming every wrong or missing option at once.
        """
        ...


@runtime_checkable
class DescribesOptions(Protocol):
    """A connector that can say what its blocks in the settings file may hold, so that editors complete them."""

    def options_schema(self) -> dict[str, Any]:
        """The JSON Schema (draft 2020-12) of a helpdesk's block, without `vendor`."""
        ...

    def webhook_schema(self) -> dict[str, Any]:
        """The same of a webhook's block, without `helpdesk`."""
        ...


class Secrets(Protocol):
    """Where secrets come from: environment variables or files, never YAML."""

    def get(self, env: str, *, file: Path | None = None) -> str:
        """Return the secret. Raises SettingsError saying which variable or file is missing."""
        ...
