"""Account facts: what an admin's file says of customer accounts, besides their fields in the helpdesk. Pure.

The file is YAML (`accounts:` maps an account to its fields) or CSV (a column `account`, one more for every field). An
account is named by its reference (`zendesk:8001`) or by its name in the helpdesk, letter by letter.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from rules.numbers import number_of
from rules.policy import Position
from rules.problems import Findings, PolicyErrors
from rules.ticket import Account, Scalar
from rules.written_date import date_hint
from rules.yamltext import Path, Tree, read_yaml

_SECTION = "accounts"
_COLUMN = "account"
_KEYS = ("version", _SECTION)
_PRINT_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """What the file says of one account."""

    at: Position
    fields: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """Every row of the file, by the account that it names."""

    rows: Mapping[str, AccountRow] = field(default_factory=dict)
    #: Changes with the file's content; empty = there is no file.
    print: str = ""

    def told(self, account: Account | None) -> Account | None:
        """The account with the file's fields over those of its helpdesk."""
        row = self.row_of(account)
        return account if account is None or row is None else replace(account, fields={**account.fields, **row.fields})

    def row_of(self, account: Account | None) -> AccountRow | None:
        """The row that speaks of an account: by its reference, else by its name."""
        if account is None:
            return None
        return self.rows.get(str(account.ref)) or self.rows.get(account.name)


def load_account_facts(file: str, text: str, helpdesks: Collection[str]) -> AccountFacts:
    """Read the file.

    Args:
        file: Its name, for messages; `.csv` is read as CSV, everything else as YAML.
        text: Its content.
        helpdesks: The names of the settings, which references begin with.

    Raises:
        PolicyErrors: with every mistake in the file.
    """
    findings = Findings()
    read = _read_csv if file.lower().endswith(".csv") else _read_tree
    rows = read(file, text, _Checks(findings, helpdesks))
    if findings.problems:
        raise PolicyErrors(findings.problems)
    printed = hashlib.sha256(text.encode("utf-8")).hexdigest()[:_PRINT_DIGITS]
    return AccountFacts(rows=rows, print=printed)


@dataclass(frozen=True, slots=True)
class _Checks:
    """What has to be true of a row, whatever form the file has."""

    findings: Findings
    helpdesks: Collection[str]

    def account(self, name: str, at: Position, path: str) -> None:
        """A name that looks like a reference has to begin with a helpdesk."""
        helpdesk, colon, identity = name.partition(":")
        if not colon or not identity.strip() or " " in name or helpdesk in self.helpdesks:
            return
        hint = "an account is written helpdesk:id, or by its name"
        self.findings.add(
            at, path, "no helpdesk is called this", found=helpdesk, allowed=sorted(self.helpdesks), hint=hint
        )

    def value(self, name: str, value: object, at: Position, path: str) -> None:
        """Fields that have a type keep to it."""
        if value is None or isinstance(value, list | dict):
            self.findings.add(at, path, "a field has one plain value", found=value)
        elif name == "arr" and number_of(value) is None:
            self.findings.add(at, path, "arr is a number", found=value, hint="write it without unit: 120000")
        elif name == "renewal_date" and not _is_date(value):
            self.findings.add(at, path, "this is no date", found=value, hint=date_hint(value))


def _is_date(value: object) -> bool:
    text = value if isinstance(value, str) else ""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False


def _read_tree(file: str, text: str, checks: _Checks) -> dict[str, AccountRow]:
    tree = read_yaml(file, text, checks.findings)
    if tree is None:
        return {}
    block: Any = tree.value
    if not isinstance(block, dict) or not isinstance(block.get(_SECTION), dict):
        hint = "for example: accounts: {zendesk:8001: {tier: gold, arr: 120000}}"
        tree.refuse((_SECTION,) if isinstance(block, dict) else (), "name accounts and their fields", hint=hint)
        return {}
    for key in block:
        if key not in _KEYS:
            tree.refuse((key,), "there is no such key here", on_key=True, found=key, allowed=_KEYS)
    if block.get("version", 1) != 1:
        tree.refuse(("version",), "this version of the file is not known", found=block["version"], allowed=("1",))
    rows: dict[str, AccountRow] = {}
    for name, fields in block[_SECTION].items():
        path: Path = (_SECTION, name)
        checks.account(name, tree.key_at(path), f"{_SECTION}.{name}")
        if not isinstance(fields, dict):
            tree.refuse(path, "an account is a mapping of fields to values", found=fields)
            continue
        _check_fields(fields, path, tree, checks)
        rows[name] = AccountRow(at=tree.key_at(path), fields=fields)
    return rows


def _check_fields(fields: Mapping[str, Any], path: Path, tree: Tree, checks: _Checks) -> None:
    for key, value in fields.items():
        checks.value(key, value, tree.at((*path, key)), ".".join(map(str, (*path, key))))


def _read_csv(file: str, text: str, checks: _Checks) -> dict[str, AccountRow]:
    """Rows of a table; an empty cell says nothing. Columns of positions count the cells."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _is_header(header, file, checks.findings):
            return {}
        rows: dict[str, AccountRow] = {}
        for cells in reader:
            line = reader.line_num
            if any(cell.strip() for cell in cells):
                _take_row(
                    header, [cell.strip() for cell in cells], Position(file=file, line=line, column=1), rows, checks
                )
    except csv.Error as error:
        at = Position(file=file, line=reader.line_num, column=1)
        checks.findings.add(at, "", f"this is not valid CSV: {error}")
        return {}
    return rows


def _is_header(header: list[str], file: str, findings: Findings) -> bool:
    at = Position(file=file, line=1, column=1)
    if _COLUMN not in header:
        hint = "the first line names the columns, for example: account,tier,arr,renewal_date"
        findings.add(at, "", f"there is no column {_COLUMN!r}", found=", ".join(header) or None, hint=hint)
        return False
    for index, name in enumerate(header):
        if not name or name in header[:index]:
            message = "this column has no name" if not name else "this column stands here twice"
            findings.add(Position(file=file, line=1, column=index + 1), name, message, found=name or None)
    return True


def _take_row(header: list[str], cells: list[str], at: Position, rows: dict[str, AccountRow], checks: _Checks) -> None:
    if len(cells) != len(header):
        checks.findings.add(at, "", f"this row has {len(cells)} cells; the header has {len(header)}")
        return
    told = dict(zip(header, cells, strict=True))
    name = told.pop(_COLUMN)
    if not name or name in rows:
        first = f"; it first stands on line {rows[name].at.line}" if name else ""
        message = f"this account stands here twice{first}" if name else "this row names no account"
        checks.findings.add(at, _COLUMN, message, found=name or None)
        return
    checks.account(name, at, _COLUMN)
    fields = {key: value for key, value in told.items() if value}
    for key, value in fields.items():
        checks.value(key, value, Position(file=at.file, line=at.line, column=header.index(key) + 1), key)
    rows[name] = AccountRow(at=at, fields=dict(fields))
