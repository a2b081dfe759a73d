"""Build: how the escalation of a ticket is conducted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules.build import Ground
from rules.build_channels import build_notifications
from rules.build_questions import build_questions, question_conditions, refuse_circle, refuse_unsteady
from rules.build_wants import name_fields
from rules.calendar import BusinessCalendar, Span
from rules.conditions.base import Condition
from rules.directory import Directory
from rules.escalation.case_reading import case_so_far
from rules.escalation.commanding import Commanding
from rules.escalation.deadline import Deadline, LateStep
from rules.escalation.process import (
    Acknowledgement,
    ConcernPath,
    EscalationProcess,
    FollowUp,
    Kickoff,
    Milestone,
    Regression,
    Review,
)
from rules.escalation.stage import Stage
from rules.schema.base import delay
from rules.schema.escalation import (
    AcknowledgeShape,
    ConcernShape,
    DeadlineShape,
    EscalationShape,
    FollowUpShape,
    LateShape,
    MilestoneShape,
    PromisesShape,
    ReviewShape,
)
from rules.shapes import shaped
from rules.yamltext import Path

_SECTION = "escalation"


def build_process(ground: Ground, directory: Directory, commanding: Commanding) -> EscalationProcess | None:
    """The section `escalation:`; None when there is none, or when it is wrong, which is noted."""
    refuse_circle(ground, commanding.eligible, ("commands", "customer", "when"))
    document = ground.tree.value if isinstance(ground.tree.value, dict) else {}
    raw, path = document.get(_SECTION), (_SECTION,)
    if raw is None:
        return None
    shape = shaped(EscalationShape, raw, path, ground.tree)
    review_when = _review_when(ground, raw)
    asked = question_conditions(ground, raw, (*path, "questions"))
    if shape is None:
        ground.glance(raw, path)
        return None
    _check_names(ground, directory, shape, path)
    maker = _Maker(ground, ground.calendar(shape.calendar, path))
    return _process(maker, shape, asked, review_when)


def _process(
    maker: _Maker, shape: EscalationShape, asked: Mapping[int, Condition | None], review_when: Condition | None
) -> EscalationProcess:
    ground, path = maker.ground, (_SECTION,)
    return EscalationProcess(
        at=ground.tree.at(path),
        calendar=maker.calendar,
        read=case_so_far,
        accept=shape.accept,
        evaluate=maker.deadline(shape.evaluate, (*path, "evaluate")),
        declared=build_notifications(ground, shape.declared, (*path, "declared")),
        acknowledge=maker.acknowledgement(shape.acknowledge, (*path, "acknowledge")),
        kickoff=maker.kickoff(shape, path),
        questions=build_questions(ground, shape.questions, asked, (*path, "questions")),
        ask=ground.template(shape.ask, (*path, "ask")),
        ask_public=ground.public_template(shape.ask_public, (*path, "ask_public")),
        tried_for=frozenset(shape.tried_for),
        milestone=maker.milestone(shape.milestone, (*path, "milestone")),
        handover=shape.handover,
        handover_note=ground.template(shape.handover_note, (*path, "handover_note")),
        leads=shape.leads,
        workaround=maker.deadline(shape.workaround, (*path, "workaround")),
        workaround_note=ground.public_template(shape.workaround_note, (*path, "workaround_note")),
        fix_note=ground.public_template(shape.fix_note, (*path, "fix_note")),
        update_note=ground.public_template(shape.update_note, (*path, "update_note")),
        concern=maker.concern(shape.concern, (*path, "concern")),
        regression=Regression(reopened=shape.regression.reopened, replied=shape.regression.replied),
        follow_up=maker.follow_up(shape.follow_up, (*path, "follow_up")),
        feedback_note=ground.public_template(shape.feedback_note, (*path, "feedback_note")),
        review=maker.review(shape.review, review_when, (*path, "review")),
        promises=maker.promises(shape.promises, (*path, "promises")),
        tags=_tags(ground, shape.tags, (*path, "tags")),
    )


class _Maker:
    """Makes the parts that share the section's calendar."""

    def __init__(self, ground: Ground, calendar: BusinessCalendar) -> None:
        self.ground, self.calendar = ground, calendar

    def deadline(self, shape: DeadlineShape | None, path: Path) -> Deadline | None:
        if shape is None:
            return None
        return self._due(shape.within, shape.calendar, shape.warn_before, shape.late, path)

    def acknowledgement(self, shape: AcknowledgeShape | None, path: Path) -> Acknowledgement | None:
        deadline = self.deadline(shape, path)
        if shape is None or deadline is None:
            return None
        note = self.ground.public_template(shape.public_note, (*path, "public_note"))
        return Acknowledgement(deadline=deadline, public_note=note)

    def kickoff(self, shape: EscalationShape, path: Path) -> Kickoff | None:
        asked = shape.kickoff
        deadline = self.deadline(asked, (*path, "kickoff"))
        if asked is None or deadline is None:
            return None
        return Kickoff(deadline=deadline, attendees=tuple(asked.attendees), task=asked.task)

    def milestone(self, shape: MilestoneShape | None, path: Path) -> Milestone | None:
        if shape is None:
            return None
        if shape.field is None and shape.option is None:
            self.ground.tree.refuse(path, "where does the date stand?", hint="add field: NAME or option: NAME")
        warn = self.ground.span(shape.warn_before)
        option = None if shape.option is None else shape.option.lower()
        return Milestone(field=shape.field, option=option, warn_before=warn)

    def concern(self, shape: ConcernShape, path: Path) -> ConcernPath:
        if shape.within is None and shape.late:
            hint = "add within: 30m, for example"
            self.ground.tree.refuse((*path, "late"), "late after how long?", on_key=True, hint=hint)
        within = None
        if shape.within is not None:
            within = self._due(shape.within, shape.calendar, None, shape.late, path)
        for helpdesk, fields in shape.fields.items():
            name_fields(self.ground, helpdesk, fields, (*path, "fields", helpdesk))
        notify = build_notifications(self.ground, shape.notify, (*path, "notify"))
        return ConcernPath(deadline=within, notify=notify, tag=shape.tag, fields=shape.fields, call=shape.call)

    def follow_up(self, shape: FollowUpShape | None, path: Path) -> FollowUp | None:
        if shape is None:
            return None
        return FollowUp(
            after=Span.parse(shape.after),
            again=self.ground.span(shape.again),
            close=Span.parse(shape.close),
            calendar=self._calendar(shape.calendar, path),
            public_note=self.ground.public_template(shape.public_note, (*path, "public_note")),
        )

    def review(self, shape: ReviewShape | None, when: Condition | None, path: Path) -> Review | None:
        if shape is None:
            return None
        deadline = self._due(shape.within, shape.calendar, None, shape.late, path)
        return None if when is None else Review(when=when, deadline=deadline, attendees=tuple(shape.attendees))

    def promises(self, shape: PromisesShape | None, path: Path) -> Deadline | None:
        return None if shape is None else self._due("1d", None, shape.warn_before, shape.late, path)

    def _due(
        self, within: str, calendar: str | None, warn_before: str | None, late: Sequence[LateShape], path: Path
    ) -> Deadline:
        return Deadline(
            within=Span.parse(within),
            calendar=self._calendar(calendar, path),
            warn_before=self.ground.span(warn_before),
            late=tuple(self._step(step, (*path, "late", index)) for index, step in enumerate(late)),
        )

    def _calendar(self, name: str | None, path: Path) -> BusinessCalendar:
        return self.calendar if name is None else self.ground.calendar(name, path)

    def _step(self, shape: LateShape, path: Path) -> LateStep:
        note = self.ground.template(shape.note, (*path, "note"))
        notify = build_notifications(self.ground, shape.notify, (*path, "notify"))
        return LateStep(after=delay(shape.after), to=shape.to, note=note, notify=notify)


def _review_when(ground: Ground, raw: Any) -> Condition | None:
    part = raw.get("review") if isinstance(raw, dict) else None
    path = (_SECTION, "review")
    condition = ground.when(part, path)
    refuse_unsteady(ground, condition, (*path, "when"))
    return condition


def _check_names(ground: Ground, directory: Directory, shape: EscalationShape, path: Path) -> None:
    ground.tier(shape.accept, (*path, "accept"))
    for index, tier in enumerate(shape.tried_for):
        ground.tier(tier, (*path, "tried_for", index))
    for tier, name in shape.leads.items():
        if tier not in ground.tiers:
            message = "there is no such tier"
            ground.tree.refuse((*path, "leads", tier), message, on_key=True, found=tier, allowed=ground.tiers)
        if name not in directory.names:
            hint = None if directory.names else "describe roles, teams and people in the section directory:"
            message = "the directory has no such role, team or person"
            here = (*path, "leads", tier)
            ground.tree.refuse(here, message, found=name, allowed=directory.names, hint=hint)


def _tags(ground: Ground, tags: Mapping[str, str], path: Path) -> dict[Stage, str]:
    found: dict[Stage, str] = {}
    for word, tag in tags.items():
        if word not in set(Stage):
            message = "there is no such stage"
            ground.tree.refuse(
                (*path, word), message, on_key=True, found=word, allowed=[stage.value for stage in Stage]
            )
        elif tag in found.values():
            ground.tree.refuse((*path, word), "this tag shows another stage already", found=tag)
        else:
            found[Stage(word)] = tag
    return found
