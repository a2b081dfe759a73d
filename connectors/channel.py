"""Channels: notices to chat rooms, pagers and mailboxes, by a web address of our own posting or through Apprise.

A channel cannot be asked what it received. So a notice of unknown outcome is not sent again, unless the policy says
`repeat_when_unsure`; every notice carries an id that stays the same, by which a receiver can tell a repeat.
"""

from __future__ import annotations

import hashlib
import logging
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec
import requests
from requests.auth import AuthBase, HTTPBasicAuth

from connectors.base import Applied, Secrets, SettingsError, Write, WriteKind
from connectors.dialect import Dialect
from connectors.errors import ConnectorError, ErrorKind
from connectors.http import HttpSession
from connectors.limiter import Budget, Limiter
from rules.change import Change, Notify, channel_target
from rules.channels import Channel, ChannelForm
from rules.gathered import gathered_words
from rules.reports.written import Form
from rules.templates import Template
from rules.ticket import Ticket

#: Incoming webhooks of chat rooms take about one message a second.
_BUDGET = Budget(calls=60, per=60.0)
_CONNECT_SECONDS = 5.0
#: A notice that is refused for one of these will be refused again.
FINAL = frozenset({ErrorKind.AUTH, ErrorKind.GONE, ErrorKind.REJECTED, ErrorKind.CONFLICT, ErrorKind.PROTOCOL})
#: Chat rooms make mentions and links of these.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

# Apprise would tell the terminal about every notice.
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").propagate = False


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out on a channel."""

    title: str
    body: str
    form: Form = Form.TEXT
    #: Of a notice: the ticket that it is about, where agents open it, and why it is told.
    ticket: str = ""
    url: str = ""
    because: str = ""
    #: Of a message about several tickets: what is told of each.
    several: tuple[Mapping[str, str], ...] = ()


class _Post(Protocol):
    def __call__(self, letter: Letter, identity: str) -> None:
        """Send one letter. Raises ConnectorError."""


class ChannelSink:
    """Sends notices to one channel, one request each; a `TicketSink` that writes to no ticket."""

    def __init__(self, channel: Channel, post: _Post, host: tuple[str, int] | None = None) -> None:
        self._channel = channel
        self._post = post
        self._host = host

    def reach(self) -> bool:
        """See whether the channel's host takes a connection; nothing is sent. False = there is no host to ask.

        Raises:
            ConnectorError: it takes none; the address is not quoted.
        """
        if self._host is None:
            return False
        try:
            socket.create_connection(self._host, timeout=_CONNECT_SECONDS).close()
        except OSError as error:
            raise ConnectorError(
                f"the host of {self._channel.name} takes no connection ({error.strerror or type(error).__name__}); "
                f"check the address in {self._channel.url_env}",
                kind=ErrorKind.UNREACHABLE,
                helpdesk=channel_target(self._channel.name),
            ) from None
        return True

    def batch(self, ticket: Ticket, changes: Sequence[Change]) -> tuple[Write, ...]:
        """One request a notice. Pure: no I/O."""
        kind, limit = WriteKind.NOTIFY, self._channel.at_most
        return tuple(Write(kind=kind, ticket=ticket.ref, changes=(change,), at_most=limit) for change in changes)

    def apply(self, write: Write, operation: str) -> Applied:  # noqa: ARG002 - a repeat is known by the occasion
        """Send one notice. What the channel will never take is refused, so that the ticket is not held up.

        Raises:
            ConnectorError: passing trouble; `ambiguous` when the notice may have arrived.
        """
        notice = _notice_of(write)
        letter = Letter(
            title=notice.title, body=notice.body, ticket=str(notice.on), url=notice.url, because=notice.because
        )
        try:
            self._post(letter, f"{notice.on}:{notice.key}")
        except ConnectorError as error:
            if error.ambiguous or error.kind not in FINAL:
                raise
            return Applied(detail="was refused", refused={notice.key: str(error)})
        return Applied(detail=f"told {self._channel.name}")

    def tell_together(self, notices: Sequence[Notify]) -> Applied:
        """Send one message that lists several notices. What the channel will never take is refused.

        Raises:
            ConnectorError: passing trouble; `ambiguous` when it may have arrived.
        """
        ids = sorted(f"{notice.on}:{notice.key}" for notice in notices)
        # The same notices are the same message.
        identity = f"together:{hashlib.sha256(chr(10).join(ids).encode()).hexdigest()[:32]}"
        try:
            self._post(_letter_about(notices, self._channel.gathered), identity)
        except ConnectorError as error:
            if error.ambiguous or error.kind not in FINAL:
                raise
            return Applied(detail="was refused", refused={notice.key: str(error) for notice in notices})
        return Applied(detail=f"told {self._channel.name} together with others")

    def publish(self, letter: Letter, identity: str) -> None:
        """Send something that is about no single ticket.

        Args:
            letter: What to send.
            identity: Stays the same when it is sent again, so that a receiver can tell a repeat.

        Raises:
            ConnectorError: it was refused, or passing trouble; `ambiguous` when it may have arrived.
        """
        self._post(letter, identity)

    def find(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:  # noqa: ARG002 - nobody to ask
        """Say what is to be believed of a notice of unknown outcome: lost, or not known and not to be repeated."""
        if self._channel.repeat_when_unsure:
            return None
        return Applied(detail=f"whether {_notice_of(write).channel} was told is not known", unsure=True)


def _letter_about(notices: Sequence[Notify], template: Template | None) -> Letter:
    """Several notices as a list of tickets with reasons."""
    several = tuple(
        {"ticket": str(notice.on), "title": notice.title, "url": notice.url, "because": notice.because}
        for notice in notices
    )
    title, body = gathered_words(notices, template)
    return Letter(title=title, body=body, several=several)


def open_channel(channel: Channel, secrets: Secrets) -> ChannelSink:
    """Make the sink of a channel. No network call.

    Raises:
        SettingsError: the environment has no address for it, or none that can be used; the address is not quoted.
    """
    address = secrets.get(channel.url_env)
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        # Not chained: the error quotes what was read, which may be a part of a password.
        message = f"the address in {channel.url_env} cannot be read: its port is a number, and / in a password is %2F"
        raise SettingsError([("", message)]) from None
    if parts.scheme in {"http", "https"}:
        if not parts.hostname:
            raise SettingsError([("", f"the address in {channel.url_env} names no host")])
        return ChannelSink(channel, _web_post(channel, parts), (parts.hostname, port))
    return ChannelSink(channel, _apprise_post(channel, address))


def _web_post(channel: Channel, parts: SplitResult) -> _Post:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    http = HttpSession(
        helpdesk=channel_target(channel.name),
        base_url=f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else ""),
        auth=_auth(parts),
        limiter=Limiter(helpdesk=_BUDGET),
        dialect=Dialect(advice=dict.fromkeys(FINAL, f"Check the address in the variable {channel.url_env}.")),
        timeout=(5.0, 30.0),
    )
    # The path and the query are part of the secret: they stay out of counts and messages.
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def post(letter: Letter, identity: str) -> None:
        body = _body(letter, identity, channel.form)
        http.send("POST", path, template="/", json=body, ticket=None, headers={"Idempotency-Key": identity})

    return post


class _NoAuth(AuthBase):
    """Sends no credentials: they are in the address."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _auth(parts: SplitResult) -> AuthBase:
    if parts.username is None:
        return _NoAuth()
    return HTTPBasicAuth(unquote(parts.username).encode(), unquote(parts.password or "").encode())


def _body(letter: Letter, identity: str, form: ChannelForm) -> Mapping[str, Any]:
    if form is ChannelForm.SLACK and letter.several:
        return {"text": _escaped(f"{letter.title}\n{letter.body}")}
    if form is ChannelForm.SLACK and not letter.ticket:
        # Tables keep their columns in a block of fixed width.
        return {"text": f"*{_escaped(letter.title)}*\n```\n{_escaped(letter.body.replace('```', ''))}```"}
    if form is ChannelForm.SLACK:
        return {"text": _escaped(f"{letter.title}\n{letter.body}\n{letter.url}")}
    told = {"id": identity, "title": letter.title, "text": letter.body}
    if letter.several:
        return {**told, "tickets": letter.several}
    if not letter.ticket:
        return {**told, "format": letter.form}
    return {**told, "ticket": letter.ticket, "url": letter.url, "because": letter.because}


def _escaped(text: str) -> str:
    return "".join(_ENTITIES.get(letter, letter) for letter in text)


def _apprise_post(channel: Channel, address: str) -> _Post:
    import apprise  # noqa: PLC0415 - it takes longer to import than all the rest, and few policies need it

    service = apprise.Apprise()
    if not service.add(address):
        said = "is neither a web address nor one that Apprise knows (https://…, mailto://…, slack://…)"
        raise SettingsError([("", f"the address in {channel.url_env} {said}")])

    for one in service:
        # Whoever answers for a service must not send what we say somewhere else.
        one.redirects = False

    def post(letter: Letter, identity: str) -> None:  # noqa: ARG001 - most services have no place for it
        text = "\n".join(filter(None, [letter.body, letter.url]))
        if not service.notify(title=letter.title, body=text, body_format=apprise.NotifyFormat(letter.form.value)):
            # Apprise says neither why nor whether anything was sent.
            raise ConnectorError(
                f"the channel {channel.name} did not confirm a notice; check the address in {channel.url_env} if this "
                "goes on.",
                kind=ErrorKind.RETRY,
                helpdesk=channel_target(channel.name),
                ambiguous=True,
            )

    return post


def _notice_of(write: Write) -> Notify:
    change = write.changes[0]
    if not isinstance(change, Notify):
        raise TypeError(f"{type(change).__name__} tells no channel anything")
    return change
