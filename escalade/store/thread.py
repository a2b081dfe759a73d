"""A ticket's comments and links, kept row by row because streams deliver them apart from their ticket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, Table, delete, select

from connectors.base import CommentSeen, LinkSeen
from escalade.store import blobs
from escalade.store.schema import comments, links
from escalade.store.statements import batches, keyed_by, of_tickets, upsert
from rules.forms import CommentForm
from rules.ticket import Comment, Link, LinkKind, Side, TicketRef


def keep_comments(
    connection: Connection, seen: Sequence[CommentSeen], *, whole: Collection[TicketRef] = ()
) -> list[CommentSeen]:
    """Store comments without their bodies; returns those that are new or differ from what was known.

    Of the tickets in `whole`, `seen` holds every comment: known ones that are missing there are dropped.
    """
    latest = {(item.on, item.comment.id): item for item in seen}
    known = _known_comments(connection, [key for key in latest if key[0] not in whole], sorted(whole))
    latest = {key: _with_text(item, known.get(key)) for key, item in latest.items()}
    new = {key: item for key, item in latest.items() if known.get(key) != _facts(item.comment)}
    # One by one: with SQLite keys of several tickets at once also find rows that combine them. They are rare.
    for ref, comment in sorted(key for key in known if key[0] in whole and key not in latest):
        this = keyed_by(connection, list(comments.primary_key), [(ref.helpdesk, ref.id, comment)])
        connection.execute(delete(comments).where(this))
    if new:
        connection.execute(upsert(connection, comments), [_comment_row(new[key]) for key in sorted(new)])
    return list(new.values())


def _known_comments(
    connection: Connection, keys: Sequence[tuple[TicketRef, str]], whole: Sequence[TicketRef]
) -> dict[tuple[TicketRef, str], tuple[object, ...]]:
    """What is known of these comments, and of all comments of the tickets in `whole`."""
    chosen = [of_tickets(connection, comments, batch) for batch in batches(whole)]
    for batch in batches(keys):
        parts = [(ref.helpdesk, ref.id, comment) for ref, comment in batch]
        chosen.append(keyed_by(connection, list(comments.primary_key), parts))
    known: dict[tuple[TicketRef, str], tuple[object, ...]] = {}
    for condition in chosen:
        rows = connection.execute(select(comments).where(condition))
        known |= {(TicketRef(row[0], row[1]), row[2]): tuple(row[3:]) for row in rows}
    return known


def _facts(comment: Comment) -> tuple[object, ...]:
    form = None if comment.form is None else comment.form.code
    commands = blobs.of_commands(comment.commands)
    return comment.at, comment.side.value, comment.public, comment.author, comment.ours, form, commands


def _with_text(item: CommentSeen, known: tuple[object, ...] | None) -> CommentSeen:
    """A sight of a comment that did not show its text takes nothing away from an earlier one that did."""
    form, commands = (None, None) if known is None else known[-2:]
    if item.comment.form is not None or not isinstance(form, str):
        return item
    asked = blobs.to_commands(commands if isinstance(commands, bytes) else None)
    return replace(item, comment=replace(item.comment, form=CommentForm.parse(form), commands=asked))


def _comment_row(item: CommentSeen) -> dict[str, object]:
    names = [column.name for column in comments.columns]
    values = (item.on.helpdesk, item.on.id, item.comment.id, *_facts(item.comment))
    return dict(zip(names, values, strict=True))


def keep_links(
    connection: Connection, seen: Sequence[LinkSeen], *, whole: Collection[TicketRef] = ()
) -> list[LinkSeen]:
    """Store links; returns those that are new, and those that are gone (another key of a known link is no news).

    Of the tickets in `whole`, `seen` holds every link: known ones that are missing there are dropped.
    """
    latest = {(item.on, item.link.kind, item.link.to): item for item in seen}
    on = sorted({*whole, *(ref for ref, _, _ in latest)})
    known = {(ref, link.kind, link.to): link for ref, ties in links_of(connection, on).items() for link in ties}
    gone = [key for key in sorted(known) if key[0] in whole and key not in latest]
    _drop(connection, links, sorted({ref for ref, _, _ in gone}))
    kept = [item for key, item in sorted(latest.items())]
    if kept:
        connection.execute(upsert(connection, links), [_link_row(item) for item in kept])
    new = [item for key, item in sorted(latest.items()) if key not in known]
    return [*new, *(LinkSeen(on=key[0], link=known[key]) for key in gone)]


def _link_row(item: LinkSeen) -> dict[str, object]:
    return {
        "helpdesk": item.on.helpdesk,
        "ticket": item.on.id,
        "kind": item.link.kind.value,
        "to_helpdesk": item.link.to.helpdesk,
        "to_ticket": item.link.to.id,
        "key": item.link.key,
    }


def drop(connection: Connection, refs: Sequence[TicketRef]) -> None:
    """Remove every comment and link of these tickets."""
    _drop(connection, comments, refs)
    _drop(connection, links, refs)


def _drop(connection: Connection, table: Table, refs: Sequence[TicketRef]) -> None:
    for batch in batches(refs):
        connection.execute(delete(table).where(of_tickets(connection, table, batch)))


def comments_of(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, tuple[Comment, ...]]:
    """The tickets' comments, oldest first, without bodies."""
    found: defaultdict[TicketRef, list[Comment]] = defaultdict(list)
    for batch in batches(refs):
        for row in connection.execute(select(comments).where(of_tickets(connection, comments, batch))):
            found[TicketRef(row.helpdesk, row.ticket)].append(
                Comment(
                    id=row.comment,
                    at=row.at,
                    side=Side(row.side),
                    public=row.public,
                    author=row.author,
                    ours=row.ours,
                    form=None if row.form is None else CommentForm.parse(row.form),
                    commands=blobs.to_commands(row.commands),
                )
            )
    return {ref: tuple(sorted(thread, key=lambda comment: (comment.at, comment.id))) for ref, thread in found.items()}


def links_of(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, tuple[Link, ...]]:
    """The tickets' links, by kind and other end."""
    found: defaultdict[TicketRef, list[Link]] = defaultdict(list)
    for batch in batches(refs):
        for row in connection.execute(select(links).where(of_tickets(connection, links, batch))):
            other = TicketRef(row.to_helpdesk, row.to_ticket)
            found[TicketRef(row.helpdesk, row.ticket)].append(Link(to=other, kind=LinkKind(row.kind), key=row.key))
    return {ref: tuple(sorted(ties, key=lambda link: (link.kind, link.to))) for ref, ties in found.items()}
