"""`escalade history export`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from escalade.histories.file import read_history
from rules.histories.event import EventKind, PastEvent
from rules.ticket import Side


def exported(place: Any, *options: str, name: str = "history.jsonl.gz") -> tuple[Any, list[PastEvent]]:
    path = place.directory / name
    ended = place.escalade("history", "export", "-o", str(path), *options)
    return ended, list(read_history(path)) if path.exists() else []


def test_both_helpdesks_are_written_into_one_file_in_the_order_of_time(place: Any) -> None:
    ended, events = exported(place, "--from", "zendesk", "--from", "jira")
    assert ended.code == 0, ended.err
    assert {event.ticket.partition(":")[0] for event in events} == {"zendesk", "jira"}
    assert [event.at for event in events] == sorted(event.at for event in events)
    created = [event for event in events if event.kind is EventKind.CREATED]
    assert f"Wrote {len(events):,} events of {len(created)} tickets to " in ended.out
    assert "Not in it:\n" in ended.out
    assert "bodies: texts of comments were left out" in ended.out
    assert events[0].about is not None
    assert events[0].about.source == "zendesk, jira"
    assert place.writes == 0


def test_texts_stay_out_unless_they_are_asked_for(place: Any) -> None:
    _, quiet = exported(place, "--from", "zendesk")
    _, loud = exported(place, "--from", "zendesk", "--with-text", name="loud.jsonl")
    assert not any(event.body for event in quiet)
    assert any(event.body for event in loud)


def test_pseudonyms_tell_people_apart_and_name_nobody(place: Any) -> None:
    _, plain = exported(place, "--from", "zendesk")
    _, masked = exported(place, "--from", "zendesk", "--pseudonyms", name="masked.jsonl")
    account = place.emulator.world.zendesk
    names = {str(user.id) for user in account.users.values()} | {str(one) for one in account.organizations}
    text = (place.directory / "masked.jsonl").read_text()
    assert not [name for name in names if name in text]
    assert not [ticket.subject for ticket in account.tickets.values() if ticket.subject in text]

    def requesters(events: list[PastEvent]) -> list[int]:
        found = [event.fields.requester for event in events if event.kind is EventKind.CREATED]
        return [found.index(one) for one in found]

    assert requesters(masked) == requesters(plain)
    assert {event.author.role for event in masked if event.author} >= {Side.AGENT, Side.REQUESTER}


def test_the_store_tells_what_escalade_saw_and_asks_no_helpdesk(place: Any) -> None:
    assert place.escalade("plan").code == 0
    asked = sum(place.emulator.world.calls.counts().values())
    ended, events = exported(place, "--from", "store")
    assert ended.code == 0, ended.err
    created = {event.ticket for event in events if event.kind is EventKind.CREATED}
    known = place.emulator.world.zendesk.tickets
    assert {f"zendesk:{ticket}" for ticket, row in known.items() if row.status != "deleted"} <= created
    assert sum(place.emulator.world.calls.counts().values()) == asked
    assert "beginning: the ticket had a past when it was first seen" in ended.out


def test_a_period_is_told_with_its_open_tickets_from_before(place: Any) -> None:
    since = place.emulator.world.clock.now() - timedelta(days=1)
    ended, events = exported(place, "--from", "zendesk", "--since", since.isoformat())
    assert ended.code == 0, ended.err
    assert min(event.at for event in events) == since
    assert all(event.born is not None and event.born < since for event in events if event.at == since)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--from", "zendsk"), "Did you mean 'zendesk'?"),
        (("--from", "zendesk", "--since", "yesterday"), "is no date"),
        (("--from", "zendesk", "--since", "2999-01-01"), "is not before the end"),
        (("--from", "zendesk", "--with-text", "--pseudonyms"), "cannot both be"),
        (("--from", "store", "--with-text"), "keeps no texts"),
        (("--from", "store"), "no file was written"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_leaves_no_file(place: Any, options: tuple[str, ...], told: str) -> None:
    ended, events = exported(place, *options)
    assert (ended.code, events) == (2, [])
    assert told in " ".join(ended.err.replace("│", " ").split())


@pytest.mark.parametrize("source", ["zendesk", "store"])
def test_a_place_that_is_not_there_is_told(source: str, place: Any) -> None:
    if source == "store":
        assert place.escalade("plan").code == 0
    ended = place.escalade("history", "export", "--from", source, "-o", str(place.directory / "not" / "there.jsonl"))
    assert ended.code == 2
    assert "cannot write " in ended.err
    assert "No such file or directory" in ended.err


def test_a_helpdesk_that_refuses_ends_the_export_in_words_and_leaves_no_file(place: Any) -> None:
    account = place.emulator.world.zendesk
    account.bot.role = "agent"
    ended, events = exported(place, "--from", "zendesk")
    assert (ended.code, events) == (1, [])
    assert "admin" in ended.err
