"""A webhook's block in the settings, and the mapping in it: where a hand-written body says which ticket it is about."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import msgspec
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from connectors.base import Secrets, SettingsError
from connectors.bodypath import BodyPath
from connectors.events import Event, delivery_of, kind_of, odd
from connectors.options import Block, read_block
from connectors.webhooks import FRESHNESS, SigningSecret
from rules.ticket import TicketRef


def _path(value: Any) -> BodyPath:
    if isinstance(value, BodyPath):
        return value
    if not isinstance(value, str):
        raise ValueError("a path is a text such as $.ticket.id")  # noqa: TRY004 - pydantic reports ValueErrors
    return BodyPath.parse(value)


#: A path in a body, written as text.
PathInBody = Annotated[BodyPath, BeforeValidator(_path), PlainSerializer(str), WithJsonSchema({"type": "string"})]


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


def read_webhook(
    model: type[WebhookT], webhook: Mapping[str, Any], secrets: Secrets, published: Container[str]
) -> tuple[WebhookT, Mapping[str, SigningSecret]]:
    """Read a webhook's block, and the secrets that it names.

    Args:
        model: What the block may hold; for each of its options `…_env` and `…_file` the secret is read.
        webhook: The block.
        secrets: Where they come from.
        published: Secrets that anybody can look up.

    Returns:
        The block, and its secrets by the options' name without its end (`secret`, `token`).

    Raises:
        SettingsError: naming at once every wrong option, and every secret that is missing, empty or published.
    """
    found: dict[str, SigningSecret] = {}
    problems: list[tuple[str, str]] = []
    for name in sorted(option.removesuffix("_env") for option in model.model_fields if option.endswith("_env")):
        try:
            found |= _secret(name, webhook, secrets, published)
        except SettingsError as error:
            problems += error.problems
    try:
        block = read_block(model, webhook)
    except SettingsError as error:
        raise SettingsError([*error.problems, *problems]) from None
    if problems:
        raise SettingsError(problems)
    return block, found


def _secret(
    name: str, webhook: Mapping[str, Any], secrets: Secrets, published: Container[str]
) -> Mapping[str, SigningSecret]:
    """The secret whose variable or file a block names; nothing where it names none, or no text."""
    env, file = webhook.get(f"{name}_env"), webhook.get(f"{name}_file")
    by_file = isinstance(file, str) and bool(file)
    if not by_file and not (isinstance(env, str) and env):
        return {}
    try:
        value = secrets.get(str(env or ""), file=Path(str(file)) if by_file else None)
        return {name: SigningSecret.of(value, published=published)}
    except SettingsError as error:
        place = f"{name}_file" if by_file else f"{name}_env"
        raise SettingsError([(place, message) for _path, message in error.problems]) from None


WebhookT = TypeVar("WebhookT", bound=WebhookBlock)


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
