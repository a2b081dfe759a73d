"""People: who has which part in an escalation, and who is told where."""

from __future__ import annotations

from collections.abc import Iterator

from rules.policy import Policy
from rules.reports.sheet import Section, table_of


def raci_sections(policy: Policy) -> Iterator[Section]:
    """The four parts, with what each means."""
    raci = policy.directory.raci
    if raci is None:
        return
    rows = (
        ("Responsible", "does the work", ", ".join(raci.responsible)),
        ("Accountable", "answers for the whole", raci.accountable),
        ("Consulted", "is asked before a plan is agreed", ", ".join(raci.consulted)),
        ("Informed", "reads digests, is never paged", ", ".join(raci.informed)),
    )
    yield Section(
        heading="Who is responsible, accountable, consulted, informed",
        level=3,
        table=table_of(("part", "means", "who"), rows),
    )
