"""Played: policies on a history that is read twice: once to see what it tells of, once to play it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from msgspec import UNSET
from msgspec.structs import replace

from escalade.store.shelf import DiskShelf
from rules.histories.event import PastEvent
from rules.policy import Policy
from rules.replay.backtest import Backtest
from rules.replay.impact import Stand
from rules.replay.replay import Replay, Setting
from rules.replay.survey import Survey, Surveyor
from sync import Progress

#: Events after which the progress is told.
_STEP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A history that can be read as often as needed, one event in memory at a time."""

    read: Callable[[], Iterator[PastEvent]]
    #: Name of a helpdesk in the history → what the policy calls it.
    names: Mapping[str, str] = field(default_factory=dict)

    def events(self) -> Iterator[PastEvent]:
        """The events, with helpdesks as the policy calls them."""
        return map(self._renamed, self.read()) if self.names else self.read()

    def survey(self, progress: Progress) -> Survey:
        """What it tells of."""
        surveyor = Surveyor()
        progress.phase("Looking through the history")
        for event in _counted(self.events(), progress):
            surveyor.see(event)
        return surveyor.survey()

    def _renamed(self, event: PastEvent) -> PastEvent:
        links = event.fields.links
        if links is UNSET:
            return replace(event, ticket=self._called(event.ticket))
        fields = replace(event.fields, links=tuple(map(self._called, links)))
        return replace(event, ticket=self._called(event.ticket), fields=fields)

    def _called(self, ref: str) -> str:
        helpdesk, colon, identity = ref.partition(":")
        return f"{self.names.get(helpdesk, helpdesk)}{colon}{identity}"


def played(past: Past, policies: Sequence[Policy], setting: Setting, progress: Progress) -> list[Backtest]:
    """Play policies side by side, and tell what each comes to; see `with_stands`."""
    with ExitStack() as stack:
        return [replay.result() for replay in _replays(past, policies, setting, progress, stack)]


def with_stands(
    past: Past, policies: Sequence[Policy], setting: Setting, progress: Progress
) -> list[tuple[Backtest, tuple[Stand, ...]]]:
    """Play policies side by side, and tell also how every ticket stands at the end.

    Args:
        past: What happened.
        policies: Each is played on its own, as if it alone had been there.
        setting: How they are played.
        progress: Hears how far it has come.

    Raises:
        ValueError: the history is empty, not in order, or names tickets in a way that cannot be read.
        RestlessError: a policy does not come to rest.
    """
    with ExitStack() as stack:
        replays = _replays(past, policies, setting, progress, stack)
        return [(replay.result(), tuple(replay.stands())) for replay in replays]


def _replays(
    past: Past, policies: Sequence[Policy], setting: Setting, progress: Progress, stack: ExitStack
) -> list[Replay]:
    """Play policies side by side; their shelves last as long as the stack."""
    survey = past.survey(progress)
    if not survey.events:
        raise ValueError("the history holds no events")
    replays = [Replay(policy, survey, setting, stack.enter_context(DiskShelf())) for policy in policies]
    progress.phase("Playing", survey.events)
    for event in _counted(past.events(), progress):
        goes_on = [replay.happen(event) for replay in replays]
        if not all(goes_on):
            break
    return replays


def _counted(events: Iterator[PastEvent], progress: Progress) -> Iterator[PastEvent]:
    number = 0
    for number, event in enumerate(events, start=1):
        yield event
        if not number % _STEP:
            progress.advance(_STEP, f"{event.at:%Y-%m-%d}")
    progress.advance(number % _STEP)
