"""Standings: which ticket is the record of which account's escalation, and what it says of the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace
from sqlalchemy import Connection, delete, literal, select

from escalade.store import blobs, ties, visits, writes
from escalade.store.joins import same
from escalade.store.schema import record_accounts, record_claims, record_members, records, tickets
from escalade.store.statements import among, batches, insert, of_tickets, upsert
from rules.escalation.standing import AccountState, Standing, accounts_of, is_record, proposed_by
from rules.ledger import Ledger
from rules.ticket import AccountRef, Ticket, TicketRef

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def keep(connection: Connection, seen: Sequence[Ticket], gone: Collection[TicketRef], now: datetime) -> set[AccountRef]:
    """Note which of these tickets are records; returns the accounts for which another escalation counts now.

    A record whose tag was taken off, or whose ticket is gone, is over: somebody wanted it so.
    """
    here = {ticket.ref: ticket for ticket in seen if is_record(ticket)}
    known = _standings(connection, [*(ticket.ref for ticket in seen), *gone])
    kept = {ref: ledger.standing for ref, ledger in writes.ledgers_of(connection, list(here)).items()}
    news = {}
    for ref, ticket in here.items():
        standing = replace(kept.get(ref) or proposed_by(ticket), accounts=accounts_of(ticket))
        if known.get(ref) != standing:
            news[ref] = standing
    over = [standing for ref, standing in known.items() if ref not in here and not standing.state.is_over]
    news |= {standing.record: replace(standing, state=AccountState.CLOSED) for standing in over}
    return _put(connection, news, known, now)


def stand(connection: Connection, ledger: Ledger) -> None:
    """Keep what a record says from now on, and nudge the open tickets of its accounts when that is news."""
    if ledger.standing is None:
        return
    known = _standings(connection, [ledger.ref])
    before = known.get(ledger.ref)
    # Which accounts it is about, its tags say.
    standing = ledger.standing if before is None else replace(ledger.standing, accounts=before.accounts)
    if standing != before:
        since = standing.since or _ALWAYS
        visits.nudge_later(connection, _put(connection, {ledger.ref: standing}, known, since), since)


def open_record(connection: Connection, record: TicketRef, account: AccountRef, at: datetime) -> None:
    """Note a record that was opened just now, before its ticket is taken in."""
    standing = Standing(
        record=record, key=record.id, url="", accounts=(account,), state=AccountState.PROPOSED, since=at
    )
    visits.nudge_later(connection, _put(connection, {record: standing}, _standings(connection, [record]), at), at)


def standings_of(connection: Connection, accounts: Iterable[AccountRef]) -> dict[AccountRef, tuple[Standing, ...]]:
    """What every record of these accounts says; accounts that never had one are left out."""
    found: defaultdict[AccountRef, tuple[Standing, ...]] = defaultdict(tuple)
    owner = (record_accounts.c.account_helpdesk, record_accounts.c.account)
    for batch in batches(sorted(set(accounts))):
        query = (
            select(*owner, records.c.standing)
            .join(records, same(record_accounts))
            .where(among(connection, *owner, batch))
        )
        for row in connection.execute(query):
            found[AccountRef(row.account_helpdesk, row.account)] += (blobs.to_standing(row.standing),)
    return dict(found)


def _standings(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, Standing]:
    """What these records say, held until this transaction ends: else another one could say more, and be overwritten."""
    found: dict[TicketRef, Standing] = {}
    for batch in batches(refs):
        query = select(records).where(of_tickets(connection, records, batch))
        query = query.order_by(records.c.helpdesk, records.c.ticket).with_for_update()
        found |= {
            TicketRef(row.helpdesk, row.ticket): blobs.to_standing(row.standing) for row in connection.execute(query)
        }
    return found


def _put(
    connection: Connection, news: Mapping[TicketRef, Standing], known: Mapping[TicketRef, Standing], due: datetime
) -> set[AccountRef]:
    """Write what records say, and nudge what stands beside their accounts; returns every account that is concerned."""
    if not news:
        return set()
    rows = [
        {"helpdesk": ref.helpdesk, "ticket": ref.id, "state": one.state.value, "standing": blobs.of(one)}
        for ref, one in sorted(news.items())
    ]
    connection.execute(upsert(connection, records), rows)
    for one in news.values():
        if one.state.takes_the_place and one.accounts:
            owner = (record_claims.c.account_helpdesk, record_claims.c.account)
            connection.execute(delete(record_claims).where(among(connection, *owner, one.accounts)))
    renamed = [ref for ref, one in news.items() if _accounts(known.get(ref)) != one.accounts]
    # What stands beside an account that a record is about no more.
    ties.nudge_around(connection, [ref for ref in renamed if ref in known], due)
    for batch in batches(sorted(renamed)):
        connection.execute(delete(record_accounts).where(of_tickets(connection, record_accounts, batch)))
    named = [
        {"account_helpdesk": account.helpdesk, "account": account.id, "helpdesk": ref.helpdesk, "ticket": ref.id}
        for ref in sorted(renamed)
        for account in sorted(set(news[ref].accounts))
    ]
    if named:
        connection.execute(insert(connection, record_accounts), named)
    _enlist(connection, {ref: news[ref].accounts for ref in sorted(renamed)})
    ties.nudge_around(connection, list(news), due)
    return {account for ref, one in news.items() for account in (*one.accounts, *_accounts(known.get(ref)))}


def _accounts(standing: Standing | None) -> tuple[AccountRef, ...]:
    return () if standing is None else standing.accounts


def _enlist(connection: Connection, accounts: Mapping[TicketRef, Sequence[AccountRef]]) -> None:
    """Make the open tickets of their accounts the members of these records."""
    columns = ["member_helpdesk", "member", "helpdesk", "ticket"]
    for record, owners in accounts.items():
        if owners:
            chosen = among(connection, tickets.c.account_helpdesk, tickets.c.account, owners)
            query = (
                select(tickets.c.helpdesk, tickets.c.ticket, literal(record.helpdesk), literal(record.id))
                .where(tickets.c.is_open, chosen)
                .order_by(tickets.c.helpdesk, tickets.c.ticket)
            )
            statement = insert(connection, record_members).from_select(columns, query)
            keys = list(record_members.primary_key.columns)
            connection.execute(statement.on_conflict_do_nothing(index_elements=keys))
