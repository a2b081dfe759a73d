"""Workflow steps: the way of one issue to a status, and what stands in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.jira import wire_steps
from connectors.jira.client import JiraClient
from connectors.jira.translate import instant
from rules.change import CompleteWork, Transition
from rules.parts import same_status

#: How much Jira's clock may be behind ours when we look for a step in an issue's history.
_SKEW = timedelta(minutes=10)


class Steps:
    """Finds the steps of one site. A workflow decides for each issue and each user which ones there are."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def towards(self, change: Transition | CompleteWork) -> tuple[str | None, str]:
        """The id of a step that leads to the wanted status, or None and why there is none that we can take.

        Raises:
            ConnectorError: the steps cannot be read.
        """
        steps = self._client.steps(change.on.id)
        fitting = [step for step in steps if same_status(step.to.name, change.status)]
        if not fitting:
            others = ", ".join(sorted({step.to.name for step in steps})) or "none"
            return None, f"no step leads from {change.was!r} to {change.status!r} now; steps lead to: {others}"
        free = next((step for step in fitting if not _asked(step)), None)
        if free is None:
            fields = ", ".join(_asked(fitting[0]))
            return None, f"the step {fitting[0].name!r} asks for {fields}: give it a default, or take the status out"
        return free.id, ""

    def taken(self, change: Transition | CompleteWork, intended_at: datetime) -> bool:
        """Whether our own user moved the issue to the wanted status since then, wherever it is now.

        Raises:
            ConnectorError: the history cannot be read.
        """
        me = self._client.myself().id
        return any(
            past.author is not None
            and past.author.id == me
            and instant(past.created) >= intended_at - _SKEW
            and any(item.field == "status" and same_status(item.to_string or "", change.status) for item in past.items)
            for past in self._client.history(change.on.id)
        )


def _asked(step: wire_steps.Step) -> list[str]:
    """The fields that a person would have to fill in on the step's screen."""
    return [field.name or key for key, field in step.fields.items() if field.required and not field.has_default_value]
