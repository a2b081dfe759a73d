"""A drill's score as JSON for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from escalade.drill.scenario import Scenario
from escalade.drill.score import PlayedChapter, PlayedStep, Score
from rules.explain import describe


def score_as_json(scenario: Scenario, score: Score) -> dict[str, Any]:
    """Everything that was played, and what came of it. Instants are in ISO 8601, lengths of time in minutes."""
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "passed": score.is_good,
        "chapters_passed": score.passed,
        "checks_met": sum(check.holds for check in score.checks),
        "checks": len(score.checks),
        "misses": list(score.misses),
        "asked": len(score.asked),
        "right_first_time": sum(step.is_right_first_time for step in score.asked),
        "skipped": sum(step.skipped for step in score.steps),
        "tries": sum(len(step.attempts) for step in score.asked),
        "chapters": [_chapter(chapter) for chapter in score.chapters],
    }


def _chapter(chapter: PlayedChapter) -> dict[str, Any]:
    return {
        "title": chapter.title,
        "passed": chapter.has_passed,
        "second_run_writes": chapter.second_run,
        "steps": [_step(step) for step in chapter.steps],
    }


def _step(step: PlayedStep) -> dict[str, Any]:
    return {
        "at": step.at.isoformat(),
        "who": step.who,
        "where": step.where,
        "did": step.did,
        "said": step.said,
        "writes": step.writes,
        "changes": [
            {"on": str(change.on), "what": describe(change), "because": change.because}
            for plan in step.plans
            for change in plan.changes
        ],
        "checks": [{"wanted": check.wanted, "holds": check.holds, "found": check.found} for check in step.checks],
        "troubles": list(step.troubles),
        "attempts": [{"wrote": one.wrote, "said": one.said} for one in step.attempts],
        "skipped": step.skipped,
        "reaction_minutes": None if step.reaction is None else step.reaction / timedelta(minutes=1),
    }
