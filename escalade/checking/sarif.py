"""Sarif: remarks in the Static Analysis Results Interchange Format 2.1.0 (OASIS), as code scanners take them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from escalade.checking.remark import MISSING, MISTAKE, UNREACHABLE, Remark, below
from rules.lint.finding import Severity
from rules.lint.registry import KINDS

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: What paths of files are relative to: the directory that the command ran in.
_ROOT = "SRCROOT"
_OTHERS = {
    MISTAKE: (
        Severity.ERROR,
        "The policy or the settings cannot be used as they are.",
        "Mend the place that is named.",
    ),
    MISSING: (Severity.WARNING, "A secret is not where the settings look for it.", "Put it there before you serve."),
    UNREACHABLE: (
        Severity.WARNING,
        "A helpdesk or a channel does not answer.",
        "See that it can be reached from here.",
    ),
}


def sarif(remarks: Sequence[Remark], at: Path) -> str:
    """One run with a result for each remark; what is allowed is there too, as suppressed.

    Args:
        remarks: What was found.
        at: The directory that the files' paths count from.
    """
    rules = _rules()
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "Escalade", "version": version("escalade"), "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": f"{at.resolve().as_uri()}/"}},
        "results": [_result(one, index, at) for one in remarks],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rules() -> list[dict[str, Any]]:
    kinds = [(kind.code, kind.severity, kind.meaning, kind.remedy) for kind in KINDS]
    kinds += [(code, *told) for code, told in _OTHERS.items()]
    return [
        {
            "id": code,
            "shortDescription": {"text": meaning},
            "help": {"text": remedy},
            "defaultConfiguration": {"level": str(severity)},
        }
        for code, severity, meaning, remedy in kinds
    ]


def _result(remark: Remark, index: dict[str, int], at: Path) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": remark.code,
        "ruleIndex": index[remark.code],
        "level": str(remark.severity),
        "message": {"text": _message(remark)},
    }
    if remark.file is not None:
        result["locations"] = [_location(remark, remark.file, at)]
    if remark.allowed is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": remark.allowed}]
    return result


def _message(remark: Remark) -> str:
    found = "" if remark.found is None else f" (found {remark.found})"
    return " ".join(_sentence(text) for text in (remark.message + found, remark.hint) if text)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"


def _location(remark: Remark, file: str, at: Path) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(file, at)}}
    if remark.line and remark.column:
        location["physicalLocation"]["region"] = {"startLine": remark.line, "startColumn": remark.column}
    if remark.path:
        location["logicalLocations"] = [{"fullyQualifiedName": remark.path}]
    return location


def _artifact(file: str, at: Path) -> dict[str, str]:
    """A file below the directory by its relative path, any other by its whole one."""
    told = Path(below(file, at))
    return {"uri": told.as_uri()} if told.is_absolute() else {"uri": quote(told.as_posix()), "uriBaseId": _ROOT}
