"""The demo desk: a believable support desk of a software company, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from escalade.emulator import desk_words as words
from escalade.emulator.desk_jira import fill_jira
from escalade.emulator.world import World

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Group, Organization, Scalar, Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount

START = datetime(2026, 3, 4, 8, tzinfo=UTC)  # a Wednesday, before Europe's change of clocks on 29 March
HOT_ACCOUNTS = 3  # companies with several bad open tickets at once
_LEVELS = [("Low", "low"), ("Medium", "medium"), ("High", "high")]
#: Most of what a desk gets is small.
_IMPACT_SHARES = {"high": 1, "medium": 5, "low": 7}
_STATUS_SHARES = {"new": 14, "open": 40, "pending": 14, "hold": 6, "solved": 19, "closed": 7}
_PRIORITY_OF = {"high/high": "urgent", "high/medium": "high", "medium/high": "high", "low/low": "low"}
_AGENTS_A_TIER = (9, 5, 3)
_SLA_MINUTES = {"urgent": (30, 240), "high": (60, 480), "normal": (240, 1440), "low": (480, 2880)}


def build_desk(
    seed: int = 7, start: datetime = START, tickets: int = 400, organizations: int = 40, linked: int = 25
) -> World:
    """Return a world with a support desk at work.

    Args:
        seed: The same seed makes the same desk.
        start: The first instant of the virtual clock (aware).
        tickets: How many Zendesk tickets.
        organizations: How many companies; the first three have several bad tickets open.
        linked: How many of the open tickets are linked to Jira issues of project OPS.
    """
    world = World.empty(start)
    rng = Random(seed)
    desk = _Desk.furnish(world.zendesk, rng, organizations)
    for number in range(tickets):
        desk.add_ticket(hot=number % 16 < 2)
    fill_jira(world, rng, linked=linked)
    return world


def build_large(tickets: int, *, seed: int = 7, start: datetime = START) -> World:
    """Return a world with many tickets and few words, for measuring."""
    world = World.empty(start)
    account, rng = world.zendesk, Random(seed)
    desk = _Desk.furnish(account, rng, 40)
    now = account.now()
    for number in range(tickets):
        created = now - 3600 - rng.randrange(30 * 86400)
        requester = desk.requesters[number % len(desk.requesters)]
        problem = words.PROBLEMS[number % len(words.PROBLEMS)]
        account.add_ticket(
            subject=problem.subject,
            description=problem.message,
            requester_id=requester.id,
            created_at=created,
            priority=rng.choice((None, "low", "normal", "high", "urgent")),
            status="open",
            tags=problem.tags,
            custom={desk.fields["product"]: problem.product},
        )
    return world


@dataclass(slots=True, kw_only=True)
class _Desk:
    """The furnished account: who works where, who asks, which fields there are."""

    account: ZendeskAccount
    rng: Random
    groups: list[Group]
    agents: list[list[User]]
    requesters: list[User]
    fields: dict[str, int]

    @classmethod
    def furnish(cls, account: ZendeskAccount, rng: Random, organizations: int) -> _Desk:
        names = _names(rng)
        agents = [[_agent(account, next(names)) for _ in range(count)] for count in _AGENTS_A_TIER]
        groups = [
            account.add_group(name=name, members=[agent.id for agent in people])
            for name, people in zip(words.TIERS, agents, strict=True)
        ]
        companies = _companies(account, rng, organizations)
        requesters = [_requester(account, next(names), company) for company in companies for _ in range(3)]
        requesters += [_requester(account, next(names), None) for _ in range(8)]
        targets = {
            (priority, metric): minutes
            for priority, pair in _SLA_MINUTES.items()
            for metric, minutes in zip(("first_reply_time", "next_reply_time"), pair, strict=True)
        }
        account.add_sla_policy(title="Replies by priority", targets=targets)
        return cls(
            account=account, rng=rng, groups=groups, agents=agents, requesters=requesters, fields=_fields(account)
        )

    def add_ticket(self, *, hot: bool) -> Ticket:
        """Add one ticket with its story; a hot one is bad, open, and of one of the first companies."""
        rng = self.rng
        kinds = [one for one in words.PROBLEMS if one.impact == "high"] if hot else list(words.PROBLEMS)
        problem = rng.choices(kinds, [_share(one) for one in kinds])[0]
        hot_people = self.requesters[: 3 * HOT_ACCOUNTS]
        requester = rng.choice(hot_people if hot else self.requesters)
        shares = {"open": 5, "new": 2, "pending": 1} if hot else _STATUS_SHARES
        status = rng.choices(list(shares), list(shares.values()))[0]
        story = _Story(desk=self, requester=requester, final=status)
        story.tell()
        level = f"{problem.impact}/{problem.urgency}"
        priority = _PRIORITY_OF.get(level, "normal") if rng.random() < 0.72 else rng.choice((None, "low", "normal"))
        return self.account.add_ticket(
            subject=problem.subject,
            description=f"Hello,\n\n{problem.message}\n\n{requester.name}",
            requester_id=requester.id,
            created_at=story.created,
            comments=story.comments,
            history=story.history,
            priority=priority,
            type="incident" if problem.impact == "high" else "question",
            status="new",
            group_id=self.groups[0].id,
            via=rng.choice(("email", "email", "web")),
            tags=self._tags(problem),
            custom=self._custom(problem),
        )

    def _tags(self, problem: words.Problem) -> list[str]:
        extra = ["vip"] if self.rng.random() < 0.06 else []
        return [*problem.tags, *extra]

    def _custom(self, problem: words.Problem) -> dict[int, Any]:
        custom: dict[int, Any] = {self.fields["product"]: problem.product}
        if self.rng.random() < 0.8:
            custom |= {self.fields["impact"]: problem.impact, self.fields["urgency"]: problem.urgency}
        return custom


@dataclass(slots=True, kw_only=True)
class _Story:
    """How a ticket came to where it is: instants go from creation to a last word before now."""

    desk: _Desk
    requester: User
    final: str
    created: int = 0
    comments: list[tuple[int, str, bool, int]] = field(default_factory=list)
    history: list[tuple[int, int, str, Any]] = field(default_factory=list)

    def tell(self) -> None:
        rng, now = self.desk.rng, self.desk.account.now()
        longest = {"new": 1.5, "solved": 12, "closed": 26}.get(self.final, 9)
        age = min(longest * 86400, rng.expovariate(1 / (longest * 86400 / 3))) + 900
        self.created = now - int(age)
        silent = rng.random() < 0.25
        latest = self.created + int(age * (0.35 if silent else 0.98))
        if self.final != "new":
            self._work(rng, latest)

    def _work(self, rng: Random, latest: int) -> None:
        desk = self.desk
        level = rng.choices((0, 1, 2), (75, 20, 5))[0]
        agent = rng.choice(desk.agents[level])
        at = self.created + 120 + int(rng.random() * (latest - self.created) * 0.2)
        if level:
            self.history.append((at, agent.id, "group_id", desk.groups[level].id))
        self.history += [(at, agent.id, "assignee_id", agent.id), (at, agent.id, "status", "open")]
        turns = rng.choice((0, 1, 2, 2, 3, 4))
        for turn in range(turns):
            at = min(at + max(60, int((latest - at) * rng.random())), desk.account.now() - 180)
            if turn % 2 == 0:
                self.comments.append((agent.id, rng.choice(words.AGENT_REPLIES), True, at))
            else:
                self.comments.append((self.requester.id, rng.choice(words.REQUESTER_REPLIES), True, at))
            if rng.random() < 0.25:
                self.comments.append((agent.id, rng.choice(words.INTERNAL_NOTES), False, at + 30))
        self._end(rng, agent, min(at + 300, latest + 600))

    def _end(self, rng: Random, agent: User, at: int) -> None:
        at = min(at, self.desk.account.now() - 120)
        if self.final in {"solved", "closed"}:
            self.comments.append((agent.id, rng.choice(words.SOLUTIONS), True, at))
            self.history.append((at, agent.id, "status", "solved"))
            if self.final == "closed":
                closed = min(at + 4 * 86400, self.desk.account.now() - 90)
                self.history.append((closed, self.desk.account.bot.id, "status", "closed"))
        elif self.final != "open":
            self.history.append((at, agent.id, "status", self.final))


def _share(problem: words.Problem) -> float:
    """How often a desk meets a problem: production is down more rarely than anything else."""
    return _IMPACT_SHARES[problem.impact] * (0.3 if "production_down" in problem.tags else 1)


def _names(rng: Random) -> Any:
    pairs = [(first, last) for first in words.FIRST_NAMES for last in words.LAST_NAMES]
    rng.shuffle(pairs)
    return iter(f"{first} {last}" for first, last in pairs)


def _address(name: str, domain: str) -> str:
    plain = name.lower().replace("ö", "o").replace(" ", ".")
    return f"{plain}@{domain}"


def _agent(account: ZendeskAccount, name: str) -> User:
    return account.add_user(name=name, email=_address(name, "support.example.com"), role="agent")


def _requester(account: ZendeskAccount, name: str, company: Organization | None) -> User:
    domain = company.domain_names[0] if company else "mail.example.org"
    organization_id = company.id if company else None
    return account.add_user(name=name, email=_address(name, domain), organization_id=organization_id)


def _companies(account: ZendeskAccount, rng: Random, count: int) -> list[Organization]:
    account.add_organization_field(key="tier", title="Tier", kind="tagger", options=_tier_options())
    account.add_organization_field(key="arr", title="Annual revenue", kind="integer")
    account.add_organization_field(key="renewal_date", title="Renewal date", kind="date")
    found = []
    for number in range(count):
        head = words.COMPANY_HEADS[number % len(words.COMPANY_HEADS)]
        tail = words.COMPANY_TAILS[(number // len(words.COMPANY_HEADS) + number * 3) % len(words.COMPANY_TAILS)]
        tier = (
            "enterprise" if number < HOT_ACCOUNTS else rng.choices(("standard", "premium", "enterprise"), (5, 3, 2))[0]
        )
        arr = {"standard": 8_000, "premium": 45_000, "enterprise": 240_000}[tier] + rng.randrange(5_000)
        renewal = (account.clock.now() + timedelta(days=rng.randrange(10, 360))).date().isoformat()
        fields: dict[str, Scalar] = {"tier": tier, "arr": arr, "renewal_date": renewal}
        domain = f"{head}-{tail}.example.net".lower()
        found.append(account.add_organization(name=f"{head} {tail}", fields=fields, domain_names=[domain]))
    return found


def _tier_options() -> list[tuple[str, str]]:
    return [(value.title(), value) for value in ("standard", "premium", "enterprise")]


def _fields(account: ZendeskAccount) -> dict[str, int]:
    products = sorted({problem.product for problem in words.PROBLEMS})
    made = [
        account.add_field(title="impact", kind="tagger", options=_LEVELS),
        account.add_field(title="urgency", kind="tagger", options=_LEVELS),
        account.add_field(title="escalation_tier", kind="text"),
        account.add_field(title="product", kind="tagger", options=[(one.title(), one) for one in products]),
    ]
    return {field.title: field.id for field in made}
