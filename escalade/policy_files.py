"""Policy files: the texts of the policy in a directory."""

from __future__ import annotations

from pathlib import Path

from escalade.settings import FILE_NAME, read_text

SKIPPED_FILES = frozenset({FILE_NAME, "escalade.yml"})


def policy_sources(directory: Path, *others: Path | None) -> dict[str, str]:
    """The texts of a policy directory by file name, iCalendar files too, but without the settings file.

    Args:
        directory: Where the rule files lie.
        others: Files that may lie there and are no rules: the settings, whatever they are called, and account facts.

    Raises:
        FileNotFoundError: when there is no rule file.
        ValueError: a file is not text; the message names it.
    """
    files = sorted({*directory.glob("*.yaml"), *directory.glob("*.yml")})
    no_rules = [other for other in others if other is not None and other.exists()]
    rules = [
        file for file in files if file.name not in SKIPPED_FILES and not any(file.samefile(other) for other in no_rules)
    ]
    if not rules:
        missing = "" if directory.is_dir() else ": there is no such directory"
        raise FileNotFoundError(f"no rule files (*.yaml) in the policy directory {directory}{missing}")
    return {str(file): read_text(file) for file in (*rules, *sorted(directory.glob("*.ics")))}
