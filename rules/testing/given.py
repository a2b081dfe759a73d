"""Given: the desk of a test as it is when the test begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from rules.build import priority_of
from rules.listening import hearing_of
from rules.policy import Policy
from rules.schema.rule_tests import AccountShape, OthersShape, TicketShape
from rules.testing.desk import Desk
from rules.testing.instants import read
from rules.testing.rule_test import ONLY, RuleTest
from rules.ticket import Account, AccountRef, Priority, Side, StatusCategory, Ticket, TicketRef

#: One of our people whom a test does not name.
SOMEBODY = "agent"


def desk_of(test: RuleTest) -> Desk:
    """The desk of a test, with its tickets and accounts."""
    return _Laying(test).desk()


def level_of(word: str | None) -> Priority | None:
    """A priority from its word; `none`, like nothing at all, is no priority."""
    return priority_of(None if word == "none" else word)


def person_in(policy: Policy, helpdesk: str, name: str | None) -> str | None:
    """What a helpdesk calls a person of the directory; a name that the directory does not know stays as it is."""
    person = None if name is None else policy.directory.people.get(name)
    return name if person is None else person.account(helpdesk)


class _Laying:
    """Lays out what is given."""

    def __init__(self, test: RuleTest) -> None:
        self._test = test
        self._policy = test.bench.policy
        self._common = test.bench.shape.every_ticket
        self._accounts = test.bench.shape.accounts | test.shape.given.accounts

    def desk(self) -> Desk:
        given = self._test.shape.given
        tickets = given.tickets or {ONLY: given.ticket or TicketShape()}
        shapes = {name: self._whole(one) for name, one in tickets.items()}
        desk = Desk(
            hearing=hearing_of(self._policy),
            statuses=self._statuses(),
            load={
                (helpdesk, str(person_in(self._policy, helpdesk, person))): count
                for person, count in given.load.items()
                for helpdesk in {one.helpdesk or "" for one in shapes.values()}
            },
        )
        for name, account in self._accounts.items():
            ref = self._account_ref(name)
            desk.accounts[ref] = Account(
                ref=ref, name=account.name or name, tags=frozenset(account.tags), fields=dict(account.fields)
            )
            for ticket in self._others(name, account):
                desk.add(ticket)
        for number, (name, shape) in enumerate(shapes.items(), start=1):
            ticket = self._ticket(name, number, shape)
            desk.add(ticket, name)
            _open(desk, ticket, shape)
        return desk

    def _statuses(self) -> dict[str, StatusCategory]:
        words = {category.value: category for category in StatusCategory}
        return words | {word.casefold(): StatusCategory(one) for word, one in self._test.bench.shape.statuses.items()}

    def _whole(self, shape: TicketShape) -> TicketShape:
        """The ticket with what holds for every ticket of the file."""
        said = shape.model_dump(exclude_unset=True)
        common = self._common.model_dump(exclude_unset=True)
        fields = {**self._common.fields, **shape.fields}
        return TicketShape.model_validate(common | said | {"fields": fields})

    def _account_ref(self, name: str) -> AccountRef:
        account = self._accounts[name]
        return AccountRef(account.helpdesk or self._home, name)

    @property
    def _home(self) -> str:
        """The helpdesk of whatever names none."""
        given = self._test.shape.given
        own = (ticket.helpdesk for ticket in (given.ticket, *given.tickets.values()) if ticket is not None)
        return self._common.helpdesk or next((one for one in own if one is not None), "")

    def _instant(self, text: str | None) -> datetime:
        return self._test.starts if text is None else read(text, self._test.bench.zone, self._test.starts)

    def _ticket(self, name: str, number: int, shape: TicketShape) -> Ticket:
        helpdesk = shape.helpdesk or self._home
        key, created = shape.key or str(number), self._instant(shape.created)
        status = StatusCategory(shape.status or "open")
        return Ticket(
            ref=TicketRef(helpdesk, name),
            key=key,
            url=f"https://{helpdesk}.example/{key}",
            subject=shape.subject or "Something does not work",
            status=status,
            status_name=shape.status_name or status.value,
            priority=level_of(shape.priority),
            created_at=created,
            updated_at=created,
            version="1",
            account=None if shape.account is None else self._account_ref(shape.account),
            requester=shape.requester or "customer",
            group=shape.group,
            assignee=person_in(self._policy, helpdesk, shape.assignee),
            tags=frozenset(shape.tags),
            type=shape.type,
            product=shape.product,
            fields=dict(shape.fields),
            comments_complete=True,
            children_complete=True,
        )

    def _others(self, name: str, account: AccountShape) -> Iterator[Ticket]:
        numbered: Iterable[tuple[OthersShape, int]] = (
            (shape, number) for shape in account.open_tickets for number in range(shape.count)
        )
        for serial, (shape, _) in enumerate(numbered, start=1):
            asked = shape.model_dump(exclude={"count"}, exclude_unset=True) | {"account": name}
            yield self._ticket(f"{name}-{serial}", serial, TicketShape.model_validate(asked))


def _open(desk: Desk, ticket: Ticket, shape: TicketShape) -> None:
    """Say on a ticket what it was opened with."""
    if shape.opening == "none":
        return
    side = Side.AGENT if shape.opening == "agent" else Side.REQUESTER
    author = ticket.requester if side is Side.REQUESTER else SOMEBODY
    desk.say(ticket.ref, ticket.created_at, side, author, shape.description or ticket.subject, public=True)
