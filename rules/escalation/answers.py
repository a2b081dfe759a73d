"""Answers: what is said about people's acts, one note for all that somebody asked for in one comment. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rules.decision import DesiredNote
from rules.escalation.act import Act
from rules.escalation.answer import Answer
from rules.escalation.permission import permitted
from rules.ledger import Ledger
from rules.policy import Policy
from rules.restraint import ANSWER
from rules.verbs import VERBS


def answer_notes(answers: Iterable[Answer], ledger: Ledger) -> tuple[DesiredNote, ...]:
    """One internal note for each comment (or tag, or field) that asked for something and was not answered yet.

    A note is said once: what an act would be answered later, when everything stands differently, is not said again.
    """
    asked: dict[str, list[Answer]] = {}
    for answer in answers:
        asked.setdefault(answered_by(answer.act), []).append(answer)
    return tuple(_note(key, told) for key, told in asked.items() if key not in ledger.comments)


def answered_by(act: Act) -> str:
    """The key of the note that answers an act: all commands of one comment are answered by one note."""
    source, _, number = act.key.rpartition(":")
    return f"{ANSWER}{source if source.startswith('comment:') else f'{source}:{number}'}"


def tell_help(policy: Policy, act: Act, possible: Collection[str] | None = None) -> Answer:
    """The answer to `#help`: what the author may do.

    Args:
        policy: Says who may do what.
        act: Asks for help.
        possible: Verbs that mean something as it stands now; None = all.
    """
    verbs = [verb for verb in permitted(policy, act) if possible is None or verb in possible or verb == "help"]
    lines = [f"#{verb}: {VERBS[verb]}" for verb in verbs]
    return Answer(act=act, accepted=True, text="\n".join(["You may write here, each on a line of its own:", *lines]))


def _note(key: str, told: list[Answer]) -> DesiredNote:
    verbs = ", ".join(dict.fromkeys(f"#{answer.act.verb}" for answer in told))
    each = [f"#{answer.act.verb}: {answer.text}" for answer in told]
    body = told[0].text if len(told) == 1 else "\n".join(each)
    return DesiredNote(key=key, body=body, because=f"somebody asked with {verbs}", rule="commands")
