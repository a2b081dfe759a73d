"""The endpoint that webhooks are sent to: from bytes on the wire to an acknowledged delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb

from starlette.types import Receive, Scope, Send

from connectors.events import Event, WebhookReceiver
from connectors.webhooks import WebhookForbiddenError, WebhookRefusedError
from escalade.logs import log
from escalade.receiver import answers
from escalade.receiver.answers import Answer
from escalade.receiver.intake import Intake, OverloadedError
from escalade.receiver.refusals import Refusals
from escalade.receiver.tally import Tally
from escalade.store.deliveries import MOST_BODY, Arrival, OddDelivery
from sync import Clock

#: The largest body by default (bytes). Bodies of triggers have at most 16,000 characters; Jira's hold a whole issue.
MOST_BYTES = 1_048_576
#: Seconds in which a body has to come.
BODY_SECONDS = 10.0
#: Bytes of bodies that may be held at once, of all senders together: they are not believed yet.
MOST_HELD = 67_108_864

#: Headers whose values may be kept with an odd delivery: none of them proves anything.
_HARMLESS = frozenset(
    {
        "content-type",
        "content-length",
        "user-agent",
        "x-atlassian-webhook-flow",
        "x-atlassian-webhook-identifier",
        "x-atlassian-webhook-retry",
        "x-zendesk-account-id",
        "x-zendesk-webhook-id",
        "x-zendesk-webhook-invocation-id",
        "x-zendesk-webhook-signature-timestamp",
    }
)


class _RefusedError(Exception):
    """The request is answered before it is judged."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer


class _GoneError(Exception):
    """The sender hung up; nobody reads an answer."""


class WebhookEndpoint:
    """An ASGI application for `POST /hooks/{name}`. It never answers 500: what goes wrong is tried again later."""

    def __init__(
        self,
        webhooks: Mapping[str, WebhookReceiver],
        intake: Intake,
        clock: Clock,
        tally: Tally,
        *,
        most_bytes: int = MOST_BYTES,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._webhooks = webhooks
        self._intake = intake
        self._clock = clock
        self._tally = tally
        self._most_bytes = most_bytes
        self._body_seconds = body_seconds
        self._refusals = Refusals()
        self._held = 0
        #: Mistakes of our own, by their place: each is worth a line a minute.
        self._mistakes = Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        given = str(scope["path_params"]["name"])
        name = given if given in self._webhooks else ""
        try:
            answer = await self._answer(name, scope, receive)
        except _GoneError:
            return
        except _RefusedError as refused:
            answer = refused.answer
        except Exception as error:  # noqa: BLE001 - a bare 500 would lose the delivery: senders do not repeat it
            self._note(error)
            answer = answers.OVERLOADED
        self._tally.answered(name, answer.outcome)
        await send({"type": "http.response.start", "status": answer.status.value, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, name: str, scope: Scope, receive: Receive) -> Answer:
        if not name:
            return answers.UNKNOWN
        if scope["method"] != "POST":
            return answers.NO_POST
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        self._check(headers)
        body = await self._body(receive)
        try:
            event = self._webhooks[name].receive(headers, body, self._clock.now())
        except WebhookRefusedError as error:
            return self._refuse(name, error)
        return await self._take(name, event, headers, body)

    def _check(self, headers: Mapping[str, str]) -> None:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
        # A compressed body is not unpacked: the signature is over what comes, and a small one may grow without end.
        if not is_json or headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise _RefusedError(answers.NO_JSON)
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._most_bytes:
            raise _RefusedError(answers.LARGE)

    async def _body(self, receive: Receive) -> bytes:
        """Read the raw body.

        Raises:
            _RefusedError: it is too large, too slow, or too many bodies are being read.
            _GoneError: the sender hung up.
        """
        read: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    chunk: bytes = message.get("body", b"")
                    read.append(chunk)
                    size += len(chunk)
                    self._held += len(chunk)
                    if size > self._most_bytes:
                        raise _RefusedError(answers.LARGE)
                    if self._held > MOST_HELD:
                        raise _RefusedError(answers.OVERLOADED)
                    if not message.get("more_body", False):
                        return b"".join(read)
        except TimeoutError:
            raise _RefusedError(answers.SLOW) from None
        finally:
            self._held -= size

    def _refuse(self, name: str, error: WebhookRefusedError) -> Answer:
        if isinstance(error, WebhookForbiddenError):
            return answers.FORBIDDEN
        now = self._clock.now()
        # Whoever has our secret is never slowed down by those who guess it.
        if self._refusals.are_too_many(name, now):
            return answers.TOO_MANY
        if self._refusals.note(name, now):
            log.warning("webhooks.refused", webhook=name, problem=str(error))
        return answers.UNSIGNED

    async def _take(self, name: str, event: Event, headers: Mapping[str, str], body: bytes) -> Answer:
        self._tally.heard(name, event.kind)
        if not event.tickets and not event.odd:
            return answers.IGNORED
        arrival = Arrival(
            webhook=name,
            delivery=event.delivery,
            tickets=event.tickets,
            odd=self._kept(name, event, headers, body) if event.odd else None,
        )
        try:
            new = await self._intake.take(arrival)
        except OverloadedError:
            return answers.OVERLOADED
        if not new:
            return answers.REPEATED
        return answers.ODD if event.odd else answers.ACCEPTED

    def _kept(self, name: str, event: Event, headers: Mapping[str, str], body: bytes) -> OddDelivery:
        log.warning("webhooks.odd", webhook=name, kind=event.kind, problem=event.why)
        return OddDelivery(
            at=self._clock.now(),
            webhook=name,
            event=event.kind,
            why=event.why,
            headers={key: value if key in _HARMLESS else "(not kept)" for key, value in sorted(headers.items())},
            body=body[:MOST_BODY],
            size=len(body),
        )

    def _note(self, error: Exception) -> None:
        last = extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        if self._mistakes.note(place, self._clock.now()):
            # Its kind and place only: the text may hold what was sent.
            log.error("webhooks.broken", kind=type(error).__name__, place=place)
