"""Remediation work that a tier wants done in the tracker, with its texts."""

from __future__ import annotations

from rules.decision import DesiredRemediation
from rules.notes import Scene, context_of
from rules.policy import Remediation, RemediationTask, Tier
from rules.ticket import LinkKind


def item_key(tier: str, episode: int, task: str) -> str:
    """Names one piece of work for ever: a second climb wants its own."""
    return f"{tier}:{episode}:{task}"


def opening_key(tier: str, episode: int) -> str:
    """Names the opening of a tracker ticket for ever."""
    return f"open:{tier}:{episode}"


def wanted_remediation(scene: Scene) -> DesiredRemediation | None:
    """The work of the tier that the ticket is in; texts only of what does not exist yet."""
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    if escalation is None or tier is None or tier.remediation is None:
        return None
    spec = tier.remediation
    exists = scene.facts.ledger.remediation
    missing = [
        (key, task) for task in spec.tasks if (key := item_key(tier.id, escalation.episode, task.key)) not in exists
    ]
    opens = spec.open if _may_open(scene, spec, opening_key(tier.id, escalation.episode)) else None
    common = context_of(scene) if missing or opens is not None else {}
    return DesiredRemediation(
        spec=spec,
        tier=tier.id,
        items={key: _rendered(task, tier, scene, common) for key, task in missing},
        opening=None if opens is None else (opens.subject.render(common), opens.body.render(common)),
    )


def _may_open(scene: Scene, spec: Remediation, occasion: str) -> bool:
    """Whether there is no ticket in the tracker yet, neither ours nor one that people linked, nor is it one itself."""
    ticket = scene.facts.ticket
    linked = any(link.kind is LinkKind.TRACKED_BY and link.to.helpdesk == spec.tracker for link in ticket.links)
    return not linked and ticket.ref.helpdesk != spec.tracker and occasion not in scene.facts.ledger.opened


def _rendered(
    task: RemediationTask, tier: Tier, scene: Scene, common: dict[str, object]
) -> tuple[str, str, str | None]:
    due = None
    if task.due is not None and scene.escalation is not None:
        due = tier.calendar.add(scene.escalation.entered_at, task.due).astimezone(tier.calendar.zone).date().isoformat()
    context = {**common, "item.key": task.key, "item.due": due}
    title = task.title.render(context)
    return title, task.body.render({**context, "item.title": title}), due
