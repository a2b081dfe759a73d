"""A webhook's block in the settings, and the mapping in it: where a hand-written body says which ticket it is about."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec
from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from connectors.base import Secrets, SettingsError
from connectors.bodypath import BodyPath
from connectors.events import Event, delivery_of, kind_of, odd
from connectors.options import Block
from connectors.webhooks import FRESHNESS, SigningSecret
from rules.ticket import TicketRef


def _path(value: Any) -> BodyPath:
    if isinstance(value, BodyPath):
        return value
    if not isinstance(value, str):
        raise ValueError("a path is a text such as $.ticket.id")  # noqa: TRY004 - pydantic reports ValueErrors
    return BodyPath.parse(value)


#: A path in a body, written as text.
PathInBody = Annotated[BodyPath, BeforeValidator(_path), PlainSerializer(str)]


class WebhookBlock(Block):
    """What the webhooks of all vendors have in common in the settings file. Times are seconds."""

    secret_env: str = ""
    secret_file: Path | None = None
    #: Where a hand-written body names the ticket; None = the bodies are the vendor's own.
    ticket: PathInBody | None = None
    #: Where it names what happened.
    event: PathInBody | None = None
    #: Where it has an id of its own, by which repeats are known.
    delivery: PathInBody | None = None
    #: How far a signed time may be away from now.
    freshness: Annotated[float, Field(gt=0, le=86_400)] = FRESHNESS

    @model_validator(mode="after")
    def _maps_a_ticket(self) -> Self:
        given = [name for name in ("event", "delivery") if getattr(self, name) is not None]
        if given and self.ticket is None:
            raise ValueError(f"{given[0]} is for hand-written bodies: say where they name the ticket, too (ticket: …)")
        return self

    def mapping(self) -> WebhookMapping | None:
        """How hand-written bodies are read; None when the bodies are the vendor's own."""
        return None if self.ticket is None else WebhookMapping(self.ticket, self.event, self.delivery)

    def secret(self, secrets: Secrets, published: Container[str]) -> SigningSecret:
        """The signing secret, from the variable or file that the block names.

        Raises:
            SettingsError: with the option's path, when it is missing, empty or published.
        """
        return signing_secret(secrets, "secret", self.secret_env, self.secret_file, published)


def signing_secret(
    secrets: Secrets, option: str, env: str, file: Path | None, published: Container[str] = ()
) -> SigningSecret:
    """Read a secret for which a webhook's block has the options `…_env` and `…_file`.

    Raises:
        SettingsError: with the option's path, when the secret is missing, empty or published.
    """
    try:
        return SigningSecret.of(secrets.get(env, file=file), published=published)
    except SettingsError as error:
        place = f"{option}_env" if file is None else f"{option}_file"
        raise SettingsError([(place, message) for _path, message in error.problems]) from None


class WebhookMapping:
    """Reads hand-written bodies."""

    def __init__(self, ticket: BodyPath, event: BodyPath | None, delivery: BodyPath | None) -> None:
        self._ticket = ticket
        self._event = event
        self._delivery = delivery

    def read(self, body: bytes, delivery: str, ticket_of: Callable[[str], TicketRef | None]) -> Event:
        """Say which ticket a believed body is about.

        Args:
            body: raw bytes.
            delivery: the id that the headers give, for bodies that have none.
            ticket_of: the ticket with an id; None when the text is no id.
        """
        try:
            whole = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return odd("the body is not JSON", "unreadable", delivery)
        kind = kind_of(self._event.find(whole)) if self._event else "mapped"
        own = None if self._delivery is None else self._delivery.find(whole)
        known_by = delivery if own is None else str(own)
        found = self._ticket.find(whole)
        if found is None:
            return odd("nothing stands where the mapping looks for the ticket", kind, known_by)
        ticket = ticket_of(str(found))
        if ticket is None:
            return odd("what stands where the mapping looks for the ticket is not a ticket's number", kind, known_by)
        return Event(kind=kind, delivery=delivery_of(known_by), tickets=(ticket,))
