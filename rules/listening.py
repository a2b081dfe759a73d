"""Listening: what a policy wants heard in comments. Pure."""

from __future__ import annotations

from rules.escalation.questions import AnsweredBy
from rules.hearing import Hearing
from rules.policy import Policy


def hearing_of(policy: Policy) -> Hearing:
    """The phrases with which customers ask for an escalation, and the options that answer its questions."""
    questions = () if policy.process is None else policy.process.questions
    asked = frozenset(one.name.lower() for one in questions if one.by is AnsweredBy.OPTION)
    return Hearing(phrases=policy.commanding.phrases, options=asked, readers=policy.uses_languages)
