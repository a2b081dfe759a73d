"""Load: the text of the policy files → one Policy, or every mistake in them at once. Pure: text in, value out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from rules.build import Ground
from rules.build_accounts import build_accounts
from rules.build_cadences import build_cadences
from rules.build_calendars import build_calendars
from rules.build_channels import build_channels
from rules.build_clocks import build_sla, clock_ids
from rules.build_commands import build_commands
from rules.build_criteria import build_criteria, lay_out_criteria
from rules.build_digests import build_digests
from rules.build_directory import build_directory, check_alternates, check_owners
from rules.build_escalation import build_process
from rules.build_ladder import build_rules
from rules.build_language import build_conditions, build_sets, lay_out_conditions
from rules.build_matrix import build_matrix
from rules.build_paths import build_paths, path_ids, rungs
from rules.build_responses import build_responses
from rules.build_templates import build_templates
from rules.build_tiers import build_tiers, tier_ids
from rules.build_updates import build_reminders
from rules.calendar import BusinessCalendar
from rules.facts import FactType, Provenance, spec_of
from rules.feed_days import FeedDays
from rules.merge import feeds_among, merge
from rules.policy import Brakes, InFlight, Policy
from rules.problems import Findings, PolicyErrors
from rules.roster import UNREAD, Rosters
from rules.schema.base import Shape
from rules.schema.document import BrakesShape, ReleaseShape
from rules.schema.in_flight import InFlightShape
from rules.shapes import shaped
from rules.span import Span
from rules.yamltext import Tree

T = TypeVar("T", bound=Shape)
_DECIDING = ("rules", "matrix", "sla", "cadences", "updates")
_HASH_DIGITS = 12
#: The fact for which helpdesks are asked who the requester is.
REQUESTER_LANGUAGE = "requester.language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A policy with the document that it was made from, which knows where every part stands."""

    policy: Policy
    tree: Tree


def load_policy(files: Mapping[str, str], rosters: Rosters = UNREAD) -> Policy:
    """Load a policy, as `load_document` does, when nobody needs the document.

    Raises:
        PolicyErrors: with every mistake in every file.
    """
    return load_document(files, rosters).policy


def load_document(files: Mapping[str, str], rosters: Rosters = UNREAD) -> Loaded:
    """Load a policy that is spread over any number of files.

    Args:
        files: File name → text. The names are used in messages; files are read in the order of their names. The
            settings file `escalade.yaml` is another document and left out. iCalendar files (*.ics) are no part of the
            document; calendars name them.
        rosters: Who is in the groups that teams and roles take their members from, as far as these were read. They do
            not count for the policy's hash; the directory has a version of its own.

    Returns:
        The policy, checked in itself, and its document. Whether the helpdesks know its words is checked by
        `rules.check`.

    Raises:
        PolicyErrors: with every mistake in every file.
    """
    findings = Findings()
    tree = merge(files, findings)
    ground = Ground(tree=tree, rosters=rosters, calendars=build_calendars(tree, feeds_among(files)))
    _look_around(ground)
    policy = _build(ground)
    decides = (policy.rules, policy.matrix, policy.sla, policy.cadences, policy.reminders, policy.accounts)
    if not findings.problems and not any(decides):
        hint = f"add one of the sections {', '.join(_DECIDING)}; the starter policy shows how"
        tree.refuse((), "this policy decides nothing", hint=hint)
    if findings.problems:
        raise PolicyErrors(findings.problems)
    return Loaded(policy=policy, tree=tree)


def _look_around(ground: Ground) -> None:
    """Find the names that parts refer to, before any part is built."""
    document = ground.tree.value if isinstance(ground.tree.value, dict) else {}
    ground.tiers = tier_ids(document.get("tiers"))
    ground.clocks = clock_ids(document.get("sla"))
    ground.rungs, ground.paths = rungs(document, ground.tiers), path_ids(document)
    ground.sets = build_sets(ground.tree)
    lay_out_conditions(ground)
    lay_out_criteria(ground)
    build_templates(ground)
    default = document.get("default_calendar")
    if default is not None:
        ground.default_calendar = str(default)
        if ground.scope.calendar(str(default)) is None:
            allowed = ground.scope.calendar_names
            ground.tree.refuse(("default_calendar",), "there is no such calendar", found=default, allowed=allowed)
    ground.channels = build_channels(ground)


def _build(ground: Ground) -> Policy:
    directory = build_directory(ground)
    ground.teams = directory.teams
    build_conditions(ground)
    criteria = build_criteria(ground)
    tiers, rules, matrix = build_tiers(ground), build_rules(ground), build_matrix(ground)
    check_owners(ground, directory, criteria)
    check_alternates(ground, directory, tiers)
    sla, reminders = build_sla(ground), build_reminders(ground)
    commanding, responses = build_commands(ground, directory), build_responses(ground, sla)
    process, accounts = build_process(ground, directory, commanding), build_accounts(ground, directory)
    summary, tickets, linked = _reads(ground)
    return Policy(
        hash=content_hash(ground.tree, ground.calendars),
        criteria=criteria,
        tiers=tiers,
        paths=build_paths(ground, tiers),
        directory=directory,
        rules=rules,
        calendars=ground.calendars,
        matrix=matrix,
        responses=responses,
        sla=sla,
        cadences=build_cadences(ground),
        reminders=reminders,
        channels=ground.channels,
        digests=build_digests(ground),
        accounts=accounts,
        brakes=_brakes(_section(ground, "brakes", BrakesShape)),
        release_when_nothing_holds=_section(ground, "release", ReleaseShape).when_nothing_holds,
        in_flight=InFlight(_section(ground, "in_flight", InFlightShape).policy),
        uses_account_summary=summary,
        uses_account_tickets=tickets,
        uses_linked=linked,
        uses_languages=_speaks(ground),
        commanding=commanding,
        process=process,
        names=tuple(ground.names),
    )


def _brakes(shape: BrakesShape) -> Brakes:
    return Brakes(**shape.model_dump() | {"within": Span.parse(shape.within).clock_time})


def _reads(ground: Ground) -> tuple[bool, bool, bool]:
    """Whether conditions read what the account's tickets add up to, these tickets one by one, and linked tickets."""
    asked = [spec for name in ground.facts if (spec := spec_of(name)) is not None]
    of_account = [spec for spec in asked if spec.provenance is Provenance.SUMMARY]
    counts = any(spec.type is FactType.COUNT for spec in of_account)
    return bool(of_account), counts, any(spec.provenance is Provenance.LINKS for spec in asked)


def _speaks(ground: Ground) -> bool:
    texts = (template for template in ground.templates.values() if template is not None)
    return REQUESTER_LANGUAGE in ground.facts or any(text.translations for text in texts)


def _section(ground: Ground, name: str, model: type[T]) -> T:
    """A section of plain values; its defaults where it is missing or wrong."""
    document = ground.tree.value if isinstance(ground.tree.value, dict) else {}
    return shaped(model, document.get(name, {}), (name,), ground.tree) or model()


def content_hash(tree: Tree, calendars: Mapping[str, BusinessCalendar]) -> str:
    """First 12 hex digits of the SHA-256 over what the policy says; comments, layout and files do not count.

    Of the iCalendar files that calendars name, the events count, not when somebody exported them.
    """
    sources = [source for name in sorted(calendars) for source in calendars[name].sources]
    feeds = [event.told() for source in sources if isinstance(source, FeedDays) for event in source.events]
    said = [tree.value, feeds] if feeds else tree.value
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_HASH_DIGITS]
