"""Write the generated pages of the reference: `make docs`. A test fails while they are stale.

The tables of facts, operators and template names in policy.md are written by hand around the code's own words; the
tests of the rules hold them equal.
"""  # noqa: INP001 - a script beside the pages that it writes, not a package

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo

from escalade.actions import ACTIONS, JOURNAL_FACTS
from escalade.cli import COMMANDS
from escalade.measures import MEASURES
from escalade.policy_files import policy_sources
from escalade.schemas import Kind, file_name, schema_text
from rules.lint.registry import KINDS
from rules.load import load_document
from rules.reports.handbook import handbook
from rules.reports.written import Form, written

REFERENCE = Path(__file__).parent / "reference"
#: One policy for each finding, with what is said about it; the tests hold the two together.
_CASES = Path(__file__).parents[1] / "tests" / "rules" / "lint"

_HEAD = """\
# Command line

<!-- Written by docs/generate.py from the commands themselves: change those, then run `make docs`. -->

`python sync.py` in a checkout is the same as `escalade sync`.

Every command ends with 0 when all is done, with 1 when something failed that the next run tries again (or that the
brakes stopped), and with 2 when a person has to change something: usage, settings, credentials or policy.

| environment variable | meaning |
|---|---|
| `ESCALADE_CONFIG` | settings file, or the directory it is in, when `--config` is not given |
| `ESCALADE_STORE` | address of the store; goes before `store` in the settings |
| `NAME_FILE` | file with the value of the variable `NAME` where that is not set: a secret, or `ESCALADE_STORE` |
| `ESCALADE_LOG` | file that gets the log as JSON lines, `-` for standard error; without it nothing is logged |
"""


def pages() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        REFERENCE / "cli.md": "\n".join(_cli_page()).rstrip("\n") + "\n",
        REFERENCE / "handbook.md": _handbook_page(),
        REFERENCE / "logs.md": "\n".join(_logs_page()),
        REFERENCE / "metrics.md": "\n".join(_metrics_page()),
        REFERENCE / "lint.md": "\n".join(_lint_page()),
        **{REFERENCE / file_name(kind): schema_text(kind) for kind in Kind},
    }


_LOGS_HEAD = """\
# Logs

<!-- Written by docs/generate.py from escalade/actions.py: change that, then run `make docs`. -->

`ESCALADE_LOG` names a file for the log (`-` is standard error). Each line is a JSON object: `timestamp` (UTC), `level`,
and `event`, the name of the action, which never changes its meaning. What is in a ticket's journal, too, has its number
there (`journal`): `escalade journal TICKET` tells the words. The log itself never holds what customers wrote, nor
secrets.

The first failure and the recovery are logged, not every try in between.
"""


def _logs_page() -> Iterator[str]:
    yield _LOGS_HEAD
    yield "| event | level | facts | meaning |"
    yield "|---|---|---|---|"
    for one in ACTIONS:
        facts = ", ".join(f"`{fact}`" for fact in (JOURNAL_FACTS if one.facts is None else one.facts))
        yield f"| `{one.name}` | {one.level} | {facts} | {one.meaning} |"
    yield ""


_METRICS_HEAD = """\
# Metrics

<!-- Written by docs/generate.py from escalade/measures.py: change that, then run `make docs`. -->

`/metrics` of a service tells these figures in the text format of Prometheus. What comes from a *process* counts since
that process began: add the processes up. What comes from the *store* is the same from each: take the maximum. No label
names a ticket or a person. How many escalations run where is told by `escalade status --format metrics`.

Alerts to begin with are in [alerts.yaml](../howto/alerts.yaml), as rules for Prometheus.
"""


def _metrics_page() -> Iterator[str]:
    yield _METRICS_HEAD
    yield "| metric | kind | from | labels | meaning |"
    yield "|---|---|---|---|---|"
    for one in MEASURES:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        yield f"| `{one.name}` | {one.kind} | {one.place} | {labels} | {one.meaning} |"
    yield ""


_LINT_HEAD = """\
# Findings of `escalade check`

<!-- Written by docs/generate.py from the checks and their test cases: change those, then run `make docs`. -->

`escalade check [DIR]` reads the policy files and says every mistake in them, each with file, line and column. A policy
without mistakes is then looked over for what loads and still goes wrong. No helpdesk is asked, and nothing is written.

A finding is only told when it is certain: what cannot be proved from the conditions is left unsaid. An **error** does
what nobody can want, a **warning** is a part that does nothing or not what it seems to say, a **note** is worth
knowing. The command ends with 2 when there are errors, with `--strict` with 1 when there are warnings, else with 0.

The decision matrix needs no finding: a cell that is missing is a mistake.

Formats for programs, exit codes, and how a comment allows a finding are on the [page of the command](check.md).
"""


def _handbook_page() -> str:
    """The handbook of the starter policy, to see what one looks like."""
    sources = policy_sources(Path(__file__).parents[1] / "config")
    loaded = load_document({Path(file).name: text for file, text in sources.items()})
    return written(handbook(loaded, "Handbook of the starter policy", [2026]), Form.MARKDOWN)


def _lint_page() -> Iterator[str]:
    yield _LINT_HEAD
    yield "| code | severity | meaning |"
    yield "|---|---|---|"
    for check in KINDS:
        yield f"| [`{check.code}`](#{check.code}) | {check.severity} | {check.meaning} |"
    for check in KINDS:
        policy, said = (_CASES / f"{check.code}{suffix}" for suffix in (".yaml", ".out"))
        yield f"\n## {check.code}\n\n{check.meaning}\n\n**What to do:** {check.remedy}\n"
        yield f"```yaml\n{policy.read_text(encoding='utf-8').rstrip()}\n```\n"
        yield f"```text\n{said.read_text(encoding='utf-8').rstrip()}\n```"
    yield ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument or option of a command, as its function declares it."""

    #: As one types it, with its value: `--out, -o PATH`.
    spelled: str
    #: As the usage line shows it: `[--out PATH]`.
    usage: str
    #: The long name of an option; empty for an argument.
    name: str
    meaning: str
    default: str


def commands() -> dict[str, tuple[str, list[Parameter]]]:
    """Every command by name: its help text and its parameters."""
    functions = {str(command.name): command.function() for command in COMMANDS}
    return {name: (inspect.getdoc(one) or "", list(_parameters(one))) for name, one in functions.items()}


def _parameters(callback: Callable[..., Any]) -> Iterator[Parameter]:
    hints = get_type_hints(callback, include_extras=True)
    for name, parameter in inspect.signature(callback).parameters.items():
        kind, declared = hints[name].__origin__, hints[name].__metadata__[0]
        default = parameter.default
        shown = "" if default is inspect.Parameter.empty or default in {None, False} else f"`{default}`"
        meaning = (declared.help or "").replace("|", "\\|")
        if isinstance(declared, ArgumentInfo):
            word = name.upper()
            usage = word if default is inspect.Parameter.empty else f"[{word}]"
            yield Parameter(spelled=word, usage=usage, name="", meaning=meaning, default=shown)
            continue
        # In `Annotated`, Typer's first name stands where its default would.
        first = (declared.default,) if isinstance(declared.default, str) else ()
        names = (*first, *(declared.param_decls or ())) or (f"--{name.replace('_', '-')}",)
        value = "" if kind is bool else f" {declared.metavar or _word(kind)}"
        usage = f"[{names[0]}{value}]"
        spelled = ", ".join(names) + value
        yield Parameter(spelled=spelled, usage=usage, name=names[0], meaning=meaning, default=shown)


def _word(kind: Any) -> str:
    """What stands for a value of this type; an optional type counts as its own."""
    plain = next((one for one in get_args(kind) if one is not type(None)), kind)
    return {Path: "PATH", int: "NUMBER"}.get(plain, "TEXT")


def _cli_page() -> Iterator[str]:
    yield _HEAD
    for name, (about, parameters) in commands().items():
        yield f"## escalade {name}\n"
        yield f"```text\nescalade {' '.join([name, *(one.usage for one in parameters)])}\n```\n"
        yield about + "\n"
        if parameters:
            yield "| | meaning | default |\n|---|---|---|"
            yield from (f"| `{one.spelled}` | {one.meaning} | {one.default} |" for one in parameters)
            yield ""


def main() -> None:
    """Write what has changed, and say so."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(REFERENCE.parent.parent)}\n")


if __name__ == "__main__":
    main()
