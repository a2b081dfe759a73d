"""Planning: the cause, the items of the remediation plan, who agrees to it, and its coming into force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from rules.directory import Person
from rules.escalation.act import Act
from rules.escalation.record.course import Agreement, Course, PlanItem
from rules.escalation.record.quorum import lacking
from rules.escalation.record.seating import CUSTOMER, INTERNAL, junior
from rules.escalation.record.step import Desk, Outcome, either, refused, several, taken

EXIT, PLAN = "exit", "plan"
#: Kinds of corrective actions.
PREVENTIONS = ("process_change", "training", "technical")
_EXAMPLE = "#item Fix the index | owner: anna | due: 2026-12-01 | serves: ID"


def name_cause(desk: Desk, course: Course, act: Act) -> Outcome:
    """Say what lies beneath the trouble."""
    if not act.text:
        return refused("say what it is: #cause, and then the words")
    return taken(replace(course, cause=desk.stamp(act)), "the cause is noted")


def add_item(desk: Desk, course: Course, act: Act) -> Outcome:
    """Add a piece of work that serves exit criteria."""
    person, due, problem = _work(desk, act, _EXAMPLE)
    if person is None or due is None:
        return refused(problem)
    known = {one.id: one for one in course.exits}
    serves = several(act.options.get("serves", "").casefold())
    strange = [name for name in serves if name not in known]
    if strange or not serves:
        listed = ", ".join(known) or "none yet; take one up with #exit"
        return refused(f"which exit criterion does it serve? add | serves: ID; the exit criteria are: {listed}")
    item = PlanItem(key=act.key, title=act.text, owner=person.id, due=due, serves=serves)
    late = [f"{name} ({known[name].target})" for name in serves if due > known[name].target]
    warning = f"; it is due after the target of {', '.join(late)}" if late else ""
    state = "it becomes work once the plan is in force" if course.plan is None else "it becomes work now"
    told = f"{person.name}: {act.text}, by {due}; {state}{warning}"
    return taken(replace(course, items=(*course.items, item)), told)


def add_corrective(desk: Desk, course: Course, act: Act) -> Outcome:
    """Add an action that keeps the trouble from coming back."""
    example = "#corrective Train the night shift | type: training | owner: anna | due: 2026-12-01"
    kind = act.options.get("type", "").casefold().replace(" ", "_")
    if kind not in PREVENTIONS:
        return refused(f"add | type: and {either(PREVENTIONS)}; for example {example}")
    person, due, problem = _work(desk, act, example)
    if person is None or due is None:
        return refused(problem)
    item = PlanItem(key=act.key, title=act.text, owner=person.id, due=due, serves=(), prevents=kind)
    return taken(replace(course, items=(*course.items, item)), f"{person.name}: {act.text} ({kind}), by {due}")


def agree(desk: Desk, course: Course, act: Act) -> Outcome:
    """Agree to the exit criteria or to the plan; one of us speaks for the customer, and says how they agreed."""
    first, _, note = act.text.partition(" ")
    what = {"": PLAN, "exit": EXIT, "criteria": EXIT, "plan": PLAN}.get(first.strip(":,").casefold())
    if what is None:
        return refused("to what? write #agree exit or #agree plan")
    if what == EXIT and not course.exits:
        return refused("there is no exit criterion to agree to; take one up with #exit")
    if what == PLAN and not course.items:
        return refused("there is no plan to agree to; add its items with #item")
    given, problem = spoken(desk, course, act, what, note)
    if given is None:
        return refused(problem)
    changed = replace(course, agreements=(*course.agreements, given))
    return taken(changed, f"{given.who} agrees to the {'exit criteria' if what == EXIT else 'plan'}")


def spoken(desk: Desk, course: Course, act: Act, what: str, note: str) -> tuple[Agreement | None, str]:
    """What somebody says for themselves, or one of us for the customer; and what is wrong with it."""
    name = act.options.get("for")
    if name is None:
        if act.person is None:
            return None, "the directory does not know you; write | for: and the name of the stakeholder you speak for"
        one = Agreement(at=act.at, to=what, who=desk.by(act), by=desk.by(act), party=INTERNAL, how=note)
        return one, ""
    how = act.options.get("how") or note
    known = next((one for one in course.stakeholders if one.name.casefold() == name.casefold()), None)
    if known is None:
        listed = ", ".join(one.name for one in course.stakeholders) or "nobody yet; name them with #stakeholder"
        return None, f"{name} is no stakeholder; they are: {listed}"
    if known.party == CUSTOMER and not how:
        return None, f"how did {known.name} say so? add | how: for example call of today, or their comment"
    if known.person is not None and known.person != act.person:
        return None, f"{known.name} has to say so in person"
    return Agreement(at=act.at, to=what, who=known.name, by=desk.by(act), party=known.party, how=how), ""


def put_in_force(desk: Desk, course: Course, act: Act) -> Outcome:
    """Make the draft the agreed plan; its items become work then."""
    if course.plan is not None:
        return refused("the plan is in force already; items that are added become work at once")
    missing = plan_lacks(desk, course)
    if missing:
        return refused(f"the plan stays a draft: {'; '.join(missing)}")
    changed = replace(course, plan=desk.stamp(act))
    return taken(changed, f"the plan is in force: {len(course.items)} items become work")


def plan_lacks(desk: Desk, course: Course) -> tuple[str, ...]:
    """What is missing before the plan can be in force, in words."""
    missing: list[str] = []
    if course.cause is None:
        missing.append("the cause is not known; name it with #cause")
    if not any(item.prevents is None for item in course.items):
        missing.append(f"it has no item; add one: {_EXAMPLE}")
    parties = {one.party for one in course.agreements if one.to == EXIT}
    missing += [
        f"nobody of the {_side(party)} agreed to the exit criteria" for party in _PARTIES if party not in parties
    ]
    missing += [
        f"{name} is consulted and has not spoken; one of {people} writes #agree plan, or #concern"
        for name, people in _not_heard(desk, course)
    ]
    agreed = lacking(desk, course, PLAN)
    if agreed:
        missing.append(f"the agreement to the plan stands at {agreed}")
    return tuple(missing)


def _not_heard(desk: Desk, course: Course) -> Iterator[tuple[str, str]]:
    """Who has to be consulted and said nothing about the plan yet: a name of the directory, and its people."""
    raci = desk.directory.raci
    spoke = {one.who for one in course.agreements if one.to == PLAN} | {one.by for one in course.concerns}
    for name in () if raci is None else raci.consulted:
        people = [person.name for person in desk.directory.people_named(name)]
        if people and spoke.isdisjoint(people):
            yield name, ", ".join(people)


_PARTIES = (INTERNAL, CUSTOMER)


def _side(party: str) -> str:
    return "customer's side" if party == CUSTOMER else "internal side"


def _work(desk: Desk, act: Act, example: str) -> tuple[Person | None, date | None, str]:
    """Who does it by when; and what is wrong or missing."""
    missing = [word for word in ("owner", "due") if not act.options.get(word)]
    if not act.text:
        missing.insert(0, "title")
    if missing:
        return None, None, f"an item needs {' and '.join(missing)}; for example {example}"
    person, due = desk.person(act.options["owner"]), desk.day(act.options["due"])
    if person is None:
        return None, None, desk.unknown(act.options["owner"])
    if problem := junior(desk, person):
        return None, None, problem
    if due is None:
        return None, None, f"{act.options['due']!r} is no date; write it as YYYY-MM-DD"
    if due < desk.local_day(act.at):
        return None, None, f"{due} is over"
    return person, due, ""
