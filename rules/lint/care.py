"""Care: criteria that nobody looks after."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.finding import Flaw
from rules.lint.subject import Subject


def criterion_without_owner(subject: Subject) -> Iterator[Flaw]:
    """Criteria that nobody answers for."""
    for criterion in subject.policy.criteria:
        if criterion.owner is None:
            yield Flaw(
                path=subject.place("criteria", criterion.id),
                message=f"nobody answers for the criterion {criterion.id!r}",
                hint="add owner: with a role or a team",
            )


def review_expired(subject: Subject) -> Iterator[Flaw]:
    """Criteria and rules whose review is overdue."""
    dated = [("criteria", "criterion", one.id, one.review_by) for one in subject.policy.criteria]
    dated += [("rules", "rule", one.id, one.review_by) for one in subject.policy.rules]
    for section, noun, name, review_by in dated:
        if review_by is not None and review_by < subject.today:
            yield Flaw(
                path=(*subject.place(section, name), "review_by"),
                message=f"the {noun} {name!r} was to be reviewed by {review_by}",
                hint="look at whom it caught and whom it missed, then set the next date",
            )


def shadow_without_end(subject: Subject) -> Iterator[Flaw]:
    """Rules that are tried in shadow, and no day is set on which somebody decides about them."""
    for rule in subject.policy.rules:
        if rule.in_shadow and rule.review_by is None:
            yield Flaw(
                path=(*subject.place("rules", rule.id), "mode"),
                message=f"the rule {rule.id!r} is in shadow, and nobody is reminded of deciding about it",
                hint="add review_by: with a day within the next two months; escalade shadow tells how it does",
            )
