"""Permission: whether an act may count, by who did it. What it may do then is the escalation's business."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from rules.commands import meant_by
from rules.days import day_at
from rules.directory import Directory, Person
from rules.escalation.act import Act, Via
from rules.escalation.commanding import OPEN_VERBS
from rules.facts import Facts
from rules.policy import Policy
from rules.roster import GroupRef
from rules.ticket import Side
from rules.verbs import VERBS
from rules.verdict import Verdict


def refusal(policy: Policy, act: Act, earlier: Sequence[Act] = (), facts: Facts | None = None) -> str | None:
    """Why an act does not count, in words for the person who did it; None when it may.

    Args:
        policy: Says who may ask for what.
        act: What somebody did.
        earlier: The acts on the ticket before it, for the limit on requests.
        facts: The ticket, for the check whether a customer may ask for an escalation. It is done as of the act.
    """
    if act.verb not in VERBS:
        return f"There is no #{act.verb}; did you mean #{meant_by(act.verb)}?"
    refused = _of_ours(policy, act) if act.side is Side.AGENT else _of_a_customer(policy, act, facts)
    return refused or _too_many(policy, act, earlier)


def may(directory: Directory, person: str, names: Sequence[str], at: datetime) -> bool:
    """Whether somebody has one of these roles at an instant (UTC), or stands in for somebody absent who has it.

    Args:
        directory: Knows the people.
        person: The id of somebody in it.
        names: Roles, teams or people.
        at: When it is asked. Deputies stand in on days of absence, whatever the hour.
    """
    directory = directory.at(at)
    if any(directory.is_one_of(person, name) for name in names):
        return True
    absent = (one for one in directory.people.values() if one.deputy == person and away(one, at))
    return any(directory.is_one_of(one.id, name) for one in absent for name in names)


def away(person: Person, at: datetime) -> bool:
    """Whether an instant (UTC) falls on a day of somebody's absence, in the zone of the person's calendar."""
    today = day_at(at, person.calendar.zone)
    return any(absence.start <= today <= absence.end for absence in person.absences)


def permitted(policy: Policy, act: Act) -> tuple[str, ...]:
    """Every verb that whoever did the act may use, as far as the directory is asked."""
    if act.side is not Side.AGENT:
        return ()
    return tuple(verb for verb in VERBS if _missing_role(policy, act, verb) is None)


def _of_ours(policy: Policy, act: Act) -> str | None:
    missing = _missing_role(policy, act, act.verb)
    return None if missing is None else f"#{act.verb} does not count: {missing}."


def _missing_role(policy: Policy, act: Act, verb: str) -> str | None:
    if verb in OPEN_VERBS:
        return None
    directory, wanted = policy.directory, policy.commanding.allow.get(verb)
    if act.person is None:
        unseen = act.via in {Via.TAG, Via.FIELD}
        if wanted is not None and unseen:
            return f"nobody can see who set this {act.via}, and it takes {_one_of(wanted)}; write it in a comment"
        if unseen or (wanted is None and not directory.people and not directory.unread):
            return None
        return _unread(directory.unread) or "the directory of the policy does not know who you are"
    if wanted is None or may(directory, act.person, wanted, act.at):
        return None
    return _unread(directory.unread_of(wanted)) or f"it takes {_one_of(wanted)}"


def _unread(groups: Collection[GroupRef]) -> str | None:
    """That nobody can tell yet who is in these groups; None when there are none."""
    if not groups:
        return None
    told = " and ".join(map(str, sorted(groups)))
    return f"it is not known yet who is in {told}, which could not be read so far; it counts then, if you are in it"


def _of_a_customer(policy: Policy, act: Act, facts: Facts | None) -> str | None:
    commanding = policy.commanding
    if act.verb != "escalate" or not commanding.phrases:
        return "The customer wrote it, and the policy lets customers ask for nothing here."
    if commanding.eligible is None:
        return None
    if facts is None:
        return "The customer asked for an escalation, and nobody can tell whether the policy lets them."
    verdict = commanding.eligible.evaluate(facts.as_of(act.at))
    if verdict.holds:
        return None
    found = "; ".join(f"{one.subject} is {one.observed}, wanted is {one.wanted}" for one in _failing(verdict))
    return f"The customer asked for an escalation, which the policy does not give here: {found}."


def _failing(verdict: Verdict) -> Iterator[Verdict]:
    failing = [child for child in verdict.children if not child.holds]
    if not failing:
        yield verdict
    for child in failing:
        yield from _failing(child)


def _too_many(policy: Policy, act: Act, earlier: Sequence[Act]) -> str | None:
    limit = policy.commanding.limit
    if limit is None or act.verb != "escalate":
        return None
    begin = act.at - limit.per
    own = [one for one in earlier if one.verb == act.verb and _same_person(one, act) and begin < one.at <= act.at]
    own = [one for one in own if one.key != act.key]
    if len(own) < limit.count:
        return None
    return f"That is more than {limit} requests on one ticket; those before are looked at."


def _same_person(one: Act, other: Act) -> bool:
    return (one.person or one.author, one.side) == (other.person or other.author, other.side)


def _one_of(names: Sequence[str]) -> str:
    return f"one of {', '.join(names)}" if len(names) > 1 else f"the role {names[0]}"
