"""Judging: what a scenario expects after a step, held against what people see in the helpdesks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from escalade.drill.look import Look
from escalade.drill.scenario import Expectation, Heard, SubtaskLook, TicketLook
from escalade.drill.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation and what was found instead."""

    #: What was expected, in words.
    wanted: str
    holds: bool
    #: What there is, in words; told when it does not hold.
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What came of a step where it happened."""

    #: What Escalade said there, apart from the note that is kept current.
    said: str
    #: What went out on channels.
    told: str
    #: Requests that changed something.
    writes: int


def judged(expect: Expectation, effects: Effects, stage: Stage) -> tuple[Check, ...]:
    """Hold every expectation against the stage as it is now."""
    looks = _Looks(stage)
    return (
        *_spoken(expect, effects),
        *(() if stage.has_own_policy else _counted(expect, effects)),
        *_on_record(expect, looks),
        *(check for one in expect.tickets for check in looks.ticket(one)),
        *(check for one in expect.subtasks for check in looks.subtask(one)),
        *(check for one in expect.public for check in looks.public(one)),
    )


def _spoken(expect: Expectation, effects: Effects) -> Iterator[Check]:
    yield from _words(expect.says, effects.said, "says")
    for words in expect.never:
        yield Check(wanted=f"does not say “{words}”", holds=words not in effects.said, found=_quoted(effects.said))
    if expect.silent:
        yield Check(wanted="says nothing", holds=not effects.said, found=_quoted(effects.said))
    yield from _words(expect.channels, effects.told, "tells a channel")


def _counted(expect: Expectation, effects: Effects) -> Iterator[Check]:
    """Another policy may want more written: only what the scenario was made for is held against its figures."""
    if expect.writes is not None:
        holds = effects.writes <= expect.writes
        yield Check(wanted=f"writes at most {expect.writes} times", holds=holds, found=f"{effects.writes} times")


def _on_record(expect: Expectation, looks: _Looks) -> Iterator[Check]:
    if expect.board or expect.lists:
        record = looks.record
        board = "" if record is None else record.board
        yield from _words(expect.board, board, "the record shows")
        for name in expect.lists:
            ref = looks.stage.refs[name]
            listed = record is not None and str(ref) in record.description
            yield Check(wanted=f"the record lists {ref}", holds=listed, found="no record" if record is None else "not")
    if expect.colour is not None:
        yield looks.colour(expect.colour)


def _words(wanted: Iterable[str], text: str, verb: str) -> Iterator[Check]:
    for words in wanted:
        yield Check(wanted=f"{verb} “{words}”", holds=words in text, found=_quoted(text))


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing"


class _Looks:
    """What there is to be seen on the stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._all = {look.ref: look for look in stage.looks()}

    @property
    def record(self) -> Look | None:
        return next((look for look in reversed(self._all.values()) if look.is_record), None)

    def _named(self, name: str) -> Look:
        return self._all[self.stage.refs[name]]

    def colour(self, wanted: str) -> Check:
        """What the account's open tickets wear of the policy's colours."""
        programme = self.stage.policy.accounts
        tags = {} if programme is None else {tag: colour.value for colour, tag in programme.tags.items()}
        tickets = [self._named(name) for name in self.stage.scenario.tickets if name in self.stage.refs]
        worn = {
            " and ".join(sorted(tags[tag] for tag in look.tags & tags.keys())) or "none"
            for look in tickets
            if look.status.is_open
        }
        told = "every open ticket of the account wears no colour" if wanted == "none" else f"they wear {wanted}"
        return Check(wanted=told, holds=worn <= {wanted}, found=", ".join(sorted(worn)))

    def ticket(self, wanted: TicketLook) -> Iterator[Check]:
        look = self._named(wanted.ticket)
        tags = ", ".join(sorted(look.tags)) or "no tags"
        for tag in wanted.wears:
            yield Check(wanted=f"{look.key} wears {tag}", holds=tag in look.tags, found=tags)
        for tag in wanted.lacks:
            yield Check(wanted=f"{look.key} does not wear {tag}", holds=tag not in look.tags, found=tags)
        yield from _equal(f"{look.key} is", wanted.status, look.status)
        yield from _equal(f"{look.key} has the priority", wanted.priority, look.priority)

    def subtask(self, wanted: SubtaskLook) -> Iterator[Check]:
        look = next((one for one in self._all.values() if one.subject == wanted.title), None)
        there = "there is a subtask" if wanted.exists else "there is no subtask"
        yield Check(
            wanted=f"{there} “{wanted.title}”",
            holds=wanted.exists == (look is not None),
            found="none" if look is None else look.key,
        )
        if look is not None:
            stage = self.stage
            owner = None if wanted.owner is None else stage.account_of(wanted.owner, look.ref.helpdesk)
            yield from _equal(f"“{wanted.title}” belongs to", owner, look.assignee, said=wanted.owner)
            yield from _equal(f"“{wanted.title}” is due", wanted.due, look.due)
            yield from _equal(f"“{wanted.title}” is", wanted.status, look.status)

    def public(self, wanted: Heard) -> Iterator[Check]:
        """What the customer heard; whether Escalade speaks to customers at all is for an own policy to say."""
        said = [one.text for one in self._named(wanted.ticket).said if one.public]
        own = self.stage.has_own_policy
        yield Check(
            wanted=f"the customer heard Escalade {'at most ' if own else ''}{wanted.times} times on {wanted.ticket}",
            holds=len(said) <= wanted.times if own else len(said) == wanted.times,
            found=f"{len(said)} times",
        )
        if not own:
            yield from _words(wanted.says, said[-1] if said else "", "the customer reads")


def _equal(what: str, wanted: object, found: object, *, said: str | None = None) -> Iterator[Check]:
    if wanted is not None:
        yield Check(wanted=f"{what} {said or wanted}", holds=wanted == found, found=str(found))
