"""Standing: what the escalation of a customer's account means for each of its tickets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from rules.ticket import AccountRef, Ticket, TicketRef

#: Every ticket that is a record wears it, whoever opened it.
RECORD_TAG = "esc_record"
#: Followed by the account's reference: `esc_account:zendesk:8001`. A record may be of several accounts.
ACCOUNT_TAG = "esc_account:"


_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class AccountState(StrEnum):
    """Where the escalation of an account stands."""

    #: Somebody, or a criterion, asked for it; nothing is written to the account's tickets yet.
    PROPOSED = "proposed"
    #: Not taken up, with a reason. Terminal.
    REFUSED = "refused"
    DECLARED = "declared"
    IN_PROGRESS = "in progress"
    #: Closed with consent; the issue summary, the root cause or corrective actions are still owed.
    AFTERCARE = "aftercare"
    CLOSED = "closed"

    @property
    def is_running(self) -> bool:
        """The account's tickets show it: declared and not closed."""
        return self in _RUNNING

    @property
    def is_over(self) -> bool:
        """Nothing will follow: what becomes of the account's tickets does not concern the record any more."""
        return self in _OVER

    @property
    def takes_the_place(self) -> bool:
        """The account needs no other record: this one is proposed or running."""
        return self in _RUNNING or self is AccountState.PROPOSED


_RUNNING = frozenset({AccountState.DECLARED, AccountState.IN_PROGRESS})
_OVER = frozenset({AccountState.REFUSED, AccountState.CLOSED})


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a record says of its account, for the account's tickets. Kept with the record's ledger."""

    record: TicketRef
    #: The record's human key and address.
    key: str
    url: str
    accounts: tuple[AccountRef, ...]
    state: AccountState
    #: `red`, `yellow`, `green` as the policy calls them; None before it is declared.
    colour: str | None = None
    #: Since when it is in that state (UTC).
    since: datetime | None = None
    #: The accountable owner, by id of the directory.
    owner: str | None = None


class Around(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What stands around a ticket in the escalation of its account."""

    #: The escalation of the ticket's account; None = there is none. On the record itself: None.
    standing: Standing | None = None
    #: On a ticket that belongs to no account: the running escalations of accounts whose tickets, or whose records, are
    #: linked to it, in the order of the records.
    beside: tuple[Standing, ...] = ()
    #: On a record: the tickets that it is about, as people set them, with comments; solved ones too where known.
    members: tuple[Ticket, ...] = ()

    @property
    def running(self) -> tuple[Standing, ...]:
        """The escalations that the ticket shows."""
        of_account = () if self.standing is None else (self.standing,)
        return tuple(one for one in (*of_account, *self.beside) if one.state.is_running)


#: Nothing.
ALONE = Around()

#: Whose id a tag cannot hold as it is, is named by the hexadecimal digits of its UTF-8 bytes behind this.
_SPELT = "x-"
#: What every helpdesk keeps in a tag as it was written: Zendesk makes letters small, Jira takes no blanks.
_PLAIN = re.compile(r"(?!x-)[a-z0-9_-]{1,100}")


def foremost(standings: Iterable[Standing]) -> Standing | None:
    """Of several records of one account, what counts for its tickets: running, else proposed, else the latest one.

    Of two that run, or are proposed, the elder counts.
    """
    found = sorted(standings, key=lambda one: (one.since or _ALWAYS, one.record))
    running = (one for one in found if one.state.is_running)
    proposed = (one for one in found if one.state.takes_the_place)
    return next(running, None) or next(proposed, None) or (found[-1] if found else None)


def is_record(ticket: Ticket) -> bool:
    """Whether the ticket is the record of an account's escalation."""
    return RECORD_TAG in ticket.tags


def accounts_of(ticket: Ticket) -> tuple[AccountRef, ...]:
    """The accounts that a record is about, by its tags."""
    named = (tag.removeprefix(ACCOUNT_TAG) for tag in sorted(ticket.tags) if tag.startswith(ACCOUNT_TAG))
    parted = (name.partition(":") for name in named)
    accounts = (AccountRef(helpdesk, _read(identity)) for helpdesk, _, identity in parted if helpdesk)
    return tuple(account for account in accounts if account.id)


def proposed_by(record: Ticket) -> Standing:
    """What a record says of its accounts as long as nobody has decided about it."""
    return Standing(
        record=record.ref,
        key=record.key,
        url=record.url,
        accounts=accounts_of(record),
        state=AccountState.PROPOSED,
        since=record.created_at,
    )


def account_tag(account: AccountRef) -> str:
    """The tag by which a record names an account."""
    identity = account.id if _PLAIN.fullmatch(account.id) else _SPELT + account.id.encode().hex()
    return f"{ACCOUNT_TAG}{account.helpdesk}:{identity}"


def _read(identity: str) -> str:
    """The id that a tag names; empty when it names none."""
    if not identity.startswith(_SPELT):
        return identity
    try:
        return bytes.fromhex(identity.removeprefix(_SPELT)).decode()
    except ValueError:
        return ""
