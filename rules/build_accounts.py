"""Build: how customers' accounts are escalated (`account_escalations:`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rules.build import Ground
from rules.build_channels import build_notifications
from rules.conditions.base import Condition
from rules.conditions.scores import criteria_at
from rules.directory import Directory
from rules.escalation.record.colour import StatusColour
from rules.escalation.record.programme import (
    AccountProgramme,
    Aftercare,
    Event,
    ExitTest,
    Quorum,
    RecordHome,
    RecordNotice,
    Seat,
)
from rules.escalation.record.room import PARTS, unknown_parts
from rules.policy import NameKind
from rules.schema.account_escalations import (
    AccountEscalationsShape,
    AftercareShape,
    ExitTestShape,
    QuorumShape,
    RecordHomeShape,
    SeatShape,
)
from rules.shapes import shaped
from rules.span import Span
from rules.templates import Template
from rules.yamltext import Path

_SECTION = "account_escalations"
#: Facts that the closure decides about cannot decide about the closure.
_CIRCULAR = frozenset({"record.state", "record.in_state"})


def build_accounts(ground: Ground, directory: Directory) -> AccountProgramme | None:
    """The programme; None where the policy has none, or where something in it is wrong (which is noted)."""
    raw = ground.tree.value.get(_SECTION) if isinstance(ground.tree.value, dict) else None
    if raw is None:
        return None
    shape = shaped(AccountEscalationsShape, raw, (_SECTION,), ground.tree)
    conditions = _conditions(ground, raw)
    if shape is None:
        ground.glance(raw, (_SECTION,))
        return None
    before = len(ground.tree.findings.problems)
    bench = _Bench(ground, directory, shape)
    programme = bench.programme(conditions)
    return programme if len(ground.tree.findings.problems) == before else None


def _conditions(ground: Ground, raw: Any) -> dict[int, Condition | None]:
    """The conditions of the exit criteria by their number, read even where the rest of the section is wrong."""
    tests = raw.get("exit_criteria") if isinstance(raw, dict) else None
    found: dict[int, Condition | None] = {}
    for number, test in enumerate(tests if isinstance(tests, list) else ()):
        path: Path = (_SECTION, "exit_criteria", number)
        condition = ground.when(test, path)
        for name in sorted(frozenset() if condition is None else condition.facts & _CIRCULAR):
            message = f"whether a record may be closed cannot depend on {name}, which tells whether it is"
            ground.tree.refuse((*path, "when"), message, found=name, hint="ask for record.colour or record.tickets")
        found[number] = condition
    return found


class _Bench:
    """Builds one section whose shape is right."""

    def __init__(self, ground: Ground, directory: Directory, shape: AccountEscalationsShape) -> None:
        self._ground = ground
        self._directory = directory
        self._shape = shape

    def programme(self, conditions: Mapping[int, Condition | None]) -> AccountProgramme:
        shape, ground = self._shape, self._ground
        calendar = ground.calendar(shape.calendar, (_SECTION,))
        criteria = criteria_at(shape.propose, (_SECTION, "propose"), ground.tree, ground.scope)
        self._check_proposing()
        return AccountProgramme(
            home=self._home(shape.record),
            calendar=calendar,
            declarers=self._roles(shape.declare.roles, "declare", "roles"),
            criteria=criteria or (),
            declares_itself=shape.declare.automatically,
            first_colour=StatusColour(shape.declare.colour),
            tags={colour: tag for colour in StatusColour if (tag := getattr(shape.tags, colour)) is not None},
            owner=self._seat(shape.owner, "owner"),
            sponsor=None if shape.sponsor is None else self._seat(shape.sponsor, "sponsor"),
            functions=tuple(shape.team.functions),
            least_level=shape.team.least_level,
            room=self._room(shape.room),
            exits=self._exits(shape.exit_criteria, conditions),
            horizon=Span.parse(shape.horizon),
            ready_within=Span.parse(shape.ready_within),
            kickoff=ground.span(shape.kickoff),
            concern=Span.parse(shape.concern),
            attendees={
                colour: self._roles(getattr(shape.attendees, colour), "attendees", colour)
                for colour in StatusColour
                if getattr(shape.attendees, colour)
            },
            plan_agreement=self._quorum(shape.plan, "plan"),
            consent=self._quorum(shape.consent, "consent"),
            sponsor_hears_after=Span.parse(shape.sponsor_hears_after),
            aftercare=_aftercare(shape.aftercare),
            notify=tuple(self._notices()),
        )

    def _room(self, rule: str | None) -> str | None:
        for name in () if rule is None else unknown_parts(rule):
            allowed = [f"{{{part}}}" for part in PARTS]
            message = "a room's name is made of these words, and of letters"
            self._ground.tree.refuse((_SECTION, "room"), message, found=f"{{{name}}}", allowed=allowed)
        return rule

    def _check_proposing(self) -> None:
        if self._shape.declare.automatically and not self._shape.propose:
            path = (_SECTION, "declare", "automatically")
            hint = "name criteria under propose:"
            self._ground.tree.refuse(path, "no criterion proposes, so nothing is declared automatically", hint=hint)

    def _home(self, shape: RecordHomeShape) -> RecordHome:
        ground, path = self._ground, (_SECTION, "record")
        ground.name(NameKind.HELPDESK, shape.helpdesk, (*path, "helpdesk"), helpdesk=None, is_key=False)
        if shape.project is not None:
            ground.name(NameKind.PROJECT, shape.project, (*path, "project"), helpdesk=shape.helpdesk)
            place = (*path, "type") if "type" in shape.model_fields_set else path
            ground.name(NameKind.TICKET_TYPE, shape.type, place, helpdesk=shape.helpdesk, of=shape.project)
        if shape.done is not None:
            ground.name(NameKind.STATUS, shape.done, (*path, "done"), helpdesk=shape.helpdesk, is_key=False)
        place = (*path, "subject") if "subject" in shape.model_fields_set else path
        subject = ground.text("subject", shape.subject, place)
        return RecordHome(
            helpdesk=shape.helpdesk,
            project=shape.project or "",
            type=shape.type,
            # A wrong text is noted, and then nobody gets this home.
            subject=subject or Template(id="subject", text="", at=ground.tree.at(path)),
            body=ground.template(shape.body, (*path, "body")),
            done=shape.done,
        )

    def _seat(self, shape: SeatShape, word: str) -> Seat:
        if shape.role is not None:
            self._role(shape.role, (_SECTION, word, "role"))
        return Seat(role=shape.role, at_least=StatusColour(shape.at_least))

    def _quorum(self, shape: QuorumShape, word: str) -> Quorum:
        roles = self._roles(shape.roles, word, "roles")
        return Quorum(number=None if shape.quorum == "all" else shape.quorum, roles=roles)

    def _roles(self, names: Iterable[str], *place: str) -> tuple[str, ...]:
        roles = tuple(names)
        for index, name in enumerate(roles):
            self._role(name, (_SECTION, *place, index))
            if name in roles[:index]:
                self._ground.tree.refuse((_SECTION, *place, index), "this role stands here twice", found=name)
        return roles

    def _role(self, name: str, path: Path) -> None:
        roles = self._directory.roles
        if name not in roles:
            hint = None if roles else "describe it in the directory: roles: {NAME: {members: [PERSON]}}"
            self._ground.tree.refuse(path, "the directory has no such role", found=name, allowed=roles, hint=hint)

    def _exits(
        self, shapes: Iterable[ExitTestShape], conditions: Mapping[int, Condition | None]
    ) -> tuple[ExitTest, ...]:
        tests: list[ExitTest] = []
        tree = self._ground.tree
        for number, shape in enumerate(shapes):
            path: Path = (_SECTION, "exit_criteria", number)
            if shape.id in {test.id for test in tests}:
                tree.refuse((*path, "id"), f"the id {shape.id!r} is taken", hint="every entry needs an id of its own")
            if shape.when is None and shape.confirmed_by is None:
                hint = "add when: with a condition, or confirmed_by: with a role"
                tree.refuse(path, "nothing tells when this exit criterion is met", hint=hint)
            if shape.confirmed_by is not None:
                self._role(shape.confirmed_by, (*path, "confirmed_by"))
            tests.append(
                ExitTest(
                    id=shape.id,
                    title=shape.title,
                    when=conditions.get(number),
                    confirmed_by=shape.confirmed_by,
                    within=self._within(shape, path),
                    always=shape.always,
                )
            )
        return tuple(tests)

    def _within(self, shape: ExitTestShape, path: Path) -> Span:
        horizon = Span.parse(self._shape.horizon)
        if shape.within is None:
            return horizon
        within = Span.parse(shape.within)
        if (within.days, within.seconds) > (horizon.days, horizon.seconds):
            message = f"this lies beyond the horizon of {horizon}"
            self._ground.tree.refuse(
                (*path, "within"), message, found=shape.within, hint="raise horizon:, or aim nearer"
            )
        return within

    def _notices(self) -> Iterable[RecordNotice]:
        shapes = self._shape.notify
        told = build_notifications(self._ground, shapes, (_SECTION, "notify"))
        if len(told) == len(shapes):
            for shape, notification in zip(shapes, told, strict=True):
                yield RecordNotice(told=notification, on=frozenset(map(Event, shape.on)))


def _aftercare(shape: AftercareShape) -> Aftercare:
    recurrence = shape.recurrence
    return Aftercare(
        summary=Ground.span(shape.summary),
        rca=Ground.span(shape.rca),
        corrective=Ground.span(shape.corrective),
        review=Ground.span(shape.review),
        review_from=StatusColour(shape.review_from),
        follow_up=Ground.span(shape.follow_up),
        recurrence=() if recurrence is None else tuple(Span.parse(text) for text in recurrence.after),
        recurring_tickets=3 if recurrence is None else recurrence.tickets,
    )
