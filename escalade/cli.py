"""The command line. Exit codes: 0 done, 1 something failed and is parked, 2 settings, policy or usage."""

from __future__ import annotations

import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from escalade import garbage, names
from escalade.commands.late import LateCommand
from escalade.logs import configure_logs

#: Every command: where it is, and the first line of what it says of itself. Only the one that runs is loaded.
COMMANDS = (
    LateCommand("escalade.commands.runs:sync", "Read what changed, decide, and write it back: each act once."),
    LateCommand(
        "escalade.commands.runs:plan",
        "Show what would be written and why, judged on freshly read tickets. Writes nothing to any helpdesk.",
    ),
    LateCommand(
        "escalade.commands.runs:apply",
        "Carry out a reviewed plan, exactly; a ticket that changed since the review is left alone.",
    ),
    LateCommand(
        "escalade.commands.adopt:adopt",
        "Take note of all open tickets as they are, in silence, and act from now on on what comes later.",
    ),
    LateCommand(
        "escalade.commands.serve:serve",
        "Run as a service: take webhooks, read the helpdesks every so often, and act to the second until told to end.",
    ),
    LateCommand(
        "escalade.commands.serve:worker",
        "Only carry out visits, beside any number of other workers and at least one 'escalade serve', on PostgreSQL.",
    ),
    LateCommand(
        "escalade.commands.act:act",
        "Say commands on a ticket in somebody's name, as an internal comment, and print the answer.",
    ),
    LateCommand("escalade.commands.journal:journal", "Show what Escalade did to a ticket, when, and why."),
    LateCommand("escalade.commands.init:init", "Copy the starter policy and settings into a directory, to edit."),
    LateCommand(
        "escalade.commands.emulator:emulator",
        "Serve a local Zendesk and Jira that speak the vendors' HTTP APIs, for trying things out. Ends with Ctrl-C.",
    ),
    LateCommand(
        "escalade.commands.demo:demo",
        "Watch Escalade do its job against a local Zendesk and Jira. Needs no account, touches nothing of yours.",
    ),
    LateCommand(
        "escalade.commands.drill:drill",
        "Play a scenario on a local Zendesk and Jira with a virtual clock, and score it. Touches nothing of yours.",
    ),
    LateCommand(
        "escalade.commands.versions:policies",
        "List every version of the policy that ever decided, and how many escalated tickets follow each.",
    ),
    LateCommand(
        "escalade.commands.calendars:calendars",
        "Print the schedules and holidays of a helpdesk as calendars of the policy. Writes nothing anywhere.",
    ),
    LateCommand(
        "escalade.commands.check:check",
        "Check the policy files: every mistake, or else everything that loads and still goes wrong. Asks no helpdesk.",
    ),
    LateCommand(
        "escalade.commands.schema:schema",
        "Print the JSON Schema of policy files, rule tests, settings, histories or explanations, for editors.",
    ),
    LateCommand(
        "escalade.commands.test:test",
        "Play the rule tests of a policy on a virtual clock, and say what was not as expected. Asks no helpdesk.",
    ),
    LateCommand(
        "escalade.commands.versions:rebase",
        "Show what another version of the policy would mean for escalated tickets: every due date before and after.",
    ),
    LateCommand(
        "escalade.commands.explain:explain",
        "Explain a ticket: why it is in its tier, why nothing else holds, what its clocks count, what happens next.",
    ),
    LateCommand(
        "escalade.commands.facts:facts",
        "Show every fact that rules may ask of a ticket: its value, since when, and where it comes from.",
    ),
    LateCommand(
        "escalade.commands.record:record",
        "Show the record of an account's escalation: how it stands, who is in it, what is agreed, owed and missing.",
    ),
    LateCommand(
        "escalade.commands.timeline:timeline",
        "Tell what happened around a ticket, in order: comments of both helpdesks, people's changes, and our own acts.",
    ),
    LateCommand(
        "escalade.commands.history:history",
        "Write what happened to tickets as a history file, rebuilt from what helpdesks or the store still know.",
    ),
    LateCommand(
        "escalade.commands.rebuild:rebuild",
        "Restore a lost database from the helpdesks: records, standings, what was said and created. Writes to none.",
    ),
    LateCommand(
        "escalade.commands.digest:digest",
        "Show all running escalations: colour, age, what is due, what is late or missing, how far the plan is.",
    ),
    LateCommand(
        "escalade.commands.handbook:handbook",
        "Write the policy as a handbook: tiers, reasons, promised times, roles, texts. Asks no helpdesk.",
    ),
    LateCommand(
        "escalade.commands.quiz:quiz",
        "Ask questions about the policy, and say why each answer is right. Asks no helpdesk.",
    ),
    LateCommand(
        "escalade.commands.review:review",
        "Review a month of escalations: frequent reasons, repeat customers, the trend, how rules and promises fared.",
    ),
    LateCommand(
        "escalade.commands.pauses:pauses",
        "Audit the pauses of promised times: how long clocks stood still, for whom, and which pauses to look at.",
    ),
    LateCommand(
        "escalade.commands.shadow:shadow",
        "Show how rules in shadow do: how often they would have acted, on which tickets, and what people did there.",
    ),
    LateCommand(
        "escalade.commands.deliveries:deliveries",
        "Show webhook deliveries that were signed right and should have named a ticket, but do not.",
    ),
    LateCommand(
        "escalade.commands.dead:dead",
        "Show tickets whose visit failed too often, and begin them anew or put them away.",
    ),
    LateCommand(
        "escalade.commands.backtest:backtest",
        "Play a policy on what happened in the past, and tell what it would have done. Writes to no helpdesk.",
    ),
    LateCommand(
        "escalade.commands.brakes:brakes",
        "Show whether the brakes hold a service because it wrote to too many tickets, and let it go on.",
    ),
    LateCommand(
        "escalade.commands.tune:tune",
        "Try other values of the policy on the past, and tell what they trade: found, false, sooner, alerts a day.",
    ),
    LateCommand(
        "escalade.commands.impact:impact",
        "Tell what a change of the rules does: to the tickets that are open now, and in the days before.",
    ),
    LateCommand(
        "escalade.commands.status:status",
        "Show how many escalations run in which tier, stage and colour, and list them.",
    ),
)


class _Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": {command.name: command for command in COMMANDS}})


cli = typer.Typer(
    name="escalade",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@cli.callback()
def escalade() -> None:
    """Escalation autopilot for Zendesk, Jira and Jira Service Management."""


def _end(number: int, _frame: object) -> None:
    """End in order: visits that have begun are carried out, and what was started is stopped."""
    raise SystemExit(128 + number)


def main() -> None:
    """Entry point of the `escalade` command."""
    signal.signal(signal.SIGTERM, _end)
    garbage.look_less_often()
    if found := names.intruders():
        sys.stderr.write(names.message(found) + "\n")
        raise SystemExit(2)
    try:
        configure_logs()
    except OSError as error:
        sys.stderr.write(f"cannot write the log {error.filename} that ESCALADE_LOG names: {error.strerror}\n")
        raise SystemExit(2) from None
    cli()


if __name__ == "__main__":
    main()
