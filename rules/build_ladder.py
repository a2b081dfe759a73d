"""Build: the rules, which make a ticket an escalation."""

from __future__ import annotations

from datetime import date
from typing import Any

from rules.build import Ground, listing
from rules.build_channels import build_notifications
from rules.build_wants import build_assignment, build_wants, refuse_contradictions
from rules.policy import Rule
from rules.schema.deciding import RuleShape
from rules.shapes import shaped
from rules.yamltext import Path


def build_rules(ground: Ground) -> tuple[Rule, ...]:
    """Every rule that could be built, in the order of the files."""
    rules: list[tuple[int, Any, Rule]] = []
    for index, part in enumerate(listing(ground.tree, "rules")):
        path: Path = ("rules", index)
        shape = shaped(RuleShape, part, path, ground.tree)
        when = ground.when(part, path)
        if shape is None:
            ground.glance(part, path)
            continue
        ground.tier(shape.escalate_to, (*path, "escalate_to"))
        if shape.move and shape.escalate_to is None:
            hint = "add escalate_to: the tier of the path to move to"
            ground.tree.refuse((*path, "move"), "move where to?", on_key=True, hint=hint)
        note = ground.template(shape.note, (*path, "note"))
        public_note = ground.public_template(shape.public_note, (*path, "public_note"))
        notify = build_notifications(ground, shape.notify, (*path, "notify"))
        assign = build_assignment(ground, shape.assign, (*path, "assign"))
        _refuse_idle(ground, shape, path)
        sets = build_wants(ground, shape.set, (*path, "set"))
        if when is not None:
            rule = Rule(
                id=shape.id,
                description=shape.description,
                at=ground.tree.at(path),
                when=when,
                escalate_to=shape.escalate_to,
                move=shape.move,
                tags=tuple(shape.tags),
                sets=sets,
                note=note,
                public_note=public_note,
                notify=notify,
                assign=assign,
                review_by=None if shape.review_by is None else date.fromisoformat(shape.review_by),
                shadow_at=ground.tree.key_at((*path, "mode")) if shape.mode == "shadow" else None,
            )
            rules.append((index, part, rule))
    refuse_contradictions(ground, rules)
    return tuple(rule for _, _, rule in rules)


def _refuse_idle(ground: Ground, shape: RuleShape, path: Path) -> None:
    sets_something = shape.assign is not None or (shape.set is not None and bool(shape.set.model_fields_set))
    says_something = shape.note is not None or shape.public_note is not None or bool(shape.notify)
    if shape.escalate_to is None and not shape.tags and not says_something and not sets_something:
        hint = "give it escalate_to, tags, set, assign, note, public_note or notify"
        ground.tree.refuse(path, f"the rule {shape.id!r} does nothing when it holds", hint=hint)
