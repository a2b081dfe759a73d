"""Notices: what should be told on channels, each occasion once, and not while nobody is there to read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rules.channels import Channel, Notification
from rules.decision import DesiredNotice
from rules.findings import Turn
from rules.ladder import spell_source
from rules.notes import Scene, context_of
from rules.policy import Policy


def wanted_notices(scene: Scene) -> tuple[DesiredNotice, ...]:
    """Every notice that should have been sent by now and was not, those that wait for their channel included."""
    sent = scene.facts.ledger.notified
    pending = [asked for asked in _asked(scene) if asked[0] not in sent]
    if not pending:
        return ()
    ticket, common = scene.facts.ticket, context_of(scene)
    return tuple(
        DesiredNotice(
            key=key,
            channel=notification.channel.name,
            title=f"{ticket.key}: {ticket.subject}",
            body=notification.template.render({**common, **context}),
            because=because,
            rule=source,
            not_before=opening_of(notification, scene.facts.now),
            urgent=notification.urgent,
        )
        for key, notification, source, because, context in pending
    )


def notice_turns(scene: Scene, notices: Sequence[DesiredNotice]) -> Iterator[Turn]:
    """The instants at which notices that are not sent yet may go, or have to wait again."""
    yield from notice_turns_of(scene.policy, notices, scene.facts.now)


def notice_turns_of(policy: Policy, notices: Sequence[DesiredNotice], now: datetime) -> Iterator[Turn]:
    """The same at an instant (UTC), by the channels of a policy."""
    for notice in notices:
        if notice.not_before is not None:
            yield Turn(notice.not_before, f"the channel {notice.channel} opens")
            continue
        closing = closing_of(policy.channels.get(notice.channel), now)
        if closing is not None:
            yield Turn(closing, f"the channel {notice.channel} closes")


def _asked(scene: Scene) -> Iterator[tuple[str, Notification, str, str, dict[str, object]]]:
    """Occasion key, notification, source, reason, and the names that have a value on this occasion."""
    escalation = scene.escalation
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    if tier is not None and escalation is not None:
        why = spell_source(scene.policy, escalation.because)
        for told in tier.notify:
            source = f"tier:{tier.id}"
            yield _key(told, source, scene.episode), told, source, f"entered {tier.name}: {why}", {}
    for rule in scene.findings.rules:
        source, why = f"rule:{rule.id}", rule.description or f"rule {rule.id}"
        context: dict[str, object] = {"rule.id": rule.id, "rule.description": rule.description, "reason": why}
        for told in rule.notify:
            yield _key(told, source, scene.episode), told, source, f"rule {rule.id} holds", context


def _key(told: Notification, source: str, episode: int) -> str:
    return f"notify:{told.channel.name}:{told.template.id}:{source}:{episode}"


def opening_of(notification: Notification, now: datetime) -> datetime | None:
    """When somebody reads the channel again (UTC); None = now, or the notice does not wait for that."""
    calendar = notification.channel.calendar
    if calendar is None or notification.urgent or calendar.is_open(now):
        return None
    return calendar.next_turn(now)


def closing_of(channel: Channel | None, now: datetime) -> datetime | None:
    """When nobody reads the channel any more (UTC); None where that is so already, or never."""
    if channel is None or channel.calendar is None or not channel.calendar.is_open(now):
        return None
    return channel.calendar.next_turn(now)
