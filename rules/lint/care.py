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
    """Criteria whose review is overdue."""
    for criterion in subject.policy.criteria:
        if criterion.review_by is not None and criterion.review_by < subject.today:
            yield Flaw(
                path=(*subject.place("criteria", criterion.id), "review_by"),
                message=f"the criterion {criterion.id!r} was to be reviewed by {criterion.review_by}",
                hint="look at whom it caught and whom it missed, then set the next date",
            )
