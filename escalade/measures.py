"""Measures: every figure that /metrics tells, with its labels and its meaning. No label ever names a ticket."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """How a figure behaves, in Prometheus' words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Place(StrEnum):
    """Where a figure comes from."""

    #: What this process did since it began: sum over all processes.
    PROCESS = "process"
    #: What the store says: the same from every process, so take the maximum.
    STORE = "store"


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure."""

    name: str
    kind: Kind
    place: Place
    labels: tuple[str, ...]
    meaning: str


VISITS = Measure(
    name="escalade_visits_total",
    kind=Kind.COUNTER,
    place=Place.PROCESS,
    labels=("helpdesk", "outcome"),
    meaning="Visits of tickets by what they came to: written, nothing, failed, given_up, paused, gone; put_off (given "
    "back until a rate budget has room).",
)
LATENESS = Measure(
    name="escalade_visit_lateness_seconds",
    kind=Kind.HISTOGRAM,
    place=Place.PROCESS,
    labels=("cause",),
    meaning="How long after it was due a visit began, by what made it due: deadline, event or retry.",
)
WRITES = Measure(
    name="escalade_writes_total",
    kind=Kind.COUNTER,
    place=Place.PROCESS,
    labels=("target", "kind", "outcome"),
    meaning="Writes to helpdesks and channels by kind and outcome: applied, found, refused, lost, unknown.",
)
CALLS = Measure(
    name="escalade_calls_total",
    kind=Kind.COUNTER,
    place=Place.PROCESS,
    labels=("helpdesk", "call"),
    meaning="HTTP requests to helpdesks by method and path template.",
)
STREAM_LAG = Measure(
    name="escalade_stream_lag_seconds",
    kind=Kind.GAUGE,
    place=Place.STORE,
    labels=("helpdesk", "stream"),
    meaning="Seconds since the last page of a helpdesk's stream was taken in.",
)
DUE = Measure(
    name="escalade_visits_due",
    kind=Kind.GAUGE,
    place=Place.STORE,
    labels=("helpdesk",),
    meaning="Visits that are due now.",
)
OVERDUE = Measure(
    name="escalade_visit_overdue_seconds",
    kind=Kind.GAUGE,
    place=Place.STORE,
    labels=("helpdesk",),
    meaning="For how long the longest overdue visit has been due.",
)
DEAD = Measure(
    name="escalade_dead_letters",
    kind=Kind.GAUGE,
    place=Place.STORE,
    labels=("helpdesk",),
    meaning="Tickets whose visit was given up: see `escalade dead list`.",
)
BRAKES = Measure(
    name="escalade_brakes_held",
    kind=Kind.GAUGE,
    place=Place.PROCESS,
    labels=(),
    meaning="1 while the brakes hold what this process would write, else 0; runs tell nothing of it.",
)
WEBHOOK_ANSWERS = Measure(
    name="escalade_webhook_answers_total",
    kind=Kind.COUNTER,
    place=Place.PROCESS,
    labels=("webhook", "outcome"),
    meaning="Answers to deliveries: accepted, repeated, ignored, odd; unsigned, forbidden, too_many, unknown, no_post, "
    "no_json, large, slow; overloaded.",
)
WEBHOOK_EVENTS = Measure(
    name="escalade_webhook_events_total",
    kind=Kind.COUNTER,
    place=Place.PROCESS,
    labels=("webhook", "event"),
    meaning="Believed deliveries by the sender's name of the event; at most 100 names a webhook, then `other`.",
)
WEBHOOK_WAITING = Measure(
    name="escalade_webhook_waiting",
    kind=Kind.GAUGE,
    place=Place.PROCESS,
    labels=(),
    meaning="Deliveries that wait for their commit.",
)

BUDGET_LEFT = Measure(
    name="escalade_budget_left_calls",
    kind=Kind.GAUGE,
    place=Place.STORE,
    labels=("helpdesk", "endpoint"),
    meaning="Calls that a shared rate budget has left in its period, for everybody; no endpoint = the whole account.",
)
BUDGET_LIMIT = Measure(
    name="escalade_budget_limit_calls",
    kind=Kind.GAUGE,
    place=Place.STORE,
    labels=("helpdesk", "endpoint"),
    meaning="Calls that the helpdesk allows in the period of a shared rate budget, as it told or as the settings say.",
)

#: All of them, in the order in which they are told.
MEASURES = (
    VISITS,
    LATENESS,
    WRITES,
    CALLS,
    STREAM_LAG,
    DUE,
    OVERDUE,
    DEAD,
    BRAKES,
    BUDGET_LEFT,
    BUDGET_LIMIT,
    WEBHOOK_ANSWERS,
    WEBHOOK_EVENTS,
    WEBHOOK_WAITING,
)

#: Upper ends (seconds) of the lateness histogram: the promise is two seconds for a deadline.
LATENESS_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
