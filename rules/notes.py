"""Notes: what should be said on the ticket, each occasion once, with the words of the policy's templates."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rules.bearings import bearings
from rules.cadence_notes import cadence_occasions
from rules.clocks.acts import act_of
from rules.decision import DesiredNote
from rules.facts import Facts
from rules.findings import Findings
from rules.ladder import spell_source
from rules.ledger import Escalation
from rules.nags import read_nag
from rules.occasion import Occasion
from rules.policy import Policy
from rules.public_notes import public_occasions
from rules.reader import Reader
from rules.reminders import ReminderReading
from rules.ticket_context import ticket_context


class Scene(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that a text may speak of: the answers for one ticket at one instant."""

    policy: Policy
    facts: Facts
    findings: Findings
    escalation: Escalation | None
    episodes: int
    reminders: tuple[ReminderReading, ...]

    @property
    def episode(self) -> int:
        """The running episode, or the one that the next escalation would begin."""
        return self.episodes if self.escalation is not None else self.episodes + 1


def wanted_notes(scene: Scene) -> tuple[DesiredNote, ...]:
    """Every note that should have been said by now and was not, oldest kind of occasion first."""
    said = scene.facts.ledger.comments
    unsaid = [occasion for occasion in _occasions(scene) if occasion.key not in said]
    if not unsaid:
        return ()
    common = context_of(scene)
    notes = (
        DesiredNote(
            key=occasion.key,
            body=_said(occasion, {**common, **occasion.context}, scene.facts.ticket.reader),
            because=occasion.because,
            rule=occasion.rule,
            public=occasion.public,
            template=occasion.template.id,
        )
        for occasion in unsaid
    )
    return tuple(note for note in notes if note.body)


def _said(occasion: Occasion, context: dict[str, object], reader: Reader) -> str:
    """The words: the customer reads them in their language, we in ours."""
    return occasion.template.tell(context, reader) if occasion.public else occasion.template.render(context)


def context_of(scene: Scene) -> dict[str, object]:
    """The names of `rules.templates.TEMPLATE_NAMES` that have a value whatever the occasion."""
    facts = scene.facts
    context: dict[str, object] = {
        **ticket_context(facts),
        "silence": facts.now - facts.silences.agent_silent_since,
        "silent_since": facts.silences.agent_silent_since,
        "next_update_at": min((read.next_at for read in scene.reminders if read.next_at is not None), default=None),
        **bearings(facts, scene.findings),
    }
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    if escalation is not None and tier is not None:
        context |= {
            "tier.id": tier.id,
            "tier.name": tier.name,
            "tier.entered_at": escalation.entered_at,
            "reason": spell_source(scene.policy, escalation.because),
        }
    return context


def _occasions(scene: Scene) -> Iterator[Occasion]:
    yield from _tier_entry(scene)
    yield from _repeats(scene)
    for rule in scene.findings.rules:
        if rule.note is not None:
            yield Occasion(
                key=f"rule:{rule.id}:{scene.episode}",
                template=rule.note,
                because=f"rule {rule.id} holds",
                rule=f"rule:{rule.id}",
                context={
                    "rule.id": rule.id,
                    "rule.description": rule.description,
                    "reason": rule.description or f"rule {rule.id}",
                },
            )
    yield from _cell(scene)
    yield from _clocks(scene)
    yield from _reminders(scene)
    for cadence in scene.findings.cadences:
        yield from cadence_occasions(cadence, scene.policy, scene.facts)
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    yield from public_occasions(tier, scene.findings.rules, scene.episode)


def _repeats(scene: Scene) -> Iterator[Occasion]:
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    nag = None if escalation is None or tier is None else read_nag(tier, escalation, scene.facts.now)
    if nag is not None and nag.earned and escalation is not None and tier is not None:
        yield Occasion(
            key=f"repeat:{tier.id}:{escalation.episode}:{nag.earned}",
            template=nag.repeat.note,
            because=f"nobody acknowledged {tier.name} since {escalation.entered_at:%Y-%m-%d %H:%M} UTC",
            rule=f"tier:{tier.id}",
            context={"repeat.number": nag.earned},
        )


def _cell(scene: Scene) -> Iterator[Occasion]:
    cell = scene.findings.cell
    if cell is not None and cell.cell.note is not None:
        yield Occasion(
            key=f"{cell.source}:{scene.episode}",
            template=cell.cell.note,
            because=f"{cell.text} asks for it",
            rule=cell.source,
            context={"reason": spell_source(scene.policy, cell.source)},
        )


def _tier_entry(scene: Scene) -> Iterator[Occasion]:
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    if escalation is not None and tier is not None and tier.note is not None:
        yield Occasion(
            key=f"tier:{tier.id}:{escalation.episode}",
            template=tier.note,
            because=f"entered {tier.name}: {spell_source(scene.policy, escalation.because)}",
            rule=f"tier:{tier.id}",
        )


def _clocks(scene: Scene) -> Iterator[Occasion]:
    for target, reading in scene.findings.clocks:
        act = act_of(target, reading, scene.facts.ledger.comments)
        if act is not None:
            yield Occasion(
                key=act.key, template=act.template, because=act.because, rule=f"sla:{target.id}", context=act.context
            )


def _reminders(scene: Scene) -> Iterator[Occasion]:
    for reading in scene.reminders:
        if reading.applies.holds and reading.earned:
            identity = reading.reminder.id
            yield Occasion(
                key=f"reminder:{identity}:{reading.silent_since.isoformat()}:{reading.earned}",
                template=reading.reminder.note,
                because=f"no word to the customer since {reading.silent_since:%Y-%m-%d %H:%M} UTC",
                rule=f"reminder:{identity}",
                context={
                    "next_update_at": reading.next_at,
                    "reason": f"no public answer for {reading.reminder.every.times(reading.earned)}",
                },
            )
