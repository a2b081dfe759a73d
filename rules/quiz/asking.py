"""Asking: the kinds of questions, each made from a policy and played by the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from rules.calendar import ALWAYS
from rules.clocks.segments import told
from rules.escalation.commanding import OPEN_VERBS
from rules.explain import decision_text
from rules.load import Loaded
from rules.quiz.draft import Draft
from rules.quiz.question import Question
from rules.quiz.scene import Scene
from rules.reports.chapters.stages import deadlines
from rules.span import Span
from rules.verbs import VERBS

#: Choices of one question, at most.
_MOST = 4
_NOT_ESCALATED = "none: it is not escalated"
#: A Monday; questions lie in the four weeks after it.
_BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
_WEEKS = 4
#: A ticket is followed so far to see when it climbs.
_AHEAD = timedelta(days=21)


class Asker:
    """Makes questions from one policy. Equal seeds make equal questions."""

    def __init__(self, loaded: Loaded, random: Random) -> None:
        """Keep the policy, and who chooses."""
        self._loaded = loaded
        self._policy = loaded.policy
        self._document: dict[str, Any] = loaded.tree.value if isinstance(loaded.tree.value, dict) else {}
        self._random = random
        self.kinds: tuple[Callable[[], Question | None], ...] = (
            self.which_tier,
            self.why_or_why_not,
            self.when_due,
            self.who_works,
            self.when_on,
            self.who_hears,
            self.who_may,
            self.which_command,
        )

    def which_tier(self) -> Question | None:
        """Which tier is this ticket in?"""
        names = {tier.id: tier.name for tier in self._policy.tiers}
        if not names:
            return None
        scene = self._scene()
        right = names.get(scene.tier or "", _NOT_ESCALATED)
        decision = scene.decision
        told = msgspec.structs.replace(decision, clocks=(), considered=decision.reasons or decision.considered)
        return self._question(
            "tier",
            scene.told(),
            "Which tier is it in?",
            right,
            [_NOT_ESCALATED, *names.values()],
            because=decision_text(told).splitlines(),
            in_order=True,
        )

    def why_or_why_not(self) -> Question | None:
        """Does this rule make an escalation of this ticket?"""
        rule = self._random.choice(self._policy.rules) if self._policy.rules else None
        if rule is None:
            return None
        scene = self._scene(rule.id)
        decision = scene.decision
        about = tuple(reason for reason in decision.considered if reason.source == f"rule:{rule.id}")
        if not about:
            return None
        holds = any(reason in decision.reasons for reason in about)
        told = msgspec.structs.replace(decision, clocks=(), considered=about, reasons=about if holds else ())
        ask = f"Does the rule “{rule.description or rule.id}” hold for it?"
        choices = ["yes", "no"]
        lines = decision_text(told).splitlines()
        return self._question("rule", scene.told(), ask, choices[not holds], choices, because=lines, in_order=True)

    def when_due(self) -> Question | None:
        """When is this clock due?"""
        scene = self._scene()
        running = [reading for reading in scene.decision.clocks if reading.stopped_at is None]
        if not running:
            return None
        reading = self._random.choice(running)
        target = next(target for target in self._policy.sla if target.id == reading.target)
        spans = dict.fromkeys(target.targets.values())
        calendars = (target.calendar, ALWAYS)
        others = [calendar.add(reading.started_at, span) for calendar in calendars for span in spans]
        others += [reading.due_at + timedelta(days=days) for days in (1, 2, 3)]
        metric = str(target.metric).replace("_", " ")
        return self._question(
            "due",
            scene.told(),
            f"When is the {metric} due (clock {target.id}, calendar {target.calendar.name})?",
            scene.spelled(reading.due_at),
            [scene.spelled(other) for other in others],
            because=[f"due {scene.spelled(reading.due_at)}", *told(target, reading, scene.now)],
        )

    def who_works(self) -> Question | None:
        """Which group gets this ticket?"""
        groups = [group for tier in self._policy.tiers for names in tier.groups.values() for group in names]
        scene = self._scene()
        if scene.tier is None or scene.group is None or len(set(groups)) < 2:  # noqa: PLR2004 - a choice
            return None
        decision = scene.decision
        told = msgspec.structs.replace(decision, clocks=(), considered=decision.reasons)
        ask = "Escalade has looked at it. Which group owns it now?"
        lines = decision_text(told).splitlines()
        return self._question("group", scene.told(), ask, scene.group, groups, because=lines)

    def when_on(self) -> Question | None:
        """When does this ticket climb on, if nobody does anything?"""
        scene = self._scene()
        before, until = scene.tier, scene.now + _AHEAD
        decision = scene.decision
        if before is None:
            return None
        while scene.tier == before and decision.wake_at is not None and decision.wake_at < until:
            scene.player.pass_until(decision.wake_at)
            scene.player.settle()
            decision = scene.decision
        if scene.tier in {before, None}:
            return None
        names = {tier.id: tier.name for tier in self._policy.tiers}
        right = scene.player.now
        others = [right + timedelta(hours=hours) for hours in (-24, 24, 48, 96)]
        ask = f"It is in {names[before]}. Nobody does anything. When does it climb to {names[str(scene.tier)]}?"
        told = msgspec.structs.replace(decision, clocks=(), considered=decision.reasons)
        return self._question(
            "climb",
            scene.told(),
            ask,
            scene.spelled(right),
            [scene.spelled(other) for other in others if other > scene.now],
            because=decision_text(told).splitlines(),
        )

    def who_hears(self) -> Question | None:
        """Who hears of it when something is late?"""
        late = [(name, one, step) for name, one in deadlines(self._policy.process) for step in one.late]
        if not late:
            return None
        name, deadline, step = self._random.choice(late)
        more = "" if step.after == Span() else f", and {step.after} more have passed"
        ask = f"It took longer than {deadline.within} to have {name}{more}. Who hears of it then?"
        lines = [f"{name}: within {deadline.within} (calendar {deadline.calendar.name})"]
        lines += [f"then {one.to} hears of it, {one.after} later" for one in deadline.late]
        others = [*self._policy.directory.roles, *(one.to for _, _, one in late)]
        return self._question("told", (), ask, step.to, others, because=lines)

    def who_may(self) -> Question | None:
        """Who may say this command?"""
        allow = self._policy.commanding.allow
        if not allow:
            return None
        verb = self._random.choice([*allow, *sorted(OPEN_VERBS)])
        right = _whom(allow.get(verb))
        others = [_whom(names) for names in (*allow.values(), None)]
        lines = [f"#{verb}: {VERBS[verb]}.", f"Who may: {right}."]
        return self._question("may", (), f"Who may say #{verb} ({VERBS[verb]})?", right, others, because=lines)

    def which_command(self) -> Question | None:
        """Which command does this?"""
        verb = self._random.choice(sorted(VERBS))
        lines = [f"#{verb}: {VERBS[verb]}."]
        right, others = f"#{verb}", [f"#{other}" for other in self._random.sample(sorted(VERBS), _MOST + 1)]
        return self._question("command", (), f"Which command means: {VERBS[verb]}?", right, others, because=lines)

    def _scene(self, rule: str | None = None) -> Scene:
        """A ticket made to fit a rule of the policy, or nearly so."""
        random = self._random
        written = [one for one in self._document.get("rules", []) if rule is None or one["id"] == rule]
        draft = Draft(helpdesk=self._helpdesk())
        draft.priority = random.choice(("low", "normal", "high", "urgent"))
        draft.age = timedelta(hours=random.choice((1, 3, 8, 26, 50)))
        if written and (rule is not None or random.random() < 0.8):  # noqa: PLR2004 - some fit nothing
            draft.fit(random.choice(written).get("when"), self._document, random)
        if random.random() < 0.4:  # noqa: PLR2004 - some of them nearly fit
            draft.disturb(random)
        now = _BEGIN + timedelta(days=random.randrange(7 * _WEEKS), minutes=random.randrange(7 * 4, 19 * 4) * 15)
        return Scene(self._loaded, draft, now)

    def _helpdesk(self) -> str:
        """The helpdesk that the policy speaks of most: rules are for tickets there."""
        named = [helpdesk for tier in self._policy.tiers for helpdesk in tier.groups]
        return max(named, key=named.count, default="helpdesk")

    def _question(
        self,
        kind: str,
        situation: Iterable[str],
        ask: str,
        right: str,
        others: Sequence[str],
        *,
        because: Iterable[str],
        in_order: bool = False,
    ) -> Question | None:
        """The question with its right choice among others; None where there is nothing to choose from."""
        wrong = [one for one in dict.fromkeys(others) if one != right]
        if not wrong:
            return None
        if in_order:
            choices = list(dict.fromkeys(others))[: _MOST * 2]
        else:
            choices = [right, *self._random.sample(wrong, min(len(wrong), _MOST - 1))]
            self._random.shuffle(choices)
        return Question(
            kind=kind,
            situation=tuple(situation),
            ask=ask,
            choices=tuple(choices),
            right=choices.index(right),
            because=tuple(line for line in because if line.strip()),
        )


def _whom(names: Sequence[str] | None) -> str:
    return "everybody of ours" if names is None else " or ".join(names)
