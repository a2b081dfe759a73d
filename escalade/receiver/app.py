"""The receiver as an ASGI application: `POST /hooks/{name}`, and `GET /healthz` for load balancers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.events import WebhookReceiver
from escalade.receiver.endpoint import BODY_SECONDS, MOST_BYTES, WebhookEndpoint
from escalade.receiver.intake import MOST_WAITING, PATIENCE, DeliveryStore, Intake
from escalade.receiver.tally import Tally
from sync import Clock


def receiver(
    webhooks: Mapping[str, WebhookReceiver],
    store: DeliveryStore,
    clock: Clock,
    wake: Callable[[], None] = lambda: None,
    *,
    tally: Tally | None = None,
    most_bytes: int = MOST_BYTES,
    body_seconds: float = BODY_SECONDS,
    most_waiting: int = MOST_WAITING,
    patience: float = PATIENCE,
) -> Starlette:
    """Build the receiver.

    Its lifespan starts and stops the thread that writes: serve it as the outermost application, or run its lifespan.

    Args:
        webhooks: by the name in their address (`escalade.receiver.opening.open_webhooks`).
        store: where deliveries are kept before they are acknowledged.
        clock: says what time it is.
        wake: called after each commit that made visits due, from a thread of the receiver: it must not block. Not
            needed where the store itself wakes whoever waits.
        tally: what counts; give one that is registered with the metrics.
        most_bytes: the largest body.
        body_seconds: seconds in which a body has to come.
        most_waiting: so many deliveries may wait for the database before senders are told to try again later.
        patience: seconds that a sender waits for the commit before it is told to try again later.
    """
    counted = tally or Tally()
    intake = Intake(store, clock, wake, most_waiting=most_waiting, patience=patience)
    counted.watch(lambda: intake.waiting)
    endpoint = WebhookEndpoint(webhooks, intake, clock, counted, most_bytes=most_bytes, body_seconds=body_seconds)
    return Starlette(
        routes=[Route("/hooks/{name}", endpoint), Route("/healthz", healthz)],
        exception_handlers={HTTPException: refused},
        lifespan=partial(_writing, intake),
    )


@asynccontextmanager
async def _writing(intake: Intake, _app: Starlette) -> AsyncIterator[None]:
    """Keep the thread that writes alive for as long as the application is."""
    intake.start()
    try:
        yield
    finally:
        # In another thread: what it still has to answer needs this event loop.
        await asyncio.to_thread(intake.stop)


async def healthz(_request: Request) -> Response:
    """Say that the process answers; nothing else is looked at."""
    return PlainTextResponse("ok\n")


async def refused(_request: Request, error: Exception) -> Response:
    """Say what the framework refused, as JSON: an unknown address, or a method that an address does not have."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    return JSONResponse({"status": "unknown" if status == 404 else "refused"}, status, headers)  # noqa: PLR2004 - HTTP's
