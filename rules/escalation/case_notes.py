"""Case notes: what should be said on a ticket about its escalation, each occasion once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from rules.decision import DesiredNote
from rules.escalation import case_words
from rules.escalation.answers import answer_notes
from rules.escalation.case import Case
from rules.escalation.case_clock import CaseClock, ClockState
from rules.escalation.case_wishes import CASE
from rules.escalation.follow_up import tries
from rules.escalation.process import EscalationProcess
from rules.escalation.stage import Stage
from rules.ledger import Escalation, Ledger
from rules.policy import Policy, Tier
from rules.public_notes import STOPS_CLOCKS
from rules.reader import Reader
from rules.templates import Template

#: Said to the customer; counted by the daily cap on public notes.
PUBLIC = "public:"


class Setting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What notes of a case are made from."""

    policy: Policy
    process: EscalationProcess
    case: Case
    ledger: Ledger
    #: Where the ticket stands on the ladder after the decision.
    escalation: Escalation | None
    context: dict[str, object]
    #: Whoever reads what is said to the customer.
    reader: Reader

    def note(
        self, key: str, because: str, template: Template | None, words: str = "", *, public: bool = False
    ) -> DesiredNote:
        """A note with the policy's words, else with ours."""
        if template is None:
            body = words
        else:
            body = template.tell(self.context, self.reader) if public else template.render(self.context)
        why = f"{because}{STOPS_CLOCKS}" if public else because
        occasion = f"{PUBLIC}{CASE}:{key}" if public else f"{CASE}:{key}"
        made_of = None if template is None else template.id
        return DesiredNote(key=occasion, body=body, because=why, rule=CASE, public=public, template=made_of)


def case_notes(setting: Setting) -> tuple[DesiredNote, ...]:
    """Every note that should have been said by now and was not."""
    said = setting.ledger.comments
    answers = answer_notes(setting.case.answers, setting.ledger)
    others = (note for occasions in _OCCASIONS for note in occasions(setting) if note.key not in said and note.body)
    return (*answers, *others)


def _questions(setting: Setting) -> Iterator[DesiredNote]:
    case, process = setting.case, setting.process
    if not case.asked.missing or not (case.stage.is_waiting or case.stage.is_running):
        return
    key, why = f"questions:{case.run}", "answers are missing"
    if process.ask_public is not None:
        yield setting.note(key, why, process.ask_public, public=True)
    else:
        yield setting.note(key, why, process.ask, case_words.questions(setting.context))


def _acknowledged(setting: Setting) -> Iterator[DesiredNote]:
    asked, case = setting.process.acknowledge, setting.case
    if asked is not None and asked.public_note is not None and case.stage.is_running:
        yield setting.note(f"acknowledge:{case.count}", "the escalation was taken up", asked.public_note, public=True)


def _declined(setting: Setting) -> Iterator[DesiredNote]:
    case = setting.case
    if case.stage is Stage.DECLINED and case.request is not None:
        yield setting.note(f"declined:{case.request.key}", "the request was declined", None, case_words.declined(case))


def _kickoff(setting: Setting) -> Iterator[DesiredNote]:
    kickoff, clock = setting.process.kickoff, running(setting.case, "kickoff")
    if kickoff is not None and clock is not None and setting.case.stage.is_running:
        words = case_words.kickoff(setting.case, clock, kickoff.attendees)
        yield setting.note(f"kickoff:{setting.case.count}", "the escalation was taken up", None, words)


def _brief(setting: Setting) -> Iterator[DesiredNote]:
    tier = tier_of(setting)
    if setting.process.handover and tier is not None and setting.escalation is not None:
        words = case_words.brief(setting.case, tier, setting.escalation, setting.context)
        key = f"brief:{tier.id}:{setting.escalation.episode}"
        yield setting.note(key, f"entered {tier.name}", setting.process.handover_note, words)


def _concerns(setting: Setting) -> Iterator[DesiredNote]:
    for one in setting.case.concerns:
        if one.answered_at is None:
            yield setting.note(f"concern:{one.key}", "a concern was raised", None, case_words.concern(one))


def _workaround(setting: Setting) -> Iterator[DesiredNote]:
    known, process = setting.case.workaround, setting.process
    if known is None or setting.case.is_over:
        return
    key, why = f"workaround:{known.key}", "a workaround is known"
    if process.workaround_note is not None:
        yield setting.note(key, why, process.workaround_note, public=True)
    elif known.told_at is None:
        yield setting.note(key, why, None, case_words.workaround(setting.case))


def _update(setting: Setting) -> Iterator[DesiredNote]:
    """The newest update once more, in the words for the customer that stand in it."""
    said, template = setting.case.update, setting.process.update_note
    if template is not None and said is not None and said.options.get("customer") and not setting.case.is_over:
        yield setting.note(f"update:{said.key}", "an update has words for the customer", template, public=True)


def _fix(setting: Setting) -> Iterator[DesiredNote]:
    case, template = setting.case, setting.process.fix_note
    if case.stage is Stage.VERIFIED and case.fix is not None and template is not None:
        yield setting.note(f"fix:{case.fix.key}", "the fix is verified", template, public=True)


def _unconfirmed(setting: Setting) -> Iterator[DesiredNote]:
    case = setting.case
    if case.stage is Stage.RESOLVED and case.confirmed is None and case.count:
        yield setting.note(f"unconfirmed:{case.run}", "the customer has not confirmed", None, case_words.unconfirmed())


def _follow_up(setting: Setting) -> Iterator[DesiredNote]:
    plan, case = setting.process.follow_up, setting.case
    if plan is None or case.stage is not Stage.FOLLOW_UP:
        return
    number = tries(plan, case)
    why = "time to ask whether all is well"
    is_public = plan.public_note is not None
    words = case_words.follow_up(number)
    yield setting.note(f"follow-up:{case.run}:{number}", why, plan.public_note, words, public=is_public)


def _feedback(setting: Setting) -> Iterator[DesiredNote]:
    case, template = setting.case, setting.process.feedback_note
    if template is not None and case.stage in {Stage.RESOLVED, Stage.FOLLOW_UP}:
        yield setting.note(f"feedback:{case.run}", "the escalation is resolved", template, public=True)


def _review(setting: Setting) -> Iterator[DesiredNote]:
    review, clock = setting.process.review, running(setting.case, "review")
    if review is not None and clock is not None:
        words = case_words.review(clock, review.attendees)
        yield setting.note(f"review:{setting.case.run}", "the case is reviewed with the team", None, words)


def _clocks(setting: Setting) -> Iterator[DesiredNote]:
    now = setting.case.at
    asked = setting.process.acknowledge
    says_itself = asked is not None and asked.public_note is not None and setting.case.stage.is_running
    for clock in setting.case.clocks:
        if clock.id == "acknowledgement" and says_itself:
            # Nobody has to be chased for what is said right now.
            continue
        state = clock.state(now)
        if state is ClockState.WARNING:
            yield setting.note(f"soon:{clock.key}", f"{clock.what} is due soon", None, case_words.soon(clock))
        elif state is ClockState.LATE:
            number, step = clock.earned(now) or (0, None)
            template = None if step is None else step.note
            words = case_words.late(clock, step)
            yield setting.note(f"late:{clock.key}:{number}", f"{clock.what} is late", template, words)


def running(case: Case, identity: str) -> CaseClock | None:
    """The newest clock of that name that somebody still waits for, late or not."""
    waiting = {ClockState.RUNNING, ClockState.WARNING, ClockState.LATE}
    found = (clock for clock in reversed(case.clocks) if clock.id == identity)
    return next((clock for clock in found if clock.state(case.at) in waiting), None)


def tier_of(setting: Setting) -> Tier | None:
    """The tier that the ticket is in after the decision."""
    return None if setting.escalation is None else setting.policy.tier(setting.escalation.tier)


_OCCASIONS: tuple[Callable[[Setting], Iterator[DesiredNote]], ...] = (
    _questions,
    _acknowledged,
    _declined,
    _kickoff,
    _brief,
    _concerns,
    _workaround,
    _update,
    _fix,
    _unconfirmed,
    _follow_up,
    _feedback,
    _review,
    _clocks,
)
