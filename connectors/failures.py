"""What a failed exchange means: HTTP status or transport error → kind of error and advice."""

from __future__ import annotations

import email.utils
import math
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NameResolutionError, NewConnectionError

from connectors.compression import AnswerTooLargeError
from connectors.errors import ErrorKind

#: Longest piece of a helpdesk's own words that an error text may hold, in characters.
_LONGEST_QUOTE = 200

#: Longest wait that we believe, in seconds. A slip in a proxy must not put a helpdesk off for years.
_LONGEST_WAIT = 86_400.0

_ADVICE = {
    ErrorKind.RETRY: "The helpdesk has trouble; it is tried again by itself.",
    ErrorKind.RATE_LIMITED: "The helpdesk asks us to slow down; it is tried again by itself after the wait.",
    ErrorKind.GONE: "The ticket or object is deleted, or our user may not see it.",
    ErrorKind.CONFLICT: "Somebody changed it meanwhile; it is read and decided again.",
    ErrorKind.REJECTED: "The helpdesk will not take this; repeating it does not help.",
}
_NOT_LOGGED_IN = (
    "The credentials are missing, wrong, expired or revoked: check the variables that the settings name for this "
    "helpdesk, and create new credentials if they are right."
)
_NOT_ALLOWED = "The credentials are valid but lack a permission: give our user the role that the documentation names."
_MOVED = "The helpdesk sends us to another address: put the helpdesk's final https address into the settings."

_BY_STATUS = {
    401: (ErrorKind.AUTH, _NOT_LOGGED_IN),
    403: (ErrorKind.AUTH, _NOT_ALLOWED),
    404: (ErrorKind.GONE, _ADVICE[ErrorKind.GONE]),
    410: (ErrorKind.GONE, _ADVICE[ErrorKind.GONE]),
    408: (ErrorKind.RETRY, _ADVICE[ErrorKind.RETRY]),
    409: (ErrorKind.CONFLICT, _ADVICE[ErrorKind.CONFLICT]),
    429: (ErrorKind.RATE_LIMITED, _ADVICE[ErrorKind.RATE_LIMITED]),
}
_FIRST_CLIENT_ERROR = 400
#: How deep an error of ssl lies in those of requests and urllib3, at most.
_MOST_WRAPPED = 6
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportFailure:
    """No complete answer came."""

    kind: ErrorKind
    message: str
    #: The request may have reached the helpdesk.
    sent: bool


def shorten(text: str) -> str:
    """Make a helpdesk's words fit for an error text: one line, bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"


def classify_status(status: int) -> tuple[ErrorKind, str]:
    """Map an HTTP status that is not a success to its kind and to advice for people."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _FIRST_SERVER_ERROR:
        return ErrorKind.RETRY, _ADVICE[ErrorKind.RETRY]
    if status >= _FIRST_CLIENT_ERROR:
        return ErrorKind.REJECTED, _ADVICE[ErrorKind.REJECTED]
    return ErrorKind.PROTOCOL, _MOVED


def classify_transport(error: requests.RequestException | HTTPError, *, write: bool) -> TransportFailure:
    """Tell what a transport error means, and whether the request may have been sent before it happened."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, AnswerTooLargeError):
        return TransportFailure(
            kind=ErrorKind.PROTOCOL, message=f"{error}: check that no proxy answers in its place.", sent=True
        )
    if isinstance(error, requests.exceptions.SSLError):
        return _of_tls(error, write=write)
    if isinstance(reason, NameResolutionError):
        return TransportFailure(
            kind=ErrorKind.UNREACHABLE,
            message="the name is not known: check the url in the settings and the DNS of this machine.",
            sent=False,
        )
    if isinstance(error, requests.exceptions.ProxyError) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError
    ):
        # A write that never left may simply be sent later; a read that keeps failing says "no such address".
        return TransportFailure(
            kind=ErrorKind.RETRY if write else ErrorKind.UNREACHABLE,
            message="nothing answers at this address: check the url in the settings, proxy and firewall, and whether "
            "the helpdesk is up.",
            sent=False,
        )
    if isinstance(error, requests.exceptions.Timeout):
        return TransportFailure(
            kind=ErrorKind.RETRY, message="no answer in time; it is tried again by itself.", sent=True
        )
    return TransportFailure(
        kind=ErrorKind.RETRY, message="the connection broke before the answer was complete.", sent=True
    )


def _of_tls(error: requests.exceptions.SSLError, *, write: bool) -> TransportFailure:
    """A certificate is looked at before anything is sent; everything else may also break while the answer is read."""
    if _refused_certificate(error):
        return TransportFailure(
            kind=ErrorKind.UNREACHABLE,
            message="the TLS certificate was not accepted: check the address, the clock of this machine and the "
            "certificate authority that a proxy may need.",
            sent=False,
        )
    return TransportFailure(
        kind=ErrorKind.RETRY if write else ErrorKind.UNREACHABLE,
        message="the TLS connection failed: check that the address speaks https, and what a proxy or firewall on the "
        "way does to it.",
        sent=True,
    )


def _refused_certificate(error: BaseException) -> bool:
    """Whether the certificate's refusal is what requests and urllib3 have wrapped."""
    inner: object = error
    for _ in range(_MOST_WRAPPED):
        if isinstance(inner, ssl.SSLCertVerificationError) or not isinstance(inner, BaseException):
            break
        inner = getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)
    return isinstance(inner, ssl.SSLCertVerificationError)


def retry_after_seconds(value: str | None, now: float, told_at: str | None = None) -> float | None:
    """Read a Retry-After header, which is a number of seconds or an HTTP date.

    Args:
        value: the header, or None.
        now: seconds since the epoch.
        told_at: the answer's Date header: a date counts from there, whatever our own clock says.

    Returns:
        Seconds from now, from none to a day; None when absent or unreadable.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until = _instant(value)
        if until is None:
            return None
        seconds = until - (_instant(told_at or "") or now)
    return None if math.isnan(seconds) else min(max(0.0, seconds), _LONGEST_WAIT)


def _instant(date: str) -> float | None:
    """An HTTP date, which is in UTC also where it does not say so, in seconds since the epoch; None = unreadable."""
    try:
        read: datetime = email.utils.parsedate_to_datetime(date)
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
