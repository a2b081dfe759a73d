"""Values ↔ bytes: what the store keeps whole, and the hash that says whether a ticket really changed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from connectors.base import Write
from rules.commands import Command
from rules.escalation.standing import Standing
from rules.ledger import Ledger
from rules.ticket import Account, Child, OpenTicket, Ticket, TicketRef, Timeline

_PLAIN = msgspec.msgpack.Encoder()
# Sets have no order of their own: without sorting, every process would see another hash.
_SORTED = msgspec.msgpack.Encoder(order="deterministic")
_TICKET = msgspec.msgpack.Decoder(Ticket)
_OPEN_TICKET = msgspec.msgpack.Decoder(OpenTicket)
_ACCOUNT = msgspec.msgpack.Decoder(Account)
_LEDGER = msgspec.msgpack.Decoder(Ledger)
#: The parts of a ledger as they are, also those that a newer version added.
_PARTS = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])
_OURS = frozenset(Ledger.__struct_fields__)
_WRITE = msgspec.msgpack.Decoder(Write)
_STANDING = msgspec.msgpack.Decoder(Standing)
_TIMELINE = msgspec.msgpack.Decoder(Timeline)
_COMMANDS = msgspec.msgpack.Decoder(tuple[Command, ...])

#: Timelines longer than this (bytes) are compressed: their states repeat each other almost wholly.
_LONG = 2048
#: The first byte of what zlib makes; msgpack begins a value of ours with another one.
_ZLIB = 0x78

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

to_ticket = _TICKET.decode
#: What counting needs of a ticket, read from the same bytes.
to_open_ticket = _OPEN_TICKET.decode


class Assigned(msgspec.Struct, frozen=True, gc=False):
    """What counting the tickets of people needs of a ticket."""

    assignee: str | None = None


class Keyed(msgspec.Struct, frozen=True, gc=False):
    """By what people know a ticket."""

    key: str


#: The key, read from the same bytes.
to_keyed = msgspec.msgpack.Decoder(Keyed).decode
#: The assignee, read from the same bytes.
to_assigned = msgspec.msgpack.Decoder(Assigned).decode
to_account = _ACCOUNT.decode
to_ledger = _LEDGER.decode
to_write = _WRITE.decode
to_child = msgspec.msgpack.Decoder(Child).decode
to_standing = _STANDING.decode


@contextmanager
def setting_aside(ref: TicketRef, unreadable: set[TicketRef] | None) -> Iterator[None]:
    """Note a ticket of which something cannot be read within the block, and go on; None = do not go on."""
    try:
        yield
    except (msgspec.DecodeError, zlib.error):
        if unreadable is None:
            raise
        unreadable.add(ref)


def of(value: Write | Standing | Child) -> bytes:
    """The value as msgpack."""
    return _PLAIN.encode(value)


def of_ledger(ledger: Ledger, before: bytes | None) -> bytes:
    """The ledger as msgpack, with those parts of the one before that only a newer version knows."""
    plain = _PLAIN.encode(ledger)
    unknown = {} if before is None else {name: it for name, it in _PARTS.decode(before).items() if name not in _OURS}
    return _PLAIN.encode({**_PARTS.decode(plain), **unknown}) if unknown else plain


def of_timeline(timeline: Timeline) -> bytes:
    """The timeline as msgpack, compressed where that pays."""
    plain = _PLAIN.encode(timeline)
    return plain if len(plain) <= _LONG else zlib.compress(plain, level=1)


def to_timeline(blob: bytes) -> Timeline:
    """The timeline that `of_timeline` wrote."""
    return _TIMELINE.decode(unpacked(blob))


def unpacked(blob: bytes) -> bytes:
    """The bytes of a timeline as they were before they were compressed, if they were."""
    return zlib.decompress(blob) if blob[0] == _ZLIB else blob


def of_commands(commands: tuple[Command, ...]) -> bytes | None:
    """The commands of one comment as msgpack; None for none, as nearly all comments have."""
    return _SORTED.encode(commands) if commands else None


def to_commands(blob: bytes | None) -> tuple[Command, ...]:
    """The commands that `of_commands` wrote."""
    return () if blob is None else _COMMANDS.decode(blob)


def of_account(account: Account) -> bytes:
    """The account as msgpack, equal bytes for equal accounts."""
    return _SORTED.encode(account)


def of_ticket(ticket: Ticket) -> bytes:
    """The ticket as msgpack, without the comments, links, children and past that have tables of their own."""
    return _PLAIN.encode(replace(ticket, comments=(), links=(), children=(), timeline=Timeline()))


def content_hash(ticket: Ticket) -> bytes:
    """What a person would call the ticket's content, in 16 bytes.

    Left out: the version and `updated_at`, which move without a change; comments and links, which are compared row
    by row, and so are children.
    """
    bare = replace(
        ticket,
        version="",
        updated_at=_EPOCH,
        comments=(),
        comments_complete=False,
        links=(),
        links_complete=False,
        children=(),
        children_complete=False,
        timeline=Timeline(),
    )
    return blake2b(_SORTED.encode(bare), digest_size=16).digest()
