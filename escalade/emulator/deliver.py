"""Outbound webhooks: queued by the vendors' code, sent over HTTP when told to."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 12.0  # Zendesk's own, which cannot be adjusted


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One webhook request and what became of it.

    Attributes:
        vendor: Who sends it.
        webhook_id: The subscription it belongs to.
        about: The ticket it is about, for people.
        sign: Makes the final headers at the moment of sending; gets the attempt number (0-based).
        outcome: queued, delivered, failed, or lost.
        statuses: The HTTP status of each attempt; 0 when the receiver could not be reached.
    """

    id: str
    vendor: str
    webhook_id: str
    url: str
    about: str
    body: bytes
    sign: Callable[[int], Mapping[str, str]]
    outcome: str = "queued"
    statuses: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the delivery as the control API shows it."""
        names = ("id", "vendor", "webhook_id", "url", "about", "outcome", "statuses")
        return {**{name: getattr(self, name) for name in names}, "body": self.body.decode()}


class Outbox:
    """Webhooks that wait and webhooks that were dealt with."""

    def __init__(self) -> None:
        self._sending = threading.Lock()
        self.queued: list[Delivery] = []
        self.done: list[Delivery] = []

    def enqueue(self, delivery: Delivery) -> None:
        """Add a webhook request to the queue."""
        self.queued.append(delivery)

    def all(self) -> list[Delivery]:
        """Return every delivery, finished ones first."""
        return [*self.done, *self.queued]

    def deliver(
        self, *, lost: int = 0, duplicate: int = 0, shuffle_seed: int | None = None, retries: int = 0
    ) -> list[Delivery]:
        """Send everything that is queued.

        Args:
            lost: The first so many are thrown away unsent.
            duplicate: The first so many of the rest are sent twice.
            shuffle_seed: Send in a random order made from this seed.
            retries: Further attempts after a refusal (5xx, 409, 429 or no connection).
        """
        with self._sending:
            batch, self.queued[:] = list(self.queued), []
            if shuffle_seed is not None:
                Random(shuffle_seed).shuffle(batch)
            for position, delivery in enumerate(batch):
                if position < lost:
                    delivery.outcome = "lost"
                    continue
                for _copy in range(2 if position < lost + duplicate else 1):
                    _send(delivery, retries)
            self.done.extend(batch)
            return batch


def _send(delivery: Delivery, retries: int) -> None:
    for attempt in range(retries + 1):
        status = _post(delivery.url, delivery.body, delivery.sign(attempt))
        delivery.statuses.append(status)
        delivery.outcome = "delivered" if 200 <= status < 300 else "failed"
        if status not in {0, 409, 429} and status < 500:
            return


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return answer.status
