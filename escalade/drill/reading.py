"""Reading a scenario file: its shape, its names, and the value it makes; every mistake at once, with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime

from escalade.drill.crosscheck import check_names
from escalade.drill.scenario import (
    RECORD,
    Alteration,
    Bug,
    Cast,
    Chapter,
    Expectation,
    Heard,
    Incoming,
    Player,
    Scenario,
    Step,
    SubtaskLook,
    TicketLook,
)
from escalade.drill.shapes import (
    CastShape,
    ChangeShape,
    ChapterShape,
    ExpectShape,
    PersonShape,
    ScenarioShape,
    StepShape,
    TicketShape,
)
from rules.problems import Findings, PolicyErrors
from rules.shapes import shaped
from rules.span import Span
from rules.ticket import Priority, StatusCategory
from rules.yamltext import read_yaml


def read_scenario(name: str, file: str, text: str) -> Scenario:
    """Read a scenario.

    Args:
        name: What it is called.
        file: The file's name, for messages.
        text: Its content.

    Raises:
        PolicyErrors: with every mistake in the file.
    """
    findings = Findings()
    tree = read_yaml(file, text, findings)
    shape = None if tree is None else shaped(ScenarioShape, tree.value, (), tree)
    if tree is not None and shape is not None:
        check_names(shape, tree)
    if shape is None or findings.problems:
        raise PolicyErrors(findings.problems)
    return _scenario(name, shape)


def _scenario(name: str, shape: ScenarioShape) -> Scenario:
    desk, first = shape.desk, next(iter(shape.cast.customers))
    return Scenario(
        name=name,
        title=shape.title,
        tells=shape.tells.strip(),
        starts=_instant(shape.starts),
        overlay=shape.policy,
        cast=_cast(shape.cast),
        account=desk.account,
        tickets={key: _incoming(one, first) for key, one in desk.tickets.items()},
        bugs={key: Bug(subject=one.subject, behind=tuple(one.behind)) for key, one in desk.bugs.items()},
        chapters=tuple(map(_chapter, shape.chapters)),
    )


def _cast(shape: CastShape) -> Cast:
    people = {who: _player(who, one) for who, one in shape.people.items()}
    return Cast(company=shape.company, customers=shape.customers, people=people)


def _player(who: str, shape: PersonShape) -> Player:
    return Player(
        id=who,
        name=shape.name,
        level=shape.level,
        roles=tuple(shape.roles),
        skills=tuple(shape.skills),
        region=shape.region,
    )


def _incoming(shape: TicketShape, first: str) -> Incoming:
    return Incoming(
        subject=shape.subject,
        text=shape.text or shape.subject,
        customer=shape.customer or first,
        priority=_priority(shape.priority),
        tags=tuple(shape.tags),
        fields=shape.fields,
    )


def _chapter(shape: ChapterShape) -> Chapter:
    return Chapter(title=shape.title, tells=shape.tells.strip(), steps=tuple(map(_step, shape.steps)))


def _step(shape: StepShape) -> Step:
    return Step(
        id=shape.id,
        arrive=tuple(shape.arrive),
        who=shape.who,
        on=shape.on or RECORD,
        subtask=shape.subtask,
        writes=None if shape.writes is None else shape.writes.strip(),
        public=shape.public,
        change=None if shape.change is None else _alteration(shape.change),
        wait=None if shape.wait is None else Span.parse(shape.wait).clock_time,
        since=shape.since,
        until=None if shape.until is None else _instant(shape.until),
        task=None if shape.task is None else shape.task.strip(),
        answers=shape.answers,
        expect=_expectation(shape.expect),
    )


def _alteration(shape: ChangeShape) -> Alteration:
    return Alteration(
        status=_status(shape.status), due=_date(shape.due), owner=shape.owner, priority=_priority(shape.priority)
    )


def _expectation(shape: ExpectShape) -> Expectation:
    return Expectation(
        says=tuple(shape.says),
        never=tuple(shape.never),
        silent=shape.silent,
        board=tuple(shape.board),
        lists=tuple(shape.lists),
        colour=shape.colour,
        tickets=tuple(
            TicketLook(
                ticket=one.ticket,
                wears=tuple(one.wears),
                lacks=tuple(one.lacks),
                status=_status(one.status),
                priority=_priority(one.priority),
            )
            for one in shape.tickets
        ),
        subtasks=tuple(
            SubtaskLook(
                title=one.title, exists=one.exists, owner=one.owner, due=_date(one.due), status=_status(one.status)
            )
            for one in shape.subtasks
        ),
        public=tuple(Heard(ticket=one.ticket, times=one.times, says=tuple(one.says)) for one in shape.public),
        channels=tuple(shape.channels),
        writes=shape.writes,
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _status(word: str | None) -> StatusCategory | None:
    return None if word is None else StatusCategory(word)


def _priority(word: str | None) -> Priority | None:
    return None if word is None else Priority(word)
