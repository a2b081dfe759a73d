"""Subject: the ticket that is to be explained, with what is known around it and the policy that decides on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from escalade.clock import SystemClock
from escalade.policy_files import policy_sources
from escalade.settings import find_settings, load_settings, read_text
from rules.load import load_document, load_policy
from rules.ownership import observe
from rules.policy import Policy
from rules.testing.load import load_rule_tests
from rules.testing.play import play
from rules.testing.rule_test import RuleTest
from rules.testing.surroundings import Surroundings
from rules.timeline import grown
from rules.words import minute

if TYPE_CHECKING:
    from escalade.app import App
    from sync import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Everything that an explanation is made of."""

    policy: Policy
    known: Surroundings
    #: The instant for which it is known (UTC).
    now: datetime
    #: What is not known, in sentences without their full stop.
    unknown: tuple[str, ...] = ()


def of_ticket(name: str, directory: Path | None, config: Path | None, *, live: bool) -> Subject:
    """A ticket of a helpdesk, out of the store; with `live` freshly read. Nothing is kept and nothing is written.

    Args:
        name: The ticket as `helpdesk:id`.
        directory: The policy that is to decide; None = the one that decides in earnest.
        config: The settings file, or the directory that it is in.
        live: Ask the helpdesk for the ticket as it is now.

    Raises:
        ValueError: the store does not know the ticket, or its helpdesk has it no more.
        ConnectorError: the helpdesk does not answer.
    """
    from escalade.app import open_app  # noqa: PLC0415 - a rule test needs no store and no helpdesk
    from escalade.asked_for import ticket_asked_for  # noqa: PLC0415
    from escalade.store.horizon import Horizon  # noqa: PLC0415

    clock = SystemClock()
    with open_app(load_settings(find_settings(config)), clock, preflight=False) as app:
        ref = ticket_asked_for(app, name)
        if directory is not None:
            asked = load_policy(policy_sources(directory), app.store.rosters())
            app.store.watch(Horizon.of(asked).and_of(app.policy))
        known, now = app.store.load([ref])[ref], clock.now()
        if live:
            known = _fresh(app, known, now)
        policy = asked if directory is not None else app.policies.deciding(known, known.ledger)
        around = Surroundings(
            ticket=known.ticket,
            ledger=known.ledger,
            account=app.visitor.account_facts.told(known.account),
            summary=known.summary,
            linked=known.linked,
            around=known.around,
            load=app.visitor.giving.load(policy, ref.helpdesk, now),
        )
    changed = minute(known.ticket.updated_at)
    unread = f"what happened in {ref.helpdesk} since it was read last (its last known change: {changed}); --live asks"
    return Subject(policy=policy, known=around, now=now, unknown=() if live else (unread,))


def _fresh(app: App, known: Known, now: datetime) -> Known:
    """The same ticket as its helpdesk shows it now, with what people did to values of ours. Kept nowhere."""
    ref = known.ticket.ref
    if ref.helpdesk not in app.helpdesks:
        raise ValueError(f"there is no helpdesk {ref.helpdesk!r} in the settings")
    ticket = app.helpdesks[ref.helpdesk].source.read([ref]).get(ref)
    if ticket is None:
        raise ValueError(f"{ref.helpdesk} has no ticket {ref.id} any more")
    timeline = grown(known.ticket.timeline, ticket, known.ledger, now)
    ticket = replace(ticket, timeline=timeline)
    return replace(known, ticket=ticket, ledger=observe(known.ledger, ticket, now).ledger)


def of_rule_test(file: Path, directory: Path | None, word: str, ticket: str | None, at: datetime | None) -> Subject:
    """A ticket of a rule test, played up to an instant.

    Args:
        file: The file of tests; its policy lies in the directory above it, unless `directory` names another.
        directory: The directory of the policy; None = the one above the file.
        word: Letters in the name of the test; empty where the file has one test.
        ticket: What the test calls the ticket; None = the one that it is about first.
        at: Up to which instant (UTC) the test is played; None = to its end.

    Raises:
        PolicyErrors: mistakes in the policy or in the tests.
        ValueError: no test, or several, are meant; there is no such ticket at that instant.
    """
    sources = policy_sources(directory or file.resolve().parent.parent)
    loaded = load_document(sources)
    test = _single(load_rule_tests({str(file): read_text(file)}, loaded, sources), word)
    end = max((step.at for step in test.steps), default=test.starts)
    return _played(test, ticket, end if at is None else min(at, end))


def _single(tests: Sequence[RuleTest], word: str) -> RuleTest:
    """The test that is meant."""
    found = [test for test in tests if word.casefold() in test.name.casefold()]
    exact = [test for test in found if test.name == word]
    if len(exact or found) != 1:
        names = ", ".join(repr(test.name) for test in found or tests)
        raise ValueError(f"say which test is meant, with --case and letters of its name; there are: {names}")
    return (exact or found)[0]


def _played(test: RuleTest, name: str | None, at: datetime) -> Subject:
    """How a ticket of a test stands at an instant, once everything that follows from it is written."""
    outcome, history, _ = play(test)
    visits = [visit for visit in history if visit.at <= at]
    refs = dict.fromkeys(visit.known.ticket.ref for visit in visits)
    ref = next((one for one in refs if name in {None, one.id, str(one)}), None)
    if ref is None:
        there = ", ".join(one.id for one in refs) or "none"
        raise ValueError(f"the test has no ticket {name!r} at that instant; there are: {there}")
    last = [visit for visit in visits if visit.known.ticket.ref == ref][-1]
    failed = "" if outcome.passed else " (the test fails, and was played up to there)"
    unknown = (f"anything but what the test says: {test.name}{failed}",)
    return Subject(policy=test.bench.policy, known=last.known, now=at, unknown=unknown)
