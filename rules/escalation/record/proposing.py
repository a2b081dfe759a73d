"""Proposing: the record that should be opened for an account: a criterion holds, or somebody asks for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from rules.compile.compiled import compiled_criteria
from rules.criteria import Criterion
from rules.decision import DesiredRecord, Reason
from rules.escalation.act import Act
from rules.escalation.acts import acts_so_far
from rules.escalation.permission import refusal
from rules.escalation.record.declaring import source_of
from rules.escalation.record.programme import AccountProgramme
from rules.escalation.record.reading import CRITERION_TAG, SOURCE_TAG, asks_for_account
from rules.escalation.standing import RECORD_TAG, AccountState, Standing, account_tag
from rules.facts import Facts
from rules.findings import Turn
from rules.policy import Policy
from rules.ticket import AccountRef, Ticket
from rules.ticket_context import ticket_context
from rules.verdict import Verdict

_OVER = frozenset({AccountState.REFUSED, AccountState.AFTERCARE, AccountState.CLOSED})
#: Sources become tags, so only these signs stay.
_LONGEST_SOURCE = 40


class Proposal:
    """What speaks for opening a record, as seen on one ticket of the account."""

    __slots__ = ("_account", "_facts", "_programme", "acts", "turns", "verdicts")

    def __init__(self, programme: AccountProgramme, facts: Facts, account: AccountRef, *, proof: bool) -> None:
        self._programme, self._facts, self._account = programme, facts, account
        #: Every criterion that proposes, with its answer; without proof only those that hold.
        self.verdicts: tuple[tuple[Criterion, Verdict], ...] = ()
        #: Instants (UTC) at which a criterion could turn.
        self.turns: tuple[datetime, ...] = ()
        if _is_news(facts.ticket, facts.around.standing):
            self._ask(programme, facts, proof=proof)
        #: What people asked for.
        self.acts = tuple(_asked(facts))

    def _ask(self, programme: AccountProgramme, facts: Facts, *, proof: bool) -> None:
        asked = programme.criteria
        if not proof:
            answers = compiled_criteria(programme).turning(facts)
            self.turns = tuple(turn for _, _, turn in answers if turn is not None)
            asked = tuple(programme.criteria[number] for number, holds, _ in answers if holds)
        self.verdicts = tuple((one, one.when.evaluate(facts)) for one in asked)
        if proof:
            self.turns = tuple(verdict.flips_at for _, verdict in self.verdicts if verdict.flips_at is not None)

    @property
    def says_nothing(self) -> bool:
        """Whether nothing speaks for a record, and there is nothing to tell of that either."""
        return not (self.verdicts or self.acts)

    @property
    def turns_of_criteria(self) -> tuple[Turn, ...]:
        """The instants at which a criterion could turn, with the reason to look again."""
        return tuple([Turn(at, "an account criterion could change") for at in self.turns])

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The criteria, with their proofs."""
        return tuple(
            Reason(source=f"criterion:{one.id}", text=one.description, verdict=verdict)
            for one, verdict in self.verdicts
        )

    def record(self) -> DesiredRecord | None:
        """The record to open; None when nothing speaks for one."""
        holding = [(one, verdict) for one, verdict in self.verdicts if verdict.holds]
        if not (holding or self.acts):
            return None
        home = self._programme.home
        lines = [f"{one.description}: {counted(verdict)}" for one, verdict in holding]
        lines += [f"{act.person or act.author or 'somebody'} asks for it: {act.text}" for act in self.acts]
        context: dict[str, object] = {
            **ticket_context(self._facts),
            "account.name": self._facts.value("account") or str(self._account),
            "reason": "; ".join(lines),
        }
        own = "\n".join(["This record is about the escalation of {}.".format(context["account.name"]), "", *lines])
        sources = [f"{SOURCE_TAG}{_as_tag(source_of(act.options.get('source')))}" for act in self.acts]
        return DesiredRecord(
            account=self._account,
            helpdesk=home.helpdesk,
            project=home.project,
            type=home.type,
            subject=home.subject.render(context),
            body=own if home.body is None else home.body.render(context),
            tags=tuple(
                dict.fromkeys(
                    [
                        RECORD_TAG,
                        account_tag(self._account),
                        *(f"{CRITERION_TAG}{one.id}" for one, _ in holding),
                        *sources,
                    ]
                )
            ),
            because="; ".join(lines),
            rule="account_escalations",
        )


def proposal_of(facts: Facts, *, proof: bool = True) -> Proposal | None:
    """What speaks for a record of the ticket's account; None where that is not the question.

    Args:
        facts: The ticket, with what is around it.
        proof: With False only the criteria that hold are proved.
    """
    policy, account = facts.policy, facts.ticket.account
    if policy is None or policy.accounts is None or account is None or not _has_room(facts.around.standing):
        return None
    return Proposal(policy.accounts, facts, account, proof=proof)


def asks_criteria(policy: Policy, ticket: Ticket, standing: Standing | None) -> bool:
    """Whether the criteria that propose records are asked of a ticket at all.

    Args:
        policy: What decides.
        ticket: The ticket.
        standing: What the records of its account say; None = it has none.
    """
    has_account = policy.accounts is not None and ticket.account is not None
    return has_account and _has_room(standing) and _is_news(ticket, standing)


def _has_room(standing: Standing | None) -> bool:
    """Whether the account has no record, or only one that is over."""
    return standing is None or standing.state in _OVER


def counted(verdict: Verdict) -> str:
    """What was seen where a criterion holds: the tickets that counted, by name."""
    leaves = [leaf for leaf in _leaves(verdict) if leaf.holds]
    return "; ".join(f"{leaf.subject} is {leaf.observed}" for leaf in leaves)


def _leaves(verdict: Verdict) -> Iterator[Verdict]:
    if not verdict.children:
        yield verdict
    for child in verdict.children:
        yield from _leaves(child)


def _is_news(ticket: Ticket, standing: Standing | None) -> bool:
    """Whether no earlier record of the account dealt with the ticket: it came after the last one began."""
    return standing is None or standing.since is None or ticket.created_at > standing.since


def _asked(facts: Facts) -> Iterator[Act]:
    """Requests for the whole account that were made since the last record ended, by those who may."""
    policy, standing = facts.policy, facts.around.standing
    since = None if standing is None else standing.since
    acts = acts_so_far(facts)
    for number, act in enumerate(acts):
        if act.verb != "escalate" or not asks_for_account(act) or (since is not None and act.at <= since):
            continue
        if policy is not None and refusal(policy, act, acts[:number], facts) is None:
            yield replace(act, text=act.text.partition(" ")[2].strip() or act.options.get("because", "no reason given"))


def _as_tag(source: str) -> str:
    return "".join(sign if sign.isalnum() else "_" for sign in source)[:_LONGEST_SOURCE]
