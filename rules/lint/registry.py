"""Registry: every check and every kind of finding, in the order of the reference page."""

from __future__ import annotations

from rules.lint import answers, care, languages, leftovers, reach, rivals, shifts, timing
from rules.lint.finding import Check, Kind, Severity

CHECKS: tuple[Check, ...] = (
    Check(
        code="never-holds",
        severity=Severity.ERROR,
        meaning="A condition contradicts itself, so the part that it belongs to never does anything.",
        remedy="Find the two parts that exclude each other; `any: […]` asks for at least one of them.",
        find=answers.never_holds,
    ),
    Check(
        code="always-holds",
        severity=Severity.WARNING,
        meaning="A condition holds of every open ticket, so the part that it belongs to is for all of them.",
        remedy="Say which tickets are meant, or leave the condition out where the part allows it.",
        find=answers.always_holds,
    ),
    Check(
        code="shadowed-rule",
        severity=Severity.WARNING,
        meaning="Whenever the rule holds, another one holds too and asks for the same or more.",
        remedy="Remove the rule, or let it ask for more.",
        find=rivals.shadowed_rule,
    ),
    Check(
        code="fighting-rules",
        severity=Severity.WARNING,
        meaning="Two rules can hold of one ticket and want different values of one thing; the first one is heard. "
        "Of each rule the first three such fights are told.",
        remedy="Make their conditions exclude each other, or put the one that is to be heard first.",
        find=rivals.fighting_rules,
    ),
    Check(
        code="oscillating-rule",
        severity=Severity.ERROR,
        meaning="What the rule does makes its own condition false, and what is then taken back makes it true again.",
        remedy="Ask for `priority`, which looks through raises by Escalade, and not for `priority_now`; let a "
        "condition on the tier hold in the tier that the rule leads into.",
        find=rivals.oscillating_rule,
    ),
    Check(
        code="unreachable-tier",
        severity=Severity.WARNING,
        meaning="Nothing asks for the tier, and no time-out leads into it.",
        remedy="Name it in `escalate_to` or in a matrix cell, or give the tier below it a time-out.",
        find=reach.unreachable_tier,
    ),
    Check(
        code="path-without-exit",
        severity=Severity.WARNING,
        meaning="A path has no time-out and no terminal tier, and no release: tickets stay where they came in.",
        remedy="Give its tiers time-outs, say `terminal: true` where it ends, or let `release` take tickets off.",
        find=reach.path_without_exit,
    ),
    Check(
        code="timeout-beyond-target",
        severity=Severity.WARNING,
        meaning="A tier's time-out ends after a target that it is there to protect, whenever the two begin together.",
        remedy="Make the time-out shorter than the target, or let the breach lead into the tier above.",
        find=timing.timeout_beyond_target,
    ),
    Check(
        code="nobody-on-shift",
        severity=Severity.WARNING,
        meaning="In some hours of every week time runs out in a tier, and no team of its groups works then.",
        remedy="Let the tier's calendar be the team's hours, or give its groups an alternate that works then.",
        find=shifts.nobody_on_shift,
    ),
    Check(
        code="silent-24x7",
        severity=Severity.WARNING,
        meaning="`default_calendar: always` makes nights and weekends count in parts that do not say so themselves.",
        remedy="Write `calendar: always` where it is meant, and make the default the hours of the people who answer.",
        find=timing.silent_always,
    ),
    Check(
        code="calendar-never-closes",
        severity=Severity.NOTE,
        meaning="A calendar with a name of its own is open round the clock, on holidays too.",
        remedy="Use `always` where that is meant, or give the calendar holidays.",
        find=timing.never_closes,
    ),
    Check(
        code="holidays-end",
        severity=Severity.WARNING,
        meaning="A calendar lists holidays, but none within the coming twelve months.",
        remedy="Add the dates of the coming year, or name the country: `{country: DE}`.",
        find=timing.holidays_end,
    ),
    Check(
        code="colour-never-counts",
        severity=Severity.WARNING,
        meaning="A colour of a cadence never holds where the cadence runs and no colour above it holds.",
        remedy="Put the narrower condition first, or mend the condition.",
        find=answers.colour_never_counts,
    ),
    Check(
        code="criterion-without-owner",
        severity=Severity.WARNING,
        meaning="Nobody answers for a criterion, so nobody will notice when it goes out of date.",
        remedy="Add `owner:` with a role or a team.",
        find=care.criterion_without_owner,
    ),
    Check(
        code="review-expired",
        severity=Severity.WARNING,
        meaning="The day by which a criterion or a rule was to be reviewed has passed.",
        remedy="Look at whom it caught and whom it missed, then set the next date.",
        find=care.review_expired,
    ),
    Check(
        code="shadow-without-end",
        severity=Severity.WARNING,
        meaning="A rule is tried in shadow, and no day is set on which somebody decides about it.",
        remedy="Add `review_by:`; by then `escalade shadow RULE --promote` or remove the rule.",
        find=care.shadow_without_end,
    ),
    Check(
        code="missing-language",
        severity=Severity.WARNING,
        meaning="A text is missing in a language in which other texts are written, or customers read it in one alone.",
        remedy="Write it in that language, too; until then its `default` is read.",
        find=languages.missing_language,
    ),
    *(
        Check(
            code=f"unused-{noun}",
            severity=Severity.NOTE,
            meaning=f"Nothing in the policy names the {noun}.",
            remedy="Remove it, or use it.",
            find=leftovers.unused(section, noun),
        )
        for section, noun in (
            ("calendars", "calendar"),
            ("sets", "set"),
            ("conditions", "condition"),
            ("criteria", "criterion"),
            ("templates", "template"),
            ("channels", "channel"),
        )
    ),
)

UNUSED_ALLOWANCE = Kind(
    code="unused-allowance",
    severity=Severity.WARNING,
    meaning="A comment allows a finding that is not there.",
    remedy="Remove the comment, or put it at the end of the line that the finding names, or above that line.",
)
UNREASONED_ALLOWANCE = Kind(
    code="unreasoned-allowance",
    severity=Severity.WARNING,
    meaning="A comment allows a finding and does not say why; the finding stands.",
    remedy="Write the reason behind the code: `# escalade: allow unused-template kept for the summer`.",
)

#: Every kind of finding: those of the checks, and those about the comments that allow them.
KINDS: tuple[Kind, ...] = (*CHECKS, UNUSED_ALLOWANCE, UNREASONED_ALLOWANCE)
