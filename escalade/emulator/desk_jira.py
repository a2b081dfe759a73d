"""The Jira half of the demo desk: projects OPS and SUP, and the links from tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalade.emulator import desk_words as words

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from escalade.emulator.jira.model import Issue, User
    from escalade.emulator.world import World

_LEVELS = ("Low", "Medium", "High")
_PRIORITIES = ("Low", "Medium", "Medium", "High", "Highest")
_DONE_TICKETS = frozenset({"solved", "closed"})
OPS_TICKETS = 35
SUP_REQUESTS = 25
SUP_ORGANIZATIONS = 8
REPLIED_SHARE = 0.6


def fill_jira(world: World, rng: Random, *, linked: int) -> None:
    """Fill the Cloud site and link open tickets to tickets of OPS."""
    site = world.jira
    for name in ("Impact", "Urgency"):
        site.add_field(name, "option", options=_LEVELS)
    site.add_field("Escalation tier", "string")
    team = [site.add_user(name) for name in ("Maren Falk", "Dario Conti", "Lena Brandt", "Samir Aziz")]
    site.add_project("OPS", "Operations")
    ops = [_ops_ticket(world, rng, team) for _ in range(OPS_TICKETS)]
    _service_desk(world, rng, team)
    tickets = [one for one in world.zendesk.tickets.values() if one.status not in _DONE_TICKETS]
    for ticket, blocker in zip(rng.sample(tickets, min(linked, len(tickets), len(ops))), ops, strict=False):
        world.zendesk.add_link(ticket, str(blocker.id), blocker.key)


def _ops_ticket(world: World, rng: Random, team: list[User]) -> Issue:
    site = world.jira
    created, updated = _span(world, rng)
    summary = rng.choice(words.ENGINEERING)
    made = site.add_issue(
        "OPS",
        summary,
        issue_type=rng.choice(("Bug", "Task")),
        status=rng.choice(("To Do", "In Progress", "In Progress")),
        priority=rng.choice(_PRIORITIES),
        labels=rng.sample(("backend", "regression", "customer-impact", "infrastructure"), rng.randrange(3)),
        description=f"Reported by support. {summary}.",
        reporter=team[0],
        assignee=rng.choice([None, *team]),
        created=created,
        updated=updated,
        custom={"Impact": rng.choice(_LEVELS), "Urgency": rng.choice(_LEVELS)},
    )
    for _ in range(rng.randrange(3)):
        site.add_comment(made, rng.choice(team), rng.choice(words.INTERNAL_NOTES), at=updated)
    return made


def _service_desk(world: World, rng: Random, team: list[User]) -> None:
    site = world.jira
    project = site.add_project("SUP", "Service desk", service_desk=True)
    goals = {"Highest": timedelta(minutes=30), "High": timedelta(hours=1)}
    first, done = timedelta(hours=4), timedelta(hours=24)
    site.add_sla("Time to first response", project, default_goal=first, goals=goals, stops_at_reply=True)
    site.add_sla("Time to resolution", project, default_goal=done, paused_in=["Waiting for customer"])
    companies = list(world.zendesk.organizations.values())[:SUP_ORGANIZATIONS]
    customers = [
        site.add_user(f"Contact of {company.name}", account_type="customer", email=f"contact{number}@example.net")
        for number, company in enumerate(companies)
    ]
    organizations = [
        site.add_organization(company.name, members=[customer])
        for company, customer in zip(companies, customers, strict=True)
    ]
    for number in range(SUP_REQUESTS):
        created, updated = _span(world, rng)
        place = number % len(organizations)
        problem = rng.choice(words.PROBLEMS)
        made = site.add_issue(
            project,
            problem.subject,
            status=rng.choice(("Waiting for support", "Waiting for support", "Waiting for customer", "In Progress")),
            priority=rng.choice(_PRIORITIES),
            labels=[tag.replace("_", "-") for tag in problem.tags],
            description=problem.message,
            reporter=customers[place],
            assignee=rng.choice([None, *team]),
            created=created,
            updated=updated,
            organizations=[organizations[place]],
            custom={"Impact": problem.impact.title(), "Urgency": problem.urgency.title()},
        )
        if rng.random() < REPLIED_SHARE:
            site.add_comment(made, rng.choice(team), rng.choice(words.AGENT_REPLIES), at=updated)


def _span(world: World, rng: Random) -> tuple[datetime, datetime]:
    """Return a creation and a last update, both before now."""
    now = world.clock.now().replace(microsecond=0)
    created = now - timedelta(minutes=30 + int(rng.expovariate(1 / (4 * 24 * 60))))
    return created, created + (now - created) * rng.random() * 0.9
