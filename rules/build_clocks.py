"""Build: service-level clocks: when they run and pause, what they wait for, how they warn and what a breach does."""

from __future__ import annotations

from typing import Any

from rules.build import Ground, listing
from rules.calendar import Span
from rules.clocks.told import CLOCK_PREFIX
from rules.conditions.base import Condition
from rules.facts import spec_of
from rules.responses import CUSTOMER_UPDATE, INTERNAL_UPDATE, RESPONSE
from rules.schema.clocks import PauseShape, SlaShape, StartShape, WarningShape, warning_point
from rules.shapes import shaped
from rules.sla import (
    BreachStep,
    ClockStart,
    EarlyWarning,
    Metric,
    OnPriorityChange,
    PauseRule,
    SlaTarget,
    StartBasis,
)
from rules.ticket import Priority
from rules.yamltext import Path

#: The word for tickets without a priority.
NO_PRIORITY = "none"

_UNTIL = {
    Metric.FIRST_RESPONSE: RESPONSE,
    Metric.NEXT_RESPONSE: RESPONSE,
    Metric.TIER_RESPONSE: RESPONSE,
    Metric.CUSTOMER_UPDATE: CUSTOMER_UPDATE,
    Metric.INTERNAL_UPDATE: INTERNAL_UPDATE,
}
#: Metrics whose clock starts with an event of its own.
_OWN_START = {Metric.NEXT_RESPONSE: "the customer's reply", Metric.TIER_RESPONSE: "the entry into the tier"}


def clock_ids(raw: Any) -> tuple[str, ...]:
    """Every id that stands in the section `sla`, before any clock is built."""
    parts = (part.get("id") for part in raw if isinstance(part, dict)) if isinstance(raw, list) else ()
    return tuple(dict.fromkeys(identity for identity in parts if isinstance(identity, str)))


def build_sla(ground: Ground) -> tuple[SlaTarget, ...]:
    """Every service-level clock that could be built, in the order of the files."""
    clocks: list[SlaTarget] = []
    for index, part in enumerate(listing(ground.tree, "sla")):
        path: Path = ("sla", index)
        shape = shaped(SlaShape, part, path, ground.tree)
        when = ground.when(part, path)
        start, pause = (_inner_when(ground, part, key, path) for key in ("start", "pause"))
        for condition, where in ((when, path), (start, (*path, "start")), (pause, (*path, "pause"))):
            _check_condition(ground, condition, (*where, "when"), looks_back=where != path)
        if shape is None:
            ground.glance(part, path)
        else:
            clocks.append(_clock(ground, shape, (when, start, pause), path))
    return tuple(clocks)


def _inner_when(ground: Ground, part: object, key: str, path: Path) -> Condition | None:
    inner = part.get(key) if isinstance(part, dict) else None
    return ground.when(inner, (*path, key)) if isinstance(inner, dict) else None


def _check_condition(ground: Ground, condition: Condition | None, path: Path, *, looks_back: bool) -> None:
    """Refuse what a clock cannot ask: about clocks, itself included, and about what nobody knows the past of."""
    for name in () if condition is None else sorted(condition.facts):
        spec = spec_of(name)
        if name.startswith(CLOCK_PREFIX):
            message = "a clock cannot depend on what clocks show"
            ground.tree.refuse(path, message, found=name, hint="ask for it in a rule")
        elif looks_back and spec is not None and not spec.past:
            message = f"a clock looks back, and since when {name} has been so is not known"
            ground.tree.refuse(path, message, found=name)


def _clock(
    ground: Ground, shape: SlaShape, conditions: tuple[Condition | None, Condition | None, Condition | None], path: Path
) -> SlaTarget:
    when, start, pause = conditions
    metric = Metric(shape.metric)
    _check_metric(ground, shape, metric, path)
    return SlaTarget(
        id=shape.id,
        metric=metric,
        at=ground.tree.at(path),
        calendar=ground.calendar(shape.calendar, path),
        targets=_targets(ground, shape.targets, (*path, "targets")),
        when=when,
        start=_start(shape.start, start),
        pause=_pause(shape.pause, pause),
        on_priority_change=OnPriorityChange(shape.on_priority_change),
        until=shape.until or _UNTIL.get(metric, ""),
        tier=shape.tier,
        warnings=_warnings(ground, shape, path),
        breaches=_breaches(ground, shape, path),
    )


def _check_metric(ground: Ground, shape: SlaShape, metric: Metric, path: Path) -> None:
    """Refuse keys that mean nothing with this metric, and ask for those that it needs."""
    refuse = ground.tree.refuse
    if metric is Metric.TIER_RESPONSE and shape.tier is None:
        refuse(path, "'tier' is missing", allowed=ground.tiers, hint="the entry into this tier starts the clock")
    elif metric is not Metric.TIER_RESPONSE and shape.tier is not None:
        hint = "write metric: tier_response, or remove tier"
        refuse((*path, "tier"), f"{metric} has no tier", on_key=True, hint=hint)
    else:
        ground.tier(shape.tier, (*path, "tier"))
    if metric in _OWN_START and shape.start != "created":
        message = f"{metric} starts with {_OWN_START[metric]}"
        refuse((*path, "start"), message, on_key=True, hint="remove start")
    if metric is Metric.RESOLUTION and shape.until is not None:
        refuse((*path, "until"), "only the solution stops this clock", on_key=True, hint="remove until")


def _start(shape: str | StartShape, when: Condition | None) -> ClockStart:
    if isinstance(shape, StartShape):
        return ClockStart(basis=StartBasis.CONDITION, when=when)
    return ClockStart(basis=StartBasis(shape))


def _pause(shape: PauseShape | None, when: Condition | None) -> PauseRule | None:
    if shape is None or when is None:
        return None
    return PauseRule(when=when, at_most=Ground.span(shape.at_most), in_all=Ground.span(shape.in_all))


def _warnings(ground: Ground, shape: SlaShape, path: Path) -> tuple[EarlyWarning, ...]:
    """The list, or the short form as a list of one."""
    if (shape.warn_at is None) is not (shape.warn_tag is None):
        present, absent = ("warn_at", "warn_tag") if shape.warn_tag is None else ("warn_tag", "warn_at")
        hint = f"add {absent}, or remove {present}"
        ground.tree.refuse((*path, present), f"{present} does nothing without {absent}", on_key=True, hint=hint)
    if shape.warn_at is not None:
        if shape.warn:
            hint = "move warn_at and warn_tag into the list"
            ground.tree.refuse((*path, "warn_at"), "warnings stand here twice", on_key=True, hint=hint)
        share, before = warning_point(shape.warn_at)
        return (EarlyWarning(share=share, before=before, tag=shape.warn_tag),)
    return tuple(_warning(ground, each, (*path, "warn", index)) for index, each in enumerate(shape.warn))


def _warning(ground: Ground, shape: WarningShape, path: Path) -> EarlyWarning:
    if shape.tag is None and shape.note is None:
        ground.tree.refuse(path, "this warning does nothing", hint="give it a tag or a note")
    note = ground.template(shape.note, (*path, "note"))
    share, before = warning_point(shape.at)
    return EarlyWarning(share=share, before=before, tag=shape.tag, note=note)


def _breaches(ground: Ground, shape: SlaShape, path: Path) -> tuple[BreachStep, ...]:
    """The list, or the short form as a ladder of one step."""
    short = {key: getattr(shape, key) for key in ("breach_tag", "escalate_to", "note")}
    present = [key for key, value in short.items() if value is not None]
    if present and shape.breach:
        hint = f"move {' and '.join(present)} into the list"
        ground.tree.refuse((*path, present[0]), "what a breach does stands here twice", on_key=True, hint=hint)
    ground.tier(shape.escalate_to, (*path, "escalate_to"))
    note = ground.template(shape.note, (*path, "note"))
    steps = [BreachStep(tag=shape.breach_tag, note=note, escalate_to=shape.escalate_to)] if present else []
    for index, each in enumerate(shape.breach):
        here: Path = (*path, "breach", index)
        if each.tag is None and each.note is None and each.escalate_to is None:
            ground.tree.refuse(here, "this step does nothing", hint="give it a tag, a note or escalate_to")
        ground.tier(each.escalate_to, (*here, "escalate_to"))
        after = None if each.after == 0 else Span.parse(each.after)
        note = ground.template(each.note, (*here, "note"))
        steps.append(BreachStep(after=after, tag=each.tag, note=note, escalate_to=each.escalate_to))
    return tuple(steps)


def _targets(ground: Ground, raw: dict[str, str], path: Path) -> dict[Priority | None, Span]:
    allowed = (*Priority, NO_PRIORITY)
    targets: dict[Priority | None, Span] = {}
    for word, text in raw.items():
        here = (*path, word)
        if word not in allowed:
            ground.tree.refuse(here, "there is no such priority", on_key=True, found=word, allowed=allowed)
            continue
        targets[None if word == NO_PRIORITY else Priority(word)] = Span.parse(text)
    return targets
