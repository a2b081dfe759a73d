"""Verbs: everything that a command can ask for, as `#help` tells it."""

from __future__ import annotations

from types import MappingProxyType

#: Verb → what it does, for people.
VERBS = MappingProxyType(
    {
        "escalate": "ask for an escalation of this ticket, or with `account` of the whole account",
        "accept": "take the request up",
        "decline": "turn the request down, with the reason",
        "redirect": "send the request to another team or path",
        "ack": "say that you have seen it and are on it",
        "update": "tell how it stands",
        "red": "the account is in danger",
        "yellow": "the account gets better",
        "green": "the account is nearly well",
        "declare": "declare the account's escalation",
        "plan": "lay out or change the remediation plan",
        "item": "add a piece of work to the plan",
        "cause": "name the cause",
        "agree": "agree to the plan or to what was proposed",
        "consent": "consent to closing",
        "refuse": "refuse consent, with the reason",
        "concern": "say that nothing moves; the management line hears of it",
        "de-escalate": "ask for the way back",
        "check": "answer a question of the checklist",
        "fix": "propose a fix",
        "verified": "say that the fix works",
        "confirm": "confirm an answer, such as the problem statement",
        "resolve": "say that the escalation is resolved",
        "workaround": "tell the workaround",
        "tried": "tell what was tried, and what came of it",
        "impact": "tell the impact on the customer's business",
        "promise": "promise something by a time",
        "feedback": "say whether the escalation was useful",
        "owner": "name who is accountable",
        "sponsor": "name the executive sponsor",
        "stakeholder": "name somebody with a stake in it",
        "exit": "add an exit criterion",
        "met": "confirm that an exit criterion is met",
        "waive": "waive an exit criterion",
        "comms": "set the plan of communication",
        "call": "set up a status call, or leave its notes",
        "summary": "give the issue summary",
        "rca": "give the root cause analysis",
        "corrective": "add a corrective action",
        "close": "ask for closure",
        "help": "tell what you may do here now",
    }
)
