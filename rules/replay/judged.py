"""Judged: what of a policy can be played on a history, and what has to be left out for what the history lacks.

What a history does not tell must not be guessed. Where no comment is told, a customer who waits for an answer looks the
same as one who has it; so whatever counts answers is left out, by name. A field that is never set, on the other hand,
makes conditions on it not hold, and is only named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rules.clocks.told import split
from rules.conditions.base import Condition
from rules.facts import ACCOUNT_FIELD_PREFIX, FIELD_PREFIX, Provenance, spec_of
from rules.histories.lack import LackKind, lack_text
from rules.policy import Policy, Tier
from rules.replay.gap import Gap
from rules.replay.survey import Survey
from rules.replay.walk import leaves_of
from rules.sla import Metric

#: What clocks on comments measure.
_ANSWERS = frozenset(Metric) - {Metric.RESOLUTION}
#: Facts whose value is in the part of the ticket of another name, or that no history tells.
_PART_OF = {"account": "account", "priority_now": "priority"}
_PARTS = frozenset({"priority", "requester", "group", "assignee", "type", "product", "tags"})
_NEVER_TOLD = {
    "status_name": "histories tell what a status means, and not the helpdesk's own word for it",
    "priority_name": "histories tell the four priorities, and not the helpdesk's own word for another one",
    "requester.language": "histories do not tell which language a requester speaks",
    "frozen": "histories do not tell whether a ticket could still be edited",
    "key": "histories tell the ticket's id, which stands for its key",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is played, and what that leaves open."""

    policy: Policy
    gaps: tuple[Gap, ...]


def judged(policy: Policy, survey: Survey, *, as_told: bool = False, accounts_told: bool = False) -> Judged:
    """Leave out what a history cannot tell anything about.

    Args:
        policy: What is to be played.
        survey: What the history tells of.
        as_told: Leave out nothing: what is not told did not happen.
        accounts_told: A file tells what accounts are like.
    """
    gaps = [*_unset(policy, survey), *_never_told(policy), *_accounts(policy, accounts_told=accounts_told)]
    gaps += [*_reactions(policy), *_lacks(survey)]
    if not survey.comments:
        played, left_out = (policy, ()) if as_told else _without_comments(policy)
        concerns = tuple(left_out) or tuple(_asking(policy, _on_comments))
        because = "no event is a comment, so nobody knows who was answered, and when"
        gaps.append(Gap(what="comments", because=because, concerns=concerns, left_out=bool(left_out)))
        policy = played
    elif not survey.texts:
        because = "comments are told without their words, so commands and the form of updates are not known"
        silent = policy.process is None and policy.accounts is None
        concerns = () if silent else tuple(_parts(policy, escalation=True))
        gaps.append(Gap(what="words of comments", because=because, concerns=concerns))
    return Judged(policy=policy, gaps=tuple(sorted(gaps, key=lambda gap: gap.what)))


def _lacks(survey: Survey) -> Iterator[Gap]:
    """What the history itself says that it does not tell, as far as nothing here says it better."""
    for lack in survey.lacks:
        if lack.kind not in {LackKind.BODIES, LackKind.ACCOUNT_FIELDS}:
            kind, _, told = lack_text(lack).partition(": ")
            yield Gap(what=kind.replace("_", " "), because=told)


def _parts(policy: Policy, *, escalation: bool) -> Iterator[str]:
    """Sections that hear what people say."""
    if escalation and policy.process is not None:
        yield "escalation"
    if policy.accounts is not None:
        yield "account_escalations"
    yield from (f"cadence:{cadence.id}" for cadence in policy.cadences if cadence.tolerance is not None)


def _without_comments(policy: Policy) -> tuple[Policy, Sequence[str]]:
    """The policy without what counts answers, and what that is."""
    clocks = tuple(target for target in policy.sla if target.metric in _ANSWERS)
    lost = frozenset(target.id for target in clocks)

    def hears(condition: Condition) -> bool:
        return any(_on_comments(name) or _of_clock(name, lost) for name in condition.facts)

    deaf = [target for target in policy.sla if target not in clocks and any(map(hears, target.conditions))]
    rules = tuple(rule for rule in policy.rules if hears(rule.when))
    tiers = {tier.id for tier in policy.tiers if tier.unacknowledged is not None or tier.repeat is not None}
    left_out = [
        *(f"rule:{rule.id}" for rule in rules),
        *(f"sla:{target.id}" for target in policy.sla if target in clocks or target in deaf),
        *(f"cadence:{cadence.id}" for cadence in policy.cadences),
        *(f"reminder:{reminder.id}" for reminder in policy.reminders),
        *(f"unacknowledged:{tier.id}" for tier in policy.tiers if tier.id in tiers),
        *(["escalation"] if policy.process is not None else []),
    ]
    played = replace(
        policy,
        rules=tuple(rule for rule in policy.rules if rule not in rules),
        sla=tuple(target for target in policy.sla if target not in clocks and target not in deaf),
        cadences=(),
        reminders=(),
        tiers=tuple(map(_unheard, policy.tiers)),
        process=None,
    )
    return played, left_out


def _unheard(tier: Tier) -> Tier:
    """The tier without what waits for somebody's word."""
    return replace(tier, unacknowledged=None, acknowledged_when=None, acknowledgement_lasts=None, repeat=None)


def _on_comments(name: str) -> bool:
    spec = spec_of(name)
    return spec is not None and spec.provenance in {Provenance.COMMENTS, Provenance.CASE}


def _of_clock(name: str, clocks: frozenset[str]) -> bool:
    parts = split(name)
    return parts is not None and parts[0] in clocks


def _asking(policy: Policy, asked: Callable[[str], bool]) -> Iterator[str]:
    """The parts of a policy whose conditions read a fact that `asked` says yes to."""
    for source, conditions in _conditions(policy):
        if any(asked(name) for condition in conditions for name in condition.facts):
            yield source


def _conditions(policy: Policy) -> Iterator[tuple[str, Iterable[Condition]]]:
    yield from ((f"rule:{rule.id}", (rule.when,)) for rule in policy.rules)
    yield from ((f"sla:{target.id}", target.conditions) for target in policy.sla)
    yield from ((f"cadence:{cadence.id}", cadence.conditions) for cadence in policy.cadences)
    yield from ((f"reminder:{reminder.id}", (reminder.when,)) for reminder in policy.reminders)
    if policy.matrix is not None:
        yield "matrix", ()


def _reads(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Every fact that the policy reads → the parts that do, as far as they have a name."""
    found: dict[str, list[str]] = {name: [] for leaf in leaves_of(policy) for name in leaf.facts}
    for source, conditions in _conditions(policy):
        for name in sorted(set().union(*(condition.facts for condition in conditions))):
            found.setdefault(name, []).append(source)
    for name in () if policy.matrix is None else sorted(policy.matrix.facts):
        found.setdefault(name, []).append("matrix")
    return {name: tuple(sources) for name, sources in found.items()}


def _unset(policy: Policy, survey: Survey) -> Iterator[Gap]:
    """Parts of tickets that are asked for and never had a value."""
    for name, concerns in _reads(policy).items():
        part = _PART_OF.get(name, name)
        spec = spec_of(name)
        if spec is not None and spec.provenance is Provenance.LINKS:
            part = "links"
        is_part = part in _PARTS or part in {"account", "links"} or name.startswith(FIELD_PREFIX)
        if is_part and part not in survey.told:
            yield Gap(what=name, because="it has no value on any ticket of this history", concerns=concerns)


def _never_told(policy: Policy) -> Iterator[Gap]:
    for name, concerns in _reads(policy).items():
        if name in _NEVER_TOLD:
            yield Gap(what=name, because=_NEVER_TOLD[name], concerns=concerns)


def _accounts(policy: Policy, *, accounts_told: bool) -> Iterator[Gap]:
    named = {name: sources for name, sources in _reads(policy).items() if _of_account(name)}
    if not named:
        return
    concerns = tuple(dict.fromkeys(source for sources in named.values() for source in sources))
    if accounts_told:
        because = f"what accounts are like is read from the file as it is today: {', '.join(sorted(named))}"
    else:
        because = f"histories tell whose account a ticket is, and not what it is like: {', '.join(sorted(named))}"
    yield Gap(what="accounts", because=because, concerns=concerns)


def _of_account(name: str) -> bool:
    if name.startswith(ACCOUNT_FIELD_PREFIX):
        return True
    spec = spec_of(name)
    known = {"account", "account.id", "account.known"}
    return spec is not None and spec.provenance is Provenance.ACCOUNT and name not in known


def _reactions(policy: Policy) -> Iterator[Gap]:
    """Tickets that the policy opens are new: nobody worked on them."""
    opens = [f"tier:{tier.id}" for tier in policy.tiers if tier.remediation is not None]
    opens += ["account_escalations"] if policy.accounts is not None else []
    if opens:
        because = "what people would have done on tickets that the policy opens is not known; nothing follows from them"
        yield Gap(what="reactions", because=because, concerns=tuple(opens))
