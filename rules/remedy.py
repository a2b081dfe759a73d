"""Remediation work that a tier wants done in the tracker, with its texts."""

from __future__ import annotations

from rules.decision import DesiredRemediation
from rules.notes import Scene, context_of
from rules.policy import RemediationTask, Tier


def item_key(tier: str, episode: int, task: str) -> str:
    """Names one piece of work for ever: a second climb wants its own."""
    return f"{tier}:{episode}:{task}"


def opening_key(tier: str, episode: int) -> str:
    """Names the opening of a tracker ticket for ever."""
    return f"open:{tier}:{episode}"


def wanted_remediation(scene: Scene) -> DesiredRemediation | None:
    """The work of the tier that the ticket is in; texts only of the items that do not exist yet."""
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    if escalation is None or tier is None or tier.remediation is None:
        return None
    spec = tier.remediation
    exists = scene.facts.ledger.remediation
    missing = [
        (key, task) for task in spec.tasks if (key := item_key(tier.id, escalation.episode, task.key)) not in exists
    ]
    common = context_of(scene) if missing or spec.open is not None else {}
    return DesiredRemediation(
        spec=spec,
        tier=tier.id,
        items={key: _rendered(task, tier, scene, common) for key, task in missing},
        opening=None if spec.open is None else (spec.open.subject.render(common), spec.open.body.render(common)),
    )


def _rendered(
    task: RemediationTask, tier: Tier, scene: Scene, common: dict[str, object]
) -> tuple[str, str, str | None]:
    due = None
    if task.due is not None and scene.escalation is not None:
        due = tier.calendar.add(scene.escalation.entered_at, task.due).astimezone(tier.calendar.zone).date().isoformat()
    context = {**common, "item.key": task.key, "item.due": due}
    title = task.title.render(context)
    return title, task.body.render({**context, "item.title": title}), due
