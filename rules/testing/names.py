"""Names: whether everything that a test names is there, so that a slip of the pen is not a silence that passes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rules.clocks.clock import ClockState
from rules.escalation.case_clock import ClockState as OwedState
from rules.escalation.stage import Stage
from rules.facts import FACTS, spec_of
from rules.schema.rule_tests import ExpectShape, NoteShape, StepShape, TicketShape
from rules.testing.instants import HINT, checked, is_dated
from rules.testing.rule_test import ONLY, OPENED, RuleTest, Step
from rules.yamltext import Path

#: The clocks that an escalation has.
OWED = (
    "evaluation",
    "acknowledgement",
    "kickoff",
    "plan",
    "workaround",
    "concern",
    "promise",
    "milestone",
    "review",
)
NONE, NEVER = "none", "never"
_AGAIN = re.compile(rf"({'|'.join(OPENED)})-\d+")


def check_names(test: RuleTest) -> None:
    """Note every name that stands for nothing, in the findings of the test's file."""
    _Names(test).check()


class _Names:
    """Holds the names of one test against those of its policy."""

    def __init__(self, test: RuleTest) -> None:
        self._test = test
        self._tree = test.bench.tree
        self._policy = test.bench.policy
        given = test.shape.given
        self._tickets = tuple(given.tickets) or (ONLY,)
        self._accounts = (*test.bench.shape.accounts, *given.accounts)

    def check(self) -> None:
        self._given()
        for step in self._test.steps:
            self._step(step.shape, step.path)
            self._expect(step)

    def _known(self, name: str | None, among: Iterable[str], path: Path, what: str, *, on_key: bool = False) -> None:
        names = tuple(among)
        if name is not None and name not in names:
            self._tree.refuse(path, f"there is no such {what}", on_key=on_key, found=name, allowed=names)

    def _given(self) -> None:
        given, path = self._test.shape.given, (*self._test.path, "given")
        own = {ONLY: given.ticket} if given.ticket is not None else dict(given.tickets)
        for name, ticket in own.items():
            here = (*path, ONLY) if given.ticket is not None else (*path, "tickets", name)
            if ticket is not None:
                self._ticket(ticket, here)
        if not own and self._common.helpdesk is None:
            self._helpdesk_missing(self._test.path)
        if self._test.path[1] == 0:
            self._ticket(self._common, ("every_ticket",), common=True)
        for name in given.load:
            self._known(name, self._policy.directory.people, (*path, "load", name), "person", on_key=True)

    @property
    def _common(self) -> TicketShape:
        return self._test.bench.shape.every_ticket

    def _ticket(self, ticket: TicketShape, path: Path, *, common: bool = False) -> None:
        if not common and ticket.helpdesk is None and self._common.helpdesk is None:
            self._helpdesk_missing(path)
        if not common or self._test.bench.shape.accounts:
            self._known(ticket.account, self._accounts, (*path, "account"), "account in this test")
        if ticket.created is not None and not is_dated(ticket.created):
            message, hint = "this needs its date", "write for example 2026-03-02 09:00"
            self._tree.refuse((*path, "created"), message, found=ticket.created, hint=hint)

    def _helpdesk_missing(self, path: Path) -> None:
        hint = "add helpdesk: NAME, as escalade.yaml calls it, or once for the file: every_ticket: {helpdesk: NAME}"
        self._tree.refuse(path, "the ticket needs a helpdesk", hint=hint)

    def _step(self, shape: StepShape, path: Path) -> None:
        for key in ("ticket", "link", "merge_into"):
            self._named_ticket(getattr(shape, key), (*path, key))
        self._known(shape.by, self._policy.directory.people, (*path, "by"), "person in the directory or in people:")

    def _named_ticket(self, name: str | None, path: Path) -> None:
        if name is not None and _AGAIN.fullmatch(name) is None:
            self._known(name, (*self._tickets, *OPENED), path, "ticket in this test")

    def _expect(self, step: Step) -> None:
        expect, path, policy = step.shape.expect, (*step.path, "expect"), self._policy
        if expect is None:
            return
        self._named_ticket(expect.ticket, (*path, "ticket"))
        self._known(expect.tier, (NONE, *(tier.id for tier in policy.tiers)), (*path, "tier"), "tier")
        self._known(expect.path, (NONE, *(one.id for one in policy.paths)), (*path, "path"), "path")
        self._known(expect.stage, Stage, (*path, "stage"), "stage")
        for index, rule in enumerate(expect.rules or ()):
            self._known(rule, (one.id for one in policy.rules), (*path, "rules", index), "rule")
        self._shown(expect.clocks, (one.id for one in policy.sla), (*path, "clocks"), "clock", ClockState)
        colours = (colour.name for cadence in policy.cadences for colour in cadence.colours)
        self._shown(expect.cadences, (one.id for one in policy.cadences), (*path, "cadences"), "cadence", colours)
        self._shown(expect.owed, OWED, (*path, "owed"), "clock of an escalation", OwedState)
        if expect.next is not None:
            self._instant_or(expect.next, (NEVER,), (*path, "next"))
        for name in expect.facts:
            if spec_of(name) is None:
                self._known(name, FACTS, (*path, "facts", name), "fact", on_key=True)
        self._notes(expect, path)

    def _notes(self, expect: ExpectShape, path: Path) -> None:
        for key in ("notes", "has_notes", "public_notes", "answers"):
            for index, note in enumerate(getattr(expect, key) or ()):
                if isinstance(note, NoteShape) and note.template is not None:
                    known = self._test.bench.templates
                    self._known(note.template, known, (*path, key, index, "template"), "template")
        for index, notice in enumerate(expect.notices or ()):
            self._known(notice.channel, self._policy.channels, (*path, "notices", index, "channel"), "channel")

    def _shown(
        self,
        expected: Mapping[str, list[str]],
        names: Iterable[str],
        path: Path,
        what: str,
        states: Iterable[str],
    ) -> None:
        known, words = tuple(names), (NONE, *dict.fromkeys(str(state) for state in states))
        for name, shown in expected.items():
            self._known(name, known, (*path, name), what, on_key=True)
            for text in shown:
                self._instant_or(text, words, (*path, name))

    def _instant_or(self, text: str, words: Iterable[str], path: Path) -> None:
        allowed = tuple(words)
        if text in allowed:
            return
        try:
            checked(text)
        except ValueError:
            message = "this is neither a point of time nor one of the words that are allowed"
            self._tree.refuse(path, message, found=text, allowed=allowed, hint=HINT)
