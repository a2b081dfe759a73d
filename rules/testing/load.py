"""Load: the text of files of rule tests → the tests, or every mistake in them at once. Pure: text in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.load import Loaded
from rules.policy import Policy
from rules.problems import Findings, PolicyErrors
from rules.schema.base import VERSION
from rules.schema.rule_tests import RuleTestShape, RuleTestsShape, StepShape
from rules.shapes import shaped
from rules.testing.instants import is_dated, read, spoken
from rules.testing.names import check_names
from rules.testing.people import staffed
from rules.testing.rule_test import ONLY, Bench, RuleTest, Step, allowed_by
from rules.yamltext import Path, Tree, read_yaml

_UTC = ZoneInfo("UTC")


def load_rule_tests(files: Mapping[str, str], loaded: Loaded, sources: Mapping[str, str]) -> tuple[RuleTest, ...]:
    """Load the tests of a policy, in the order of the files' names.

    Args:
        files: File name → text; the names are used in messages.
        loaded: The policy that is tested.
        sources: The files that it was loaded from.

    Raises:
        PolicyErrors: with every mistake in every file.
    """
    findings = Findings()
    tests = [test for file in sorted(files) for test in _of_file(file, files[file], loaded, sources, findings)]
    if findings.problems:
        raise PolicyErrors(findings.problems)
    return tuple(tests)


def _of_file(
    file: str, text: str, loaded: Loaded, sources: Mapping[str, str], findings: Findings
) -> Iterator[RuleTest]:
    tree = read_yaml(file, text, findings)
    read_so_far = None if tree is None else _shape(tree)
    if tree is None or read_so_far is None:
        return
    shape, tests = read_so_far
    policy = staffed(loaded, sources, shape.people, tree)
    document = loaded.tree.value if isinstance(loaded.tree.value, dict) else {}
    bench = Bench(
        file=file,
        tree=tree,
        shape=shape,
        policy=policy,
        templates=tuple(document.get("templates", ())),
        zone=_zone(shape, policy, document.get("default_calendar"), tree),
    )
    seen: dict[str, int] = {}
    for index, test in tests:
        made = _test(bench, test, ("tests", index))
        if (first := seen.setdefault(test.name, index)) != index:
            line = tree.at(("tests", first)).line
            message, hint = f"the name is taken; it first stands on line {line}", "give every test a name of its own"
            tree.refuse((*made.path, "name"), message, found=test.name, hint=hint)
        check_names(made)
        if not made.expects:
            hint = "add expect: to a step, or until: with the time up to which nothing is done"
            tree.refuse(made.path, "this test expects nothing, so it cannot fail", hint=hint)
        yield made


def _shape(tree: Tree) -> tuple[RuleTestsShape, list[tuple[int, RuleTestShape]]] | None:
    """The file and its tests; of a file with mistakes those that have none, so that their names are checked, too."""
    if not isinstance(tree.value, dict):
        hint = "begin the file with version: 1 and a list of tests:"
        tree.refuse((), "a file of rule tests is a mapping", found=tree.value, hint=hint)
        return None
    version = tree.value.get("version")
    if version is not None and (version != VERSION or isinstance(version, bool)):
        tree.refuse(("version",), "this version of the test language is not known", found=version, allowed=("1",))
        return None
    whole = shaped(RuleTestsShape, tree.value, (), tree)
    if whole is not None:
        return whole, list(enumerate(whole.tests))
    listed = tree.value.get("tests")
    tests = [(index, test) for index, test in enumerate(listed if isinstance(listed, list) else ()) if _is_right(test)]
    try:
        sound = RuleTestsShape.model_validate({**tree.value, "tests": [test for _, test in tests]})
    except ValidationError:
        return None
    return sound, [(index, test) for (index, _), test in zip(tests, sound.tests, strict=True)]


def _is_right(test: object) -> bool:
    try:
        RuleTestShape.model_validate(test)
    except ValidationError:
        return False
    return True


def _zone(shape: RuleTestsShape, policy: Policy, default: object, tree: Tree) -> ZoneInfo:
    """The zone of the file, else that of the default calendar, else UTC."""
    if shape.zone is None:
        calendar = policy.calendars.get(str(default))
        return _UTC if calendar is None else calendar.zone
    try:
        return ZoneInfo(shape.zone)
    except (ZoneInfoNotFoundError, ValueError):
        hint = "write an IANA name, for example Europe/Berlin"
        tree.refuse(("zone",), "there is no such time zone", found=shape.zone, hint=hint)
        return _UTC


def _test(bench: Bench, shape: RuleTestShape, path: Path) -> RuleTest:
    if not is_dated(shape.at):
        hint = "write for example 2026-03-02 09:00"
        bench.tree.refuse((*path, "at"), "a test begins at an instant with its date", found=shape.at, hint=hint)
    starts = read(shape.at, bench.zone, datetime(2026, 1, 1, tzinfo=_UTC))
    steps = [] if shape.expect is None else [StepShape(expect=shape.expect)]
    timed = _Timed(bench, shape, starts)
    return RuleTest(
        name=shape.name,
        bench=bench,
        shape=shape,
        path=path,
        starts=starts,
        steps=(
            *(timed.step(step, path) for step in steps),
            *(timed.step(step, (*path, "steps", index)) for index, step in enumerate(shape.steps)),
        ),
    )


class _Timed:
    """Puts steps at their instants, one after the other."""

    def __init__(self, bench: Bench, test: RuleTestShape, starts: datetime) -> None:
        self._bench = bench
        self._now = starts
        self._ticket = next(iter(test.given.tickets), ONLY)
        self._test = test

    def step(self, shape: StepShape, path: Path) -> Step:
        at = self._instant(shape, path)
        if at < self._now:
            said = spoken(self._now, self._bench.zone)
            key = "at" if shape.at is not None else "until"
            self._bench.tree.refuse((*path, key), f"time does not run backwards: the step before is at {said}")
        self._now = max(at, self._now)
        self._ticket = shape.ticket or self._ticket
        allowed = allowed_by(shape.meanwhile) | allowed_by(self._test.meanwhile)
        return Step(at=self._now, shape=shape, path=path, ticket=self._ticket, allowed=allowed)

    def _instant(self, shape: StepShape, path: Path) -> datetime:
        calendar = self._calendar(shape, path)
        if shape.after is not None:
            return calendar.add(self._now, Span.parse(shape.after))
        if shape.until is not None and ":" not in shape.until:
            return calendar.add(self._now, Span.parse(shape.until))
        text = shape.at or shape.until
        return self._now if text is None else read(text, self._bench.zone, self._now)

    def _calendar(self, shape: StepShape, path: Path) -> BusinessCalendar:
        known = self._bench.policy.calendars
        if shape.calendar is None or shape.calendar == ALWAYS.name:
            return ALWAYS
        if shape.calendar not in known:
            allowed = (ALWAYS.name, *known)
            message = "there is no such calendar"
            self._bench.tree.refuse((*path, "calendar"), message, found=shape.calendar, allowed=allowed)
        return known.get(shape.calendar, ALWAYS)
