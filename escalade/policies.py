"""Policies: the policy in force, and the older versions that escalations in flight may follow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from escalade.logs import log
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import InFlight, Policy
from rules.problems import PolicyErrors, Problem
from rules.roster import GroupRef, Rosters, version_of
from rules.ticket import TicketRef
from sync import Known


class VersionError(Exception):
    """A version of the policy cannot decide any more; the text says why."""


class Versions(Protocol):
    """Where the versions of the policy are kept, and which of them each escalated ticket follows."""

    def keep_policy(self, version: str, files: Mapping[str, str], now: datetime) -> None:
        """Keep the texts of a policy that decides from now on."""

    def policy_texts(self, version: str) -> Mapping[str, str] | None:
        """The texts of a policy by file name; None when it never decided here."""

    def in_flight(self) -> Mapping[str, int]:
        """How many escalated tickets follow each version."""

    def followers(self, *, of: str | None = None, refs: Sequence[TicketRef] | None = None) -> Mapping[TicketRef, str]:
        """Escalated tickets and the version that each follows: all, those of one version, or those among `refs`."""

    def follow(self, version: str, entries: Sequence[JournalEntry], due: datetime) -> None:
        """Let the tickets of these journal entries follow another version, and nudge them."""


class Groups(Protocol):
    """Where it is known who is in groups of helpdesks."""

    def read(self, groups: Collection[GroupRef], now: datetime) -> Rosters:
        """What is known of all groups, after reading those of `groups` whose reading is too old."""


@dataclass(slots=True, kw_only=True)
class Policies:
    """The policy in force and, by their hashes, those that decided before it, with the people of today's groups."""

    current: Policy
    #: The texts of the current one, by file name.
    texts: Mapping[str, str]
    versions: Versions
    #: Finds words of a policy that the helpdesks do not have (any more).
    check: Callable[[Policy], Sequence[Problem]]
    groups: Groups
    _rosters: Rosters = field(default_factory=dict)
    #: What became of loading a version: the policy, or why it cannot decide.
    _loaded: dict[str, Policy | str] = field(default_factory=dict)

    def deciding(self, known: Known, ledger: Ledger) -> Policy:
        """The policy that decides on a ticket.

        Args:
            known: What is known of it, the version that it follows included.
            ledger: Its ledger now, which may have left the ladder since it was loaded.

        Returns:
            The version that its escalation follows, where the current one says `in_flight: {policy: keep}`; else, and
            where that version cannot decide any more, the current one.
        """
        if self.current.in_flight is InFlight.REBASE or ledger.escalation is None:
            return self.current
        try:
            return self.version(known.follows or ledger.escalation.policy or self.current.hash)
        except VersionError as error:
            log.warning("policy.version_lost", ticket=str(ledger.ref), why=str(error))
            return self.current

    def version(self, wanted: str) -> Policy:
        """A version by its hash, loaded once.

        Raises:
            VersionError: it never decided here, or cannot decide any more.
        """
        if wanted == self.current.hash:
            return self.current
        if wanted not in self._loaded:
            self._loaded[wanted] = self._load(wanted)
        found = self._loaded[wanted]
        if isinstance(found, str):
            raise VersionError(found)
        return found

    def in_use(self) -> list[Policy]:
        """The current policy, and every version that decides on some ticket."""
        found = [self.current]
        if self.current.in_flight is InFlight.KEEP:
            loaded = (self._try(version) for version in sorted(self.versions.in_flight()))
            found += [policy for policy in loaded if isinstance(policy, Policy) and policy is not self.current]
        return found

    def meet(self, now: datetime, *, ask: bool = True) -> None:
        """Take the people into teams and roles who are in their groups.

        Policies that were handed out stay as they are; those that are handed out from now on know the people.

        Args:
            now: The present (UTC).
            ask: Read the groups whose last reading is too old; otherwise what is kept has to do.
        """
        asked = {group for policy in self.in_use() for group in policy.directory.sources}
        if not asked:
            return
        self._rosters = self.groups.read(asked if ask else (), now)
        met = self._met(self.current, self.texts)
        if met is not self.current:
            self.current, self._loaded = met, {}

    def edition(self, version: str) -> str:
        """What decides, for the record: a policy by its hash, and the directory where it was read from groups.

        The two are joined by a plus; without such groups it is the hash alone.
        """
        try:
            directory = self.version(version).directory.version
        except VersionError:
            directory = ""
        return f"{version}+{directory}" if directory else version

    def prepare(self, now: datetime) -> None:
        """Meet the people of the groups, keep the texts of the current policy, and bring onto it who is to follow it.

        Those are all tickets, unless the policy says `keep`; then, those whose version cannot decide any more.
        """
        self.meet(now)
        self.versions.keep_policy(self.current.hash, self.texts, now)
        for version in sorted(self.versions.in_flight().keys() - {self.current.hash}):
            found = self._try(version) if self.current.in_flight is InFlight.KEEP else None
            if isinstance(found, Policy):
                continue
            why = "in_flight says rebase" if found is None else str(found)
            text = f"follows policy {self.current.hash} from now on, before that {version}: {why}"
            self.versions.follow(
                self.current.hash,
                [
                    JournalEntry(at=now, ref=ref, action="policy.rebased", text=text, policy=self.current.hash)
                    for ref in self.versions.followers(of=version)
                ],
                now,
            )

    def _met(self, policy: Policy, texts: Mapping[str, str]) -> Policy:
        """The same policy with the people of today; itself where nobody came or went."""
        groups = policy.directory.sources
        today = version_of(self._rosters[group] for group in groups if group in self._rosters)
        return policy if today == policy.directory.version else load_policy(texts, self._rosters)

    def _try(self, version: str) -> Policy | VersionError:
        try:
            return self.version(version)
        except VersionError as error:
            return error

    def _load(self, wanted: str) -> Policy | str:
        texts = self.versions.policy_texts(wanted)
        if texts is None:
            return f"the texts of policy {wanted} are not kept here"
        try:
            # What is asked for by its hash answers to it, however a later version of the program counts hashes.
            policy = replace(load_policy(texts, self._rosters), hash=wanted)
        except PolicyErrors as error:
            return f"policy {wanted} cannot be loaded any more: {_first(error.problems)}"
        problems = self.check(policy)
        return f"policy {wanted} does not fit any more: {_first(problems)}" if problems else policy


def _first(problems: Sequence[Problem]) -> str:
    """The first problem in a line, and how many more there are."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    found = "" if problems[0].found is None else f": {problems[0].found}"
    return f"{problems[0].path}: {problems[0].message}{found}{more}"
