"""Actions: every name that a line of the log or of the journal can have, and what it means. Names never change."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How much attention a line wants."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    #: It is in the journal alone: the outcome that follows is logged.
    SILENT = "journal only"


class Action(msgspec.Struct, frozen=True):
    """One name."""

    name: str
    level: Level
    meaning: str
    #: Facts that a line has besides `event`, `level` and `timestamp`; None = it is a line of a ticket's journal and has
    #: the journal's facts.
    facts: tuple[str, ...] | None = None


_INFO, _WARNING, _ERROR = Level.INFO, Level.WARNING, Level.ERROR

#: What a line has that is journalled: the ticket, the journal's id, the operation that is left in the helpdesk.
JOURNAL_FACTS = ("ticket", "journal", "operation", "policy")

ACTIONS = (
    Action("write.intended", Level.SILENT, "A write is about to be sent."),
    Action("write.applied", _INFO, "The helpdesk or channel took a write."),
    Action("write.found", _INFO, "A write of unknown outcome was found in the helpdesk."),
    Action("write.lost", _WARNING, "A write surely did not take effect; the next visit decides anew."),
    Action("write.refused", _WARNING, "The helpdesk will not take a write."),
    Action("write.part_refused", _WARNING, "The helpdesk took a write but for a part of it."),
    Action("write.unknown", _WARNING, "Nobody can tell whether a notice arrived; it is not repeated."),
    Action("visit.parked", _WARNING, "A visit failed for the first time in a row; it is tried again later and later."),
    Action("visit.given_up", _ERROR, "A visit failed too often: a dead letter."),
    Action("visit.recovered", _INFO, "A visit that had failed was completed.", ("ticket", "attempts")),
    Action("visit.crashed", _ERROR, "A mistake of the program; the ticket is parked.", ("ticket", "exception")),
    Action("dead.replayed", _INFO, "Somebody let a dead letter be visited anew."),
    Action("dead.dropped", _INFO, "Somebody put a dead letter away."),
    Action("override.seen", _INFO, "A person changed what Escalade had put; the person wins."),
    Action("shadow.began", _INFO, "A rule in shadow holds; the line says what it would have done."),
    Action("shadow.ended", _INFO, "A rule in shadow does not hold any more."),
    Action("ticket.adopted", Level.SILENT, "A ticket from before Escalade was taken note of; nothing follows."),
    Action("ticket.gone", _INFO, "A ticket is not in the helpdesk any more."),
    Action("ledger.restored", _INFO, "What is ours on a ticket was read back from the helpdesk."),
    Action("policy.rebased", _INFO, "An escalation follows another version of the policy now."),
    Action("digest.intended", Level.SILENT, "A digest is about to be sent."),
    Action("digest.sent", _INFO, "A digest went out."),
    Action("digest.failed", _WARNING, "A digest could not go out now; it is tried again."),
    Action("digest.refused", _WARNING, "A channel will not take a digest."),
    Action("digest.unsure", _WARNING, "Nobody can tell whether a digest arrived; it is not repeated."),
    Action("digest.dispatched", _INFO, "The service sent a digest, or tried to (then a warning).", ("digest", "text")),
    Action("helpdesk.troubled", _WARNING, "A helpdesk failed for the first time in a row.", ("helpdesk", "why")),
    Action("helpdesk.recovered", _INFO, "A helpdesk that was in trouble does its work again.", ("helpdesk",)),
    Action("helpdesk.waiting", _WARNING, "It has tickets from before; nobody said how to begin.", ("helpdesk", "why")),
    Action("poll.unreadable", _WARNING, "A row of a stream could not be understood.", ("row", "why")),
    Action("group.read", _INFO, "The people of a group were read."),
    Action("group.unread", _WARNING, "A group could not be read; its people stay.", ("group", "why", "members")),
    Action(
        "account.many_open_tickets",
        _WARNING,
        "Only its newest tickets count.",
        ("account", "open", "most"),
    ),
    Action("record.many_tickets", _WARNING, "A record has more tickets than it lists.", ("record", "tickets", "most")),
    Action("policy.reloaded", _INFO, "Edited rule files are in force.", ("policy",)),
    Action("policy.refused", _ERROR, "Edited rule files have a mistake; the old policy goes on.", ("place", "why")),
    Action("policy.unsettled", _ERROR, "A new policy could not be taken over; tried again.", ("why",)),
    Action("policy.version_lost", _WARNING, "The version that an escalation follows is lost.", ("ticket", "why")),
    Action("brakes.tripped", _ERROR, "Too many tickets were written to within a short time: all workers are held."),
    Action("brakes.held", _ERROR, "Too many tickets would be written to at once: nothing is.", ("why",)),
    Action("brakes.released", _INFO, "The brakes let writes through again.", ()),
    Action("service.started", _INFO, "A service or worker began.", ("worker",)),
    Action("service.stopped", _INFO, "A service or worker ended.", ("worker", "completed")),
    Action("worker.crashed", _ERROR, "A mistake of the program ended the service, with 1.", ("worker", "exception")),
    Action("worker.read_failed", _ERROR, "A mistake of the program while tickets were read.", ("worker", "exception")),
    Action("worker.silent", _WARNING, "A worker cannot tell that it is alive.", ("worker", "why")),
    Action("worker.store_failed", _ERROR, "The database does not take part; tried again.", ("worker", "why")),
    Action("worker.taken_for_dead", _ERROR, "Others took over what this worker had in hand.", ("worker",)),
    Action("worker.taken_over", _WARNING, "What a silent worker had in hand was taken over.", ("worker", "by")),
    Action("schedule.failed", _ERROR, "Something that is done every so often failed.", ("schedule", "exception")),
    Action("schedule.store_failed", _ERROR, "The same, for the database.", ("schedule", "why")),
    Action("store.ahead", _INFO, "The database is of a newer version; this one works beside it.", ("schema", "known")),
    Action(
        "bell.lost",
        _WARNING,
        "The database's notifications are not heard; polled instead.",
        ("why",),
    ),
    Action("webhooks.refused", _WARNING, "A delivery was not believed.", ("webhook", "problem")),
    Action("webhooks.odd", _WARNING, "A believed delivery names no ticket.", ("webhook", "kind", "problem")),
    Action("webhooks.broken", _ERROR, "A mistake of the program while a delivery was read.", ("kind", "place")),
    Action("webhooks.not_kept", _ERROR, "Deliveries cannot be kept: they are answered 503.", ("kind", "problem")),
    Action("webhooks.kept_again", _WARNING, "Deliveries are kept again.", ()),
    Action("command.crashed", _ERROR, "A command ended by a mistake of the program.", ("exception",)),
)

LEVELS = {action.name: action.level for action in ACTIONS}
