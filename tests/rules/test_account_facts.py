"""The file of account facts: what it adds to an account, and how every mistake in it is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rules.account_facts import AccountFacts, load_account_facts
from rules.problems import PolicyErrors
from rules.ticket import Account, AccountRef, Scalar

HELPDESKS = ("zendesk", "jira")
YAML = """\
version: 1
accounts:
  zendesk:8001: {tier: gold, arr: 120000, renewal_date: 2026-12-01}
  Globex: {csm: Ann, arr: '90000.50'}
"""
TABLE = """\
account,tier,arr,renewal_date,csm
zendesk:8001,gold,120000,2026-12-01,

Globex,,90000.50,,Ann
"""


def account(number: str, name: str, **fields: Scalar) -> Account:
    return Account(ref=AccountRef("zendesk", number), name=name, fields=dict(fields))


def fields_of(facts: AccountFacts, asked: Account) -> dict[str, Any]:
    told = facts.told(asked)
    assert told is not None
    return {name: str(value) for name, value in told.fields.items()}


def mistakes(file: str, text: str) -> list[str]:
    with pytest.raises(PolicyErrors) as caught:
        load_account_facts(file, text, HELPDESKS)
    return [
        f"{one.line}:{one.column} {one.path}: {one.message}{f' ({one.hint})' if one.hint else ''}"
        for one in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("file", "text"), [("accounts.yaml", YAML), ("accounts.csv", TABLE), ("A.CSV", "\ufeff" + TABLE)]
)
def test_both_forms_say_the_same(file: str, text: str) -> None:
    facts = load_account_facts(file, text, HELPDESKS)
    assert fields_of(facts, account("8001", "Acme")) == {"tier": "gold", "arr": "120000", "renewal_date": "2026-12-01"}
    assert fields_of(facts, account("8002", "Globex")) == {"csm": "Ann", "arr": "90000.50"}


def test_the_file_goes_before_the_organisation_s_own_fields_and_leaves_the_others() -> None:
    facts = load_account_facts("accounts.yaml", YAML, HELPDESKS)
    asked = account("8001", "Acme", tier="silver", region="emea")
    assert fields_of(facts, asked) == {"tier": "gold", "region": "emea", "arr": "120000", "renewal_date": "2026-12-01"}
    assert asked.fields == {"tier": "silver", "region": "emea"}


def test_a_reference_goes_before_a_name() -> None:
    text = "accounts: {Acme: {tier: silver}, 'zendesk:1': {tier: gold}}\n"
    facts = load_account_facts("a.yaml", text, HELPDESKS)
    assert fields_of(facts, account("1", "Acme")) == {"tier": "gold"}
    assert fields_of(facts, account("2", "Acme")) == {"tier": "silver"}


def test_who_is_not_in_the_file_stays_as_he_is() -> None:
    facts = load_account_facts("a.yaml", YAML, HELPDESKS)
    stranger = account("9", "Initech", tier="basic")
    assert facts.told(stranger) is stranger
    assert facts.told(None) is None
    assert AccountFacts().told(stranger) is stranger


def test_every_row_knows_its_line() -> None:
    for file, text, lines in (("a.yaml", YAML, (3, 4)), ("a.csv", TABLE, (2, 4))):
        facts = load_account_facts(file, text, HELPDESKS)
        rows = [facts.row_of(account("8001", "Acme")), facts.row_of(account("2", "Globex"))]
        assert tuple(row and row.at.line for row in rows) == lines


def test_the_print_changes_with_the_content_alone() -> None:
    one, other = (load_account_facts(file, YAML, HELPDESKS).print for file in ("a.yaml", "b.yaml"))
    assert one == other != load_account_facts("a.yaml", YAML.replace("gold", "lead"), HELPDESKS).print
    assert not AccountFacts().print


def test_a_name_with_a_colon_is_still_a_name() -> None:
    facts = load_account_facts("a.csv", "account,tier\nAcme: Europe,gold\n", HELPDESKS)
    assert fields_of(facts, account("1", "Acme: Europe")) == {"tier": "gold"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "accounts:\n  zendsk:1: {arr: a lot, renewal_date: soon, tier: [gold]}\n  Acme: gold\n",
            [
                (
                    "2:3 accounts.zendsk:1: no helpdesk is called this "
                    "(did you mean 'zendesk'? an account is written helpdesk:id, or by its name)"
                ),
                "2:19 accounts.zendsk:1.arr: arr is a number (write it without unit: 120000)",
                "2:40 accounts.zendsk:1.renewal_date: this is no date (write it as YYYY-MM-DD)",
                "2:52 accounts.zendsk:1.tier: a field has one plain value",
                "3:9 accounts.Acme: an account is a mapping of fields to values",
            ],
        ),
        (
            "acounts: {}\n",
            [
                "1:1 accounts: name accounts and their fields (for example: accounts: {zendesk:8001: {tier: gold, arr: 120000}})"
            ],
        ),
        (
            "version: 2\naccounts: {}\nmore: 1\n",
            ["1:10 version: this version of the file is not known", "3:1 more: there is no such key here"],
        ),
        (
            "accounts: [\n",
            [
                "2:1 : this is not valid YAML: did not find expected node content (look at the indentation, and put quotes around text that contains ': ', '#', '{', '[', '*', '&' or '!')"
            ],
        ),
    ],
)
def test_mistakes_in_yaml_are_told_at_once_with_their_places(text: str, told: list[str]) -> None:
    assert mistakes("a.yaml", text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "account,arr,renewal_date\njira:1,many,soon\nsup:1,1,\n,5,\nAcme,1\njira:1,2,\n",
            [
                "2:2 arr: arr is a number (write it without unit: 120000)",
                "2:3 renewal_date: this is no date (write it as YYYY-MM-DD)",
                "3:1 account: no helpdesk is called this (an account is written helpdesk:id, or by its name)",
                "4:1 account: this row names no account",
                "5:1 : this row has 2 cells; the header has 3",
                "6:1 account: this account stands here twice; it first stands on line 2",
            ],
        ),
        (
            "name,tier\nAcme,gold\n",
            [
                "1:1 : there is no column 'account' (the first line names the columns, for example: account,tier,arr,renewal_date)"
            ],
        ),
        ("account,tier,,tier\n", ["1:3 : this column has no name", "1:4 tier: this column stands here twice"]),
        (
            "",
            [
                "1:1 : there is no column 'account' (the first line names the columns, for example: account,tier,arr,renewal_date)"
            ],
        ),
    ],
)
def test_mistakes_in_csv_are_told_at_once_with_their_places(text: str, told: list[str]) -> None:
    assert mistakes("a.csv", text) == told


def test_the_examples_of_the_documentation_are_such_files() -> None:
    page = Path(__file__).parents[2] / "docs" / "howto" / "know-your-accounts.md"
    tree, table = re.findall(r"```text\n(account.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for file, text in (("accounts.yaml", tree), ("accounts.csv", table)):
        facts = load_account_facts(file, text, HELPDESKS)
        assert fields_of(facts, account("8001", "Acme"))["arr"] == "120000"
        assert fields_of(facts, account("2", "Globex"))["tier"] == "silver"
