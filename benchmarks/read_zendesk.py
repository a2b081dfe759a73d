"""Zendesk's export, from page to tickets: Escalade's source beside zenpy's incremental generator.

python benchmarks/read_zendesk.py
"""

from __future__ import annotations

import functools
import os
import statistics
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests
from contender import CONDITIONS, Opening, Reading, race, ratio, serve_rounds, standing
from replay import emulator, replay
from section import Measure, Section, show
from zenpy import Zenpy

from connectors.zendesk import open_helpdesk
from escalade.demo.desk import ZENDESK_LOGIN, DemoSecrets

#: Any moment after the newest ticket: the pages come from memory.
NOW = datetime(2026, 3, 5, tzinfo=UTC)
WANTED = 20.0
EMAIL = ZENDESK_LOGIN[0].removesuffix("/token")
OURS, PEER, CACHING, FLOOR = "Escalade", "zenpy, cache off", "zenpy, as it comes", "requests, bytes only"


def escalade(url: str, page_size: int) -> Reading:
    """What a poll does with its pages, up to the ticket."""
    block = {
        "url": url,
        "auth": {"email": EMAIL, "token_env": "DEMO_ZENDESK_TOKEN"},
        "fields": {"impact": "impact", "urgency": "urgency", "product": "product"},
        "product_field": "product",
        "page_size": page_size,
        "exports_per_minute": 1_000_000,
        "budget": {"share": 1},
    }
    helpdesk = open_helpdesk("zendesk", block, DemoSecrets())
    return lambda: sum(len(page.tickets) for page in helpdesk.source.poll("tickets", None, NOW))


def zenpy(url: str, page_size: int, **options: bool) -> Reading:
    """The library's own generator, run to its end. Nothing is looked at in what it yields, to its advantage."""
    os.environ["ZENPY_FORCE_NETLOC"] = urlsplit(url).netloc
    os.environ["ZENPY_FORCE_SCHEME"] = "http"
    client = Zenpy(subdomain="emulator", email=EMAIL, token=ZENDESK_LOGIN[1], **options)
    return lambda: sum(1 for _ in client.tickets.incremental(start_time=1, per_page=page_size))


def floor(url: str, page_size: int) -> Reading:
    """The same pages, fetched and uncompressed but not read: nobody can be faster."""
    session = requests.Session()
    session.auth = ZENDESK_LOGIN
    session.trust_env = False
    pages, tickets = [f"{url}/api/v2/incremental/tickets/cursor?start_time=1&per_page={page_size}"], 0
    while True:
        found = session.get(pages[-1], timeout=60).json()
        tickets += len(found["tickets"])
        if found["end_of_stream"]:
            break
        pages.append(found["after_url"])

    def fetch() -> int:
        for page in pages:
            assert session.get(page, timeout=60).content
        return tickets

    return fetch


CONTENDERS: dict[str, Opening] = {
    OURS: escalade,
    PEER: functools.partial(zenpy, disable_cache=True),
    CACHING: zenpy,
    FLOOR: floor,
}


def page_of(url: str, page_size: int) -> tuple[int, int]:
    """Bytes and custom fields of a ticket, as the export shows it."""
    path = f"{url}/api/v2/incremental/tickets/cursor?start_time=1&per_page={page_size}"
    answer = requests.get(path, auth=ZENDESK_LOGIN, timeout=60)
    tickets = answer.json()["tickets"]
    return round(len(answer.content) / len(tickets)), len(tickets[0]["custom_fields"])


def measure(*, quick: bool) -> Section:
    """Measure the reading of Zendesk's export."""
    tickets, page_size, rounds = (120, 50, 1) if quick else (20_000, 1000, 7)
    with emulator(f"big:{tickets}") as upstream, replay(upstream) as url:
        found = race(__file__, list(CONTENDERS), url, page_size, rounds)
        bytes_a_ticket, fields = page_of(url, page_size)
    ratios = {peer: ratio(found, OURS, peer) for peer in (PEER, CACHING)}
    least = min(statistics.median(each) for each in ratios.values())
    return Section(
        title="Reading Zendesk: export page → tickets",
        body=f"{tickets:,} tickets in pages of {page_size:,}; a ticket is {bytes_a_ticket:,} bytes of JSON with "
        f"{fields} custom fields. {CONDITIONS.format(rounds=rounds)} Escalade alone also asks for the organisations, "
        f"and reads them.\n\n{standing(found, OURS)}",
        measures=(
            Measure(
                text=f"at least {WANTED:.0f} × the tickets/s of zenpy's incremental generator",
                found=" and ".join(f"{statistics.median(each):.1f} × ({peer})" for peer, each in ratios.items()),
                met=least >= WANTED,
            ),
        ),
        figures={peer: statistics.median(each) for peer, each in ratios.items()},
    )


if __name__ == "__main__" and not serve_rounds(CONTENDERS):
    show(measure)
