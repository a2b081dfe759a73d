"""The documentation tells what the code does: examples load, commands exist, links lead somewhere, pages are fresh."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.drill.reading import read_scenario
from escalade.helpdesks import open_helpdesks
from escalade.policy_files import policy_sources
from escalade.receiver.opening import open_webhooks
from escalade.settings import load_settings
from rules.load import load_policy
from rules.problems import Findings
from rules.schema.rule_tests import RuleTestsShape
from rules.yamltext import read_yaml

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(escalade [^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(*languages: str) -> list[object]:
    """Every fenced example in these languages, as a test parameter named after its page and line."""
    return list(_blocks(languages))


def _blocks(languages: tuple[str, ...]) -> Iterator[object]:
    for page in PAGES:
        if "yaml" in languages and page.parent.name == "tutorial":
            continue  # one has a mistake on purpose, and tests/test_tutorial.py saves and runs them all
        text = page.read_text(encoding="utf-8")
        for found in _FENCED.finditer(text):
            if found[1] in languages:
                line = text.count("\n", 0, found.start()) + 1
                yield pytest.param(found[2], id=f"{name_of(page)}:{line}")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The script that writes the generated pages."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


class AnySecret:
    """Has every secret."""

    def get(self, env: str, *, file: Path | None = None) -> str:
        return "s3cret"


# Examples


@pytest.mark.parametrize("example", blocks("yaml"))
def test_every_yaml_example_is_valid(example: str, tmp_path: Path) -> None:
    if "\nhelpdesks:" in example:
        file = tmp_path / "escalade.yaml"
        file.write_text(example, encoding="utf-8")
        settings = load_settings(file)
        opened = open_helpdesks(settings, AnySecret())
        assert open_webhooks(settings, AnySecret()).keys() == settings.webhooks.keys()
        assert opened.keys() == settings.helpdesks.keys()
        for helpdesk in opened.values():
            helpdesk.close()
    elif "\nchapters:" in example:
        assert read_scenario("example", "example.yaml", example).chapters
    elif re.search(r"^tests:", example, re.MULTILINE):
        # That the examples of the reference pass, its own test proves; those of other pages are about the starter.
        shaped = read_yaml("example.yaml", example if "version:" in example else f"version: 1\n{example}", Findings())
        assert shaped is not None
        assert RuleTestsShape.model_validate(shaped.value).tests
    else:
        assert load_policy(_as_policy(example)).hash


def _as_policy(example: str) -> Mapping[str, str]:
    """An example that says its version is a policy of its own; any other one belongs into the starter policy."""
    if example.startswith("version:"):
        return {"example.yaml": example}
    replaced = set(re.findall(r"^(\w+):", example, re.MULTILINE))
    starter = policy_sources(ROOT / "config")
    kept = {file: text for file, text in starter.items() if Path(file).stem not in replaced}
    assert len(kept) < len(starter), "the example names no section of the starter policy"
    return {**kept, "example.yaml": f"version: 1\n{example}"}


def options_of(command: str) -> set[str]:
    help_page = CliRunner().invoke(cli, [command, "--help"], prog_name="escalade", env={"COLUMNS": "200"})
    assert help_page.exit_code == 0, f"there is no command {command!r}"
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*(?=\s)", help_page.output))


def commands_in(text: str) -> Iterator[list[str]]:
    """The arguments of every call of escalade in a text."""
    for line in text.splitlines():
        for call in re.findall(r"(?:^|[\s/(])escalade ([a-z](?:'[^']*'|[^'#|;&)])*)", line):
            yield shlex.split(call.replace("…", ""))


def assert_exists(call: list[str]) -> None:
    command, *arguments = call
    wrong = {word.split("=")[0] for word in arguments if word.startswith("-") and word != "-"} - options_of(command)
    assert not wrong, f"escalade {command} has no option {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("example", blocks("sh", "cron", "text"))
def test_every_command_of_an_example_exists_with_its_options(example: str) -> None:
    for call in commands_in(re.sub(r"[\[\]]", " ", example)):
        assert_exists(call)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", example, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_running_text_exists_with_its_options(page: Path) -> None:
    for quoted in _INLINE.findall(page.read_text(encoding="utf-8")):
        for call in commands_in(quoted):
            assert_exists(call)


def test_the_reader_of_commands_sees_what_is_wrong() -> None:
    (call,) = commands_in("*/5 * * * *  /opt/venv/bin/escalade plan -c my-desk --colour   # every five minutes")
    assert call == ["plan", "-c", "my-desk", "--colour"]
    with pytest.raises(AssertionError, match="escalade plan has no option --colour"):
        assert_exists(call)
    with pytest.raises(AssertionError, match="there is no command 'frobnicate'"):
        assert_exists(["frobnicate"])


# Generated pages


def test_generated_pages_are_fresh(generator: ModuleType) -> None:
    stale = [
        name_of(path)
        for path, text in generator.pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run: make docs"


def test_the_command_page_has_every_option_that_the_help_pages_have(generator: ModuleType) -> None:
    for command, (_, parameters) in generator.commands().items():
        told = {word for one in parameters for word in re.findall(r"(?<!\S)--?[a-z][a-z-]*", one.spelled)}
        assert told | {"--help"} == options_of(command), command


def test_every_environment_variable_that_is_named_exists() -> None:
    sources = [*(ROOT / "escalade").rglob("*.py"), *(ROOT / "config").glob("*.yaml"), ROOT / "tests" / "conftest.py"]
    known = set(re.findall(r"ESCALADE_[A-Z_]+", "".join(file.read_text(encoding="utf-8") for file in sources)))
    # Each may name the file of its value.
    known |= {f"{name}_FILE" for name in known}
    named = {
        name: name_of(page)
        for page in PAGES
        for name in re.findall(r"ESCALADE_[A-Z_]+", page.read_text(encoding="utf-8"))
    }
    assert {name: page for name, page in named.items() if name not in known} == {}


# Links


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    links = [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]
    assert [link for link in links if not _target(page, link)] == []


def test_the_map_leads_to_every_page() -> None:
    root = ROOT / "docs"
    linked = {
        (root / link.partition("#")[0]).resolve() for link in _LINK.findall((root / "README.md").read_text("utf-8"))
    }
    pages = {
        page for folder in ("tutorial", "howto", "reference", "explanation") for page in (root / folder).rglob("*.md")
    }
    assert {page.relative_to(root).as_posix() for page in pages - linked} == set()


def _target(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {
        _slug(title) for title in re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
    }


def _slug(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def test_a_link_to_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One title\n", encoding="utf-8")
    assert _target(page, "#one-title")
    assert not _target(page, "#another")
    assert not _target(page, "missing.md")
