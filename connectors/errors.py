"""What can go wrong between us and a helpdesk, in the six ways that matter to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.rank import Rank


class ErrorKind(StrEnum):
    """What the caller should do about it."""

    #: Passing trouble (5xx, network): try again later.
    RETRY = "retry"
    #: Told to slow down: try again after `retry_after`.
    RATE_LIMITED = "rate_limited"
    #: Credentials missing, wrong, expired or without the needed role: a person must act.
    AUTH = "auth"
    #: The ticket is deleted, moved out of sight or never existed.
    GONE = "gone"
    #: Somebody edited the ticket since we read it: read again and decide again.
    CONFLICT = "conflict"
    #: The helpdesk understood and said no (422/400): repeating will not help.
    REJECTED = "rejected"
    #: The answer is not what the vendor's API promises (not JSON, truncated, missing parts).
    PROTOCOL = "protocol"
    #: The address does not answer at all: wrong URL, DNS, TLS, firewall.
    UNREACHABLE = "unreachable"


class Scope(StrEnum):
    """How far a rate limit reaches, so that one hot ticket does not stop the rest."""

    TICKET = "ticket"
    ENDPOINT = "endpoint"
    HELPDESK = "helpdesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A call that was not sent, since its budget has no room and whoever asked would rather come back than wait."""

    helpdesk: str
    #: Seconds after which there may be room.
    seconds: float
    #: What there is no room for.
    rank: Rank
    scope: Scope


class ConnectorError(Exception):
    """A call to a helpdesk failed. The text says what to do and never holds secrets or customer text."""

    def __init__(
        self,
        message: str,
        *,
        kind: ErrorKind,
        helpdesk: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        scope: Scope = Scope.HELPDESK,
        ambiguous: bool = False,
        later: Later | None = None,
        fields: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.helpdesk = helpdesk
        #: HTTP status, or None when no answer came.
        self.status = status
        #: Seconds to wait at least, where the helpdesk said so.
        self.retry_after = retry_after
        self.scope = scope
        #: A write whose effect is unknown: look for its marker before repeating it.
        self.ambiguous = ambiguous
        #: Nothing was sent and nobody refused it: when to come back.
        self.later = later
        #: Field name → the helpdesk's complaint, for REJECTED.
        self.fields = fields or {}


class SettingsError(Exception):
    """The settings of a helpdesk are wrong. `problems` are (option path, message) pairs, all of them."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {message}" for path, message in problems))
        self.problems = tuple(problems)
