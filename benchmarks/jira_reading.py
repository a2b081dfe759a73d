"""How fast a page of Jira's search becomes tickets, beside the result objects of the `jira` library.

    python benchmarks/jira_reading.py

Both sides get the same bytes, a page that the emulator served over HTTP, in the same process, in turns. Prints Markdown
table rows: the median of the rounds, with the slowest and the fastest one.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from datetime import timedelta
from time import process_time

import requests
from jira import JIRA
from jira.resources import Issue

from connectors.jira.settings import DEFAULT_PRIORITIES, DEFAULT_STATUSES
from connectors.jira.translate import Lexicon, ticket_of
from connectors.jira.wire import IssueDecoder
from escalade.emulator.desk import START
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

PAGE = 100
ROUNDS = 30
LOGIN = ("escalade@example.com", "jira-token")
LEXICON = Lexicon(
    helpdesk="jira",
    browse_url="https://example.atlassian.net",
    me="bot",
    priorities={name.casefold(): priority for name, priority in DEFAULT_PRIORITIES.items()},
    statuses={name.casefold(): status for name, status in DEFAULT_STATUSES.items()},
)


def site() -> World:
    """A service desk whose tickets carry three comments each."""
    world = World.empty(START)
    desk = world.jira.add_project("SUP", "Support", service_desk=True)
    acme = world.jira.add_organization("Acme")
    customer = world.jira.add_user("Cora", account_type="customer")
    for number in range(PAGE):
        at = START - timedelta(minutes=PAGE - number)
        ticket = world.jira.add_issue(
            desk, f"Ticket {number}", reporter=customer, labels=["vip"], organizations=[acme], created=at, updated=at
        )
        for words in ("It does not work. " * 10, "We are looking into it. " * 8, "Any news? " * 4):
            world.jira.add_comment(ticket, customer, words, at=at)
    return world


def page_of(url: str) -> bytes:
    """The bytes that one search answers, asked for the fields that the connector asks for."""
    fields = list(IssueDecoder(LEXICON.custom_fields).names)
    asked = {"jql": "project = SUP ORDER BY updated ASC", "fields": fields, "maxResults": PAGE}
    return requests.post(f"{url}/rest/api/2/search/jql", json=asked, auth=LOGIN, timeout=60).content


def rate(work: Callable[[], int]) -> float:
    """Tickets a second of processor time, so that other work on the machine does not count."""
    start = process_time()
    return work() / (process_time() - start)


def row(name: str, rates: list[float]) -> str:
    return f"| {name} | {statistics.median(rates):,.0f} | {min(rates):,.0f} | {max(rates):,.0f} |"


def main() -> None:
    with RunningEmulator(site()) as emulator:
        body = page_of(emulator.url)
        library = JIRA(options={"server": emulator.url}, basic_auth=LOGIN, max_retries=0)
    decoder = IssueDecoder(LEXICON.custom_fields)

    def ours() -> int:
        page, _ = decoder.rows(body)
        return len([ticket_of(issue, LEXICON) for issue in page.issues])

    def theirs() -> int:
        # What the library does with an answer: parse it, and wrap each row in a resource.
        rows = json.loads(body)["issues"]
        return len([Issue(library._options, library._session, raw) for raw in rows])  # noqa: SLF001 - as it does itself

    assert ours() == theirs() == PAGE
    measured = [(rate(ours), rate(theirs)) for _ in range(ROUNDS)]
    escalade, peer = [list(column) for column in zip(*measured, strict=True)]
    print(f"A page of {PAGE} issues, {len(body):,} bytes; {ROUNDS} rounds; tickets a second of processor time.\n")
    print("| | median | slowest | fastest |\n|---|---|---|---|")
    print(row("Escalade: bytes → Ticket", escalade))
    print(row("jira 3.10: bytes → Issue", peer))
    print(f"\nratio of the medians: {statistics.median(escalade) / statistics.median(peer):.1f}")


if __name__ == "__main__":
    main()
