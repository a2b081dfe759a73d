"""Jira's search, from page to tickets: Escalade's source beside the result objects of the `jira` library.

python benchmarks/read_jira.py
"""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import Any

import requests
from contender import CONDITIONS, Reading, race, ratio, serve_rounds, standing
from jira import JIRA
from replay import replay
from section import Measure, Section, show

from connectors.jira.helpdesk import JiraHelpdesk
from connectors.jira.settings import read_settings
from escalade.demo.desk import JIRA_LOGIN, DemoSecrets
from escalade.emulator.desk import START
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

WANTED = 8.0
OURS, PEER, FLOOR = "Escalade", "jira", "requests, bytes only"
JQL = 'project in ("SUP") ORDER BY updated ASC, key ASC'
LEVELS = ("Low", "Medium", "High")
STATUSES = ("Waiting for support", "Waiting for customer", "In Progress")
PRIORITIES = ("Low", "Medium", "High", "Highest")
WORDS = ("It does not work. " * 10, "We are looking into it. " * 8, "Any news? " * 4)


def site(tickets: int) -> World:
    """A service desk at work: each ticket has people, labels, an organisation, two fields and three comments."""
    world = World.empty(START)
    state = world.jira
    for name in ("Impact", "Urgency"):
        state.add_field(name, "option", options=LEVELS)
    desk = state.add_project("SUP", "Support", service_desk=True)
    companies = [state.add_organization(f"Company {number}") for number in range(20)]
    customers = [state.add_user(f"Customer {number}", account_type="customer") for number in range(60)]
    agents = [state.add_user(f"Agent {number}") for number in range(6)]
    for number in range(tickets):
        at = START - timedelta(minutes=tickets - number)
        customer = customers[number % len(customers)]
        ticket = state.add_issue(
            desk,
            f"The export of report {number} stops with an error",
            status=STATUSES[number % 3],
            priority=PRIORITIES[number % 4],
            description="It began this morning and concerns everybody here. " * 6,
            labels=["export", f"module-{number % 40}"],
            reporter=customer,
            assignee=agents[number % 6] if number % 5 else None,
            organizations=[companies[number % len(companies)]],
            created=at - timedelta(days=3),
            updated=at,
            custom={"Impact": LEVELS[number % 3], "Urgency": LEVELS[number % 2]},
        )
        for position, words in enumerate(WORDS):
            state.add_comment(ticket, agents[number % 6] if position == 1 else customer, words, at=at)
    return world


def helpdesk(url: str, page_size: int) -> JiraHelpdesk:
    """Our Jira, opened."""
    block: dict[str, Any] = {
        "url": url,
        "auth": {"email": JIRA_LOGIN[0], "token_env": "DEMO_JIRA_TOKEN"},
        "projects": ["SUP"],
        "fields": {"impact": "Impact", "urgency": "Urgency"},
        "page_size": page_size,
        "budget": {"share": 1},
    }
    return JiraHelpdesk("jira", read_settings(block), DemoSecrets())


def asked_fields(url: str, page_size: int) -> list[str]:
    """The fields that Escalade asks for, so that everybody reads the same."""
    return list(helpdesk(url, page_size)._directory.decoder().names)  # noqa: SLF001 - no copy of them that could differ


def escalade(url: str, page_size: int) -> Reading:
    """What a poll does with its pages, up to the ticket."""
    opened = helpdesk(url, page_size)
    return lambda: sum(len(page.tickets) for page in opened.source.poll("issues", None, START))


def library(url: str, page_size: int) -> Reading:
    """The library's search, page by page. Nothing is looked at in what it returns, to its advantage."""
    client = JIRA(url, basic_auth=JIRA_LOGIN, max_retries=0)
    fields = asked_fields(url, page_size)

    def read() -> int:
        found, token = 0, None
        while True:
            page = client.enhanced_search_issues(JQL, nextPageToken=token, maxResults=page_size, fields=list(fields))
            found += len(page)
            token = page.nextPageToken
            if not token:
                return found

    return read


def floor(url: str, page_size: int) -> Reading:
    """The same pages, fetched and uncompressed but not read: nobody can be faster."""
    session = requests.Session()
    session.auth = JIRA_LOGIN
    session.trust_env = False
    body: dict[str, Any] = {"jql": JQL, "fields": asked_fields(url, page_size), "maxResults": page_size}
    path, bodies, tickets = f"{url}/rest/api/2/search/jql", [body], 0
    while True:
        page = session.post(path, json=bodies[-1], timeout=60).json()
        tickets += len(page["issues"])
        if page["isLast"]:
            break
        bodies.append({**body, "nextPageToken": page["nextPageToken"]})

    def fetch() -> int:
        for each in bodies:
            assert session.post(path, json=each, timeout=60).content
        return tickets

    return fetch


CONTENDERS = {OURS: escalade, PEER: library, FLOOR: floor}


def bytes_a_ticket(url: str, page_size: int) -> int:
    """How long a ticket is in the answer of a search."""
    body = {"jql": JQL, "fields": asked_fields(url, page_size), "maxResults": page_size}
    answer = requests.post(f"{url}/rest/api/2/search/jql", json=body, auth=JIRA_LOGIN, timeout=60)
    return round(len(answer.content) / len(answer.json()["issues"]))


def measure(*, quick: bool) -> Section:
    """Measure the reading of Jira's search."""
    tickets, page_size, rounds = (30, 20, 1) if quick else (3000, 100, 9)
    with RunningEmulator(site(tickets)) as emulator, replay(emulator.url) as url:
        found = race(__file__, list(CONTENDERS), url, page_size, rounds)
        length = bytes_a_ticket(url, page_size)
    times = statistics.median(ratio(found, OURS, PEER))
    return Section(
        title="Reading Jira: search page → tickets",
        body=f"{tickets:,} tickets in pages of {page_size}; a ticket is {length:,} bytes of JSON with three comments. "
        f"All ask for the same fields. {CONDITIONS.format(rounds=rounds)}\n\n{standing(found, OURS)}",
        measures=(
            Measure(
                text=f"at least {WANTED:.0f} × the tickets/s of the `jira` library's result objects",
                found=f"{times:.1f} ×",
                met=times >= WANTED,
            ),
        ),
        figures={PEER: times},
    )


if __name__ == "__main__" and not serve_rounds(CONTENDERS):
    show(measure)
