"""A setting, command, metric or rule operator that isn't in the docs exists for nobody; links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from bot.chat.commands import COMMANDS
from bot.cli.commands import app
from bot.feeds.sourcelist import read_yaml
from bot.metrics import Metrics
from bot.settings import PREFIX, Settings
from rules.reading import concepts as concept_keys
from rules.reading.query import OPERATORS, Relation

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md"))
    if ".venv" not in path.parts
)
# Settings that programs outside this repository rely on; they may not be renamed.
PROMISED_SETTINGS = (
    "DATABASE_URL",
    "TELEGRAM_TOKEN",
    "TELEGRAM_BASE_URL",
    "ALLOW_PRIVATE_HOSTS",
    "POLL_MIN_S",
    "POLL_MAX_S",
    "FETCH_PAGES",
    "HOST_DELAY_S",
    "HOST_CONNECTIONS",
    "SOURCES",
    "RULES",
    "HTTP_BIND",
)
PROMISED_COMMANDS = (
    ("run",),
    ("demo",),
    ("poll",),
    ("doctor",),
    *(("sources", word) for word in ("add", "list", "check", "import", "export", "pause", "resume", "remove")),
    ("items", "export"),
    ("rules", "match"),
)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(name: str) -> dict[str, list[str]]:
    """Return the table rows of a page by what stands in backticks in their first cell."""
    found: dict[str, list[str]] = {}
    for line in page(name).splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        for word in re.findall(r"`([^`]+)`", cells[0]) if line.startswith("|") else ():
            found[word] = cells[1:]
    return found


def variable(name: str) -> str:
    """Return the environment variable of a setting; what systemd sets has no prefix of ours."""
    return str(Settings.model_fields[name].validation_alias or PREFIX + name.upper())


VARIABLES = frozenset(variable(name) for name in Settings.model_fields)


def written_default(value: object) -> str:
    """Return a default as docs/settings.md writes it."""
    if value in (None, "", frozenset()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"{value:g}" if value < 1e6 else str(int(value))
    return f"`{value}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_with_its_default(name: str) -> None:
    described = rows("docs/settings.md")
    assert variable(name) in described, f"{variable(name)} has no row in docs/settings.md"
    default, _, meaning = described[variable(name)]
    assert default == written_default(Settings.model_fields[name].default)
    assert len(meaning) > 10


def test_no_setting_is_described_that_does_not_exist() -> None:
    assert set(rows("docs/settings.md")) == VARIABLES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_speaks_of_a_setting_that_does_not_exist(path: Path) -> None:
    known = VARIABLES | {"MEDIAWATCH_TEST_POSTGRES"}
    named = set(re.findall(r"\bMEDIAWATCH_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    assert named <= known


@pytest.mark.parametrize("name", PROMISED_SETTINGS)
def test_the_promised_settings_are_there(name: str) -> None:
    assert name.lower() in Settings.model_fields


def test_every_metric_is_described_and_none_is_invented() -> None:
    metrics = Metrics()
    existing = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in metrics.registry.collect()
    }
    described = {name for name in rows("docs/operations.md") if name.startswith("mediawatch_")}
    assert described == existing


@pytest.mark.parametrize("relation", Relation, ids=str)
def test_every_relation_of_the_rule_language_is_described(relation: Relation) -> None:
    assert f"{relation.value}/n" in page("docs/rule_language.md")


def test_every_key_and_scope_of_the_rule_language_is_described() -> None:
    text = page("docs/rule_language.md")
    assert not [operator for operator in OPERATORS if operator not in text]
    source = (ROOT / "rules" / "reading" / "rule.py").read_text(encoding="utf-8")
    keys = source.partition("_KEYS = (")[2].partition(")")[0]
    told = re.findall(r'"(\w+)"', keys)
    assert {"topic", "when", "examples"} <= set(told), "rules/reading/rule.py names its keys elsewhere now"
    assert not [key for key in told if not re.search(rf"`{key}(:[^`]*)?`", text)]
    narrowing = concept_keys._NARROWING
    assert not [key for key in narrowing if not re.search(rf"`{key}(:[^`]*)?`", text)]
    assert not [
        word
        for word in ("title:", "text:", "lang:", "source:", "AND", "OR", "NOT", "~0", "`=", "…")
        if word not in text
    ]


def help_of(*words: str) -> tuple[int, str]:
    """Return exit code and text of `mediawatch … --help`, on a line wide enough to break nothing."""
    run = "import runpy, sys; sys.argv = ['mediawatch', *sys.argv[1:]]; runpy.run_module('bot', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", run, *words, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PYTHONPATH": str(ROOT)},
    )
    return done.returncode, ANSI.sub("", done.stdout)


def commands_below(command: Any = None, *words: str) -> list[tuple[str, ...]]:
    """Return every command of `mediawatch`, groups replaced by what they hold."""
    command = command or typer.main.get_command(app)
    below = getattr(command, "commands", None)
    if below is None:
        return [words]
    return [found for name, one in below.items() for found in commands_below(one, *words, name)]


@pytest.mark.skipif(not (ROOT / "bot" / "__main__.py").exists(), reason="bot/__main__.py is not there yet")
class TestCommands:
    def test_every_command_stands_in_the_readme(self) -> None:
        text = page("README.md").partition("## Commands")[2].partition("In the chat:")[0]
        told: set[tuple[str, ...]] = set()
        for line in text.splitlines():
            words = [word.removeprefix("mediawatch ") for word in re.findall(r"`([^`]+)`", line.partition(" | ")[0])]
            first = words[0].split() if words else []
            told |= {tuple(word for word in first if word[0] != "-")}
            told |= {(first[0], word) for word in words[1:]}
        existing = {command for command in commands_below() if command}
        assert existing, "the help lists no commands"
        assert existing <= told, f"not in the README: {sorted(existing - told)}"
        assert told - {()} <= existing, f"only in the README: {sorted(told - existing)}"

    @pytest.mark.parametrize("words", PROMISED_COMMANDS, ids=" ".join)
    def test_the_promised_commands_are_there(self, words: tuple[str, ...]) -> None:
        assert help_of(*words)[0] == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_chat_stands_in_the_readme(command: str) -> None:
    told = page("README.md").partition("In the chat:")[2].partition("\n## ")[0]
    assert f"`/{command}" in told


def test_the_glossary_knows_every_word_of_the_design() -> None:
    news = {"source", "entry", "item", "page", "story", "alert", "digest", "verdict", "outbox", "delivery"}
    rules = {"topic", "rule", "concept", "term", "form", "match"}
    people = {"subscriber", "editor", "admin"}
    told = re.findall(r"^\| (\w+) \| \S", page("docs/glossary.md"), re.MULTILINE)
    assert not (news | rules | people) - set(told)
    assert len(told) == len(set(told))


def anchors(path: Path) -> set[str]:
    """Return the anchors that a page's headings make, as forges do it."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for found in LINK.finditer(text):
        target, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = (path.parent / target).resolve() if target else path
        assert place.exists(), f"{path.name} links to {target}"
        assert place.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(place), f"{path.name}: {target} has no heading #{anchor}"


def test_every_decision_stands_in_the_index() -> None:
    index = page("docs/adr/README.md")
    written = [path.name for path in (ROOT / "docs" / "adr").glob("0*.md")]
    assert written
    assert not [name for name in written if f"({name})" not in index]
    numbers = [name.partition("-")[0] for name in written]
    assert len(numbers) == len(set(numbers))


def test_every_page_that_the_code_refers_to_exists() -> None:
    for package in ("bot", "rules", "storage", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            named = re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
            assert not [name for name in named if not (ROOT / name).exists()], path


def test_every_make_target_named_in_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    for path in PAGES:
        named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, path.name


class TestSourceList:
    """`sources.yaml`, as a newcomer gets it."""

    listed = YAML(typ="safe", pure=True).load(page("sources.yaml"))["sources"]

    def test_it_covers_five_languages_and_every_kind_of_outlet(self) -> None:
        assert len(self.listed) >= 36
        assert {row["language"] for row in self.listed} == {"en", "ru", "be", "uk", "kk"}
        tags = {tag for row in self.listed for tag in row["tags"]}
        assert {"agency", "national", "exile", "energy", "trade"} <= tags

    def test_the_product_reads_every_row_of_it(self) -> None:
        taken = read_yaml(page("sources.yaml"), "sources.yaml")
        assert not [(row.line, row.problem) for row in taken if row.problem]
        assert [row.entry.url for row in taken if row.entry] == [row["url"] for row in self.listed]

    def test_its_rows_are_whole_and_no_two_alike(self) -> None:
        for row in self.listed:
            assert set(row) <= {"name", "url", "language", "home", "fetch_pages", "tags"}
            assert row["url"].startswith("https://")
            assert row["home"].startswith("https://")
        for key in ("name", "url"):
            values = [row[key] for row in self.listed]
            assert len(values) == len(set(values))


def test_nothing_here_names_a_machine_a_registry_or_a_token() -> None:
    kept = [
        *PAGES,
        *(path for path in (ROOT / "deploy").iterdir() if path.is_file()),
        ROOT / "Makefile",
        ROOT / ".ci/run",
    ]
    for path in kept:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b", text), path
        assert "/work/" not in text, path
        assert not re.search(r"index-url|pythonhosted|/simple/", text) or path.name == "Makefile", path
