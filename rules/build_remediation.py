"""Build: the remediation work below a tier."""

from __future__ import annotations

from rules.build import Ground
from rules.policy import NameKind, Remediation, RemediationTask, TrackerTicket
from rules.schema.ladder import OpeningShape, RemediationShape
from rules.yamltext import Path


def build_remediation(ground: Ground, shape: RemediationShape, path: Path) -> Remediation:
    """The work of one tier; tasks that are wrong are left out, and told."""
    ground.name(NameKind.HELPDESK, shape.tracker, (*path, "tracker"), helpdesk=None)
    opening = None if shape.open is None else _opening(ground, shape.tracker, shape.open, (*path, "open"))
    tasks: list[RemediationTask] = []
    keys: set[str] = set()
    for index, task in enumerate(shape.tasks):
        here = (*path, "tasks", index)
        if task.key in keys:
            ground.tree.refuse((*here, "key"), f"the key {task.key!r} is taken by another task of this tier")
        keys.add(task.key)
        title = ground.text(f"{task.key}.title", task.title, (*here, "title"))
        body = ground.template(task.body, (*here, "body"))
        due = ground.span(task.due)
        if title is not None and body is not None:
            tasks.append(RemediationTask(key=task.key, title=title, body=body, due=due, tags=tuple(task.tags)))
    return Remediation(tracker=shape.tracker, open=opening, tasks=tuple(tasks))


def _opening(ground: Ground, tracker: str, shape: OpeningShape, path: Path) -> TrackerTicket | None:
    project = (*path, "project")
    ground.name(NameKind.PROJECT, shape.project, project, helpdesk=tracker)
    ground.name(NameKind.TICKET_TYPE, shape.type, (*path, "type"), helpdesk=tracker, of=shape.project)
    ground.name(NameKind.SUBTASK_TYPE, shape.project, project, helpdesk=tracker, of=shape.project)
    subject = ground.text("subject", shape.subject, (*path, "subject"))
    body = ground.template(shape.body, (*path, "body"))
    if subject is None or body is None:
        return None
    return TrackerTicket(project=shape.project, type=shape.type, subject=subject, body=body, tags=tuple(shape.tags))
