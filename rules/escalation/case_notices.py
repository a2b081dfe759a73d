"""Case notices: who is told on channels of what happens in an escalation, each occasion once."""

from __future__ import annotations

from collections.abc import Iterator

from rules.channels import Notification
from rules.decision import DesiredNotice
from rules.escalation.case_notes import Setting
from rules.escalation.case_wishes import CASE
from rules.notices import opening_of


def case_notices(setting: Setting) -> tuple[DesiredNotice, ...]:
    """Every notice that should have been sent by now and was not, those that wait for their channel included."""
    sent = setting.ledger.notified
    return tuple(notice for notice in _asked(setting) if notice.key not in sent)


def _asked(setting: Setting) -> Iterator[DesiredNotice]:
    case, process = setting.case, setting.process
    if case.stage.is_running:
        for told in process.declared:
            yield _notice(setting, told, f"declared:{case.count}", "the escalation was taken up")
    for concern in case.concerns:
        if concern.answered_at is None:
            for told in process.concern.notify:
                yield _notice(setting, told, f"concern:{concern.key}", concern.text or "no progress", urgent=True)
    for clock in case.clocks:
        earned = clock.earned(case.at)
        if earned is not None:
            number, step = earned
            for told in step.notify:
                why = f"{clock.what} is late: for {step.to}"
                yield _notice(setting, told, f"late:{clock.key}:{number}", why)


def _notice(
    setting: Setting, told: Notification, occasion: str, because: str, *, urgent: bool = False
) -> DesiredNotice:
    context = setting.context | {"reason": because}
    waits = None if urgent else opening_of(told, setting.case.at)
    return DesiredNotice(
        key=f"notify:{told.channel.name}:{told.template.id}:{CASE}:{occasion}",
        channel=told.channel.name,
        title=f"{context['ticket.key']}: {context['ticket.subject']}",
        body=told.template.render(context),
        because=because,
        rule=CASE,
        not_before=waits,
        urgent=urgent or told.urgent,
    )
