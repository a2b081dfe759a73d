"""The composition root: settings in, a wired-up run out. Nothing here decides anything."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import reduce

from connectors.base import Hears, Helpdesk, Hurries, Secrets, SettingsError, SharesBudgets
from connectors.channel import ChannelSink, open_channel
from connectors.errors import ConnectorError, ErrorKind
from connectors.memory_purse import MemoryPurse
from connectors.purse import Purse
from escalade.adopting import Noted, take_note_of
from escalade.brake import Brake
from escalade.giving import Giving
from escalade.helpdesks import open_helpdesks
from escalade.memberships import Memberships
from escalade.metrics import Metrics, metrics
from escalade.planfile import Origin
from escalade.policies import Policies
from escalade.policy_files import policy_sources
from escalade.progress import QuietProgress
from escalade.settings import EnvironmentSecrets, Settings, read_text
from escalade.starting import Starting
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store
from escalade.turnstile import Turnstile
from escalade.visits import TicketVisitor
from rules.account_facts import AccountFacts, load_account_facts
from rules.change import channel_target
from rules.channels import Channel
from rules.check import check_vocabulary
from rules.ledger import Ledger
from rules.listening import hearing_of
from rules.load import load_policy
from rules.policy import Policy
from rules.problems import Findings, PolicyErrors, Problem
from rules.vocabulary import Vocabulary
from sync import Clock, Known, Progress, Sync

#: A helpdesk's clock may differ from ours by so many seconds before we say so: escalations go by the minute.
MOST_SKEW = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that a command needs, wired up."""

    settings: Settings
    policies: Policies
    helpdesks: Mapping[str, Helpdesk]
    store: SqlStore
    clock: Clock
    visitor: TicketVisitor
    #: Where notices and digests go, by the names that changes have for channels.
    channels: Mapping[str, ChannelSink]
    #: On which helpdesks it acts by now.
    starting: Starting
    #: Helpdesks that did not answer at start: name → why. They are left out of this run.
    absent: Mapping[str, ConnectorError]
    #: Helpdesks whose clock is off by more than `MOST_SKEW`: name → their clock minus ours (seconds).
    skewed: Mapping[str, float]

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.policies.current

    def sync(self, progress: Progress, *, keep_plans: bool = True) -> Sync:
        """A run over all helpdesks that answer."""
        return Sync(
            helpdesks=self.helpdesks,
            absent={name: str(error) for name, error in self.absent.items()},
            store=self.store,
            visitor=self.visitor,
            policy=self.policy,
            clock=self.clock,
            progress=progress,
            workers=self.settings.workers,
            keep_plans=keep_plans,
            account_facts=self.visitor.account_facts.print,
            directory=lambda: self.policies.current.directory.version,
            begin=self.begin,
        )

    def begin(self, helpdesks: Collection[str]) -> Mapping[str, str]:
        """Begin on helpdesks that were read to their end, as the settings say; those that wait, with the reason."""
        return self.starting.settle(helpdesks, self.adopt)

    def adopt(self, helpdesk: str, *, keep: bool = True) -> Noted:
        """Take note of a helpdesk's open tickets as they are, and act on it from now on; without `keep` only tell."""
        at = self.clock.now()
        if keep:
            self.visitor.prepare(at)

        def note(known: Known) -> Ledger:
            return self.visitor.noted(known, at, at)

        noted = take_note_of(helpdesk, self.store, note, at, self.policy.hash, keep=keep)
        if keep:
            self.starting.begin(helpdesk, at, baseline=True)
        return noted

    def sync_quietly(self) -> Sync:
        """The same, with nobody watching."""
        return self.sync(QuietProgress(), keep_plans=False)

    @property
    def origin(self) -> Origin:
        """By what plans are made here, and for what."""
        addresses = {name: str(block.get("url", "")) for name, block in self.settings.helpdesks.items()}
        return Origin(policy=self.policy.hash, store=self.store.instance(), helpdesks=addresses)

    def share_budgets(self) -> None:
        """Take calls out of rate budgets in which what people wait for goes first.

        Where several processes may work on the store they share the budgets there, which outlast them; where only one
        may, they stay in memory.
        """
        purse: Purse = self.store
        if self.store.has_one_worker:
            purse = kept = MemoryPurse(time.monotonic)
            metrics.watch_budgets(kept.standing)
        for helpdesk in self.helpdesks.values():
            if isinstance(helpdesk, SharesBudgets):
                helpdesk.share_budgets(purse)

    def hurry(self) -> None:
        """The program ends: nobody waits for a rate budget any more; what was not sent is left to the next visit."""
        for helpdesk in self.helpdesks.values():
            if isinstance(helpdesk, Hurries):
                helpdesk.hurry()

    def measured(self) -> Metrics:
        """The metrics of this process, with what the store and the helpdesks tell."""
        calls = {name: helpdesk.calls for name, helpdesk in self.helpdesks.items()}
        metrics.watch(
            lambda: self.store.figures(self.clock.now()), lambda: {name: ask() for name, ask in calls.items()}
        )
        return metrics


def braked(app: App) -> App:
    """The same application for a service, whose workers together write to no more tickets than the policy allows."""
    brake = Brake(app.store, app.clock)
    brake.book.begin(app.clock.now())
    return replace(app, visitor=replace(app.visitor, brake=brake))


@contextmanager
def open_app(
    settings: Settings, clock: Clock, *, secrets: Secrets | None = None, preflight: bool = True
) -> Iterator[App]:
    """Load the policy, open the helpdesks and the store, and check that they fit together.

    Raises:
        PolicyErrors: mistakes in the settings or the policy, all at once, with their places.
        FileNotFoundError: the policy directory has no rule file, or the file of account facts is not there.
        StoreError: the store cannot be used.
    """
    policy = load_policy(texts := policy_sources(settings.policy, settings.path, settings.account_facts))
    helpdesks = listening(open_helpdesks(settings, secrets := secrets or EnvironmentSecrets()), policy)
    try:
        asked = _ask(settings, helpdesks) if preflight else _Asked()
        asked.refuse(policy)
        with open_store(settings.store) as store:
            policies = _policies(policy, texts, store, asked, _groups(settings, store, helpdesks))
            policies.meet(clock.now(), ask=preflight)
            store.watch(reduce(Horizon.and_of, policies.in_use(), Horizon()))
            channels = open_channels(policies.in_use(), secrets)
            starting = _starting(settings, store, clock)
            visitor = _visitor(settings, policies, helpdesks, channels, store, clock, starting)
            yield App(
                settings=settings,
                policies=policies,
                helpdesks=helpdesks,
                store=store,
                clock=clock,
                visitor=visitor,
                channels=channels,
                starting=starting,
                absent=asked.absent,
                skewed=asked.skewed,
            )
    finally:
        for helpdesk in helpdesks.values():
            helpdesk.close()


def _starting(settings: Settings, store: SqlStore, clock: Clock) -> Starting:
    """On which helpdesks of the settings Escalade acts by now."""
    return Starting(shelf=store, clock=clock, helpdesks=tuple(settings.helpdesks), backlog=settings.backlog)


def _visitor(  # noqa: PLR0917 - everything that a visit takes
    settings: Settings,
    policies: Policies,
    helpdesks: Mapping[str, Helpdesk],
    channels: Mapping[str, ChannelSink],
    store: SqlStore,
    clock: Clock,
    starting: Starting,
) -> TicketVisitor:
    """What visits tickets."""
    return TicketVisitor(
        policies=policies,
        helpdesks=helpdesks,
        channels=channels,
        store=store,
        giving=Giving(store),
        turnstile=Turnstile(store),
        clock=clock,
        settle_after=timedelta(seconds=settings.settle_after),
        attempts=settings.attempts,
        account_facts=read_account_facts(settings),
        start_of=starting.of,
    )


def _policies(
    policy: Policy, texts: Mapping[str, str], store: SqlStore, asked: _Asked, groups: Memberships
) -> Policies:
    """The policy in force and the older ones that the store keeps."""
    return Policies(current=policy, texts=texts, versions=store, check=asked.check, groups=groups)


def _groups(settings: Settings, store: SqlStore, helpdesks: Mapping[str, Helpdesk]) -> Memberships:
    """Who is in the groups that teams and roles take people from."""
    return Memberships(shelf=store, helpdesks=helpdesks, every=timedelta(seconds=settings.read_groups_every))


def reloaded(app: App, *, secrets: Secrets | None = None) -> App | None:
    """The same application with the rule files and account facts as they are now; None when nothing changed.

    Raises:
        PolicyErrors: mistakes in the policy or in the account facts, all at once, with their places.
        FileNotFoundError: the policy directory has no rule file, or the file of account facts is not there.
        ValueError: a file is not text.
    """
    settings = app.settings
    texts = policy_sources(settings.policy, settings.path, settings.account_facts)
    facts = read_account_facts(settings)
    if texts == app.policies.texts and facts.print == app.visitor.account_facts.print:
        return None
    policies = replace(app.policies, current=load_policy(texts), texts=texts, _loaded={})
    policies.meet(app.clock.now(), ask=False)
    if problems := policies.check(policies.current):
        raise PolicyErrors(problems)
    channels = open_channels(policies.in_use(), secrets or EnvironmentSecrets())
    listening(dict(app.helpdesks), policies.current)
    app.store.watch(reduce(Horizon.and_of, policies.in_use(), Horizon()))
    visitor = replace(app.visitor, policies=policies, channels=channels, account_facts=facts)
    return replace(app, policies=policies, channels=channels, visitor=visitor)


def read_account_facts(settings: Settings) -> AccountFacts:
    """What the settings' file says of accounts; nothing where they name none.

    Raises:
        PolicyErrors: mistakes in the file.
        FileNotFoundError: there is no such file.
        ValueError: it is no text.
    """
    file = settings.account_facts
    if file is None:
        return AccountFacts()
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}, which account_facts in {settings.path} names")
    return load_account_facts(str(file), read_text(file), settings.helpdesks)


def listening(helpdesks: dict[str, Helpdesk], policy: Policy) -> dict[str, Helpdesk]:
    """The same helpdesks; those that can listen know the phrases with which customers ask for an escalation."""
    hearing = hearing_of(policy)
    for helpdesk in helpdesks.values():
        if isinstance(helpdesk, Hears):
            helpdesk.hear(hearing)
    return helpdesks


def open_channels(policies: Iterable[Policy], secrets: Secrets) -> dict[str, ChannelSink]:
    """Make the sinks of every channel that these policies name; where two describe one, the first is heard.

    Raises:
        PolicyErrors: addresses that the environment does not have, or that cannot be used, all at once.
    """
    findings = Findings()
    opened: dict[str, ChannelSink] = {}
    channels: dict[str, Channel] = {}
    for policy in policies:
        channels = {**policy.channels, **channels}
    for name, channel in channels.items():
        try:
            opened[channel_target(name)] = open_channel(channel, secrets)
        except SettingsError as error:
            for _, message in error.problems:
                findings.add(channel.at, f"channels.{name}.url_env", message)
    if findings.problems:
        raise PolicyErrors(findings.problems)
    return opened


def unknown_words(app: App) -> Sequence[Problem]:
    """The words of its policy and settings that the helpdesks do not have, asked now. Who does not answer has all."""
    asked = _ask(app.settings, app.helpdesks)
    return (*asked.findings.problems, *asked.check(app.policy))


@dataclass(slots=True)
class _Asked:
    """What the helpdesks told at start."""

    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    absent: dict[str, ConnectorError] = field(default_factory=dict)
    skewed: dict[str, float] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def check(self, policy: Policy) -> Sequence[Problem]:
        """The words of a policy that the helpdesks do not have; none are found before they were asked."""
        return check_vocabulary(policy, self.vocabularies) if self.vocabularies else ()

    def refuse(self, policy: Policy) -> None:
        """Raise PolicyErrors for settings and a policy that name what the helpdesks do not have."""
        self.findings.problems.extend(self.check(policy))
        if self.findings.problems:
            raise PolicyErrors(self.findings.problems)


def _ask(settings: Settings, helpdesks: Mapping[str, Helpdesk]) -> _Asked:
    """Ask every helpdesk who we are and which words it has."""
    asked = _Asked(vocabularies={name: Vocabulary(helpdesk=name) for name in helpdesks})
    for name, helpdesk in helpdesks.items():
        try:
            skew = helpdesk.identity().clock_skew or 0.0
            if abs(skew) > MOST_SKEW:
                asked.skewed[name] = skew
            asked.vocabularies[name] = helpdesk.vocabulary()
        except ConnectorError as error:
            asked.absent[name] = error
        except SettingsError as error:
            asked.findings.problems.extend(settings.problems_of(name, error).problems)
    return asked


def is_refused(error: ConnectorError) -> bool:
    """The helpdesk answered, but not to us: credentials, role or address are a matter of configuration."""
    return error.kind in {ErrorKind.AUTH, ErrorKind.GONE, ErrorKind.PROTOCOL, ErrorKind.REJECTED}
